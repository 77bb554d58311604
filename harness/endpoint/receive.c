#include <string.h>

#include "endpoint/internal.h"

static const uint8_t *record_start(const struct assoc *a, size_t index)
{
    return a->trace->entries[index].datagram.at;
}

struct trace_record *traced_record(struct assoc *a, size_t index, size_t at)
{
    if (a->trace == NULL || index >= a->trace->n)
        return NULL;
    struct trace_entry *e = &a->trace->entries[index];

    for (size_t i = 0; i < e->record_count; i++)
        if (e->records[i].at == at)
            return &e->records[i];
    return NULL;
}

/* A record of this association and direction that came before with the same octets: a copy made by the path. */
static bool is_copy(const struct assoc *a, const struct trace_entry *entry)
{
    size_t from = a->trace->n > 64 ? a->trace->n - 64 : 0;

    for (size_t i = from; i < a->trace->n; i++) {
        const struct trace_entry *e = &a->trace->entries[i];

        if (e != entry && e->kind == TRACE_DATAGRAM && e->from_device && e->assoc == entry->assoc &&
            bytes_equal(e->datagram, entry->datagram))
            return true;
    }
    return false;
}

/* Octets of the connection id that records to us carry; in a resumption they may come with the ServerHello that agrees on it. */
static size_t awaited_cid(const struct assoc *a)
{
    return a->cid.agreed || a->cid.offered ? a->cid.ours.n : 0;
}

static void note_records(struct assoc *a, struct trace_entry *e)
{
    struct reader r = reader_of(e->datagram);
    struct record rec;
    size_t cap = 0;
    bool copy = is_copy(a, e);

    while (get_record_with_cid(&r, awaited_cid(a), &rec)) {
        arena_grow(a->arena, &e->records, &cap, e->record_count, sizeof *e->records);
        e->records[e->record_count++] = (struct trace_record){
            .type = rec.type,
            .outer = rec.type,
            .cid = rec.cid,
            .version = rec.version,
            .epoch = rec.epoch,
            .seq = rec.seq,
            .at = (size_t)(rec.whole.at - e->datagram.at),
            .n = rec.whole.n,
            .is_protected = rec.epoch > 0,
            .copy = copy,
            .cipher = a->cipher,
        };
    }
    a->trace->octets += RECORD_COST * e->record_count;
}

bool record_is_fresh(const struct assoc *a, const struct record *r)
{
    const struct read_epoch *e = &a->read[r->epoch];

    if (!e->any || r->seq > e->top)
        return true;
    uint64_t back = e->top - r->seq;

    return back < REPLAY_WINDOW && (e->window >> back & 1) == 0;
}

static void window_mark(struct read_epoch *e, uint64_t seq)
{
    if (!e->any || seq > e->top) {
        uint64_t ahead = e->any ? seq - e->top : REPLAY_WINDOW;

        e->window = ahead >= REPLAY_WINDOW ? 0 : e->window << ahead;
        e->top = seq;
        e->any = true;
    }
    if (e->top - seq < REPLAY_WINDOW)
        e->window |= 1ULL << (e->top - seq);
}

static void take_payload(struct assoc *a, struct event *e, struct bytes payload)
{
    e->body = payload;
    switch (e->content) {
    case CONTENT_CHANGE_CIPHER_SPEC: e->kind = EVENT_CHANGE_CIPHER_SPEC; break;
    case CONTENT_ALERT:
        if (payload.n != 2) {
            e->kind = EVENT_MALFORMED;
            e->what = "an alert that is not two octets";
            break;
        }
        e->kind = EVENT_ALERT;
        e->level = payload.at[0];
        e->description = payload.at[1];
        break;
    case CONTENT_HANDSHAKE:
        if (take_fragments(a, e, payload) && a->trace != NULL)
            a->trace->entries[e->trace_at].retransmission = true;
        return;
    case CONTENT_APPLICATION_DATA: e->kind = EVENT_APPLICATION_DATA; break;
    default: e->kind = EVENT_MALFORMED; e->what = "a content type that DTLS 1.2 does not have";
    }
    push_event(a, e);
}

static enum mac_order find_order(struct record_keys *k, const struct record *r, uint8_t *scratch)
{
    size_t n;

    if (k->cipher == NULL || !cipher_is_cbc(k->cipher))
        return AS_NEGOTIATED;
    enum mac_order other = k->encrypt_then_mac ? MAC_THEN_ENCRYPT : ENCRYPT_THEN_MAC;

    return open_record(k, r, other, scratch, &n) == OPENED ? other : AS_NEGOTIATED;
}

static void note_opened(struct assoc *a, const struct event *e, const struct record *r,
                        struct bytes plaintext)
{
    struct trace_record *row = traced_record(a, e->trace_at, e->record_at);
    const struct cipher *c = a->read[r->epoch].keys.cipher;

    if (row == NULL || c == NULL)
        return;
    row->opened = true;
    row->plaintext = plaintext;
    row->type = e->content;
    row->cipher = c;
    size_t explicit_n = cipher_is_cbc(c)                                         ? 16
                        : cipher_is_aead(c) && c->bulk != BULK_CHACHA20_POLY1305 ? 8
                                                                                 : 0;

    if (c->bulk == BULK_3DES)
        explicit_n = 8;
    row->nonce = bytes_slice(r->fragment, 0, explicit_n);
    if (cipher_is_cbc(c)) {
        size_t mac_n = a->read[r->epoch].keys.encrypt_then_mac ? a->read[r->epoch].keys.mac_n : 0;

        if (r->fragment.n >= mac_n + explicit_n)
            row->tail = bytes_slice(r->fragment, r->fragment.n - mac_n - explicit_n, explicit_n);
    }
}

static void read_protected(struct assoc *a, const struct record *r, struct event *e)
{
    uint8_t plain[RECORD_FRAGMENT_MAX];
    size_t n = 0;
    struct record_keys *k = &a->read[r->epoch].keys;
    bool fresh = a->ops.fresh != NULL ? a->ops.fresh(a, r) : record_is_fresh(a, r);

    if (!fresh)
        return;
    e->opened =
        a->ops.open != NULL ? a->ops.open(a, k, r, plain, &n) : open_record(k, r, AS_NEGOTIATED, plain, &n);
    if (e->opened != OPENED) {
        e->kind = EVENT_BAD_RECORD;
        e->opens_as = find_order(k, r, plain);
        push_event(a, e);
        return;
    }
    window_mark(&a->read[r->epoch], r->seq);
    if (r->cid.n > 0 && !take_inner_type(plain, &n, &e->content)) {
        e->kind = EVENT_MALFORMED;
        e->what = "a record whose inner plaintext has no content type";
        push_event(a, e);
        return;
    }
    struct bytes payload = arena_copy(a->arena, (struct bytes){plain, n});

    wipe(plain, n);
    note_opened(a, e, r, payload);
    take_payload(a, e, payload);
}

static void read_one(struct assoc *a, const struct record *r, size_t trace_at, size_t at)
{
    struct event e = {
        .content = r->type,
        .epoch = r->epoch,
        .record_version = r->version,
        .seq = r->seq,
        .cid = r->cid,
        .trace_at = trace_at,
        .record_at = at,
        .what = "",
    };

    if (r->epoch == 0) {
        take_payload(a, &e, r->fragment);
    } else if (r->epoch < EPOCHS && a->read[r->epoch].ready) {
        read_protected(a, r, &e);
    } else if (!a->received_any) {
        a->stale_n++; /* of an older association between the same ports: nothing of this one can be protected yet */
    } else if (r->epoch < EPOCHS && a->pending_n < PENDING_MAX) {
        a->pending[a->pending_n++] = (struct pending_record){r->whole, trace_at, at};
    } else {
        e.kind = EVENT_MALFORMED;
        e.what = "a record of an epoch without keys";
        push_event(a, &e);
    }
}

void read_pending(struct assoc *a)
{
    size_t n = a->pending_n;

    a->pending_n = 0;
    for (size_t i = 0; i < n; i++) {
        struct reader r = reader_of(a->pending[i].whole);
        struct record rec;

        if (get_record_with_cid(&r, awaited_cid(a), &rec))
            read_one(a, &rec, a->pending[i].trace_at, a->pending[i].at);
    }
}

bool assoc_feed(struct assoc *a, struct bytes datagram)
{
    size_t index = 0;

    if (a->trace != NULL) {
        struct trace_entry *entry = trace_datagram(a->trace, a->number, true, datagram);

        if (entry == NULL)
            return false;
        note_records(a, entry);
        index = a->trace->n - 1;
        datagram = entry->datagram;
    } else {
        datagram = arena_copy(a->arena, datagram);
    }
    const uint8_t *start = a->trace != NULL ? record_start(a, index) : datagram.at;
    struct reader r = reader_of(datagram);
    struct record rec;

    while (get_record_with_cid(&r, awaited_cid(a), &rec))
        read_one(a, &rec, index, (size_t)(rec.whole.at - start));
    if (r.bad || datagram.n == 0)
        push_event(a, &(struct event){
                          .kind = EVENT_MALFORMED, .trace_at = index, .what = "octets that are no record"});
    return true;
}
