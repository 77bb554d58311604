#include <string.h>

#include "case/internal.h"

void demand(struct test *t, struct step s)
{
    if (s.stop == STOP_SILENT)
        fail_missed(t, s.expected, "%s", s.got);
    if (s.stop != STOP_NOT)
        fail_shown(t, s.expected, "%s", s.got);
    say(t, s.expected, "%s", s.got);
}

void skip_if_refused(struct test *t, const char *what)
{
    if (refusals_have(t->env->refusals, what))
        not_applicable(
            t, "the device does not go along with %s: it falls silent, as a case of this run found out alone",
            what);
}

/* Silence after a set-up: under load nobody can tell it from loss; on a path that loses, other runs must come to the same. */
enum { TICKET_LIFETIME = 300 };

static _Noreturn void set_up_silent(struct test *t, const char *what)
{
    if (t->env->hasty)
        not_judged(t, "could not set up %s: the device fell silent", what);
    if (!t->env->lossy)
        refusals_add(t->env->refusals, what);
    not_applicable(t, "the device does not go along with %s: it fell silent", what);
}

void arrange(struct test *t, struct step s, const char *what)
{
    bool device_spoke = false;

    if (s.stop == STOP_NOT)
        return;
    for (size_t i = 0; i < t->trace->n; i++)
        device_spoke |= t->trace->entries[i].from_device;
    if (s.stop == STOP_ALERT)
        not_applicable(t, "the device does not go along with %s: %s", what, s.got);
    if (s.stop == STOP_SILENT && device_spoke && t->links[t->link_n - 1]->assoc->cipher == NULL)
        set_up_silent(t, what);
    not_judged(t, "could not set up %s: %s", what, s.got);
}

const char *describe_event(struct test *t, const struct event *e)
{
    switch (e->kind) {
    case EVENT_MESSAGE: return handshake_name(e->message_type);
    case EVENT_CHANGE_CIPHER_SPEC: return "ChangeCipherSpec";
    case EVENT_ALERT:
        return arena_printf(t->arena, "%s alert %s (%u)%s",
                            e->level == ALERT_FATAL     ? "fatal"
                            : e->level == ALERT_WARNING ? "warning"
                                                        : "odd-level",
                            alert_name(e->description), e->description, e->epoch > 0 ? ", protected" : "");
    case EVENT_APPLICATION_DATA:
        return arena_printf(t->arena, "%zu octets of application data in epoch %u", e->body.n, e->epoch);
    case EVENT_BAD_RECORD:
        if (e->opens_as == MAC_THEN_ENCRYPT)
            return "a record that verifies only as mac-then-encrypt";
        if (e->opens_as == ENCRYPT_THEN_MAC)
            return "a record that verifies only as encrypt-then-MAC";
        return "a record that does not verify under the agreed keys";
    case EVENT_REPEATED: return "a new ClientHello";
    case EVENT_MALFORMED: return e->what;
    default: return "nothing";
    }
}

static struct step stopped_by(struct test *t, enum stop stop, const char *expected, const struct event *e)
{
    struct step s = {stop, expected, e != NULL ? describe_event(t, e) : "nothing came", ALERT_NONE};

    if (e != NULL && e->kind == EVENT_ALERT)
        s.alert = (enum alert)e->description;
    return s;
}

static struct step going_on(const char *expected, const char *got)
{
    return (struct step){STOP_NOT, expected, got, ALERT_NONE};
}

/* Malformed octets and unreadable records beside the exchange decide nothing while something is still expected. */
static bool is_noise(const struct event *e)
{
    return e->kind == EVENT_MALFORMED || (e->kind == EVENT_BAD_RECORD && e->opens_as == AS_NEGOTIATED);
}

/* The next event that counts; fills `s` and returns false when the step is over without it. */
static bool await(struct link *l, int64_t until, const char *expected, struct event *e, struct step *s)
{
    struct event noise = {0};

    while (next_event(l, until, e)) {
        if (e->kind == EVENT_ALERT) {
            l->peer_closed = true;
            *s = stopped_by(l->test, STOP_ALERT, expected, e);
            return false;
        }
        if (!is_noise(e))
            return true;
        noise = *e;
    }
    *s = stopped_by(l->test, STOP_SILENT, expected, NULL);
    if (noise.kind == EVENT_BAD_RECORD)
        s->got = arena_printf(l->test->arena, "nothing but %s", describe_event(l->test, &noise));
    return false;
}

static bool is_message(const struct link *l, const struct event *e, uint8_t type)
{
    return e->kind == EVENT_MESSAGE && e->message_type == type && e->epoch == l->epoch;
}

struct step step_server_hello(struct link *l)
{
    static const char expected[] = "a ServerHello";
    struct test *t = l->test;
    struct event e;
    struct step s;

    if (!await(l, required_until(t), expected, &e, &s))
        return s;
    if (!is_message(l, &e, SERVER_HELLO))
        return stopped_by(t, STOP_WRONG, expected, &e);
    if (!take_server_hello(l->assoc, e.body, &l->server_hello)) {
        s = stopped_by(t, STOP_WRONG, expected, &e);
        s.got = "a ServerHello that does not parse";
        return s;
    }
    l->have_hello = true;
    flight_answered(l->assoc);
    return going_on(expected,
                    arena_printf(t->arena, "a ServerHello with %s at %s", cipher_name(l->server_hello.cipher),
                                 version_name(l->server_hello.version)));
}

struct step step_hello_done(struct link *l, struct bytes *hint)
{
    static const char expected[] = "ServerHelloDone, after a ServerKeyExchange at most";
    struct event e;
    struct step s;
    bool hinted = false;

    *hint = NO_BYTES;
    for (;;) {
        if (!await(l, required_until(l->test), expected, &e, &s))
            return s;
        if (is_message(l, &e, SERVER_HELLO_DONE) && e.body.n == 0)
            return going_on(expected, "ServerHelloDone");
        if (hinted || !is_message(l, &e, SERVER_KEY_EXCHANGE) || !parse_server_key_exchange(e.body, hint))
            return stopped_by(l->test, STOP_WRONG, expected, &e);
        hinted = true;
    }
}

/* ChangeCipherSpec, then a Finished that verifies: it is no event before the other. NewSessionTicket may stand before it. */
struct step step_finished(struct link *l)
{
    static const char expected[] = "ChangeCipherSpec and a Finished that verifies";
    struct test *t = l->test;
    int64_t until = required_until(t);
    struct event e;
    struct step s;

    needs_credentials(t);
    do {
        if (!await(l, until, expected, &e, &s))
            return s;
        if (e.kind == EVENT_CHANGE_CIPHER_SPEC)
            flight_begun_to_be_answered(l->assoc);
    } while (is_message(l, &e, NEW_SESSION_TICKET) || e.kind == EVENT_CHANGE_CIPHER_SPEC);
    if (e.kind != EVENT_MESSAGE || e.message_type != FINISHED || e.epoch == l->epoch)
        return stopped_by(t, STOP_WRONG, expected, &e);
    if (!finished_verifies(l->assoc, &e)) {
        s = stopped_by(t, STOP_WRONG, expected, &e);
        s.got = "a Finished with wrong verify_data";
        return s;
    }
    l->established = true;
    flight_answered(l->assoc);
    return going_on(expected, "a Finished that verifies");
}

/* The list is the offer's own from here on: an answer to a cookie may need it when the caller's is gone. */
struct offer filled(const struct test *t, const struct offer *o)
{
    struct offer full = *o;

    if (full.list.n > 0) {
        uint16_t *own = arena_array(t->arena, uint16_t, full.list.n);

        memcpy(own, full.list.at, full.list.n * sizeof *own);
        full.list.at = own;
    }
    if (full.list.n == 0 && full.ciphers[0] == 0) {
        full.ciphers[0] = t->env->good_cipher != 0 ? t->env->good_cipher : TLS_PSK_WITH_AES_128_CCM_8;
        if (t->env->good_without_etm && full.encrypt_then_mac == AS_USUAL)
            full.encrypt_then_mac = WITHOUT;
    }
    return full;
}

/* A good handshake is over with the ServerHelloDone when nobody could go on. */
static bool is_good_without_credentials(const struct test *t)
{
    return t->env->no_credentials && t->test_case->run == NULL;
}

struct step step_client_handshake(struct link *l, const struct offer *o)
{
    struct bytes hint;
    struct step s;

    l->offer = filled(l->test, o);
    l->rewrite = NULL;
    l->answer_cookies = true;
    l->cookies_taken = 0;
    send_client_hello(l->assoc, &l->offer, NO_BYTES);
    s = step_server_hello(l);
    if (s.stop != STOP_NOT)
        return s;
    if (l->assoc->cipher == NULL || !cipher_completes(l->assoc->cipher)) {
        s.stop = STOP_WRONG;
        return s;
    }
    s = step_hello_done(l, &hint);
    if (s.stop != STOP_NOT || is_good_without_credentials(l->test))
        return s;
    needs_credentials(l->test);
    send_client_finish(l->assoc, l->test->env->identity);
    s = step_finished(l);
    if (s.stop == STOP_NOT)
        flight_finish(l->assoc);
    return s;
}

/* ---- as server ---------------------------------------------------------------------------------------------------------- */

struct step step_client_hello(struct link *l)
{
    static const char expected[] = "a ClientHello";
    struct test *t = l->test;
    struct event e;
    struct step s;

    if (!await(l, required_until(t), expected, &e, &s))
        return s;
    if (!is_message(l, &e, CLIENT_HELLO))
        return stopped_by(t, STOP_WRONG, expected, &e);
    if (!take_client_hello(l->assoc, e.body, &l->client_hello)) {
        s = stopped_by(t, STOP_WRONG, expected, &e);
        s.got = "a ClientHello that does not parse";
        return s;
    }
    l->have_hello = true;
    return going_on(expected, "a ClientHello");
}

struct step step_verified_hello(struct link *l, uint16_t version, uint16_t record_version,
                                struct bytes cookie)
{
    static const char expected[] = "a second ClientHello with the cookie";
    bool first =
        l->client_hello.cookie.n == 0; /* after it, a newcomer's hello has not answered what this one did */
    struct step s;

    do {
        send_hello_verify_request(l->assoc, version, record_version, cookie);
        l->yields = first;
        s = step_client_hello(l);
        l->yields = false;
    } while (first && s.stop == STOP_SILENT && take_newcomer(l) && step_client_hello(l).stop == STOP_NOT);
    s.expected = expected;
    if (s.stop != STOP_NOT)
        return s;
    if (!bytes_equal(l->client_hello.cookie, cookie)) {
        s.stop = STOP_WRONG;
        s.got = "a second ClientHello with another cookie";
        return s;
    }
    s.got = "a second ClientHello with the cookie";
    return s;
}

bool take_identity(struct link *l, struct bytes body)
{
    struct test *t = l->test;
    const struct case_env *env = t->env;
    char why[256];

    /* An association that was given another key on purpose keeps it. */
    if (env->key_of != NULL && bytes_equal(l->assoc->psk, env->psk) &&
        parse_client_key_exchange(body, &l->identity) &&
        !env->key_of(env->key_context, t->arena, l->identity, &l->assoc->psk, why))
        not_judged(t, "no key for identity %s: %s", arena_escape(t->arena, l->identity), why);
    return take_client_key_exchange(l->assoc, body, &l->identity);
}

struct step step_key_exchange(struct link *l)
{
    static const char expected[] = "a ClientKeyExchange";
    struct test *t = l->test;
    struct event e;
    struct step s;

    if (!await(l, required_until(t), expected, &e, &s))
        return s;
    if (!is_message(l, &e, CLIENT_KEY_EXCHANGE))
        return stopped_by(t, STOP_WRONG, expected, &e);
    if (l->assoc->cipher == NULL || !cipher_completes(l->assoc->cipher))
        return going_on(expected, "a ClientKeyExchange");
    if (!take_identity(l, e.body)) {
        s = stopped_by(t, STOP_WRONG, expected, &e);
        s.got = "a ClientKeyExchange that does not parse";
        return s;
    }
    flight_answered(l->assoc);
    return going_on(expected, arena_printf(t->arena, "a ClientKeyExchange with identity %s",
                                           arena_escape(t->arena, l->identity)));
}

/* RFC 5077 3.3 */
static void send_finish_with_ticket(struct link *l)
{
    struct assoc *a = l->assoc;

    flight_begin(a);
    queue_ticket(a, TICKET_LIFETIME, l->given);
    flight_change_cipher_spec(a);
    queue_finished(a);
    flight_send(a, false);
    flight_finish(a);
}

struct step step_server_handshake(struct link *l, const struct answer *answer)
{
    struct test *t = l->test;
    struct answer full = *answer;
    struct step s = {STOP_NOT, "", "", ALERT_NONE};

    if (!l->have_hello)
        s = step_client_hello(l);
    if (s.stop == STOP_NOT && l->client_hello.cookie.n == 0)
        s = step_verified_hello(l, 0, 0, random_bytes(t, 16));
    if (s.stop != STOP_NOT)
        return s;
    if (full.cipher == 0 && t->env->good_cipher != 0 &&
        cipher_list_has(l->client_hello.ciphers, t->env->good_cipher))
        full.cipher = t->env->good_cipher;
    if (full.cipher == 0)
        full.cipher = offered(l->assoc, ANY_PLAIN_PSK);
    server_hello_(l->assoc, &full);
    s = step_key_exchange(l);
    if (s.stop != STOP_NOT)
        return s;
    s = step_finished(l);
    if (s.stop == STOP_NOT && l->given.n > 0)
        send_finish_with_ticket(l);
    else if (s.stop == STOP_NOT)
        send_server_finish(l->assoc);
    return s;
}
