#include "run/internal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "crypto/prf.h"

enum { GRACE_MS = 1000, TICK_MS = 50, SECOND_ASKING_S = 1, HELLO_TIMERS = 50, PROBE_COPIES = 2 };

static volatile sig_atomic_t signalled;
static atomic_bool abandoned;

/* timeout(1) tells its child and then its group: one asking arrives twice. A later second one wants no report. */
static void catch_signal(int which)
{
    static volatile sig_atomic_t first_s;
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!signalled) {
        first_s = (sig_atomic_t)now.tv_sec;
        signalled = which;
    } else if ((sig_atomic_t)now.tv_sec - first_s > SECOND_ASKING_S) {
        leftovers_abandon();
        _Exit(128 + which);
    }
}

void run_catch_signals(void)
{
    struct sigaction action = {.sa_handler = catch_signal, .sa_flags = SA_RESTART};

    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int run_signal(void)
{
    return signalled;
}

bool run_abandoned(void)
{
    return atomic_load(&abandoned);
}

uint64_t random_seed(void)
{
    uint64_t seed = 0;

    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        seed = (uint64_t)now_us();
    return seed;
}

static const char *const *ended_by_null(struct arena *a, struct strings list)
{
    const char **out = arena_array(a, const char *, list.n + 1);

    for (size_t i = 0; i < list.n; i++)
        out[i] = list.at[i];
    return out;
}

static bool resolve(struct run *r, const char *host, uint16_t port)
{
    char why[WHY_MAX];

    if (env_address(&r->env, host, port, why))
        return true;
    set_why_not(r, "unreachable: %s", why);
    return false;
}

static int64_t timer_of(const struct run_config *c)
{
    return c->timer_us ? c->timer_us : env_timer_us(c->device);
}

static int64_t hello_wait(const struct run_config *c)
{
    return c->timer_us ? HELLO_TIMERS * c->timer_us : env_hello_wait_us(c->device);
}

static void begin_env(struct run *r)
{
    const struct run_config *c = r->config;
    const struct dut *d = c->device;
    int64_t timer = timer_of(c);

    r->env = (struct case_env){.role = d->role,
                               .refusals = &r->refusals,
                               .identity = d->identity,
                               .psk = d->psk,
                               .profile = c->profile,
                               .implements = ended_by_null(r->arena, d->implements.list),
                               .timer_us = timer,
                               .hello_wait_us = hello_wait(c),
                               .probe_copies = PROBE_COPIES,
                               .slots = d->slots,
                               .lever = d->lever,
                               .no_credentials = d->no_credentials,
                               .ports = &r->ports,
                               .pace = c->options->rate ? &r->pace : NULL,
                               .max_datagram = d->max_datagram,
                               .seed = c->seed,
                               .key_log = !option_given(c->options, OPT_NO_SECRETS),
                               .watch = {c->message ? evidence_watch : NULL, r}};
    if (*d->psk_cmd && d->role == CLIENT && d->identity.n == 0) {
        r->env.key_of = hooks_key_of;
        r->env.key_context = &r->hooks;
    }
    r->pace.apart_us = c->options->rate ? SECOND / c->options->rate : 0;
    r->env.patience_us = c->options->patience_ms ? c->options->patience_ms * MS : SECOND;
    r->give_up_us = timer;
}

/* Cases at a time: the device's slots are a ceiling; one port for all is one at a time, and so is a person. */
static void begin_limits(struct run *r)
{
    const struct dut *d = r->config->device;
    bool one_port = d->role == CLIENT && !strstr(d->trigger, "{port}");

    r->threads = r->config->options->jobs;
    if (d->slots > 0 && d->slots < r->threads)
        r->threads = d->slots;
    if (one_port)
        r->threads = 1;
    r->limit = r->threads;
    r->batch = 1;
    if (r->threads == 1)
        r->env.lockout = &r->lockout;
}

const char *device_log(const struct run *r, struct arena *a)
{
    return r->config->output ? arena_printf(a, "%s/device.log", r->config->output) : NULL;
}

static bool begin_device(struct run *r, char *why)
{
    const struct dut *d = r->config->device;

    if (!hooks_open(&r->hooks, r->scratch, d, device_log(r, r->scratch), why))
        return false;
    if (*d->spawn && !hooks_spawn(&r->hooks, why))
        return false;
    r->env.hooks = r->config->client ? *r->config->client : hooks_client(&r->hooks);
    return true;
}

static void settle_unsupported(struct run *r)
{
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->job_n; i++)
        if (r->jobs[i].planned->test_case && !judges_suite_support(r->jobs[i].planned))
            judge_not(r, &r->jobs[i], NULL, r->why_not);
    pthread_mutex_unlock(&r->lock);
}

static void note_silence(struct run *r)
{
    if (r->outages > 0 && !r->gone)
        add_note(r, "the device stopped serving %u time%s and was brought back", r->outages,
                 r->outages > 1 ? "s" : "");
    if (r->gone && r->last_input)
        add_note(r, "the device stopped serving: the last input before the silence was %s", r->last_input);
}

void tell_progress(struct run *r, const struct model_case *c)
{
    int64_t now = now_us();

    if (!r->config->progress || (!c && now - r->told_us < SECOND))
        return;
    r->told_us = now;
    r->config->progress(
        r->config->context, c,
        (struct run_progress){r->settled, r->job_n, r->in_flight, r->first_us ? now - r->first_us : 0});
}

static void begin_cases(struct run *r)
{
    pthread_mutex_lock(&r->lock);
    if (r->config->estimated && !r->closed)
        r->config->estimated(r->config->context, estimate_text(r));
    r->first_us = now_us();
    pthread_mutex_unlock(&r->lock);
}

/* The whole run, on a thread of its own, so that a signal or the deadline need not wait for a case. */
static void *conduct(void *context)
{
    struct run *r = context;
    const struct dut *d = r->config->device;
    char why[WHY_MAX] = "";
    bool one_port = d->role == CLIENT && strstr(d->trigger, "{port}");

    if (!begin_device(r, why))
        set_why_not(r, "unreachable: %s", why);
    else if (resolve(r, d->host,
                     one_port            ? 0
                     : d->role == CLIENT ? d->port
                                         : r->hooks.port) &&
             probe_device(r)) {
        if (r->alive == CANARY_REFUSED && !r->config->insist)
            settle_unsupported(r);
        begin_cases(r);
        run_pool(r);
        run_alone(r);
        note_silence(r);
    }
    pthread_mutex_lock(&r->lock);
    r->conducted = true;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

/* Waits until the run is over; false when it has to be given up with cases under way. Holds the lock. */
static bool await_end(struct run *r)
{
    int64_t deadline =
        r->config->options->deadline_s ? r->began_us + r->config->options->deadline_s * SECOND : INT64_MAX;
    int64_t give_up = INT64_MAX;

    while (!r->conducted && now_us() < give_up) {
        struct timespec until;

        if (give_up == INT64_MAX && (signalled || now_us() >= deadline)) {
            atomic_store(&r->stop, true);
            r->model->run.complete = false;
            r->why_not = signalled ? "interrupted" : "the deadline passed";
            give_up = now_us() + GRACE_MS * MS;
            pthread_cond_broadcast(&r->changed);
        }
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += TICK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&r->changed, &r->lock, &until);
        tell_progress(r, NULL);
    }
    return r->conducted;
}

static void finish_model(struct run *r)
{
    struct model *m = r->model;

    judge_rest(r);
    if (r->config->waivers)
        waivers_apply(m, r->config->waivers, today_text(r->arena, false));
    if (r->config->baseline)
        baseline_compare(m, r->config->baseline);
    m->run.patience_ms = r->env.patience_us / MS;
    m->run.rtt_us = r->env.rtt_us;
    m->run.duration_ms = (now_us() - r->began_us) / MS;
    if (*r->config->device->spawn && r->hooks.port)
        m->device.address = arena_printf(r->arena, "%s:%u", r->hooks.host, (unsigned)r->hooks.port);
    summarize(r);
    m->run.notes = r->notes.list;
    r->closed = true;
}

/* Threads of a run that was given up go on after the caller has returned: they hold nothing that may stand on its stack. */
static void own_config(struct run *r, struct arena *a, const struct run_config *config)
{
    struct dut *device = arena_new_of(a, struct dut);
    struct options *options = arena_new_of(a, struct options);
    struct catalogue *all = arena_new_of(a, struct catalogue), *selected = arena_new_of(a, struct catalogue);

    *device = *config->device;
    *options = *config->options;
    *all = *config->all;
    *selected = *config->selected;
    r->own_config = *config;
    r->own_config.device = device;
    r->own_config.options = options;
    r->own_config.all = all;
    r->own_config.selected = selected;
    r->config = &r->own_config;
}

static struct run *run_new(struct arena *a, const struct run_config *config)
{
    struct run *r = arena_new_of(a, struct run);
    pthread_mutexattr_t recursive;

    own_config(r, a, config);
    r->arena = a;
    r->scratch = arena_new();
    r->began_us = now_us();
    r->evidence = EVIDENCE_MAX;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&r->lock, &recursive);
    pthread_mutexattr_destroy(&recursive);
    pthread_mutex_init(&r->recovery, NULL);
    pthread_cond_init(&r->changed, NULL);
    begin_env(r);
    begin_limits(r);
    model_begin(r);
    order_jobs(r);
    r->model->run.complete = true;
    return r;
}

struct model *run_device(struct arena *a, const struct run_config *config)
{
    struct run *r = run_new(a, config);
    struct model *m = r->model;
    pthread_t conductor;
    sigset_t signals, before;
    bool over = false;
    int started;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, &before);
    started = pthread_create(&conductor, NULL, conduct, r);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_mutex_lock(&r->lock);
    if (started == 0)
        over = await_end(r);
    else
        r->why_not = "internal error: no thread can be started";
    finish_model(r);
    pthread_mutex_unlock(&r->lock);
    if (started == 0 && !over) {
        pthread_detach(conductor);
        atomic_store(&abandoned, true);
        return m;
    }
    if (started == 0)
        pthread_join(conductor, NULL);
    hooks_close(&r->hooks);
    arena_free(r->scratch);
    pthread_mutex_destroy(&r->lock);
    pthread_mutex_destroy(&r->recovery);
    pthread_cond_destroy(&r->changed);
    return m;
}
