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

void run_job(struct run *r, struct job *j, bool alone, struct case_result *out)
{
    struct case_env env = r->env;
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

    return j->planned->test_case && !j->planned->test_case->alone && due[r->pass](j);
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
        run_job(r, w->jobs[i], false, &w->results[i]);
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

static void run_pass(struct run *r, enum pass pass, unsigned batch)
{
    r->pass = pass;
    r->next = 0;
    r->batch = batch;
    run_threads(r);
}

/* What was void runs again in company, a case a bracket, so that it shows which of them it was: most did nothing to the device. */
void run_pool(struct run *r)
{
    const unsigned batch = r->batch;

    run_pass(r, PASS_FIRST, batch);
    if (r->outages > 0)
        run_pass(r, PASS_VOID, 1);
    if (!path_is_lossy(r))
        return;
    add_note(r, "the path loses datagrams: what rests on silence was run %d times", ROUNDS);
    for (unsigned round = 1; round < ROUNDS; round++)
        run_pass(r, PASS_SILENT, batch);
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

static void set_in_flight(struct run *r, size_t n)
{
    pthread_mutex_lock(&r->lock);
    r->in_flight = n;
    pthread_mutex_unlock(&r->lock);
}

/* Dead twice: by what the case sent, unless the device only backs off from whoever does not complete. */
static void judge_death(struct run *r, struct job *j, struct case_result *result, bool *open)
{
    bool silent = !*j->crash && !*open && (!*r->config->device->spawn || process_runs(&r->hooks.server));
    bool locked_out =
        silent && (r->blocks || (result->refused > 0 && bring_back(r) && backs_off(r, result->refused)));

    *open = false;
    pthread_mutex_lock(&r->lock);
    if (!r->closed && locked_out)
        judge_not(r, j, result,
                  "the device is in back-off: it stops serving as well after good handshakes that are not "
                  "completed");
    else if (!r->closed)
        judge_dead(r, j, result);
    pthread_mutex_unlock(&r->lock);
}

/* One lone run between good handshakes: *open says whether the device serves after it. */
static void run_between(struct run *r, struct job *j, bool *open)
{
    struct case_result result;
    bool died = false;

    set_in_flight(r, 1);
    run_job(r, j, true, &result);
    set_in_flight(r, 0);
    *open = device_serves(r) || !device_is_out(r);
    pthread_mutex_lock(&r->lock);
    if (*open && !*j->crash && proves_little(r, j, &result)) {
        if (result.outcome == OUTCOME_FAIL_MISSED && j->prior != PRIOR_SHOWN)
            j->prior = PRIOR_MISSED; /* it stays unsettled: it runs again */
    } else if (!r->closed && *open && !*j->crash) {
        judge_alone(r, j, &result);
    } else if (!r->closed) {
        j->deaths++;
        j->how_it_died = how_it_died(r, j);
        if (!*open)
            r->last_input = j->planned->id;
        died = j->deaths > 1;
    }
    pthread_mutex_unlock(&r->lock);
    if (died)
        judge_death(r, j, &result, open);
    arena_free(result.arena);
}

/* False when the device is gone. */
static bool settle_alone(struct run *r, struct job *j, bool *open)
{
    while (!j->settled && !atomic_load(&r->stop)) {
        if (!*open && !device_serves(r) && look_again(r, outages_so_far(r)) == LOSS_GONE)
            return false;
        run_between(r, j, open);
        if (!*open && !bring_back(r))
            return false;
    }
    return true;
}

void run_alone(struct run *r)
{
    bool open = false;

    if (r->outages > 0)
        begin_anew(r);
    for (size_t i = 0; i < r->job_n && !r->gone && !atomic_load(&r->stop); i++) {
        struct job *j = &r->jobs[r->order[i].index];

        if (j->planned->test_case && !j->settled && !settle_alone(r, j, &open))
            return;
    }
}
