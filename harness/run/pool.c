#include "run/internal.h"

#include <stdio.h>

enum { STACK_OCTETS = 1024 * 1024, GOOD_BATCHES = 16, DOUBLINGS = 8 };

/* One thread of the pool and the bracket it is in. */
struct worker {
    struct run *run;
    bool open; /* the last good handshake completed, and nothing was done to the device since */
    struct job *jobs[BATCH_MAX];
    struct case_result results[BATCH_MAX];
    size_t n;
    unsigned losses; /* of the run, before the batch was taken */
    unsigned taken;  /* batches of the run so far, with this one */
    bool alone;      /* no other case was under way when it began */
};

static int rank(enum outcome o)
{
    static const int ranks[] = {[OUTCOME_NOT_APPLICABLE] = 0,
                                [OUTCOME_PASS] = 1,
                                [OUTCOME_NOT_JUDGED] = 2,
                                [OUTCOME_FAIL_MISSED] = 3,
                                [OUTCOME_FAIL_SHOWN] = 4};

    return ranks[o];
}

void run_job(struct run *r, struct job *j, bool alone, struct case_result *out)
{
    struct case_env env = r->env;
    unsigned repeat = r->config->options->repeat;

    env.hasty = !alone;    /* what is missed here is waited for in full by the lone run, which decides */
    hooks_crash(j->crash); /* what came before is not this case's */
    *j->crash = '\0';
    for (unsigned i = 0; i < repeat && (i == 0 || !atomic_load(&r->stop)); i++) {
        struct case_result one;

        case_run(j->planned->test_case, j->planned->index, &env, &one);
        j->attempts++;
        if (i > 0 && one.outcome != out->outcome)
            j->varied = true;
        if (i == 0 || rank(one.outcome) > rank(out->outcome)) {
            if (i > 0)
                arena_free(out->arena);
            *out = one;
        } else {
            arena_free(one.arena);
        }
    }
    hooks_crash(j->crash);
    if (r->config->device->settle_ms && r->config->device->slots == 1)
        sleep_until(now_us() + r->config->device->settle_ms * MS);
}

/* True while there is something to take and the run goes on. */
static bool goes_on(const struct run *r)
{
    return r->next < r->job_n && !r->gone && !atomic_load(&r->stop);
}

/* Waits for whoever brings the device back; then how often it was lost so far. */
static unsigned losses_so_far(struct run *r)
{
    unsigned n;

    pthread_mutex_lock(&r->recovery);
    pthread_mutex_lock(&r->lock);
    n = r->losses;
    pthread_mutex_unlock(&r->lock);
    pthread_mutex_unlock(&r->recovery);
    return n;
}

/* Not run yet, or void since the device was lost meanwhile. */
static bool wants_pool(const struct job *j)
{
    return j->planned->test_case && !j->settled && j->prior == PRIOR_NONE && j->deaths == 0;
}

/* Takes the next jobs, as many as one good handshake may close; false when there is nothing left to do. */
static bool take_batch(struct worker *w)
{
    struct run *r = w->run;
    unsigned before = w->losses;

    w->losses = losses_so_far(r);
    w->open = w->open && w->losses == before;
    pthread_mutex_lock(&r->lock);
    while (goes_on(r) && r->running >= r->limit)
        pthread_cond_wait(&r->changed, &r->lock);
    w->n = 0;
    while (goes_on(r) && w->n < r->batch) {
        struct job *j = &r->jobs[r->next++];

        if (wants_pool(j))
            w->jobs[w->n++] = j;
    }
    r->running += w->n > 0;
    r->taken += w->n > 0;
    w->taken = r->taken;
    w->alone = r->running == 1 && w->n == 1;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    return w->n > 0;
}

static void give_back(struct worker *w)
{
    pthread_mutex_lock(&w->run->lock);
    w->run->running--;
    pthread_cond_broadcast(&w->run->changed);
    pthread_mutex_unlock(&w->run->lock);
}

/* After so many good handshakes in a row the device may bear more cases at a time again: less soon after each loss. */
static unsigned good_batches(unsigned losses)
{
    return (unsigned)GOOD_BATCHES << (losses < DOUBLINGS ? losses : DOUBLINGS);
}

/* Holds the lock. */
static void note_good(struct run *r)
{
    if (r->limit == r->threads || ++r->good_in_row < good_batches(r->losses))
        return;
    r->limit = 2 * r->limit < r->threads ? 2 * r->limit : r->threads;
    r->good_in_row = 0;
    pthread_cond_broadcast(&r->changed);
}

/* The jobs' results count when good handshakes stood before and after, and the device was not lost meanwhile by somebody else's
 * doing. Else they are void: nobody can say which case it was, and each runs again. */
static void judge_batch(struct worker *w)
{
    struct run *r = w->run;

    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < w->n && !r->closed && w->losses == r->losses; i++) {
        if (*w->jobs[i]->crash)
            w->jobs[i]->deaths++;
        else
            judge_pooled(r, w->jobs[i], &w->results[i]);
    }
    note_good(r);
    pthread_mutex_unlock(&r->lock);
}

/* The device does not serve after this batch. */
static void note_loss(struct worker *w)
{
    struct run *r = w->run;

    pthread_mutex_lock(&r->lock);
    r->last_input = w->jobs[w->n - 1]->planned->id;
    if (w->alone && w->taken == r->taken)
        w->jobs[0]->deaths++;
    pthread_mutex_unlock(&r->lock);
}

static void run_batch(struct worker *w)
{
    struct run *r = w->run;
    unsigned seen;

    if (!w->open && !device_serves(r, false)) {
        if (!bring_back(r, w->losses))
            return;
        w->losses = losses_so_far(r);
    }
    for (size_t i = 0; i < w->n; i++)
        run_job(r, w->jobs[i], false, &w->results[i]);
    seen = losses_so_far(r);
    w->open = device_serves(r, false);
    if (w->open) {
        judge_batch(w);
    } else {
        note_loss(w);
        bring_back(r, seen);
    }
    for (size_t i = 0; i < w->n; i++)
        arena_free(w->results[i].arena);
}

static void *work(void *context)
{
    struct worker w = {.run = context};

    while (take_batch(&w)) {
        run_batch(&w);
        give_back(&w);
    }
    return NULL;
}

static void run_threads(struct run *r)
{
    pthread_t threads[256];
    pthread_attr_t attributes;
    unsigned n = 0;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_OCTETS);
    while (n < r->threads && n < sizeof threads / sizeof *threads &&
           pthread_create(&threads[n], &attributes, work, r) == 0)
        n++;
    pthread_attr_destroy(&attributes);
    for (unsigned i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    if (n == 0)
        add_note(r, "no thread could be started");
}

/* What was void once runs again in company: most of it did nothing to the device. */
void run_pool(struct run *r)
{
    run_threads(r);
    if (r->losses == 0)
        return;
    r->next = 0;
    r->batch = 1; /* so that it shows which of them it is */
    run_threads(r);
}

/* ---- alone ---------------------------------------------------------------------------------------------------------------- */

static const char *how_it_died(struct run *r, const struct job *j)
{
    if (*j->crash)
        return arena_strdup(r->arena, j->crash);
    if (*r->config->device->spawn && !process_runs(&r->hooks.server))
        return arena_printf(r->arena, "the device's process %s", process_end(r->arena, &r->hooks.server));
    return arena_strdup(r->arena, "no good handshake completes after it");
}

/* One lone run between good handshakes. False when the device does not serve after it. */
static bool run_between(struct run *r, struct job *j, bool *open)
{
    struct case_result result;
    bool was_dead = false;

    run_job(r, j, true, &result);
    *open = device_serves(r, !r->waits_in_vain);
    pthread_mutex_lock(&r->lock);
    if (!r->closed && *open && !*j->crash) {
        judge_alone(r, j, &result);
    } else if (!r->closed) {
        j->deaths++;
        j->how_it_died = how_it_died(r, j);
        if (!*open)
            r->last_input = j->planned->id;
        if (j->deaths > 1)
            judge_dead(r, j, &result);
        was_dead = true;
    }
    pthread_mutex_unlock(&r->lock);
    arena_free(result.arena);
    return !was_dead;
}

static bool settle_alone(struct run *r, struct job *j, bool *open)
{
    while (!j->settled && !atomic_load(&r->stop)) {
        if (!*open && !device_serves(r, false) && !bring_back(r, r->losses))
            return false;
        *open = true;
        if (!run_between(r, j, open) && !bring_back(r, r->losses))
            return false;
    }
    return true;
}

void run_alone(struct run *r)
{
    bool open = false;

    if (r->losses > 0)
        begin_anew(r);
    for (size_t i = 0; i < r->job_n && !r->gone && !atomic_load(&r->stop); i++)
        if (r->jobs[i].planned->test_case && !r->jobs[i].settled && !settle_alone(r, &r->jobs[i], &open))
            return;
}
