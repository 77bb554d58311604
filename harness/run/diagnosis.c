#include "run/diagnosis.h"

#include <stdio.h>
#include <string.h>

#include "run/internal.h"

static bool interrupted(void *context)
{
    (void)context;
    return run_signal() != 0;
}

static struct case_env env_of(const struct dut *d, const struct diagnosis_setup *how)
{
    return (struct case_env){
        .role = d->role,
        .identity = d->identity,
        .psk = d->psk,
        .profile = how->profile,
        .timer_us = env_timer_us(d),
        .patience_us = SECOND,
        .hello_wait_us = env_hello_wait_us(d),
        .probe_copies = 1,
        .max_datagram = d->max_datagram,
        .seed = how->seed,
        .liveness = LIVENESS_NONE,
        .lever = d->lever,
    };
}

static bool begin(struct hooks *hooks, const struct dut *d, struct case_env *env, char *why)
{
    bool own_ports = d->role == CLIENT && strstr(d->trigger, "{port}");
    uint16_t port;

    if (*d->spawn && !hooks_spawn(hooks, why))
        return false;
    port = own_ports ? 0 : d->role == CLIENT ? d->port : hooks->port;
    if (!env_address(env, d->host, port, why))
        return false;
    env->hooks = hooks_client(hooks);
    if (*d->psk_cmd && d->role == CLIENT && d->identity.n == 0) {
        env->key_of = hooks_key_of;
        env->key_context = hooks;
    }
    return true;
}

bool diagnose_device(struct arena *a, const struct dut *d, const struct diagnosis_setup *how,
                     struct diagnosis *out, char *why)
{
    return survey_device(a, d, how, NULL, out, why);
}

bool survey_device(struct arena *a, const struct dut *d, const struct diagnosis_setup *how,
                   struct survey *out, struct diagnosis *why_not, char *why)
{
    struct case_env env = env_of(d, how);
    struct diagnose_how doctor = {
        .where = d->address, .tries = how->tries, .brief = how->brief, .stopped = interrupted};
    struct hooks hooks;
    bool began;

    *why_not = (struct diagnosis){0};
    if (!hooks_open(&hooks, a, d, how->log, why))
        return false;
    began = begin(&hooks, d, &env, why);
    if (began && *d->spawn)
        doctor.where = arena_printf(a, "%s:%u", d->host, (unsigned)hooks.port);
    if (began && out != NULL)
        survey(&env, out);
    if (began && (out == NULL || !out->served))
        diagnose(a, &env, &doctor, why_not);
    hooks_close(&hooks);
    return began;
}

static bool run_is_over(void *context)
{
    struct run *r = context;

    return atomic_load(&r->stop);
}

const char *diagnose_run(struct run *r)
{
    const struct dut *d = r->config->device;
    bool ours = *d->spawn || d->role == CLIENT; /* nobody is locked out */
    struct diagnose_how how = {.where = d->address,
                               .settle_us = d->settle_ms * MS,
                               .tries = ours ? TRIES_USUAL : TRIES_IN_RUN,
                               .brief = true,
                               .stopped = run_is_over,
                               .context = r};
    struct diagnosis found;
    struct arena *a = arena_new();
    const char *text;

    if (*d->spawn)
        how.where = arena_printf(a, "%s:%u", r->hooks.host, (unsigned)r->hooks.port);
    diagnose(a, &r->env, &how, &found);
    pthread_mutex_lock(&r->lock);
    if (!r->closed) {
        add_note(r, "%s: %s", cause_name(found.found[0].cause), found.found[0].what);
        add_note(r, "next: %s", found.found[0].next);
        if (!ours && found.found[0].cause == CAUSE_KEY_OR_IDENTITY)
            add_note(r, "`pskgate diagnose server` tries every form of the key and the identity");
    }
    text = cause_name(found.found[0].cause);
    pthread_mutex_unlock(&r->lock);
    arena_free(a);
    return text;
}
