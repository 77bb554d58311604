#include "endpoint/assoc.h"

#include <string.h>

#include "endpoint/internal.h"

struct assoc *assoc_new(struct arena *arena, struct trace *trace, enum side side, struct transport transport,
                        struct bytes psk, struct rng rng)
{
    struct assoc *a = arena_new_of(arena, struct assoc);

    a->arena = arena;
    a->trace = trace;
    a->number = trace != NULL ? ++trace->assoc_count : 0;
    a->transport = transport;
    a->rng = rng;
    a->side = side;
    a->psk = arena_copy(arena, psk);
    a->record_version = DTLS_1_2;
    a->version = DTLS_1_2;
    a->write[0].ready = true;
    a->read[0].ready = true;
    a->timer_us = SECOND;
    a->resend_limit = 3;
    a->repeat_limit = 8;
    return a;
}

void assoc_close(struct assoc *a)
{
    for (size_t i = 0; i < EPOCHS; i++) {
        keys_wipe(&a->write[i].keys);
        keys_wipe(&a->read[i].keys);
        a->write[i].ready = a->read[i].ready = false;
    }
    wipe(a->master, sizeof a->master);
}

void push_event(struct assoc *a, const struct event *e)
{
    arena_grow(a->arena, &a->events, &a->event_cap, a->event_n, sizeof *a->events);
    a->events[a->event_n++] = *e;
}

bool assoc_event(struct assoc *a, struct event *out)
{
    if (a->event_next == a->event_n)
        return false;
    *out = a->events[a->event_next++];
    if (a->event_next == a->event_n)
        a->event_next = a->event_n = 0;
    return true;
}

void transcript_add(struct assoc *a, struct bytes octets)
{
    if (a->transcript_n + octets.n > a->transcript_cap) {
        size_t cap = (a->transcript_n + octets.n) * 2 + 1024;
        uint8_t *bigger = arena_alloc(a->arena, cap);

        if (a->transcript_n > 0)
            memcpy(bigger, a->transcript, a->transcript_n);
        a->transcript = bigger;
        a->transcript_cap = cap;
    }
    if (octets.n > 0)
        memcpy(a->transcript + a->transcript_n, octets.at, octets.n);
    a->transcript_n += octets.n;
}

void transcript_message(struct assoc *a, uint8_t type, uint16_t seq, struct bytes body)
{
    uint8_t head[HANDSHAKE_HEADER];
    struct writer w = WRITER(head);
    uint32_t length = (uint32_t)body.n;

    if (type == HELLO_VERIFY_REQUEST || type == HELLO_REQUEST)
        return;
    if (type == CLIENT_HELLO)
        a->transcript_n = 0;
    put_fragment(&w, &(struct fragment){
                         .type = type, .length = length, .message_seq = seq, .fragment_length = length});
    transcript_add(a, written(&w));
    transcript_add(a, body);
}

static struct bytes premaster(const struct assoc *a, uint8_t *out)
{
    struct bytes psk = bytes_slice(a->psk, 0, PSK_MAX);

    return (struct bytes){out, psk_premaster(psk, out)};
}

void assoc_derive(struct assoc *a)
{
    uint8_t secret[PREMASTER_MAX];
    struct bytes pms = premaster(a, secret), client = BYTES(a->client_random),
                 server = BYTES(a->server_random);
    enum prf which = prf_for(a->cipher, a->version);

    if (a->extended_master_secret)
        extended_master_secret(which, pms, (struct bytes){a->transcript, a->transcript_n}, a->master);
    else
        master_secret(which, pms, client, server, a->master);
    wipe(secret, sizeof secret);
    assoc_derive_keys(a);
}

void assoc_derive_keys(struct assoc *a)
{
    struct bytes client = BYTES(a->client_random), server = BYTES(a->server_random);
    uint16_t next = (uint16_t)(a->write_epoch + 1);

    a->have_master = true;
    if (next >= EPOCHS)
        return;

    struct record_keys *ours = &a->write[next].keys, *theirs = &a->read[next].keys;
    bool client_side = a->side == SIDE_CLIENT;

    keys_wipe(ours); /* a device may say twice what keys are derived from */
    keys_wipe(theirs);
    derive_record_keys(a->cipher, a->version, a->master, client, server, a->encrypt_then_mac,
                       client_side ? ours : theirs, client_side ? theirs : ours);
    a->write[next].ready = a->read[next].ready = true;
    read_pending(a);
}

void assoc_verify_data(const struct assoc *a, enum side who, size_t n, uint8_t out[VERIFY_DATA])
{
    verify_data(prf_for(a->cipher, a->version), a->master,
                who == SIDE_CLIENT ? "client finished" : "server finished", (struct bytes){a->transcript, n},
                out);
}

bool finished_verifies(struct assoc *a, const struct event *finished)
{
    enum side peer = a->side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
    uint8_t want[VERIFY_DATA];

    if (!a->have_master || finished->message_type != FINISHED)
        return false;
    assoc_verify_data(a, peer, finished->transcript_before, want);
    memcpy(a->verify[peer], want, sizeof want);
    return bytes_equal(finished->body, BYTES(want));
}

void assoc_begin_again(struct assoc *a, const struct event *first)
{
    flight_begin(a);
    memset(a->incoming, 0, sizeof a->incoming);
    a->next_send_seq = 0;
    a->next_receive_seq = 0;
    a->have_random = a->done = a->resumed = false;
    a->last_verify_request = NO_BYTES;
    if (first == NULL)
        return;
    a->next_receive_seq = (uint16_t)(first->message_seq + 1);
    transcript_message(a, first->message_type, first->message_seq, first->body);
}

const char *assoc_key_log(const struct assoc *a)
{
    if (!a->have_master)
        return "";
    return arena_printf(a->arena, "CLIENT_RANDOM %s %s", arena_hex(a->arena, BYTES(a->client_random)),
                        arena_hex(a->arena, BYTES(a->master)));
}
