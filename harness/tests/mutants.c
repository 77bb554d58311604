/* mutants COUNT [SEED]: that many altered datagrams into our endpoint, as client and as server, in one process. In each round our client
 * and our server complete a handshake with a cookie, exchange data and part; one datagram of the round, another one each time, is
 * preceded by many altered ones (attacks.c), which go the way of every datagram: trace, records, reassembly, decoder.
 * An altered datagram may spoil a handshake in the clear; after it, whatever is protected arrives once, and nothing else does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "endpoint/server.h"
#include "tests/attacks.h"
#include "wire/decode.h"

enum {
    MUTANTS = 200, /* of a datagram */
    CROSSINGS = 16,
    FIRST_PROTECTED = 6, /* the handshake's datagrams are numbers 0 to 5 */
    LAST = 8,
};

struct peer {
    struct assoc *assoc;
    struct round *round;
    bool done;
    unsigned heard, alerts; /* under protection */
};

struct round {
    struct arena *arena;
    struct peer client, server;
    struct crossing {
        struct peer *to;
        struct bytes datagram;
    } queue[CROSSINGS];
    size_t queued, crossed, target;
    uint16_t cipher;
    uint32_t nth; /* mutants so far, of all rounds */
};

static attack_function *mutate;

static _Noreturn void die(const struct round *r, const char *why)
{
    fprintf(stderr, "mutants: datagram %zu, mutant %u: %s\n", r->target, (unsigned)r->nth, why);
    abort();
}

static void send_across(void *context, struct bytes datagram)
{
    struct peer *from = context;
    struct round *r = from->round;
    struct peer *to = from == &r->client ? &r->server : &r->client;

    if (r->queued < CROSSINGS) /* what mutants provoke finds no room in the end */
        r->queue[r->queued++] = (struct crossing){to, arena_copy(r->arena, datagram)};
}

static void take_as_client(struct peer *s, const struct event *e)
{
    const struct offer offer = {.ciphers = {s->round->cipher}};
    struct hello_verify_request cookie;
    struct server_hello hello;

    if (e->message_type == HELLO_VERIFY_REQUEST && parse_hello_verify_request(e->body, &cookie))
        send_client_hello(s->assoc, &offer, cookie.cookie);
    else if (e->message_type == SERVER_HELLO)
        take_server_hello(s->assoc, e->body, &hello);
    else if (e->message_type == SERVER_HELLO_DONE && s->assoc->cipher && cipher_completes(s->assoc->cipher))
        send_client_finish(s->assoc, bytes_of_text("identity"));
}

static void take_as_server(struct peer *s, const struct event *e)
{
    const struct answer answer = {.cipher = s->round->cipher};
    struct client_hello hello;
    struct bytes identity;

    if (e->message_type == CLIENT_KEY_EXCHANGE && s->assoc->cipher)
        take_client_key_exchange(s->assoc, e->body, &identity);
    if (e->message_type != CLIENT_HELLO || !take_client_hello(s->assoc, e->body, &hello))
        return;
    if (hello.cookie.n == 0) {
        send_hello_verify_request(s->assoc, 0, 0, bytes_of_text("cookie"));
        return;
    }
    queue_server_hello(s->assoc, &answer, &hello);
    flight_message(s->assoc, SERVER_HELLO_DONE, NO_BYTES);
    flight_send(s->assoc, true);
}

static void take_event(struct peer *s, const struct event *e)
{
    bool server = s->assoc->side == SIDE_SERVER;

    s->heard += e->kind == EVENT_APPLICATION_DATA && e->epoch > 0;
    s->alerts += e->kind == EVENT_ALERT && e->epoch > 0;
    if (e->kind != EVENT_MESSAGE)
        return;
    if (e->message_type == FINISHED && finished_verifies(s->assoc, e)) {
        if (server)
            send_server_finish(s->assoc);
        flight_finish(s->assoc);
        s->done = true;
    } else if (server) {
        take_as_server(s, e);
    } else {
        take_as_client(s, e);
    }
}

static void deliver(struct peer *to, struct bytes datagram)
{
    struct event e;

    if (!assoc_feed(to->assoc, datagram))
        die(to->round, "the trace is full");
    while (assoc_event(to->assoc, &e))
        take_event(to, &e);
}

static void deliver_mutants(struct round *r, const struct crossing *c)
{
    static uint8_t out[ATTACK_MAX];
    struct decoded decoded;

    for (int i = 0; i < MUTANTS; i++) {
        struct bytes mutant = {out, mutate(r->nth++, c->datagram.at, c->datagram.n, out)};
        struct arena *a = arena_new();

        decode_datagram(a, mutant, NULL, 0, &decoded);
        arena_free(a);
        deliver(c->to, mutant);
    }
}

static void cross(struct round *r)
{
    while (r->crossed < r->queued) {
        const struct crossing c = r->queue[r->crossed];

        if (r->crossed++ == r->target)
            deliver_mutants(r, &c);
        deliver(c.to, c.datagram);
    }
}

/* Two datagrams of data and an alert, after a handshake that nothing spoilt. */
static void talk(struct round *r)
{
    send_payload(r->client.assoc, CONTENT_APPLICATION_DATA, 1, bytes_of_text("from the client"));
    cross(r);
    send_payload(r->server.assoc, CONTENT_APPLICATION_DATA, 1, bytes_of_text("from the server"));
    cross(r);
    send_alert(r->client.assoc, 1, 0);
    cross(r);
    if (r->target < FIRST_PROTECTED)
        return;
    if (r->client.heard != 1 || r->server.heard != 1)
        die(r, "data did not arrive once");
    if (r->server.alerts != 1 || r->client.alerts != 0)
        die(r, "the alert did not arrive once");
}

static struct assoc *side_of(struct round *r, struct peer *s, enum side side, const char *name)
{
    s->round = r;
    return s->assoc = assoc_new(r->arena, trace_new(r->arena), side, (struct transport){send_across, s},
                                bytes_of_text("key"), rng_of(r->nth, name));
}

/* True when the handshake completed. */
static bool play(uint32_t *nth, unsigned number)
{
    static const uint16_t suites[] = {TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CBC_SHA256};
    struct round r = {.arena = arena_new(),
                      .target = number % (LAST + 1),
                      .cipher = suites[number / (LAST + 1) % 2],
                      .nth = *nth};
    const struct offer offer = {.ciphers = {r.cipher}};
    bool done;

    side_of(&r, &r.client, SIDE_CLIENT, "client");
    side_of(&r, &r.server, SIDE_SERVER, "server");
    send_client_hello(r.client.assoc, &offer, NO_BYTES);
    cross(&r);
    done = r.client.done && r.server.done;
    if (!done && r.target >= FIRST_PROTECTED)
        die(&r, "a handshake that nothing disturbed did not complete");
    if (done)
        talk(&r);
    assoc_close(r.client.assoc);
    assoc_close(r.server.assoc);
    arena_free(r.arena);
    *nth = r.nth;
    return done;
}

int main(int argc, char **argv)
{
    unsigned long wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    uint32_t first = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) * 0x1000000 : 0, nth = first;
    unsigned rounds = 0, completed = 0;
    int64_t began = now_us();

    mutate = find_attack("mutate");
    if (wanted == 0 || mutate == NULL || !crypto_start()) {
        fputs("usage: mutants COUNT [SEED]\n", stderr);
        return 2;
    }
    while (nth - first < wanted)
        completed += play(&nth, rounds++);
    int64_t ms = (now_us() - began) / 1000 + 1;

    printf("%u altered datagrams in %lld ms, %lld a second; %u of %u handshakes completed\n",
           (unsigned)(nth - first), (long long)ms, (long long)(nth - first) * 1000 / ms, completed, rounds);
    crypto_stop();
    return 0;
}
