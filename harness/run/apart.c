/*
 * Lone runs side by side: of a device that may be started several times, each is tried in a process of its own, in which nothing else
 * goes on. Most of them wait for what does not come, and so they wait together.
 */
#include "run/internal.h"

#include <string.h>

enum { LEAST = 2 /* jobs that are worth it */ };

/* What one thread tries them on. A client is started by the case itself; a server by us, and it serves as long as it can. */
struct instance {
    struct run *run;
    struct arena *arena;
    struct hooks hooks; /* of a server */
    struct case_env env;
};

bool has_instances(const struct run *r)
{
    const struct dut *d = r->config->device;
    bool client = d->role == CLIENT, many = *d->instances ? strcmp(d->instances, "many") == 0 : !client;

    return many && strstr(client ? d->trigger : d->spawn, "{port}") && r->threads > 1 && !r->blocks &&
           !r->gone;
}

/* What the device died of is not for a look aside. */
static bool may_run_apart(const struct job *j)
{
    return j->planned->test_case && !j->planned->test_case->idle && !j->settled && j->deaths == 0;
}

/* What was missed waits longest, so it begins: `next` goes over the jobs twice. */
static struct job *next_apart(struct run *r)
{
    struct job *found = NULL;

    pthread_mutex_lock(&r->lock);
    while (!found && r->next < 2 * r->job_n && !atomic_load(&r->stop)) {
        bool first_round = r->next < r->job_n;
        struct job *j = &r->jobs[r->order[r->next++ % r->job_n].index];

        if (may_run_apart(j) && first_round == (j->prior == PRIOR_MISSED))
            found = j;
    }
    r->in_flight += found != NULL;
    pthread_mutex_unlock(&r->lock);
    return found;
}

static bool start(struct instance *i)
{
    char why[WHY_MAX];

    process_stop(&i->hooks.server);
    return hooks_spawn(&i->hooks, why) && env_address(&i->env, i->hooks.host, i->hooks.port, why);
}

/* A server that does not serve any more is started anew. */
static bool is_ready(struct instance *i)
{
    if (i->env.role == CLIENT)
        return instance_serves(i->run, &i->env, true);
    return (process_runs(&i->hooks.server) && instance_serves(i->run, &i->env, false)) ||
           (start(i) && instance_serves(i->run, &i->env, true));
}

static void try_apart(struct instance *i, struct job *j)
{
    struct run *r = i->run;
    struct case_result result;
    bool serves;

    run_job(r, &i->env, j, true, &result);
    serves = instance_serves(r, &i->env, true);
    pthread_mutex_lock(&r->lock);
    if (!r->closed && serves && !*j->crash && !proves_little(r, j, &result))
        judge_alone(r, j, &result);
    pthread_mutex_unlock(&r->lock);
    arena_free(result.arena);
}

static void *work_apart(void *context)
{
    struct run *r = context;
    struct instance i = {.run = r, .arena = arena_new(), .env = r->env};
    char why[WHY_MAX];
    struct job *j;

    bool can = r->env.role == CLIENT ||
               hooks_open(&i.hooks, i.arena, r->config->device, device_log(r, i.arena), why);

    while (can && (j = next_apart(r)) != NULL) {
        if (is_ready(&i))
            try_apart(&i, j);
        pthread_mutex_lock(&r->lock);
        r->in_flight--;
        pthread_mutex_unlock(&r->lock);
    }
    hooks_close(&i.hooks);
    arena_free(i.arena);
    return NULL;
}

void run_apart(struct run *r)
{
    pthread_t threads[THREADS_MAX];
    unsigned n = 0;

    for (size_t i = 0; i < r->job_n; i++)
        n += may_run_apart(&r->jobs[i]);
    if (n < LEAST || !has_instances(r))
        return;
    r->next = 0;
    join_threads(threads, run_threads(r, n < r->threads ? n : r->threads, work_apart, threads));
}
