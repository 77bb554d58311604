#include <string.h>

#include "case/internal.h"
#include "case/silence.h"

enum { TRIGGER_REASON = 256 };

static void start_trigger(struct link *l)
{
    struct test *t = l->test;
    const struct client_hooks *hooks = &t->env->hooks;
    char why[TRIGGER_REASON] = "";

    if (hooks->start == NULL)
        return;
    l->trigger = hooks->start(hooks->context, l->port, why);
    if (l->trigger == NULL) {
        t->out->no_hello = true;
        not_judged(t, "trigger: %s", why);
    }
}

/* Waits for the first ClientHello, looking after the trigger. */
static void await_hello(struct link *l)
{
    struct test *t = l->test;
    const struct client_hooks *hooks = &t->env->hooks;
    int64_t until = now_us() + t->env->hello_wait_us;
    char why[TRIGGER_REASON] = "";
    struct event e;

    while (now_us() < until) {
        int64_t slice = now_us() + 100 * MS;

        while (next_event(l, slice < until ? slice : until, &e))
            if (e.kind == EVENT_MESSAGE && e.message_type == CLIENT_HELLO) {
                l->have_hello = take_client_hello(l->assoc, e.body, &l->client_hello);
                return;
            }
        if (take_newcomer(l))
            continue;
        if (t->env->strays_most > 0 && l->strays >= t->env->strays_most)
            break;
        if (l->trigger != NULL && hooks->alive != NULL && !hooks->alive(hooks->context, l->trigger, why))
            break;
        if (l->stranger &&
            l->newcomer_hello.at != NULL) /* enough of them: the device begins anew each time */
            break;
    }
    if (t->path.n > 0 && path_did(t))
        fail_missed(t, "the first ClientHello again, by the client's own timer", "none");
    t->out->no_hello = true;
    not_judged(t, "trigger: %s", why[0] != '\0' ? why : "no ClientHello came");
}

struct assoc *await_client_with_key(struct test *t, struct bytes psk)
{
    for (size_t i = 0; i < t->link_n; i++)
        close_link(
            t->links
                [i]); /* one association of the device at a time: its trigger, and perhaps the port, are needed */
    heed_lockout(t);
    struct link *l = open_link(t, SIDE_SERVER, psk);

    start_trigger(l);
    await_hello(l);
    return l->assoc;
}

struct assoc *await_client(struct test *t)
{
    return await_client_with_key(t, t->env->psk);
}

const struct client_hello *first_client_hello(struct assoc *a)
{
    struct link *l = link_of(a);

    if (!l->have_hello)
        fail_shown(l->test, "a ClientHello", "a ClientHello that does not parse");
    return &l->client_hello;
}

const struct client_hello *expect_verified_hello(struct assoc *a, uint16_t version, uint16_t record_version,
                                                 struct bytes cookie)
{
    struct link *l = link_of(a);

    demand(l->test, step_verified_hello(l, version, record_version, cookie));
    return &l->client_hello;
}

const struct client_hello *expect_client_hello(struct assoc *a)
{
    struct link *l = link_of(a);

    first_client_hello(a);
    if (l->client_hello.cookie.n == 0)
        arrange(l->test, step_verified_hello(l, 0, 0, random_bytes(l->test, 16)), "the cookie exchange");
    return &l->client_hello;
}

static bool has_property(const struct cipher *c, enum usable property)
{
    switch (property) {
    case USABLE_AT_DTLS_1_0: return c->since == DTLS_1_0;
    case ONLY_AT_DTLS_1_2: return c->since == DTLS_1_2;
    case PLAIN_PSK_CBC: return cipher_is_cbc(c);
    case PLAIN_PSK_AEAD: return cipher_is_aead(c);
    default: return true;
    }
}

uint16_t offered(struct assoc *a, enum usable property)
{
    static const char *const wanted[] = {
        "plain-PSK suite that this endpoint completes", "plain-PSK suite usable at DTLS 1.0",
        "plain-PSK suite for DTLS 1.2 alone", "plain-PSK CBC suite", "plain-PSK AEAD suite"};
    struct link *l = link_of(a);
    struct bytes list = l->client_hello.ciphers;

    for (size_t i = 0; i < cipher_list_length(list); i++) {
        const struct cipher *c = cipher_find(cipher_at(list, i));

        if (c != NULL && cipher_completes(c) && has_property(c, property))
            return c->code;
    }
    not_applicable(l->test, "the device offers no %s", wanted[property]);
}

bool offers(struct assoc *a, uint16_t code)
{
    return cipher_list_has(link_of(a)->client_hello.ciphers, code);
}

void server_hello_(struct assoc *a, const struct answer *answer)
{
    queue_server_hello(a, answer, &link_of(a)->client_hello);
    flight_message(a, SERVER_HELLO_DONE, NO_BYTES);
    flight_send(a, true);
}

void server_hello_hint_(struct assoc *a, struct bytes hint, const struct answer *answer)
{
    queue_server_hello(a, answer, &link_of(a)->client_hello);
    queue_hint(a, hint);
    flight_message(a, SERVER_HELLO_DONE, NO_BYTES);
    flight_send(a, true);
}

struct bytes expect_client_key_exchange(struct assoc *a)
{
    struct link *l = link_of(a);

    demand(l->test, step_key_exchange(l));
    return l->identity;
}

void expect_client_finished(struct assoc *a)
{
    demand(link_of(a)->test, step_finished(link_of(a)));
}

void server_finish(struct assoc *a)
{
    send_server_finish(a);
}

/* Waits out a client's giving up: true with an alert's event, false when it fell silent or began anew. A client that goes on is
 * shown when `judge`, else left to the caller's `goes_on`. */
static bool gave_up(struct link *l, struct event *e, bool *goes_on)
{
    struct silence quiet = silence_of(l);

    *goes_on = false;
    while (!l->stranger && silent_event(l, &quiet, e)) {
        if (e->kind == EVENT_ALERT) {
            l->peer_closed = true;
            return true;
        }
        if (e->kind == EVENT_REPEATED)
            return false;
        if (e->kind == EVENT_MALFORMED)
            continue;
        *goes_on = true;
        return false;
    }
    return false;
}

bool client_goes_on(struct assoc *a, enum alert *refusal)
{
    struct link *l = link_of(a);
    struct event e;
    bool goes_on, alert = gave_up(l, &e, &goes_on);

    *refusal = alert ? (enum alert)e.description : ALERT_NONE;
    if (!goes_on)
        return false;
    bool right = e.kind == EVENT_MESSAGE && e.message_type == CLIENT_KEY_EXCHANGE;

    if (right && a->cipher != NULL && cipher_completes(a->cipher))
        right = take_identity(l, e.body);
    if (!right)
        fail_shown(l->test, "a ClientKeyExchange, or none and nothing else", "%s",
                   describe_event(l->test, &e));
    flight_answered(a);
    return true;
}

uint16_t next_hello_version(struct assoc *a)
{
    struct link *l = link_of(a);
    int64_t until = now_us() + l->test->env->patience_us;
    struct event e;

    l->stranger_version = 0;
    while (now_us() < until && l->stranger_version == 0) {
        if (!next_event(l, now_us() + 50 * MS, &e) || e.message_type != CLIENT_HELLO)
            continue;
        if (e.kind == EVENT_MESSAGE || e.kind == EVENT_REPEATED) {
            struct reader r = reader_of(e.body);

            return get_u16(&r);
        }
    }
    return l->stranger_version;
}

bool dials_on_demand(struct test *t)
{
    return t->env->hooks.start != NULL;
}

enum alert expect_abort(struct assoc *a)
{
    static const char expected[] = "the client gives up: no ClientKeyExchange, an alert or silence";
    struct link *l = link_of(a);
    struct event e;
    bool goes_on, alert = gave_up(l, &e, &goes_on);

    if (goes_on)
        fail_shown(l->test, expected, "%s: the client goes on", describe_event(l->test, &e));
    say(l->test, expected, "%s", alert ? describe_event(l->test, &e) : "it gave up without an alert");
    return alert ? (enum alert)e.description : ALERT_NONE;
}

void expect_abort_alert_(struct assoc *a, bool allow_silence, const enum alert *accepted)
{
    struct link *l = link_of(a);
    struct event e;
    bool goes_on, alert = gave_up(l, &e, &goes_on);

    if (goes_on)
        not_applicable(l->test, "the client does not give up; that is judged elsewhere");
    judge_manner(l->test, alert ? &e : NULL, allow_silence, accepted);
}

void serve_(struct assoc *a, const struct answer *answer)
{
    struct link *l = link_of(a);
    const char *what = answer->cipher != 0 ? cipher_name(answer->cipher) : "a good handshake";

    if (answer->cipher != 0 && l->have_hello && !offers(a, answer->cipher))
        not_applicable(l->test, "the device does not offer %s", what);
    if (answer->encrypt_then_mac == WITHOUT)
        what = arena_printf(l->test->arena, "%s, without encrypt_then_mac", what);
    skip_if_refused(l->test, what);
    arrange(l->test, step_server_handshake(l, answer), what);
}

void expect_served_(struct assoc *a, const struct answer *answer)
{
    struct link *l = link_of(a);

    demand(l->test, step_server_handshake(l, answer));
    say(l->test, "a completed handshake", "completed with %s%s%s", cipher_name(a->cipher->code),
        a->encrypt_then_mac ? ", encrypt_then_mac" : "",
        a->extended_master_secret ? ", extended_master_secret" : "");
}

void expect_no_application_data(struct assoc *a)
{
    static const char expected[] = "no application data";
    struct link *l = link_of(a);
    struct silence quiet = silence_of(l);
    size_t before = l->application_data;
    struct event e;

    while (silent_event(l, &quiet, &e)) {
        l->peer_closed |= e.kind == EVENT_ALERT;
        if (e.content == CONTENT_APPLICATION_DATA)
            fail_shown(l->test, expected, "a record of application data in epoch %u", e.epoch);
    }
    if (l->application_data > before) {
        l->test->last = l->last_data;
        fail_shown(l->test, expected, "%zu octets of application data in epoch %u", l->last_data.body.n,
                   l->last_data.epoch);
    }
    say(l->test, expected, "none");
}

/* A device that is silent to a good handshake refuses nothing by that: the canaries tell what it is. */
void serve_good(struct assoc *a)
{
    static const char what[] = "a good handshake";
    struct link *l = link_of(a);
    struct step s = step_server_handshake(l, &(struct answer){.version = 0});

    if (s.stop == STOP_SILENT)
        not_judged(l->test, "could not set up %s: %s", what, s.got);
    arrange(l->test, s, what);
}
