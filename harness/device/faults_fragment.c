/* Messages in pieces: what is not put together, and what is put together all the same. */
#include <string.h>

#include "device/faulty_handshake.h"

static void look_at(struct cut *c, const struct fragment *f, struct fragment *last)
{
    bool same = c->pieces > 0 && f->offset == last->offset && f->fragment_length == last->fragment_length;

    if (f->fragment_length == f->length && c->pieces == 0)
        return;
    c->octets = (c->pieces == 0 || c->octets) && f->fragment_length == 1;
    c->back |= c->pieces > 0 && f->offset < last->offset;
    c->again |= same;
    c->overlap |= c->pieces > 0 && !same && f->offset >= last->offset &&
                  f->offset < last->offset + last->fragment_length;
    c->pieces++;
    *last = *f;
}

struct cut cut_of(struct bytes datagram, uint8_t type)
{
    struct reader r = reader_of(datagram);
    struct cut c = {0};
    struct fragment last = {0};
    struct record record;

    while (get_record(&r, &record)) {
        struct reader inner = reader_of(record.fragment);
        struct fragment f;

        if (record.type == CONTENT_HANDSHAKE && record.epoch == 0 && get_fragment(&inner, &f) &&
            f.type == type)
            look_at(&c, &f, &last);
    }
    return c;
}

/* What is sent to it in pieces. */
static uint8_t cut_type(const struct talk *t)
{
    return t->assoc->side == SIDE_CLIENT ? SERVER_HELLO : CLIENT_KEY_EXCHANGE;
}

static bool refuses(const struct talk *t, const struct cut *c)
{
    if (member_is(t, "each-octet"))
        return c->octets && c->pieces > 1;
    if (member_is(t, "reversed") || member_is(t, "shuffled"))
        return c->back;
    if (member_is(t, "own-datagrams"))
        return c->pieces == 1;
    if (member_is(t, "with-repeats"))
        return c->again;
    return t->device->number == 20 ? c->pieces > 5 : c->pieces == t->device->number;
}

/* Forgets the handshake when a ClientKeyExchange or ServerHello comes cut as the parameter says. */
void fragments_refused(struct talk *t, struct bytes datagram)
{
    struct cut c = cut_of(datagram, cut_type(t));

    if (c.pieces > 0 && refuses(t, &c))
        t->stage = STAGE_OVER;
}

void overlap_refused(struct talk *t, struct bytes datagram)
{
    struct cut c = cut_of(datagram, cut_type(t));

    if (c.overlap)
        t->stage = STAGE_OVER;
}

void second_hello_fragments_refused(struct talk *t, struct bytes datagram)
{
    if (cut_of(datagram, CLIENT_HELLO).pieces > 0)
        t->stage = STAGE_OVER;
}

/* A protected piece of a message is thrown away. */
enum opened finished_fragments_refused(struct talk *t, struct record_keys *k, const struct record *r,
                                       uint8_t *out, size_t *n)
{
    enum opened result = conforming.open_record(t, k, r, out, n);
    struct fragment f;

    if (result != OPENED || r->type != CONTENT_HANDSHAKE)
        return result;
    struct reader inner = reader_of((struct bytes){out, *n});

    return get_fragment(&inner, &f) && f.fragment_length < f.length ? OPEN_BAD_MAC : OPENED;
}

/* ---- what is put together all the same ---- */

void feed_whole(struct talk *t, uint8_t type, struct bytes body)
{
    struct assoc *a = t->assoc;
    uint16_t seq = a->next_receive_seq;
    size_t cap = body.n + HANDSHAKE_HEADER;
    struct writer message = writer_of(arena_alloc(t->arena, cap), cap);
    struct writer w = writer_of(arena_alloc(t->arena, cap + RECORD_HEADER), cap + RECORD_HEADER);

    a->incoming[seq % REORDER_MAX] = (struct incoming){0};
    put_fragment(&message, &(struct fragment){type, (uint32_t)body.n, seq, 0, (uint32_t)body.n, body});
    put_record(&w, CONTENT_HANDSHAKE, DTLS_1_2, 0, 0, written(&message));
    assoc_feed(a, written(&w));
}

static void feed_key_exchange(struct talk *t)
{
    struct bytes identity = t->device->identity;
    size_t cap = identity.n + 2;
    struct writer w = writer_of(arena_alloc(t->arena, cap), cap);

    put_u16(&w, (uint16_t)identity.n);
    put_bytes(&w, identity);
    feed_whole(t, CLIENT_KEY_EXCHANGE, written(&w));
}

/* Joins whatever pieces of a ClientKeyExchange came. */
bool fragments_unchecked(struct talk *t, const struct event *e)
{
    if (t->stage == STAGE_KEY_EXCHANGE)
        feed_key_exchange(t);
    return conforming.accept_change_cipher_spec(t, e);
}

void future_message_kills(struct talk *t, const struct event *e)
{
    if (t->stage < STAGE_ESTABLISHED && strstr(e->what, "too far ahead") != NULL)
        end_with(t, ALERT_UNEXPECTED_MESSAGE);
}
