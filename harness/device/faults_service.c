/* Application data that is answered where it must not be, and LwM2M that is answered wrongly. */
#include <string.h>

#include "device/faulty.h"

enum {
    GET = 1,
    POST = 2,
    PUT = 3,
    CREATED = 0x41,
    CHANGED = 0x44,
    CONTENT = 0x45,
    BAD_REQUEST = 0x80,
    NOT_FOUND = 0x84,
    VERSION_1 = 1
};
enum { KEPT_S = 10 };

/* ---- application data ---- */

static void serve_in_epoch(struct talk *t, uint16_t epoch, struct bytes coap)
{
    enum stage stage = t->stage;
    uint16_t before = t->assoc->write_epoch;

    t->stage = STAGE_ESTABLISHED;
    t->assoc->write_epoch = epoch;
    talk_serve(t, coap);
    t->assoc->write_epoch = before;
    t->stage = stage;
}

/* Answers before the peer's Finished came. */
void early_data_served(struct talk *t, const struct event *e)
{
    if (t->stage == STAGE_FINISH && e->epoch == 1)
        serve_in_epoch(t, 1, e->body);
    else
        conforming.on_data(t, e);
}

/* Answers what came in the clear: "during" the handshake, or in the association. */
void plaintext_data_served(struct talk *t, const struct event *e)
{
    bool established = t->stage == STAGE_ESTABLISHED;

    if (e->epoch == 0 && member_is(t, "during") != established)
        serve_in_epoch(t, t->assoc->write_epoch, e->body);
    else
        conforming.on_data(t, e);
}

/* Answers CoAP that never saw DTLS. */
void plain_coap_served(struct device *d, const struct sockaddr_storage *from, socklen_t n,
                       struct bytes datagram)
{
    struct arena *arena = arena_new();
    uint16_t id;

    if (datagram.n >= 4 && datagram.at[0] >> 6 == VERSION_1 && datagram.n >= 4U + (datagram.at[0] & 15)) {
        bool ping = coap_kind_of(datagram, &id) == COAP_IS_PING;
        uint8_t reset[] = {0x70, 0, datagram.at[2], datagram.at[3]};
        struct bytes answer = ping ? BYTES(reset) : coap_answer(arena, datagram, NOT_FOUND, NO_BYTES);

        (void)sendto(d->fd, answer.at, answer.n, 0, (const struct sockaddr *)from, n);
    }
    arena_free(arena);
}

void sends_hint(struct talk *t, const struct answer *answer)
{
    queue_server_hello(t->assoc, answer, &t->hello);
    queue_hint(t->assoc, bytes_of_text("a hint"));
    flight_message(t->assoc, SERVER_HELLO_DONE, NO_BYTES);
    flight_send(t->assoc, true);
}

/* ---- LwM2M ---- */

static bool is_request(struct talk *t, struct bytes coap, uint8_t method, const char *path)
{
    uint8_t m;
    const char *p = coap_path(t, coap, &m);

    return m == method && strcmp(p, path) == 0;
}

static bool over_parameter(const struct talk *t)
{
    return t->assoc->cipher->code == t->device->number;
}

static void answer_by_hand(struct talk *t, struct bytes coap, uint8_t code, struct bytes rest)
{
    t->behaviour->send_data(t, coap_answer(t->arena, coap, code, rest));
}

void register_refused_over(struct talk *t, struct bytes coap)
{
    if (over_parameter(t) && is_request(t, coap, POST, "/rd"))
        answer_by_hand(t, coap, NOT_FOUND, NO_BYTES);
    else
        talk_serve(t, coap);
}

void register_without_location(struct talk *t, struct bytes coap)
{
    if (is_request(t, coap, POST, "/rd"))
        answer_by_hand(t, coap, CREATED, NO_BYTES);
    else
        talk_serve(t, coap);
}

/* Wants an endpoint name. */
void register_needs_name(struct talk *t, struct bytes coap)
{
    bool named = false;

    for (size_t i = 0; i + 3 <= coap.n; i++)
        named = named || memcmp(coap.at + i, "ep=", 3) == 0;
    if (!named && is_request(t, coap, POST, "/rd"))
        answer_by_hand(t, coap, BAD_REQUEST, NO_BYTES);
    else
        talk_serve(t, coap);
}

/* Begins a handshake of its own towards a client that has registered. */
void server_dials_back(struct talk *t, struct bytes coap)
{
    struct offer offer = {.ciphers = {TLS_PSK_WITH_AES_128_CCM_8}};
    struct bytes body = build_client_hello(t->assoc, &offer, NO_BYTES);
    uint32_t n = (uint32_t)body.n;
    size_t cap = RECORD_HEADER + HANDSHAKE_HEADER + body.n;
    struct writer message = writer_of(arena_alloc(t->arena, cap), cap);
    struct writer w = writer_of(arena_alloc(t->arena, cap), cap);

    talk_serve(t, coap);
    if (!is_request(t, coap, POST, "/rd"))
        return;
    put_fragment(&message, &(struct fragment){CLIENT_HELLO, n, t->assoc->next_send_seq, 0, n, body});
    put_record(&w, CONTENT_HANDSHAKE, DTLS_1_2, 0, take_seq(t->assoc, 0), written(&message));
    conforming.send_datagram(t, written(&w));
}

/* Forgets an association that was idle for ten seconds. */
void association_dropped(struct talk *t, struct bytes datagram)
{
    unsigned now_s = (unsigned)(now_us() / SECOND), idle_s = now_s - t->memory[0];

    (void)datagram;
    if (t->stage == STAGE_ESTABLISHED && t->memory[0] > 0 && idle_s >= KEPT_S)
        t->stage = STAGE_OVER;
    t->memory[0] = now_s;
}

void client_security_object_written(struct talk *t, struct bytes coap)
{
    if (is_request(t, coap, PUT, "/0/0/11"))
        answer_by_hand(t, coap, CHANGED, NO_BYTES);
    else
        talk_serve(t, coap);
}

/* Registers in the clear as well. */
void client_registers_twice(struct talk *t)
{
    static const uint8_t post_rd[] = {0x40, 0x02, 0x70, 0x67, 0xB2, 'r', 'd'};

    conforming.begin_service(t);
    conforming.send_datagram(t, BYTES(post_rd));
}

void bootstrap_refused_over(struct talk *t, struct bytes coap)
{
    if (over_parameter(t) && is_request(t, coap, POST, "/bs"))
        answer_by_hand(t, coap, NOT_FOUND, NO_BYTES);
    else
        talk_serve(t, coap);
}

void client_never_registers_over(struct talk *t)
{
    if (!over_parameter(t))
        conforming.begin_service(t);
}

void client_read_refused(struct talk *t, struct bytes coap)
{
    if (is_request(t, coap, GET, "/3/0"))
        answer_by_hand(t, coap, NOT_FOUND, NO_BYTES);
    else
        talk_serve(t, coap);
}

/* Reads out what the parameter names of the Security object. */
void client_discloses(struct talk *t, struct bytes coap)
{
    static const uint8_t secret[] = {0xFF, 's', 'e', 'c', 'r', 'e', 't'};

    if (is_request(t, coap, GET, t->device->parameter))
        answer_by_hand(t, coap, CONTENT, BYTES(secret));
    else
        talk_serve(t, coap);
}
