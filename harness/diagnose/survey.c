#include "diagnose/survey.h"

#include <pthread.h>
#include <stdio.h>

#include "case/attempt.h"

enum { STALL_MS = 1500, PAUSE_MS = 300 };

static void add_suite(struct survey *s, uint16_t code)
{
    if (s->suite_n < SURVEY_SUITES)
        s->suites[s->suite_n++] = code;
}

/* A good handshake, and how the device shows life in it; and another, for the first may have found the device busy. */
static void survey_good(const struct case_env *env, struct survey *out)
{
    struct canary_result c;
    struct case_env asking = *env;

    asking.ask_name = env->role == CLIENT;
    canary_run(&asking, 0, false, true, env->patience_us, &c);
    snprintf(out->make, sizeof out->make, "%s", c.nameplate.make);
    snprintf(out->model, sizeof out->model, "%s", c.nameplate.model);
    snprintf(out->firmware, sizeof out->firmware, "%s", c.nameplate.firmware);
    out->served = c.kind == CANARY_SERVED;
    out->liveness = c.liveness;
    out->extended_master_secret = c.extended_master_secret;
    out->encrypt_then_mac = c.encrypt_then_mac;
    out->verify_request = c.verify_request;
    out->handshake_us = c.duration_us;
    arena_free(c.detail.arena);
    if (!out->served)
        return;
    canary_run(env, 0, false, false, env->patience_us, &c);
    if (c.kind == CANARY_SERVED && c.duration_us < out->handshake_us)
        out->handshake_us = c.duration_us;
    arena_free(c.detail.arena);
}

/* ---- a server ------------------------------------------------------------------------------------------------------------ */

/* Each plain-PSK suite alone; with CBC encrypt_then_mac shows, too. */
static void survey_suites(const struct case_env *env, struct survey *out)
{
    for (size_t i = 0; i < cipher_count; i++) {
        struct attempt_plan plan = {.hello_only = true};
        struct attempt t;

        if (ciphers[i].kx != KX_PSK || !ciphers[i].iana)
            continue;
        plan.offer.ciphers[0] = ciphers[i].code;
        plan.offer.encrypt_then_mac = cipher_is_cbc(&ciphers[i]) ? WITH : WITHOUT;
        attempt_run(env, &plan, &t);
        if (t.reached >= REACHED_HELLO && t.server_hello.cipher == ciphers[i].code) {
            add_suite(out, ciphers[i].code);
            out->encrypt_then_mac |= find_extension(t.server_hello.extensions, EXT_ENCRYPT_THEN_MAC, NULL);
        }
        arena_free(t.detail.arena);
    }
}

/* A peer that keeps the device waiting in the midst of a handshake. */
struct waiting {
    struct case_env env;
    bool finished;
    int64_t ended_us;
};

static void *keep_waiting(void *context)
{
    struct waiting *w = context;
    struct attempt t;

    attempt_run(&w->env, &(struct attempt_plan){.stall_ms = STALL_MS}, &t);
    w->finished = t.reached == REACHED_FINISHED;
    w->ended_us = now_us();
    arena_free(t.detail.arena);
    return NULL;
}

/* A second peer that is served only when the first one is through, or not at all, stands in a queue of one. */
static void survey_slots(const struct case_env *env, struct survey *out)
{
    struct waiting first = {.env = *env};
    struct attempt second;
    pthread_t thread;
    int64_t served_us;

    if (out->handshake_us > STALL_MS * MS / 3 || pthread_create(&thread, NULL, keep_waiting, &first) != 0)
        return;
    sleep_until(now_us() + PAUSE_MS * MS);
    attempt_run(env, &(struct attempt_plan){0}, &second);
    served_us = second.reached == REACHED_FINISHED ? now_us() : INT64_MAX;
    pthread_join(thread, NULL);
    out->one_slot = first.finished && served_us > first.ended_us - PAUSE_MS * MS;
    arena_free(second.detail.arena);
}

/* ---- a client ------------------------------------------------------------------------------------------------------------ */

/* What it offers. */
static void survey_hello(const struct case_env *env, struct survey *out)
{
    struct attempt t;

    attempt_run(env, &(struct attempt_plan){0}, &t);
    for (size_t i = 0; t.have_hello && i < cipher_list_length(t.client_hello.ciphers); i++) {
        const struct cipher *c = cipher_find(cipher_at(t.client_hello.ciphers, i));

        if (c != NULL && c->kx == KX_PSK)
            add_suite(out, c->code);
    }
    out->encrypt_then_mac =
        t.have_hello && find_extension(t.client_hello.extensions, EXT_ENCRYPT_THEN_MAC, NULL);
    out->extended_master_secret =
        t.have_hello && find_extension(t.client_hello.extensions, EXT_EXTENDED_MASTER_SECRET, NULL);
    arena_free(t.detail.arena);
}

void survey(const struct case_env *env, struct survey *out)
{
    struct case_env quick = *env;

    *out = (struct survey){.liveness = LIVENESS_NONE};
    survey_good(env, out);
    if (!out->served)
        return;
    if (env->role == CLIENT) {
        survey_hello(env, out);
        return;
    }
    quick.hasty = true;
    quick.timer_us = quick.patience_us = env->timer_us / 2 + 2 * out->handshake_us;
    survey_suites(&quick, out);
    survey_slots(&quick, out);
}
