#include "case/attempt.h"

#include <string.h>

#include "case/internal.h"

/* ---- as client ---------------------------------------------------------------------------------------------------------- */

static void note_step(struct attempt *out, const struct test *t, const struct step *s)
{
    out->expected = s->expected;
    out->got = s->got;
    out->finished_wrong = s->stop == STOP_WRONG && t->last.kind == EVENT_MESSAGE && t->last.epoch > 0 &&
                          t->last.message_type == FINISHED;
    if (s->stop == STOP_WRONG && t->last.kind == EVENT_BAD_RECORD)
        out->opens_as = t->last.opens_as;
    if (s->stop != STOP_ALERT)
        return;
    out->alert = true;
    out->alert_protected = t->last.epoch > 0;
    out->alert_level = t->last.level;
    out->alert_description = t->last.description;
}

static bool went(struct attempt *out, const struct test *t, struct step s, enum reached reached)
{
    note_step(out, t, &s);
    if (s.stop == STOP_NOT)
        out->reached = reached;
    return s.stop == STOP_NOT;
}

static void dial_steps(struct test *t, const struct attempt_plan *plan, struct attempt *out)
{
    struct assoc *a = dial(t);
    struct link *l = link_of(a);
    struct bytes hint;

    a->packing.max_fragment = plan->max_fragment;
    l->offer = plan->offer;
    l->answer_cookies = true;
    send_client_hello(a, &l->offer, NO_BYTES);
    if (!went(out, t, step_server_hello(l), REACHED_HELLO))
        return;
    out->server_hello = l->server_hello;
    if (plan->hello_only || a->cipher == NULL || !cipher_completes(a->cipher) ||
        !went(out, t, step_hello_done(l, &hint), REACHED_DONE))
        return;
    if (plan->stall_ms > 0)
        wait_ms(t, plan->stall_ms, "does the device repeat its flight?");
    send_client_finish(a, t->env->identity);
    if (!went(out, t, step_finished(l), REACHED_FINISHED))
        return;
    flight_finish(a);
}

/* ---- as server ---------------------------------------------------------------------------------------------------------- */

static bool verified_hello(struct test *t, struct link *l, const struct attempt_plan *plan,
                           struct attempt *out)
{
    out->client_hello = l->client_hello;
    out->have_hello = l->have_hello;
    out->reached = REACHED_COOKIE;
    if (!l->have_hello)
        return false;
    if (plan->stall_ms > 0)
        wait_ms(t, plan->stall_ms, "does the device repeat its hello?");
    if (plan->without_verify_request) {
        out->reached = REACHED_HELLO;
        return true;
    }
    if (!went(out, t, step_verified_hello(l, 0, 0, random_bytes(t, 16)), REACHED_HELLO))
        return false;
    out->client_hello = l->client_hello;
    return true;
}

/* The plan's suite, or the first of the device's that this endpoint completes; 0: none. */
static uint16_t suite_for(const struct link *l, const struct attempt_plan *plan)
{
    struct bytes list = l->client_hello.ciphers;

    if (plan->answer.cipher != 0)
        return plan->answer.cipher;
    for (size_t i = 0; i < cipher_list_length(list); i++) {
        const struct cipher *c = cipher_find(cipher_at(list, i));

        if (c != NULL && cipher_completes(c))
            return c->code;
    }
    return 0;
}

/* The first record of the device's that is a protected handshake message and did not open. */
static struct bytes sealed_finished(const struct test *t)
{
    for (size_t i = 0; i < t->trace->n; i++) {
        const struct trace_entry *e = &t->trace->entries[i];

        for (size_t k = 0; e->from_device && k < e->record_count; k++) {
            const struct trace_record *r = &e->records[k];

            if (r->is_protected && !r->opened && r->type == CONTENT_HANDSHAKE)
                return bytes_slice(e->datagram, r->at, r->n);
        }
    }
    return NO_BYTES;
}

static void record_finished(struct test *t, struct link *l, struct attempt *out)
{
    const struct assoc *a = l->assoc;

    out->recording = (struct recording){
        .version = a->version,
        .cipher = a->cipher,
        .encrypt_then_mac = a->encrypt_then_mac,
        .extended_master_secret = a->extended_master_secret,
        .client_random = arena_copy(t->arena, BYTES(a->client_random)),
        .server_random = arena_copy(t->arena, BYTES(a->server_random)),
        .messages = arena_copy(t->arena, (struct bytes){a->transcript, a->transcript_n}),
        .finished = sealed_finished(t),
    };
    if (out->recording.finished.n == 0)
        out->recording.cipher = NULL;
}

static void listen_steps(struct test *t, const struct attempt_plan *plan, struct attempt *out)
{
    struct link *l = link_of(await_client(t));
    struct answer answer = plan->answer;

    l->assoc->packing.max_fragment = plan->max_fragment;
    if (!verified_hello(t, l, plan, out))
        return;
    answer.cipher = suite_for(l, plan);
    if (plan->hello_only || answer.cipher == 0)
        return;
    server_hello_(l->assoc, &answer);
    if (!went(out, t, step_key_exchange(l), REACHED_DONE))
        return;
    out->identity = l->identity;
    if (went(out, t, step_finished(l), REACHED_FINISHED))
        send_server_finish(l->assoc);
    else
        record_finished(t, l, out);
}

/* ---- the facts ---------------------------------------------------------------------------------------------------------- */

static bool is_dtls(struct bytes datagram)
{
    return datagram.n >= RECORD_HEADER && datagram.at[0] >= CONTENT_CHANGE_CIPHER_SPEC &&
           datagram.at[0] <= CONTENT_TLS12_CID && datagram.at[1] == 0xFE;
}

/* Counts what the device sent, and what was sent again. */
static void count_datagrams(const struct test *t, struct attempt *out)
{
    int64_t asked = -1;

    for (size_t i = 0; i < t->trace->n; i++) {
        const struct trace_entry *e = &t->trace->entries[i];

        if (e->kind != TRACE_DATAGRAM)
            continue;
        if (!e->from_device) {
            out->resent += e->retransmission;
            out->resent_late += e->retransmission && out->datagrams > 0;
            asked = e->t_us;
            continue;
        }
        out->datagrams++;
        out->repeated += e->retransmission;
        if (asked >= 0 && !e->retransmission && e->t_us - asked > out->answer_us)
            out->answer_us = e->t_us - asked;
        asked = e->retransmission ? asked : -1;
        if (!is_dtls(e->datagram) && out->strange++ == 0)
            out->stray = e->datagram;
    }
}

static int64_t first_repeat(const struct test *t)
{
    int64_t flight = -1;

    for (size_t i = 0; i < t->trace->n; i++) {
        const struct trace_entry *e = &t->trace->entries[i];

        if (e->kind == TRACE_WAIT)
            flight = i > 0 ? t->trace->entries[i - 1].t_us : e->t_us;
        else if (flight >= 0 && e->kind == TRACE_DATAGRAM && e->from_device && e->retransmission)
            return e->t_us - flight;
        else if (flight >= 0 && e->kind == TRACE_DATAGRAM && !e->from_device)
            return 0;
    }
    return 0;
}

static void note_cut(const struct assoc *a, struct attempt *out)
{
    for (size_t i = 0; i < REORDER_MAX; i++)
        if (a->incoming[i].started && a->incoming[i].have < a->incoming[i].length) {
            out->cut_type = a->incoming[i].type;
            out->cut_have = a->incoming[i].have;
            out->cut_length = a->incoming[i].length;
            return;
        }
}

static void note_facts(struct test *t, const struct attempt_plan *plan, struct attempt *out)
{
    struct link *l = t->link_n > 0 ? t->links[t->link_n - 1] : NULL;
    struct hello_verify_request h;

    count_datagrams(t, out);
    out->repeat_us = plan->stall_ms > 0 ? first_repeat(t) : 0;
    if (l == NULL)
        return;
    out->verify_requests = l->cookies_taken;
    if (l->cookie_seen && out->reached == REACHED_NOTHING)
        out->reached = REACHED_COOKIE;
    if (parse_hello_verify_request(l->assoc->last_verify_request, &h))
        out->verify_version = h.version;
    if (l->assoc->cipher == NULL)
        out->early = (unsigned)(l->assoc->pending_n + l->assoc->stale_n);
    if (l->strays > 0) {
        out->strange = l->strays;
        out->stray = l->stray;
    }
    note_cut(l->assoc, out);
}

/* Apart from attempt_run, so that no local of it lives across the jump. */
static void run_steps(struct test *t, const struct attempt_plan *plan, struct attempt *out)
{
    if (setjmp(t->leave) != 0)
        out->got = t->out->reason;
    else if (t->env->role == CLIENT)
        listen_steps(t, plan, out);
    else
        dial_steps(t, plan, out);
}

void attempt_run(const struct case_env *env, const struct attempt_plan *plan, struct attempt *out)
{
    static const struct test_case attempt = {.id = "attempt"};
    struct attempt_plan full = *plan;
    struct test t = {.test_case = &attempt};

    if (full.offer.ciphers[0] == 0 && full.offer.list.n == 0)
        full.offer = attempt_usual_offer(env);
    *out = (struct attempt){.expected = "", .got = ""};
    begin_test(&t, env, &out->detail);
    t.rng = rng_of(env->seed ^ (uint64_t)out->detail.began_us, "attempt");
    run_steps(&t, &full, out);
    note_facts(&t, plan, out);
    end_test(&t);
}

/* ---- other keys --------------------------------------------------------------------------------------------------------- */

static void master_of(const struct recording *r, struct bytes psk, uint8_t out[MASTER_SECRET])
{
    uint8_t secret[PREMASTER_MAX];
    struct bytes premaster = {secret, psk_premaster(bytes_slice(psk, 0, PSK_MAX), secret)};
    enum prf which = prf_for(r->cipher, r->version);

    if (r->extended_master_secret)
        extended_master_secret(which, premaster, r->messages, out);
    else
        master_secret(which, premaster, r->client_random, r->server_random, out);
    wipe(secret, sizeof secret);
}

/* The plaintext is a Finished over the recorded messages. */
static bool is_finished(const struct recording *r, const uint8_t *master, struct bytes plaintext)
{
    uint8_t want[VERIFY_DATA];
    struct reader reader = reader_of(plaintext);
    struct fragment f;

    verify_data(prf_for(r->cipher, r->version), master, "client finished", r->messages, want);
    return get_fragment(&reader, &f) && f.type == FINISHED && bytes_equal(f.body, BYTES(want));
}

bool recording_verifies(const struct recording *r, struct bytes psk)
{
    uint8_t master[MASTER_SECRET], plain[RECORD_FRAGMENT_MAX];
    struct record_keys client = {0}, server = {0};
    struct reader reader = reader_of(r->finished);
    struct record rec;
    size_t n = 0;
    bool verifies = false;

    if (r->cipher == NULL || !get_record(&reader, &rec))
        return false;
    master_of(r, psk, master);
    derive_record_keys(r->cipher, r->version, master, r->client_random, r->server_random, r->encrypt_then_mac,
                       &client, &server);
    if (open_record(&client, &rec, AS_NEGOTIATED, plain, &n) == OPENED)
        verifies = is_finished(r, master, (struct bytes){plain, n});
    keys_wipe(&client);
    keys_wipe(&server);
    wipe(master, sizeof master);
    wipe(plain, sizeof plain);
    return verifies;
}
