#include "run/internal.h"

#include <stdio.h>

enum {
    STACK_OCTETS = 1024 * 1024,
    LOSSY_COPIES = 2, /* more of a probe, on a lossy path */
};

/* One thread of the pool and the bracket it is in. */
struct worker {
    struct run *run;
    bool open; /* the last good handshake completed, and nothing was done to the device since */
    struct job *jobs[BATCH_MAX];
    struct case_result results[BATCH_MAX];
    size_t n;
    unsigned outages; /* of the run, before the batch was taken */
    unsigned taken;   /* batches of the run so far, with this one */
    bool alone;       /* no other case was under way when it began */
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

void run_job(struct run *r, const struct case_env *device, struct job *j, bool alone, struct case_result *out)
{
    struct case_env env = *device;
    unsigned repeat = r->config->options->repeat;

    env.lossy = path_is_lossy(r);
    env.probe_copies += env.lossy ? LOSSY_COPIES : 0;
    heed_block(r, &env);
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
    count_refused(r, out->refused);
    let_settle(r);
}

/* True while there is something to take and the run goes on. */
static bool goes_on(const struct run *r)
{
    return r->next < r->job_n && !r->gone && !atomic_load(&r->stop);
}

static bool is_unsettled(const struct job *j)
{
    return !j->settled;
}

static bool is_void(const struct job *j)
{
    return !j->settled && j->prior == PRIOR_NONE && j->deaths == 0;
}

static bool may_rest_on_silence(const struct job *j)
{
    return j->settled && j->silent;
}

static bool is_due(const struct run *r, const struct job *j)
{
    static bool (*const due[])(const struct job *) = {
        [PASS_FIRST] = is_unsettled, [PASS_VOID] = is_void, [PASS_SILENT] = may_rest_on_silence};

    return j->planned->test_case && !j->planned->test_case->alone &&
           !(r->idling && j->planned->test_case->idle) && due[r->pass](j);
}

/* Takes the next jobs, as many as one good handshake may close; false when there is nothing left to do. */
static bool take_batch(struct worker *w)
{
    struct run *r = w->run;
    unsigned before = w->outages;

    w->outages = outages_so_far(r);
    w->open = w->open && w->outages == before;
    pthread_mutex_lock(&r->lock);
    while (goes_on(r) && r->running >= r->limit)
        pthread_cond_wait(&r->changed, &r->lock);
    w->n = 0;
    while (goes_on(r) && w->n < r->batch) {
        struct job *j = &r->jobs[r->order[r->next++].index];

        if (is_due(r, j))
            w->jobs[w->n++] = j;
    }
    r->running += w->n > 0;
    r->in_flight += w->n;
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
    w->run->in_flight -= w->n;
    pthread_cond_broadcast(&w->run->changed);
    pthread_mutex_unlock(&w->run->lock);
}

/* The jobs' results count when good handshakes stood before and after, and the device was not out meanwhile by somebody else's
 * doing. Else they are void: nobody can say which case it was, and each runs again. */
static void judge_batch(struct worker *w)
{
    struct run *r = w->run;

    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < w->n && !r->closed && w->outages == r->outages; i++) {
        if (*w->jobs[i]->crash)
            judge_void(r, w->jobs[i]);
        else
            judge_pooled(r, w->jobs[i], &w->results[i]);
    }
    note_good_batch(r);
    pthread_mutex_unlock(&r->lock);
}

/* The good handshake after this batch did not complete. True when the device serves all the same: the closer look closes the
 * bracket. A death is charged to a case that had the device to itself; else nobody can say which it was. */
static bool serves_after_all(struct worker *w, unsigned seen)
{
    struct run *r = w->run;
    enum loss loss;

    pthread_mutex_lock(&r->lock);
    r->last_input = w->jobs[w->n - 1]->planned->id;
    pthread_mutex_unlock(&r->lock);
    loss = look_again(r, seen);
    pthread_mutex_lock(&r->lock);
    if (loss != LOSS_NONE && w->alone && w->taken == r->taken && !atomic_load(&r->stop))
        judge_void(r, w->jobs[0]);
    pthread_mutex_unlock(&r->lock);
    return loss == LOSS_NONE;
}

static void run_batch(struct worker *w)
{
    struct run *r = w->run;
    unsigned seen;

    if (!w->open && !device_serves(r)) {
        if (look_again(r, w->outages) == LOSS_GONE)
            return;
        w->outages = outages_so_far(r);
    }
    for (size_t i = 0; i < w->n; i++)
        run_job(r, &r->env, w->jobs[i], false, &w->results[i]);
    seen = outages_so_far(r);
    w->open = device_serves(r) || serves_after_all(w, seen);
    if (w->open)
        judge_batch(w);
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

unsigned run_threads(struct run *r, unsigned n, void *(*task)(void *run), pthread_t *threads)
{
    pthread_attr_t attributes;
    unsigned started = 0;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_OCTETS);
    while (started < n && started < THREADS_MAX &&
           pthread_create(&threads[started], &attributes, task, r) == 0)
        started++;
    pthread_attr_destroy(&attributes);
    return started;
}

void join_threads(pthread_t *threads, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
}

static void run_pass(struct run *r, enum pass pass, unsigned batch)
{
    pthread_t threads[THREADS_MAX];
    unsigned n;

    pthread_mutex_lock(&r->lock);
    r->pass = pass;
    r->next = 0;
    r->batch = batch;
    pthread_mutex_unlock(&r->lock);
    n = run_threads(r, r->threads, work, threads);
    join_threads(threads, n);
    if (n == 0)
        add_note(r, "no thread could be started");
}

/* ---- idle cases -------------------------------------------------------------------------------------------------------------- */

static void take_idle(struct worker *w, struct job *j)
{
    struct run *r = w->run;

    w->outages = outages_so_far(r);
    w->open = false;
    w->jobs[0] = j;
    w->n = 1;
    pthread_mutex_lock(&r->lock);
    r->running++;
    r->in_flight++;
    r->taken++;
    pthread_mutex_unlock(&r->lock);
}

static void *idle(void *context)
{
    struct worker w = {.run = context};
    struct run *r = context;

    for (size_t i = 0; i < r->job_n && !atomic_load(&r->stop); i++) {
        if (!r->jobs[i].planned->test_case || !r->jobs[i].planned->test_case->idle)
            continue;
        take_idle(&w, &r->jobs[i]);
        run_batch(&w);
        give_back(&w);
    }
    return NULL;
}

void await_idle(struct run *r)
{
    if (r->idling)
        join_threads(&r->idler, 1);
    r->idling = false;
}

/* What was void runs again in company, a case a bracket, so that it shows which of them it was: most did nothing to the device. */
void run_pool(struct run *r)
{
    const unsigned batch = r->batch;

    r->idling = r->threads > 1 && run_threads(r, 1, idle, &r->idler) == 1;
    run_pass(r, PASS_FIRST, batch);
    if (r->outages > 0 || path_is_lossy(r))
        await_idle(r); /* it belongs to the first pass */
    if (r->outages > 0)
        run_pass(r, PASS_VOID, 1);
    if (!path_is_lossy(r))
        return;
    add_note(r, "the path loses datagrams: what rests on silence was run %d times", ROUNDS);
    for (unsigned round = 1; round < ROUNDS; round++)
        run_pass(r, PASS_SILENT, batch);
}
