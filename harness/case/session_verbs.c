#include <string.h>

#include "case/internal.h"

/* A small cache of sessions loses one to the cases that run beside. */
enum { TRIES = 3, OWN_TICKET = 100 };

const struct server_hello *server_hello_of(struct assoc *a)
{
    return &link_of(a)->server_hello;
}

enum mac_order opened_otherwise(struct test *t)
{
    return t->last.kind == EVENT_BAD_RECORD ? t->last.opens_as : AS_NEGOTIATED;
}

/* ---- playing the client ------------------------------------------------------------------------------------------------ */

/* Fills in what the device named the session by; false when it gave it no name of that kind. */
static bool name_session(struct link *l, enum session_way way, struct session *s)
{
    struct bytes name = l->server_hello.session_id;
    bool by_id = way == BY_ID;

    if (!by_id && (l->ticket.at == NULL || !parse_new_session_ticket(l->ticket, &name)))
        return false;
    if (name.n == 0 || name.n > (by_id ? sizeof s->id : sizeof s->ticket))
        return false;
    memcpy(by_id ? s->id : s->ticket, name.at, name.n);
    *(by_id ? &s->id_n : &s->ticket_n) = name.n;
    return true;
}

struct session new_session_(struct test *t, enum session_way way, const struct offer *o)
{
    struct assoc *a = dial(t);
    struct offer full = *o;
    struct session s;

    if (way == BY_TICKET)
        full.extensions = join(t, full.extensions, extension(t, EXT_SESSION_TICKET, NO_BYTES));
    handshake_(a, &full);
    session_keep(&s, a);
    if (!name_session(link_of(a), way, &s))
        not_applicable(t,
                       way == BY_ID ? "the device gives its sessions no id" : "the device gives no ticket");
    hang_up(a);
    return s;
}

struct assoc *resume_new_(struct test *t, enum session_way way, struct session *s, const struct offer *o)
{
    enum resumption r = FULL;
    struct assoc *a = NULL;

    for (int i = 0; i < TRIES && r != RESUMED; i++) {
        if (a != NULL)
            hang_up(a);
        *s = new_session_(t, way, o);
        a = dial(t);
        r = offer_session_(a, s, o);
    }
    if (r != RESUMED)
        not_applicable(t, "the device does not resume: %s", resumption_text(a, r));
    return a;
}

struct session resumable_session_(struct test *t, enum session_way way, const struct offer *o)
{
    struct session s;
    struct assoc *a = resume_new_(t, way, &s, o);

    if (finish_resumed(a, &s) != NULL)
        not_applicable(t, "its resumption does not complete; extension/resumption-completes judges that");
    hang_up(a);
    return s;
}

/* What follows a ServerHello tells: ServerHelloDone, or what ends the server's part at once. */
static enum resumption await_way(struct link *l)
{
    struct test *t = l->test;
    int64_t until = required_until(t);
    struct event e;

    while (next_event(l, until, &e)) {
        if (e.kind == EVENT_ALERT) {
            l->peer_closed = true;
            return REFUSED;
        }
        if (e.kind == EVENT_CHANGE_CIPHER_SPEC ||
            (e.kind == EVENT_MESSAGE && e.message_type == NEW_SESSION_TICKET))
            return RESUMED;
        if (e.kind == EVENT_MESSAGE && e.message_type != SERVER_KEY_EXCHANGE)
            return FULL;
    }
    t->fell_silent = true;
    return REFUSED;
}

enum resumption offer_session_(struct assoc *a, const struct session *s, const struct offer *o)
{
    struct test *t = link_of(a)->test;
    struct offer full = *o;
    enum alert refusal;

    full.session_id = session_id_of(s);
    if (s->ticket_n > 0) { /* RFC 5077 3.4: with an id of ours */
        full.session_id = random_bytes(t, SESSION_ID_MAX);
        full.extensions = join(t, full.extensions, extension(t, EXT_SESSION_TICKET, session_ticket_of(s)));
    }
    full.session_id = arena_copy(t->arena, full.session_id);
    client_hello_(a, &full);
    return await_server_hello(a, &refusal) != NULL ? await_way(link_of(a)) : REFUSED;
}

const char *resumption_text(struct assoc *a, enum resumption r)
{
    struct test *t = link_of(a)->test;

    if (r == RESUMED)
        return arena_printf(t->arena, "resumed with %s", cipher_name(server_hello_of(a)->cipher));
    if (r == FULL)
        return "a full handshake";
    return t->fell_silent ? "silence" : describe_event(t, &t->last);
}

static const char *what_is_missing(struct test *t, struct step s)
{
    return s.stop == STOP_NOT ? NULL : arena_printf(t->arena, "%s is missing: %s", s.expected, s.got);
}

static const char *is_it_alive(struct link *l)
{
    bool silent = l->test->env->liveness != LIVENESS_NONE && !probe_is_answered(l);

    return silent ? "its records are not answered" : NULL;
}

const char *await_resumed_finished(struct assoc *a, const struct session *s)
{
    struct link *l = link_of(a);

    if (a->cipher == NULL || !cipher_completes(a->cipher))
        return "this endpoint cannot complete a handshake with that suite";
    assoc_resume(a, s->master);
    return what_is_missing(l->test, step_finished(l));
}

const char *finish_resumed(struct assoc *a, const struct session *s)
{
    const char *wrong = await_resumed_finished(a, s);

    if (wrong != NULL)
        return wrong;
    send_server_finish(a);
    return is_it_alive(link_of(a));
}

const char *finish_full(struct assoc *a)
{
    struct link *l = link_of(a);

    client_finish(a);
    const char *wrong = what_is_missing(l->test, step_finished(l));

    if (wrong != NULL)
        return wrong;
    flight_finish(a);
    return is_it_alive(l);
}

/* ---- playing the server ------------------------------------------------------------------------------------------------ */

static void leave_alive(struct assoc *a)
{
    struct test *t = link_of(a)->test;

    if (t->env->liveness != LIVENESS_NONE && !probe_is_answered(link_of(a)))
        not_judged(t, "the device does not answer a probe after a good handshake");
    hang_up(a);
}

struct assoc *serve_session_on_(struct assoc *a, struct session *out, const struct answer *answer)
{
    struct answer full = *answer;

    full.session_id = random_bytes(test_of(a), SESSION_ID_MAX);
    serve_(a, &full);
    session_keep(out, a);
    memcpy(out->id, full.session_id.at, full.session_id.n);
    out->id_n = full.session_id.n;
    leave_alive(a);
    return a;
}

struct assoc *serve_session(struct test *t, struct session *out)
{
    return serve_session_as(t, out, .version = 0);
}

struct assoc *serve_ticket(struct test *t, bool cbc, struct session *out)
{
    struct assoc *a = await_client(t);
    struct link *l = link_of(a);

    expect_client_hello(a);
    if (!find_extension(l->client_hello.extensions, EXT_SESSION_TICKET, NULL))
        not_applicable(t, "the device's hello asks for no ticket");
    l->given = random_bytes(t, OWN_TICKET);
    serve_(a, &(struct answer){.cipher = cbc ? offered(a, PLAIN_PSK_CBC) : 0,
                               .extensions = extension(t, EXT_SESSION_TICKET, NO_BYTES)});
    session_keep(out, a);
    memcpy(out->ticket, l->given.at, l->given.n);
    out->ticket_n = l->given.n;
    leave_alive(a);
    return a;
}

struct assoc *await_ticket_hello(struct assoc *old, struct session *s)
{
    static const char forgets[] = "a ticket that the device had";
    struct test *t = link_of(old)->test;
    struct bytes ticket;

    if (refusals_have(t->env->refusals, forgets))
        not_applicable(t, "the device's next hello offers no ticket of ours, as was found out before");
    struct assoc *a = next_dial(old);
    const struct client_hello *h = first_client_hello(a);

    if (!find_extension(h->extensions, EXT_SESSION_TICKET, &ticket) ||
        !bytes_equal(ticket, session_ticket_of(s))) {
        refusals_add(t->env->refusals, forgets);
        not_applicable(t, "the device's next hello offers no ticket of ours");
    }
    h = expect_client_hello(a);
    s->id_n = h->session_id.n <= SESSION_ID_MAX ? h->session_id.n : 0;
    if (s->id_n > 0)
        memcpy(s->id, h->session_id.at, s->id_n);
    return a;
}

struct assoc *next_session_hello(struct assoc *old, const struct session *s)
{
    struct assoc *a = next_dial(old);
    const struct client_hello *h = first_client_hello(a);

    return bytes_equal(h->session_id, session_id_of(s)) ? a : NULL;
}

struct assoc *await_session_hello(struct assoc *old, const struct session *s)
{
    static const char forgets[] = "a session that the device had";
    struct test *t = link_of(old)->test;

    if (refusals_have(t->env->refusals, forgets))
        not_applicable(t, "the device's next hello offers no session of ours, as was found out before");
    struct assoc *a = next_session_hello(old, s);

    if (a == NULL) {
        refusals_add(t->env->refusals, forgets);
        not_applicable(t, "the device's next hello offers no session of ours");
    }
    expect_client_hello(a);
    return a;
}

/* ServerHello and the new keys; what follows is the caller's. */
static void begin_resumed(struct assoc *a, const struct session *s, const struct answer *answer)
{
    struct answer full = *answer;

    full.cipher = full.cipher != 0 ? full.cipher : s->cipher;
    if (full.session_id.n == 0)
        full.session_id = session_id_of(s);
    queue_server_hello(a, &full, &link_of(a)->client_hello);
    assoc_resume(a, s->master);
    link_of(a)->key_exchange = true;
}

void server_resumes_(struct assoc *a, const struct session *s, const struct answer *answer)
{
    begin_resumed(a, s, answer);
    send_resuming_finish(a);
}

void server_resumes_wrongly(struct assoc *a, const struct session *s)
{
    uint8_t data[VERIFY_DATA];

    begin_resumed(a, s, &(struct answer){.version = 0});
    flight_change_cipher_spec(a);
    assoc_verify_data(a, SIDE_SERVER, a->transcript_n, data);
    data[VERIFY_DATA - 1] ^= 1;
    flight_message(a, FINISHED, BYTES(data));
    flight_send(a, true);
}

void psk_master(struct assoc *a, struct session *s, uint16_t cipher)
{
    static const uint8_t zeros[HELLO_RANDOM];
    uint8_t secret[PREMASTER_MAX];
    struct bytes psk = bytes_slice(link_of(a)->test->env->psk, 0, PSK_MAX);
    struct bytes premaster = {secret, psk_premaster(psk, secret)};

    s->cipher = cipher;
    s->extended_master_secret = true;
    master_secret(prf_for(cipher_find(cipher), DTLS_1_2), premaster, BYTES(a->client_random), BYTES(zeros),
                  s->master);
    wipe(secret, sizeof secret);
}

const char *client_resumed(struct assoc *a)
{
    struct link *l = link_of(a);
    const char *wrong = what_is_missing(l->test, step_finished(l));

    if (wrong != NULL)
        return wrong;
    flight_finish(a);
    return l->application_data > 0 ? NULL : is_it_alive(l);
}

void expect_not_resumed(struct assoc *a, const char *expected)
{
    struct link *l = link_of(a);
    struct test *t = l->test;
    int64_t until = now_us() + t->env->patience_us;
    struct event e;

    while (!l->stranger && next_event(l, until, &e)) {
        if (e.kind == EVENT_ALERT) {
            l->peer_closed = true;
            say(t, expected, "%s", describe_event(t, &e));
            return;
        }
        if (e.kind == EVENT_MESSAGE && e.message_type == FINISHED && finished_verifies(a, &e))
            fail_shown(t, expected, "its Finished, under the session's keys");
    }
    require(t, l->application_data == 0, expected, "%zu messages of application data", l->application_data);
    say(t, expected, "no alert, and it does not go on");
}

bool offers_null_compression(struct assoc *a)
{
    struct bytes methods = link_of(a)->client_hello.compression;

    return methods.n > 0 && memchr(methods.at, 0, methods.n) != NULL;
}
