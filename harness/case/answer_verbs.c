#include "case/internal.h"
#include "case/silence.h"

enum { COOKIE_MAX = 255, VERIFY_REQUEST_FIXED = 3, NOTED_TIMERS = 3 };

/* ---- HelloVerifyRequest ------------------------------------------------------------------------------------------------- */

struct bytes verify_request_body(struct test *t, struct bytes cookie)
{
    size_t cap = VERIFY_REQUEST_FIXED + COOKIE_MAX;
    struct writer w = writer_of(arena_alloc(t->arena, cap), cap);

    put_hello_verify_request(&w, &(struct hello_verify_request){DTLS_1_0, cookie});
    return written(&w);
}

void verify_request_as(struct assoc *a, struct bytes body)
{
    a->record_version = DTLS_1_0;
    flight_begin(a);
    flight_message(a, HELLO_VERIFY_REQUEST, body);
    flight_send(a, false);
}

struct bytes await_cookie(struct assoc *a)
{
    struct link *l = link_of(a);
    struct silence quiet = silence_of(l);
    struct client_hello hello;
    struct event e;

    while (silent_event(l, &quiet, &e)) {
        if (e.kind == EVENT_ALERT) {
            l->peer_closed = true;
            return NO_BYTES;
        }
        if (e.message_type == CLIENT_HELLO && parse_client_hello(e.body, &hello) && hello.cookie.n > 0)
            return hello.cookie;
    }
    return NO_BYTES;
}

/* ---- ServerHello -------------------------------------------------------------------------------------------------------- */

uint16_t good_suite(struct assoc *a)
{
    uint16_t good = link_of(a)->test->env->good_cipher;

    return good != 0 && offers(a, good) ? good : offered(a, ANY_PLAIN_PSK);
}

struct bytes server_hello_body_(struct assoc *a, const struct answer *answer)
{
    struct answer full = *answer;

    if (full.cipher == 0)
        full.cipher = good_suite(a);
    return build_server_hello(a, &full, &link_of(a)->client_hello);
}

void server_hello_as(struct assoc *a, struct bytes (*rewrite)(struct test *t, struct bytes body))
{
    struct bytes body = server_hello_body(a, .cipher = 0);

    flight_begin(a);
    flight_message(a, SERVER_HELLO, rewrite(link_of(a)->test, body));
    flight_message(a, SERVER_HELLO_DONE, NO_BYTES);
    flight_send(a, true);
}

void flight_message_aside(struct assoc *a, uint8_t type, uint16_t message_seq, struct bytes body)
{
    uint16_t next = a->next_send_seq;
    size_t counted = a->transcript_n;

    a->next_send_seq = message_seq;
    flight_message(a, type, body);
    a->next_send_seq = next;
    a->transcript_n = counted;
}

/* ---- the end of a handshake --------------------------------------------------------------------------------------------- */

struct assoc *await_client_finished(struct test *t)
{
    struct assoc *a = await_client(t);
    struct link *l = link_of(a);

    expect_client_hello(a);
    server_hello(a, .cipher = good_suite(a));
    arrange(t, step_key_exchange(l), "a good ServerHello");
    arrange(t, step_finished(l), "a good handshake up to the device's Finished");
    return a;
}

void server_finish_after(struct assoc *a, struct bytes change_cipher_spec)
{
    flight_begin(a);
    if (change_cipher_spec.at == NULL)
        a->write_epoch++;
    else if (flight_change_cipher_spec(a))
        a->flight[a->flight_n - 1].body = arena_copy(a->arena, change_cipher_spec);
    queue_finished(a);
    flight_send(a, false);
}

/* Reads until the device shows by protected application data, asked for or not, that it completed; an alert stays the last event. */
static bool speaks(struct link *l, int64_t until)
{
    struct event e;

    while (!l->peer_closed && next_event(l, until, &e)) {
        l->peer_closed |= e.kind == EVENT_ALERT;
        if (e.kind == EVENT_APPLICATION_DATA)
            return true;
    }
    return l->application_data > 0 && l->last_data.epoch > 0;
}

/* A device that lost our flight repeats its own first, RFC 6347 4.2.4; until then a probe is nothing to it. */
static bool is_served(struct link *l)
{
    struct test *t = l->test;
    int64_t until = required_until(t);

    do {
        if (t->env->liveness != LIVENESS_NONE)
            send_payload(l->assoc, CONTENT_APPLICATION_DATA, l->assoc->write_epoch,
                         probe_payload(l, new_probe(l)));
        if (speaks(l, now_us() + t->env->patience_us))
            return true;
    } while (!l->peer_closed && now_us() < until);
    return false;
}

void expect_served_client(struct assoc *a)
{
    static const char expected[] = "a completed handshake, and application data of the device";
    struct link *l = link_of(a);

    bool served = is_served(l);

    if (!served && l->peer_closed)
        fail_shown(l->test, expected, "%s", describe_event(l->test, &l->test->last));
    if (!served)
        fail_missed(l->test, expected, "none after our Finished");
    say(l->test, expected, "completed");
}

void expect_completed_client(struct assoc *a)
{
    expect_client_key_exchange(a);
    expect_client_finished(a);
    server_finish(a);
    expect_served_client(a);
}

void note_what_comes(struct assoc *a)
{
    struct link *l = link_of(a);
    struct test *t = l->test;
    struct event e;
    bool came = next_event(l, now_us() + NOTED_TIMERS * t->env->timer_us + t->env->patience_us, &e);

    l->peer_closed |= came && e.kind == EVENT_ALERT;
    note(t, "after that: %s", came ? describe_event(t, &e) : "nothing comes");
    say(t, "the device goes on serving good peers", "the good handshake after this case tells");
}
