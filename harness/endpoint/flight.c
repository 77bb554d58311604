#include <string.h>

#include "endpoint/internal.h"

enum {
    PACK_ROOM = 20480,
    DATAGRAM_USUAL = 1200,
    RESEND_GAP_US = 40000,
    FRAGMENT_USUAL = 16384 - HANDSHAKE_HEADER
};

/* A datagram being packed. */
struct pack {
    struct assoc *a;
    uint8_t octets[PACK_ROOM]; /* more than any record */
    size_t n;
    uint8_t shared[RECORD_FRAGMENT_MAX]; /* messages that will share a record */
    size_t shared_n;
    uint16_t shared_version;
};

uint64_t take_seq(struct assoc *a, uint16_t epoch)
{
    return a->write[epoch].next_seq++;
}

/* Tells the trace what our datagram holds. */
static void note_sent(struct assoc *a, struct trace_entry *e)
{
    struct reader r = reader_of(e->datagram);
    struct record rec;
    size_t cap = 0;

    while (get_record_with_cid(&r, a->cid.agreed ? a->cid.theirs.n : 0, &rec)) {
        struct trace_record row = {
            .type = rec.type, .outer = rec.type, .version = rec.version, .epoch = rec.epoch, .seq = rec.seq};

        row.at = (size_t)(rec.whole.at - e->datagram.at);
        row.n = rec.whole.n;
        row.cid = rec.cid;
        row.is_protected = rec.epoch > 0;
        row.cipher = a->cipher;
        for (size_t i = 0; i < SEALED_RECENT && rec.epoch > 0; i++)
            if (a->recent[i].epoch == rec.epoch && a->recent[i].seq == rec.seq) {
                row.plaintext = a->recent[i].plaintext;
                row.type = a->recent[i].type;
                row.opened = true;
            }
        arena_grow(a->arena, &e->records, &cap, e->record_count, sizeof *e->records);
        e->records[e->record_count++] = row;
    }
}

void send_datagram(struct assoc *a, struct bytes datagram)
{
    if (a->trace != NULL) {
        struct trace_entry *e = trace_datagram(a->trace, a->number, false, datagram);

        if (e != NULL) {
            note_sent(a, e);
            e->retransmission = a->resending;
        }
    }
    a->transport.send(a->transport.context, datagram);
}

bool assoc_seal(struct assoc *a, struct seal recipe, struct sealed *out)
{
    if (recipe.epoch >= EPOCHS || recipe.epoch == 0 || !a->write[recipe.epoch].ready)
        return false;
    if (recipe.seq == UINT64_MAX)
        recipe.seq = take_seq(a, recipe.epoch);
    if (a->cid.agreed && recipe.cid.n == 0 && !recipe.without_cid)
        recipe.cid = a->cid.theirs;
    size_t cap = recipe.plaintext.n + recipe.padding.n + recipe.inner_padding + SEAL_OVERHEAD;
    uint8_t *room = arena_alloc(a->arena, cap);
    struct record_keys *k = &a->write[recipe.epoch].keys;

    a->recent[a->recent_next++ % SEALED_RECENT] =
        (struct sealed_plain){recipe.type, recipe.epoch, recipe.seq, arena_copy(a->arena, recipe.plaintext)};
    bool ok = a->ops.seal != NULL ? a->ops.seal(a, k, &recipe, room, cap, out)
                                  : seal_record(k, &recipe, &a->rng, room, cap, out);

    out->epoch = recipe.epoch;
    out->seq = recipe.seq;
    return ok;
}

static void pack_flush(struct pack *p)
{
    if (p->n > 0)
        send_datagram(p->a, (struct bytes){p->octets, p->n});
    p->n = 0;
}

static void pack_octets(struct pack *p, struct bytes record)
{
    const struct packing *how = &p->a->packing;
    size_t limit = how->max_datagram > 0 ? how->max_datagram : DATAGRAM_USUAL;

    if (p->n > 0 && (how->record_a_datagram || p->n + record.n > limit || p->n + record.n > sizeof p->octets))
        pack_flush(p);
    if (record.n > sizeof p->octets)
        return;
    memcpy(p->octets + p->n, record.at, record.n);
    p->n += record.n;
}

static void pack_record(struct pack *p, uint8_t content, uint16_t epoch, uint16_t version,
                        struct bytes payload)
{
    struct assoc *a = p->a;

    if (epoch > 0) {
        struct sealed s;
        struct seal recipe = {
            .type = content, .version = version, .epoch = epoch, .seq = UINT64_MAX, .plaintext = payload};

        if (assoc_seal(a, recipe, &s))
            pack_octets(p, (struct bytes){s.wire, s.n});
        return;
    }
    uint8_t room[RECORD_HEADER + RECORD_FRAGMENT_MAX];
    struct writer w = WRITER(room);

    put_record(&w, content, version, 0, take_seq(a, 0), payload);
    pack_octets(p, written(&w));
}

static void pack_shared(struct pack *p)
{
    if (p->shared_n > 0)
        pack_record(p, CONTENT_HANDSHAKE, 0, p->shared_version, (struct bytes){p->shared, p->shared_n});
    p->shared_n = 0;
}

static void pack_fragment(struct pack *p, const struct flight_item *item, size_t offset, size_t n)
{
    uint8_t room[RECORD_FRAGMENT_MAX];
    struct writer w = WRITER(room);

    put_fragment(&w, &(struct fragment){item->type, (uint32_t)item->body.n, item->message_seq,
                                        (uint32_t)offset, (uint32_t)n, bytes_slice(item->body, offset, n)});
    struct bytes fragment = written(&w);

    if (!p->a->packing.messages_share_records || item->epoch > 0) {
        pack_shared(p);
        pack_record(p, CONTENT_HANDSHAKE, item->epoch, item->version, fragment);
        return;
    }
    if (p->shared_n + fragment.n > sizeof p->shared)
        pack_shared(p);
    memcpy(p->shared + p->shared_n, fragment.at, fragment.n);
    p->shared_n += fragment.n;
    p->shared_version = item->version;
}

/* How much of a message goes into a fragment. A datagram limit cuts all but those of the cookie exchange, for which many keep no state
 * and take one piece only: RFC 6347 4.2.1. */
static size_t step_of(const struct packing *how, const struct flight_item *item)
{
    size_t heads = RECORD_HEADER + HANDSHAKE_HEADER + (item->epoch > 0 ? SEAL_OVERHEAD : 0);
    size_t step = how->max_fragment > 0 ? how->max_fragment : FRAGMENT_USUAL;

    bool whole = item->type == CLIENT_HELLO || item->type == HELLO_VERIFY_REQUEST;

    if (whole || how->max_datagram <= heads || step < how->max_datagram - heads)
        return step;
    return how->max_datagram - heads;
}

static void pack_item(struct pack *p, const struct flight_item *item)
{
    size_t step = step_of(&p->a->packing, item);
    size_t at = 0;

    if (item->content != CONTENT_HANDSHAKE) {
        pack_shared(p);
        pack_record(p, item->content, item->epoch, item->version, item->body);
        return;
    }
    for (size_t i = 0; i < item->piece_n; i++)
        pack_fragment(p, item, item->pieces[i].offset, item->pieces[i].n);
    if (item->piece_n > 0)
        return;
    do {
        size_t n = item->body.n - at < step ? item->body.n - at : step;

        pack_fragment(p, item, at, n);
        at += n;
    } while (at < item->body.n);
}

static struct pack *new_pack(struct assoc *a)
{
    if (a->pack == NULL)
        a->pack = arena_new_of(a->arena, struct pack);
    a->pack->a = a;
    a->pack->n = a->pack->shared_n = 0;
    return a->pack;
}

static void pack_all(struct pack *p)
{
    pack_shared(p);
    pack_flush(p);
}

static void transmit(struct assoc *a)
{
    struct pack *p = new_pack(a);

    for (size_t i = 0; i < a->flight_n; i++) {
        const struct flight_item *item = &a->flight[i];
        bool apart = item->content == CONTENT_HANDSHAKE && item->type == a->packing.apart && item->type != 0;

        if (apart)
            pack_all(p);
        pack_item(p, item);
        if (apart)
            pack_all(p);
    }
    pack_all(p);
}

void flight_begin(struct assoc *a)
{
    a->flight_n = 0;
    a->flight_sent = false;
    a->flight_due = 0;
    a->resends = 0;
}

static void add_item(struct assoc *a, struct flight_item item)
{
    arena_grow(a->arena, &a->flight, &a->flight_cap, a->flight_n, sizeof *a->flight);
    a->flight[a->flight_n++] = item;
}

void flight_message(struct assoc *a, uint8_t type, struct bytes body)
{
    uint16_t seq = a->next_send_seq++;
    struct bytes kept = arena_copy(a->arena, body);

    transcript_message(a, type, seq, kept);
    add_item(a, (struct flight_item){.content = CONTENT_HANDSHAKE,
                                     .type = type,
                                     .epoch = a->write_epoch,
                                     .message_seq = seq,
                                     .version = a->record_version,
                                     .body = kept});
}

void flight_message_in_pieces(struct assoc *a, uint8_t type, struct bytes body, const struct piece *pieces,
                              size_t n)
{
    flight_message(a, type, body);
    struct flight_item *item = &a->flight[a->flight_n - 1];
    struct bytes kept = arena_copy(a->arena, (struct bytes){(const uint8_t *)pieces, n * sizeof *pieces});

    item->pieces = (const struct piece *)(const void *)kept.at;
    item->piece_n = n;
}

bool flight_change_cipher_spec(struct assoc *a)
{
    static const uint8_t one[] = {1};

    if (a->write_epoch + 1 >= EPOCHS || !a->write[a->write_epoch + 1].ready)
        return false;
    add_item(a, (struct flight_item){.content = CONTENT_CHANGE_CIPHER_SPEC,
                                     .epoch = a->write_epoch,
                                     .version = a->record_version,
                                     .body = BYTES(one)});
    a->write_epoch++;
    return true;
}

void flight_send(struct assoc *a, bool timer)
{
    a->flight_sent = true;
    a->flight_mark = a->next_receive_seq;
    transmit(a);
    if (timer)
        a->flight_due = now_us() + a->timer_us;
}

void flight_resend(struct assoc *a)
{
    int64_t now = now_us();

    if (!a->flight_sent || a->flight_n == 0 || now - a->last_resend < RESEND_GAP_US)
        return;
    a->resends++;
    a->resending = true;
    transmit(a);
    a->resending = false;
    a->last_resend = now;
}

void assoc_tick(struct assoc *a, int64_t now)
{
    if (a->flight_due == 0 || now < a->flight_due)
        return;
    a->flight_due = 0;
    if (a->resends >= a->resend_limit)
        return;
    unsigned before = a->resends;

    a->last_resend = 0;
    flight_resend(a);
    if (a->resends > before)
        a->flight_due = now + (a->timer_us << a->resends);
}

void flight_answered(struct assoc *a)
{
    a->flight_due = 0;
}

void flight_begun_to_be_answered(struct assoc *a)
{
    if (a->flight_due != 0)
        a->flight_due = now_us() + (a->timer_us << a->resends);
}

void flight_finish(struct assoc *a)
{
    a->done = true;
    a->flight_due = 0;
    if ((a->side == SIDE_CLIENT) != a->resumed)
        a->flight_n = 0;
}

void send_payload(struct assoc *a, uint8_t content, uint16_t epoch, struct bytes payload)
{
    struct pack *p = new_pack(a);

    pack_record(p, content, epoch, a->record_version, payload);
    pack_flush(p);
}

void send_alert(struct assoc *a, uint8_t level, uint8_t description)
{
    const uint8_t body[] = {level, description};

    send_payload(a, CONTENT_ALERT, a->write_epoch, BYTES(body));
}
