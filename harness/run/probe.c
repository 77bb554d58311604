#include <string.h>

#include "run/internal.h"

enum { PATIENCE_LEAST_MS = 500, PATIENCE_FACTOR = 4, SLOW_MS = 1000, SETTLE_MS = 2000, HANDSHAKES = 3 };

/* The good handshakes that are tried, the usual one first (design 2.1). */
static const struct {
    uint16_t cipher;
    bool without_etm;
} good[] = {
    {0, false},
    {TLS_PSK_WITH_AES_128_CCM_8, false},
    {TLS_PSK_WITH_AES_128_CBC_SHA256, false},
    {TLS_PSK_WITH_AES_128_CBC_SHA256, true},
};
enum { GOOD = sizeof good / sizeof *good };

bool judges_suite_support(const struct planned *p)
{
    static const enum requirement_id support[] = {REQ_CCM8_SUPPORTED, REQ_CBC_SHA256_SUPPORTED,
                                                  REQ_CLIENT_MANDATORY_SUITE, REQ_CLIENT_CCM8_SUPPORTED};

    for (size_t i = 0; i < sizeof support / sizeof *support; i++)
        if (p->requirement == support[i])
            return true;
    return false;
}

static bool is_alive(const struct run *r, enum canary kind)
{
    return kind == CANARY_SERVED || kind == r->alive;
}

void let_settle(const struct run *r)
{
    const struct dut *d = r->config->device;

    if (d->settle_ms && d->slots == 1)
        sleep_until(now_us() + d->settle_ms * MS);
}

bool path_is_lossy(struct run *r)
{
    bool lossy;

    pthread_mutex_lock(&r->lock);
    lossy = r->lost_canaries >= LOST_CANARIES;
    pthread_mutex_unlock(&r->lock);
    return lossy;
}

/* Holds the lock. */
static void note_canary(struct run *r, const struct canary_result *c)
{
    r->completed = r->completed || c->kind == CANARY_SERVED;
    r->lost_canaries += c->kind == CANARY_SERVED && c->detail.loss_seen;
    take_findings(r, NULL, &c->detail);
}

bool device_serves(struct run *r)
{
    struct canary_result c;
    bool alive;

    canary_run(&r->env, r->env.good_cipher, r->env.good_without_etm, false, r->give_up_us, &c);
    alive = is_alive(r, c.kind);
    let_settle(r);
    pthread_mutex_lock(&r->lock);
    note_canary(r, &c);
    pthread_mutex_unlock(&r->lock);
    arena_free(c.detail.arena);
    return alive;
}

/* Why there is no good handshake, in one sentence; a diagnosis says more. Holds the lock. */
static const char *in_short(struct run *r, const struct canary_result *c)
{
    const char *where = r->config->device->address;

    if (c->kind != CANARY_NO_HELLO && *c->detail.reason)
        return arena_strdup(r->arena, c->detail.reason);
    switch (c->kind) {
    case CANARY_UNVERIFIED:
        return arena_printf(r->arena,
                            "credentials not accepted: the device at %s agrees on a cipher suite, but no "
                            "Finished verifies; the key, "
                            "its encoding or the identity is another one there%s%s",
                            where, *c->detail.got ? ": " : "", c->detail.got);
    case CANARY_NO_HELLO: /* the reason says that it was the trigger */
        return arena_strdup(r->arena, *c->detail.reason ? c->detail.reason : "trigger: no ClientHello came");
    case CANARY_SILENT:
        return arena_printf(r->arena, "unreachable: %s at %s",
                            c->detail.unreachable ? "nothing listens" : "nothing that is DTLS answers",
                            where);
    case CANARY_REFUSED:
        return arena_printf(r->arena, "the device refuses every good hello%s%s", *c->detail.got ? ": " : "",
                            c->detail.got);
    case CANARY_SERVED: break;
    }
    return "";
}

/* Worse tells more: a ServerHello that came once says that the key is the matter. */
static int telling(enum canary kind)
{
    static const int order[] = {[CANARY_SERVED] = 4,
                                [CANARY_UNVERIFIED] = 3,
                                [CANARY_REFUSED] = 2,
                                [CANARY_SILENT] = 1,
                                [CANARY_NO_HELLO] = 0};

    return order[kind];
}

/* Tries the good handshakes until one completes; *best is the most telling. The caller frees its arena. What the first one
 * was too much for is tried with short timers: the first has waited long enough to know whether anything answers. */
static void find_good(struct run *r, struct canary_result *best)
{
    bool find_liveness = !*r->config->device->liveness;
    struct case_env env = r->env;

    for (size_t i = 0; i < GOOD && !atomic_load(&r->stop); i++) {
        struct canary_result c;

        canary_run(&env, good[i].cipher, good[i].without_etm, find_liveness, r->give_up_us, &c);
        if (i == 0 || telling(c.kind) > telling(best->kind)) {
            if (i > 0)
                arena_free(best->detail.arena);
            *best = c;
        } else {
            arena_free(c.detail.arena);
        }
        if (best->kind == CANARY_SERVED) {
            r->env.good_cipher = best->cipher;
            r->env.good_without_etm = good[i].without_etm;
        }
        /* A client device offers each time what it offers; where nothing listens, nothing will. */
        if (best->kind == CANARY_SERVED || best->kind == CANARY_NO_HELLO || best->detail.unreachable)
            return;
        env.timer_us = r->env.timer_us / 4;
    }
}

/* From the first datagram to the first record of the device's that opened: a handshake, without what it takes to start a
 * client's program, or to say goodbye. */
static int64_t handshake_us(const struct canary_result *c)
{
    const struct trace *t = c->detail.trace;
    int64_t began = -1;

    for (size_t i = 0; t && i < t->n; i++) {
        const struct trace_entry *e = &t->entries[i];

        if (e->kind == TRACE_DATAGRAM && began < 0)
            began = e->t_us;
        for (size_t j = 0; e->from_device && j < e->record_count; j++)
            if (e->records[j].opened)
                return e->t_us - began;
    }
    return c->duration_us;
}

/* Several, as far as every thread still has something to do. */
static unsigned share_of(const struct run *r)
{
    size_t share = r->job_n / r->threads;

    return share > BATCH_MAX ? BATCH_MAX : share > 0 ? (unsigned)share : 1;
}

/* Three good handshakes: the slowest says how long the path and the device take; what had to be repeated took the timer's time. */
static void measure(struct run *r, const struct canary_result *first)
{
    int64_t slowest = first->detail.loss_seen ? 0 : handshake_us(first);
    const struct dut *d = r->config->device;
    long given_ms = r->config->options->patience_ms;

    for (int i = 1; i < HANDSHAKES; i++) {
        struct canary_result c;

        bool find =
            !*d->liveness && r->env.liveness == LIVENESS_NONE; /* one lost datagram is no proof of that */

        canary_run(&r->env, r->env.good_cipher, r->env.good_without_etm, find, r->give_up_us, &c);
        if (c.kind == CANARY_SERVED && !c.detail.loss_seen && handshake_us(&c) > slowest)
            slowest = handshake_us(&c);
        pthread_mutex_lock(&r->lock);
        note_canary(r, &c);
        pthread_mutex_unlock(&r->lock);
        if (c.kind == CANARY_SERVED && find)
            r->env.liveness = c.liveness;
        arena_free(c.detail.arena);
    }
    if (slowest == 0)
        slowest = handshake_us(first);
    r->env.rtt_us = slowest;
    r->env.patience_us = given_ms ? given_ms * MS : d->patience_ms * MS;
    if (r->env.patience_us == 0) {
        r->env.patience_us = PATIENCE_FACTOR * slowest;
        if (r->env.patience_us < PATIENCE_LEAST_MS * MS)
            r->env.patience_us = PATIENCE_LEAST_MS * MS;
    }
    if (slowest > SLOW_MS * MS || d->slots == 1)
        r->batch = BATCH_MAX;
    else if (d->role == CLIENT || r->config->insist) /* each costs a program's start */
        r->batch = share_of(r);
    r->give_up_us = r->env.patience_us;
    r->settle_us = d->settle_ms ? d->settle_ms * MS : SETTLE_MS * MS;
}

static const char *const liveness_names[] = {
    [LIVENESS_PING] = "ping", [LIVENESS_ECHO] = "echo", [LIVENESS_NONE] = "none"};

/* Declared, or as the first good handshake found it. */
static void set_liveness(struct run *r, const struct canary_result *c)
{
    const char *declared = r->config->device->liveness;

    r->env.liveness = !*declared && c->kind == CANARY_SERVED ? c->liveness : LIVENESS_NONE;
    for (size_t i = 0; i < 3; i++)
        if (strcmp(declared, liveness_names[i]) == 0)
            r->env.liveness = (enum liveness)i;
}

/* Says what is the matter, in short, and what the diagnosis finds. */
static void explain(struct run *r, const struct canary_result *c)
{
    const char *cause = diagnose_run(r);

    pthread_mutex_lock(&r->lock);
    if (!r->closed) {
        r->why_not = arena_printf(r->arena, "%s (%s)", in_short(r, c), cause);
        add_note(r, "%s", r->why_not);
    }
    pthread_mutex_unlock(&r->lock);
}

bool probe_device(struct run *r)
{
    struct canary_result c = {0};
    bool goes_on;

    find_good(r, &c);
    if (c.detail.arena == NULL)
        return false;
    if (atomic_load(&r->stop)) { /* perhaps it is given up, and nobody is left to tell */
        arena_free(c.detail.arena);
        return false;
    }
    r->alive = c.kind;
    set_liveness(r, &c);
    goes_on = c.kind == CANARY_SERVED || c.kind == CANARY_REFUSED ||
              (r->config->insist && c.kind == CANARY_UNVERIFIED);
    if (goes_on)
        measure(r, &c);
    pthread_mutex_lock(&r->lock);
    r->model->device.liveness = liveness_names[r->env.liveness];
    note_canary(r, &c);
    pthread_mutex_unlock(&r->lock);
    if (c.kind != CANARY_SERVED && !(goes_on && r->config->insist))
        explain(r, &c);
    arena_free(c.detail.arena);
    return goes_on;
}

/* Starts a spawned device anew, resets another when it has a hook. */
static void help_it_up(struct run *r)
{
    char why[WHY_MAX];

    if (*r->config->device->spawn && !process_runs(&r->hooks.server)) {
        if (!hooks_spawn(&r->hooks, why))
            add_note(r, "the device could not be started again: %s", why);
    } else {
        if (!hooks_reset(&r->hooks, why) && *why)
            add_note(r, "the device could not be reset: %s", why);
    }
}

bool bring_back(struct run *r)
{
    int64_t until;
    bool back = false;

    pthread_mutex_lock(&r->recovery);
    pthread_mutex_lock(&r->lock);
    back = r->gone || atomic_load(&r->stop);
    pthread_mutex_unlock(&r->lock);
    if (back) {
        pthread_mutex_unlock(&r->recovery);
        return false;
    }
    help_it_up(r);
    until = now_us() + r->settle_us;
    do {
        back = device_serves(r);
        if (!back)
            sleep_until(now_us() + 200 * MS);
    } while (!back && now_us() < until && !atomic_load(&r->stop));
    if (!back && *r->config->device->spawn) { /* it hangs: a new one */
        process_stop(&r->hooks.server);
        help_it_up(r);
        back = device_serves(r);
    }
    pthread_mutex_lock(&r->lock);
    r->gone = !back && !atomic_load(&r->stop);
    if (r->gone)
        r->why_not = "the device serves no good handshake any more";
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    pthread_mutex_unlock(&r->recovery);
    return back;
}
