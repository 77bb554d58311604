/* The cookie exchange: who is not asked, what a cookie is not held to, wrong numbers, wrong hashes. */
#include <string.h>

#include "device/faulty_handshake.h"

enum { NEWEST = DTLS_1_2, FAR_OFF = 100 };

/* ---- cookies ------------------------------------------------------------------------------------------------------------ */

/* Hellos of one kind are answered at once. */
bool cookie_skipped(struct talk *t)
{
    const struct client_hello *h = &t->hello;
    bool skip = member_is(t, "session-id") ? h->session_id.n > 0
                : member_is(t, "newer-version")
                    ? h->version < NEWEST
                    : is_two_suites(h) && h->session_id.n == 0 && h->version == NEWEST;

    return !skip;
}

/* Part of the cookie is not compared, or its length is not. */
bool cookie_unchecked(struct talk *t)
{
    struct bytes got = t->hello.cookie;
    uint8_t want[DIGEST_MAX];

    if (conforming.check_cookie(t))
        return true;
    t->behaviour->make_cookie(t, want);
    return got.n >= COOKIE - 1 && (got.n == UINT8_MAX || memcmp(got.at, want, COOKIE - 1) == 0);
}

/* A bad cookie ends it. */
void bad_cookie_refused(struct talk *t)
{
    if (t->hello.cookie.n > 0)
        end_with(t, ALERT_HANDSHAKE_FAILURE);
    else
        conforming.send_verify_request(t);
}

/* The cookie does not cover whose it is. */
void cookie_without_address(struct talk *t, uint8_t *out)
{
    struct talk other = *t;

    memset(&other.address, 0, sizeof other.address);
    conforming.make_cookie(&other, out);
}

/* The cookie covers the address and the version, nothing else of the hello. */
void cookie_without_hello(struct talk *t, uint8_t *out)
{
    struct talk other = *t;

    other.hello.random = other.hello.session_id = other.hello.ciphers = other.hello.compression = NO_BYTES;
    conforming.make_cookie(&other, out);
}

/* ---- numbers ------------------------------------------------------------------------------------------------------------ */

/* HelloVerifyRequests have a count of their own. */
void verify_request_number(struct talk *t)
{
    t->assoc->write[0].next_seq = FAR_OFF;
    conforming.send_verify_request(t);
}

/* ServerHelloDone is numbered one too high. */
void message_seq_skips(struct talk *t, const struct answer *answer)
{
    if (!is_two_suites(&t->hello)) {
        conforming.compose_flight(t, answer);
        return;
    }
    queue_server_hello(t->assoc, answer, &t->hello);
    t->assoc->next_send_seq++;
    flight_message(t->assoc, SERVER_HELLO_DONE, NO_BYTES);
    flight_send(t->assoc, true);
}

/* The flight with the ServerHello is counted from 0 anew. */
void number_repeats_after_verify_request(struct talk *t, const struct answer *answer)
{
    enum { REPEATED = 3 };

    if (t->hello_event.seq >= REPEATED)
        t->assoc->write[0].next_seq = 0;
    conforming.compose_flight(t, answer);
}

/* ---- what is hashed ----------------------------------------------------------------------------------------------------- */

static void hash_message(struct assoc *a, uint8_t type, struct bytes body)
{
    uint8_t head[HANDSHAKE_HEADER];
    struct writer w = WRITER(head);
    uint32_t n = (uint32_t)body.n;

    put_fragment(&w, &(struct fragment){.type = type, .length = n, .fragment_length = n});
    transcript_add(a, written(&w));
    transcript_add(a, body);
}

/* The first hello and the HelloVerifyRequest, as they must have been, stand before the second hello. */
void hash_with_first_hello(struct talk *t, const struct answer *answer)
{
    struct assoc *a = t->assoc;
    struct client_hello first = t->hello;
    uint8_t bodies[2][512];
    struct writer hello = WRITER(bodies[0]), request = WRITER(bodies[1]);

    conforming.compose_flight(t, answer);
    if (!is_two_suites(&t->hello))
        return;
    struct bytes since = arena_copy(t->arena, (struct bytes){a->transcript, a->transcript_n});

    first.cookie = NO_BYTES;
    put_client_hello(&hello, &first);
    put_hello_verify_request(&request, &(struct hello_verify_request){DTLS_1_0, t->hello.cookie});
    a->transcript_n = 0;
    hash_message(a, CLIENT_HELLO, written(&hello));
    hash_message(a, HELLO_VERIFY_REQUEST, written(&request));
    transcript_add(a, since);
}
