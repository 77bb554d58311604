/* Two kinds of loss, which must not be taken for each other: a path that drops datagrams, and a device that serves no more. */
#include "run/internal.h"

enum {
    LOST_CANARIES = 2, /* good handshakes that had to repeat something: the path is lossy... */
    ONE_IN = 50,       /* ...when they are at least one in so many: a busy machine delays one now and then */
    MISSES = 4,        /* lone runs on a lossy path that miss the same before it is called missed */
    HASTE = 4,         /* how many times as fast our timers run when a look need not be the last word */
    IDLES =
        2, /* lone runs that judge nothing before a case is not judged, though the device serves before and after them */
    AGAIN_MS = 200,    /* between two looks at a device that is waited for */
    GOOD_BATCHES = 16, /* closed by good handshakes in a row before more cases run at a time again */
    DOUBLINGS = 8,
};

/* ---- good handshakes ------------------------------------------------------------------------------------------------------- */

/* What we repeat before twice the measured round trip is over is no sign of loss, nor what the device repeats after that: a slow
 * device answers the first copy and the second. */
bool shows_loss(const struct trace *t, int64_t rtt_us)
{
    int64_t sent = 0;
    bool repeated = false;

    for (size_t i = 0; t && i < t->n; i++) {
        const struct trace_entry *e = &t->entries[i];

        if (e->kind != TRACE_DATAGRAM)
            continue;
        if (e->retransmission && (e->from_device ? !repeated : e->t_us - sent >= 2 * rtt_us))
            return true;
        repeated |= e->retransmission;
        if (!e->from_device && !e->retransmission)
            sent = e->t_us;
    }
    return false;
}

void note_canary(struct run *r, const struct canary_result *c)
{
    r->completed = r->completed || c->kind == CANARY_SERVED;
    r->served_canaries += c->kind == CANARY_SERVED;
    r->lost_canaries += c->kind == CANARY_SERVED && shows_loss(c->detail.trace, r->env.rtt_us);
    take_findings(r, NULL, &c->detail);
}

/* Holds the lock. */
static bool is_lossy(const struct run *r)
{
    return r->lost_canaries >= LOST_CANARIES && r->lost_canaries * ONE_IN >= r->served_canaries;
}

bool path_is_lossy(struct run *r)
{
    bool lossy;

    pthread_mutex_lock(&r->lock);
    lossy = is_lossy(r);
    pthread_mutex_unlock(&r->lock);
    return lossy;
}

bool proves_little(struct run *r, struct job *j, const struct case_result *result)
{
    bool silent = result->outcome == OUTCOME_NOT_APPLICABLE ||
                  (j->planned->negative && result->outcome == OUTCOME_PASS);

    if (result->outcome == OUTCOME_NOT_JUDGED)
        return ++j->idles < IDLES;
    if (!is_lossy(r))
        return false;
    if (result->outcome == OUTCOME_FAIL_MISSED)
        return ++j->misses < MISSES;
    return silent && ++j->silences < ROUNDS;
}

static bool look(struct run *r, const struct case_env *device, int64_t timer_us)
{
    struct case_env env = *device;
    struct canary_result c;
    bool alive;

    env.timer_us = timer_us;
    heed_block(r, &env);
    canary_run(&env, r->env.good_cipher, r->env.good_without_etm, false, r->give_up_us, &c);
    alive = c.kind == CANARY_SERVED || c.kind == r->alive;
    let_settle(r);
    pthread_mutex_lock(&r->lock);
    note_canary(r, &c);
    pthread_mutex_unlock(&r->lock);
    arena_free(c.detail.arena);
    return alive;
}

/* Not below two round trips, as far as the usual timer goes: a device may answer anew what is repeated before its answer can come. */
int64_t quick_timer_us(const struct run *r)
{
    int64_t quick = r->env.timer_us / HASTE, least = 2 * r->env.rtt_us;

    if (quick < least)
        quick = least;
    return quick < r->env.timer_us ? quick : r->env.timer_us;
}

bool device_serves(struct run *r)
{
    return look(r, &r->env, quick_timer_us(r));
}

bool instance_serves(struct run *r, const struct case_env *instance, bool certain)
{
    return look(r, instance, certain ? r->env.timer_us : quick_timer_us(r));
}

/* A process that ended needs no second look. One that only a new process cured of its silence before is not waited for again, but
 * on a path where the silence may be loss. */
bool device_is_out(struct run *r)
{
    bool lossy = path_is_lossy(r);

    if (*r->config->device->spawn && !process_runs(&r->hooks.server))
        return true;
    if (r->waits_in_vain && !lossy)
        return !device_serves(r);
    return !look(r, &r->env, r->env.timer_us) && (!lossy || !look(r, &r->env, r->env.timer_us));
}

/* ---- how many cases the device bears at a time ------------------------------------------------------------------------------- */

/* Less soon after each outage. */
static unsigned batches_to_grow(unsigned outages)
{
    return (unsigned)GOOD_BATCHES << (outages < DOUBLINGS ? outages : DOUBLINGS);
}

void note_good_batch(struct run *r)
{
    if (r->limit == r->threads || r->blocks || ++r->good_in_row < batches_to_grow(r->outages))
        return;
    r->limit = 2 * r->limit < r->threads ? 2 * r->limit : r->threads;
    r->good_in_row = 0;
    pthread_cond_broadcast(&r->changed);
}

static void count_outage(struct run *r)
{
    pthread_mutex_lock(&r->lock);
    r->outages++;
    r->limit = r->limit > 1 && !r->blocks ? r->limit / 2 : 1;
    r->good_in_row = 0;
    pthread_mutex_unlock(&r->lock);
}

/* ---- bringing it back ------------------------------------------------------------------------------------------------------ */

/* Starts a spawned device that ended, resets another when it has a hook. */
static void help_it_up(struct run *r)
{
    char why[WHY_MAX] = "";

    if (*r->config->device->spawn && !process_runs(&r->hooks.server)) {
        if (!hooks_spawn(&r->hooks, why))
            add_note(r, "the device could not be started again: %s", why);
    } else if (!hooks_reset(&r->hooks, why) && *why) {
        add_note(r, "the device could not be reset: %s", why);
    }
}

bool start_anew(struct run *r)
{
    process_stop(&r->hooks.server);
    help_it_up(r);
    return device_serves(r);
}

/* Within its settle time. */
static bool serves_again(struct run *r)
{
    int64_t until = now_us() + r->settle_us;
    bool back;

    while (!(back = device_serves(r)) && now_us() < until && !atomic_load(&r->stop))
        sleep_until(now_us() + AGAIN_MS * MS);
    return back;
}

static bool recover(struct run *r)
{
    bool spawned = *r->config->device->spawn, ran = spawned && process_runs(&r->hooks.server);
    bool back = false;

    if (!ran || !r->waits_in_vain) {
        help_it_up(r);
        back = serves_again(r);
    }
    if (!back && spawned && !atomic_load(&r->stop)) { /* it hangs: a new one */
        back = start_anew(r);
        r->waits_in_vain = ran && back;
    }
    return ran == spawned ? outlast_block(r, back) : back;
}

static bool is_over(struct run *r)
{
    bool over;

    pthread_mutex_lock(&r->lock);
    over = r->gone || atomic_load(&r->stop);
    pthread_mutex_unlock(&r->lock);
    return over;
}

static void note_gone(struct run *r)
{
    pthread_mutex_lock(&r->lock);
    r->gone = !atomic_load(&r->stop);
    if (r->gone)
        r->why_not = block_text(r);
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

unsigned outages_so_far(struct run *r)
{
    unsigned n;

    pthread_mutex_lock(&r->recovery);
    pthread_mutex_lock(&r->lock);
    n = r->outages;
    pthread_mutex_unlock(&r->lock);
    pthread_mutex_unlock(&r->recovery);
    return n;
}

/* Holds `recovery`. */
static bool mend(struct run *r)
{
    count_outage(r);
    if (recover(r))
        return true;
    note_gone(r);
    return false;
}

/* Holds `recovery`: nobody else looks, counts or helps meanwhile. */
static enum loss settle_loss(struct run *r, unsigned seen)
{
    bool told;

    if (is_over(r))
        return LOSS_GONE;
    pthread_mutex_lock(&r->lock);
    told = r->outages != seen;
    pthread_mutex_unlock(&r->lock);
    if ((told && device_serves(r)) || !device_is_out(r))
        return told ? LOSS_MENDED : LOSS_NONE;
    return mend(r) ? LOSS_MENDED : LOSS_GONE;
}

enum loss look_again(struct run *r, unsigned seen)
{
    enum loss loss;

    pthread_mutex_lock(&r->recovery);
    loss = settle_loss(r, seen);
    pthread_mutex_unlock(&r->recovery);
    return loss;
}

bool bring_back(struct run *r)
{
    bool back;

    pthread_mutex_lock(&r->recovery);
    back = !is_over(r) && mend(r);
    pthread_mutex_unlock(&r->recovery);
    return back;
}

void begin_anew(struct run *r)
{
    if (*r->config->device->spawn && !atomic_load(&r->stop))
        start_anew(r);
}
