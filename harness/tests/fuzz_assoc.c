/* Any exchange with one association of ours, either side: datagrams as they are, and records that the device sealed under the
 * right keys. What the endpoint takes in stays within its bounds and its memory. The first octet picks the side; then steps: an
 * octet that picks the step, a length of two octets, that many octets. */
#include <stdlib.h>

#include "endpoint/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t n);

enum { STEPS_MAX = 64 };

static volatile unsigned touched;

/* Reads every octet, so that the sanitizer sees a span that is none. */
static void touch(struct bytes b)
{
    for (size_t i = 0; i < b.n; i++)
        touched += b.at[i];
}

static void drop_datagram(void *context, struct bytes datagram)
{
    (void)context;
    touch(datagram);
}

static void take_message(struct assoc *a, const struct event *e)
{
    static const struct answer usual = {.cipher = TLS_PSK_WITH_AES_128_CCM_8};
    struct server_hello server;
    struct client_hello client;
    struct bytes identity;

    if (a->side == SIDE_CLIENT && e->message_type == SERVER_HELLO)
        take_server_hello(a, e->body, &server);
    else if (a->side == SIDE_CLIENT && e->message_type == SERVER_HELLO_DONE && a->cipher != NULL &&
             cipher_completes(a->cipher))
        send_client_finish(a, bytes_of_text("identity"));
    else if (a->side == SIDE_SERVER && e->message_type == CLIENT_HELLO &&
             take_client_hello(a, e->body, &client)) {
        queue_server_hello(a, &usual, &client);
        flight_message(a, SERVER_HELLO_DONE, NO_BYTES);
        flight_send(a, true);
    } else if (a->side == SIDE_SERVER && e->message_type == CLIENT_KEY_EXCHANGE && a->cipher != NULL)
        take_client_key_exchange(a, e->body, &identity);
    else if (e->message_type == FINISHED && finished_verifies(a, e))
        flight_finish(a);
}

static void take_events(struct assoc *a)
{
    struct event e;

    while (assoc_event(a, &e)) {
        if (e.kind == EVENT_MALFORMED)
            touch(bytes_of_text(e.what));
        else
            touch(e.body);
        if (e.kind == EVENT_MESSAGE)
            take_message(a, &e);
    }
}

/* A record that the device seals as it should: its first octet picks the content type, the rest is the plaintext. */
static void feed_sealed(struct assoc *a, struct bytes step, uint64_t seq)
{
    static uint8_t out[RECORD_HEADER + RECORD_FRAGMENT_MAX + SEAL_OVERHEAD];
    struct sealed layout;

    if (!a->read[1].ready || step.n == 0)
        return;
    struct seal recipe = {.type = (uint8_t)(20 + step.at[0] % 5),
                          .version = a->version,
                          .epoch = 1,
                          .seq = seq,
                          .plaintext = bytes_slice(step, 1, step.n)};

    if (seal_record(&a->read[1].keys, &recipe, &a->rng, out, sizeof out, &layout))
        assoc_feed(a, (struct bytes){out, layout.n});
}

static void take_steps(struct assoc *a, struct reader *r)
{
    for (uint64_t i = 0; i < STEPS_MAX && r->left > 3; i++) {
        uint8_t kind = get_u8(r);
        size_t wanted = get_u16(r);
        struct bytes step = get_bytes(r, wanted < r->left ? wanted : r->left);

        if (kind % 4 == 3)
            assoc_tick(a, INT64_MAX / 2);
        else if (kind % 4 == 2)
            feed_sealed(a, step, i);
        else
            assoc_feed(a, step);
        take_events(a);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t n)
{
    static bool started;
    static const struct offer offer = {
        .ciphers = {TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CBC_SHA256}};
    struct reader r = reader_of((struct bytes){at, n});
    uint8_t first = get_u8(&r);

    if (!started && !crypto_start())
        abort();
    started = true;

    struct arena *arena = arena_new();
    struct trace *trace = first & 2 ? NULL : trace_new(arena);
    struct assoc *a =
        assoc_new(arena, trace, first & 1 ? SIDE_SERVER : SIDE_CLIENT,
                  (struct transport){drop_datagram, NULL}, bytes_of_text("key"), rng_of(1, "fuzz"));

    if (a->side == SIDE_CLIENT)
        send_client_hello(a, &offer, NO_BYTES);
    take_steps(a, &r);
    assoc_close(a);
    arena_free(arena);
    return 0;
}
