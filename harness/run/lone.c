/* Lone runs: what a case missed or showed in company, tried again with the device to itself. */
#include "run/internal.h"

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
    run_job(r, &r->env, j, true, &result);
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

    run_apart(r);
    await_idle(r);
    if (r->outages > 0)
        begin_anew(r);
    for (size_t i = 0; i < r->job_n && !r->gone && !atomic_load(&r->stop); i++) {
        struct job *j = &r->jobs[r->order[i].index];

        if (j->planned->test_case && !j->settled && !settle_alone(r, j, &open))
            return;
    }
}
