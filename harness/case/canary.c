#include "case/attempt.h"
#include "case/internal.h"

/* The good handshake that stands before and after every case (design 2.1). */

static const uint16_t good_order[] = {
    TLS_PSK_WITH_AES_128_CCM_8,      TLS_PSK_WITH_AES_128_CBC_SHA256, TLS_PSK_WITH_AES_128_CCM,
    TLS_PSK_WITH_AES_128_GCM_SHA256, TLS_PSK_WITH_AES_256_CCM_8,      TLS_PSK_WITH_AES_256_CCM,
};

static struct offer good_offer(const struct case_env *env, uint16_t cipher, bool without_etm)
{
    struct offer o = {.encrypt_then_mac = without_etm ? WITHOUT : AS_USUAL};
    size_t n = 0;

    if (cipher != 0) {
        o.ciphers[0] = cipher;
        return o;
    }
    for (size_t i = 0; i < sizeof good_order / sizeof *good_order; i++)
        if (rule_of(cipher_find(good_order[i]), env->profile, env->role) != RULE_FORBIDDEN)
            o.ciphers[n++] = good_order[i];
    for (size_t i = 0; i < cipher_count && n < OFFER_CIPHERS - 1; i++) {
        bool listed = false;

        for (size_t k = 0; k < n; k++)
            listed |= o.ciphers[k] == ciphers[i].code;
        if (!listed && cipher_completes(&ciphers[i]) &&
            rule_of(&ciphers[i], env->profile, env->role) <= RULE_DISCOURAGED)
            o.ciphers[n++] = ciphers[i].code;
    }
    return o;
}

struct offer attempt_usual_offer(const struct case_env *env)
{
    return good_offer(env, 0, false);
}

/* What a canary does, as a case of its own so that verbs may leave it. */
struct canary_plan {
    uint16_t cipher;
    bool without_etm, find_liveness;
    struct canary_result *out;
};

/* True when a probe of that kind is answered, at the first try or at one of two more. */
static bool shows_life(struct link *l, enum liveness kind)
{
    struct case_env asking = *l->test->env;
    const struct case_env *kept = l->test->env;
    bool answered = false;

    asking.liveness = kind;
    l->test->env = &asking;
    for (int i = 0; i < 3 && !answered && !l->peer_closed; i++) {
        struct bytes payload = probe_payload(l, new_probe(l));
        int64_t until = now_us() + asking.patience_us;
        struct event e;

        send_payload(l->assoc, CONTENT_APPLICATION_DATA, l->assoc->write_epoch, payload);
        while (!answered && !l->peer_closed && next_event(l, until, &e)) {
            answered = e.kind == EVENT_APPLICATION_DATA && e.message_seq != 0;
            l->peer_closed |= e.kind == EVENT_ALERT;
        }
    }
    l->test->env = kept;
    return answered;
}

static enum liveness find_life(struct link *l)
{
    if (shows_life(l, LIVENESS_PING))
        return LIVENESS_PING;
    return shows_life(l, LIVENESS_ECHO) ? LIVENESS_ECHO : LIVENESS_NONE;
}

static void note_negotiated(struct link *l, struct canary_result *out)
{
    struct assoc *a = l->assoc;

    out->kind = CANARY_SERVED;
    out->cipher = a->cipher->code;
    out->encrypt_then_mac = a->encrypt_then_mac;
    out->extended_master_secret = a->extended_master_secret;
    out->verify_request = l->cookie_seen;
    out->renegotiation_info = find_extension(l->server_hello.extensions, EXT_RENEGOTIATION_INFO, NULL);
}

static enum canary stopped_kind(const struct link *l, const struct step *s)
{
    if (l->assoc->cipher != NULL)
        return CANARY_UNVERIFIED;
    if (s->stop == STOP_ALERT || l->cookie_seen || l->have_hello)
        return CANARY_REFUSED;
    return CANARY_SILENT;
}

static void canary_steps(struct test *t, const struct canary_plan *plan)
{
    struct canary_result *out = plan->out;
    bool device_is_client = t->env->role == CLIENT;
    struct assoc *a = device_is_client ? await_client(t) : dial(t);
    struct link *l = link_of(a);
    struct offer o = good_offer(t->env, plan->cipher, plan->without_etm);
    struct answer answer = {.cipher = plan->cipher, .encrypt_then_mac = o.encrypt_then_mac};
    struct step s = device_is_client ? step_server_handshake(l, &answer) : step_client_handshake(l, &o);

    out->alert = s.alert;
    out->duration_us = now_us() - out->detail.began_us;
    if (s.stop != STOP_NOT) {
        out->kind = stopped_kind(l, &s);
        out->fell_silent = s.stop == STOP_SILENT && !l->have_hello;
        out->detail.expected = s.expected;
        out->detail.got = s.got;
        return;
    }
    note_negotiated(l, out);
    if (plan->find_liveness)
        out->liveness = find_life(l);
    if (t->env->ask_name && out->liveness == LIVENESS_PING)
        out->nameplate = read_nameplate(l);
}

static void run_canary_steps(struct test *t, const struct canary_plan *plan)
{
    if (setjmp(t->leave) == 0)
        canary_steps(t, plan);
    else
        plan->out->kind = t->out->no_hello ? CANARY_NO_HELLO : t->out->heard ? CANARY_REFUSED : CANARY_SILENT;
}

void canary_run(const struct case_env *env, uint16_t cipher, bool without_etm, bool find_liveness,
                int64_t give_up_us, struct canary_result *out)
{
    static const struct test_case canary = {.id = "canary"};
    struct test t = {.test_case = &canary};
    struct case_env patient = *env;
    struct canary_plan plan = {cipher, without_etm, find_liveness, out};

    *out = (struct canary_result){
        .kind = CANARY_SILENT, .alert = ALERT_NONE, .liveness = env->liveness, .nameplate = {"", "", ""}};
    if (give_up_us > 0)
        patient.patience_us = give_up_us;
    begin_test(&t, &patient, &out->detail);
    t.rng = rng_of(env->seed ^ (uint64_t)out->detail.began_us, "canary");
    run_canary_steps(&t, &plan);
    end_test(&t);
    t.out->outcome = out->kind == CANARY_SERVED ? OUTCOME_PASS : OUTCOME_FAIL_MISSED;
}
