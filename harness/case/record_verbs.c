#include <string.h>

#include "case/internal.h"

enum { MAC_HEAD = 13, CODE_GET = 0x01 };

/* ---- probes ------------------------------------------------------------------------------------------------------------- */

uint16_t new_probe(struct link *l)
{
    if (l->probe_n == PROBES_MAX)
        not_judged(l->test, "the case sends more than %d probes", PROBES_MAX);
    for (;;) {
        uint16_t id = random_u16(l->test);
        bool taken = id == 0;

        for (size_t i = 0; i < l->probe_n; i++)
            taken |= l->probes[i].id == id;
        if (taken)
            continue;
        l->probes[l->probe_n++] = (struct probe){id, false};
        return id;
    }
}

struct bytes probe_payload(struct link *l, uint16_t id)
{
    struct arena *arena = l->test->arena;
    uint8_t *ping = arena_alloc(arena, 4);

    if (l->test->env->liveness == LIVENESS_ECHO)
        return bytes_of_text(arena_printf(arena, "pskgate-%04x\n", id));
    coap_ping(id, ping);
    ping[1] = l->ask ? CODE_GET : ping[1];
    return (struct bytes){ping, 4};
}

static uint16_t echoed_id(struct bytes data)
{
    static const char head[] = "pskgate-";
    unsigned id = 0;

    if (data.n < sizeof head + 3 || memcmp(data.at, head, sizeof head - 1) != 0)
        return 0;
    for (size_t i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef";
        const char *at = strchr(digits, data.at[sizeof head - 1 + i]);

        if (at == NULL || *at == '\0')
            return 0;
        id = id * 16 + (unsigned)(at - digits);
    }
    return (uint16_t)id;
}

/* The Message ID of an acknowledgement, piggybacked or empty (RFC 7252 4.2), or 0. */
static uint16_t acknowledged_id(struct bytes data)
{
    enum { VERSION_AND_TYPE = 0xf0, ACKNOWLEDGEMENT = 0x60 };
    struct reader r = reader_of(data);
    uint8_t first = get_u8(&r);

    get_u8(&r);
    uint16_t id = get_u16(&r);

    return !r.bad && (first & VERSION_AND_TYPE) == ACKNOWLEDGEMENT ? id : 0;
}

uint16_t answered_probe(struct link *l, struct bytes data)
{
    uint16_t id = 0;

    if (l->test->env->liveness == LIVENESS_ECHO)
        id = echoed_id(data);
    else if (coap_kind_of(data, &id) != COAP_IS_RESET)
        id = acknowledged_id(data);
    for (size_t i = 0; i < l->probe_n; i++)
        if (l->probes[i].id == id && id != 0) {
            l->probes[i].answered = true;
            return id;
        }
    return 0;
}

/* ---- sealing ------------------------------------------------------------------------------------------------------------ */

struct sealed seal_payload_(struct assoc *a, struct bytes payload, const struct seal *recipe)
{
    struct sealed s = {0};
    struct seal full = *recipe;

    full.plaintext = payload;
    full.type = full.type != 0 ? full.type : CONTENT_APPLICATION_DATA;
    full.version = full.version != 0 ? full.version : a->version;
    full.epoch = full.epoch != 0 ? full.epoch : a->write_epoch;
    full.seq = full.seq != 0 ? full.seq : UINT64_MAX;
    if (!assoc_seal(a, full, &s))
        not_judged(link_of(a)->test, "the record cannot be sealed that way under %s",
                   a->cipher != NULL ? a->cipher->name : "no suite");
    return s;
}

struct sealed seal_probe_(struct assoc *a, const struct seal *recipe)
{
    struct link *l = link_of(a);

    needs_liveness(l->test);
    uint16_t id = new_probe(l);
    struct sealed s = seal_payload_(a, probe_payload(l, id), recipe);

    s.message_id = id;
    return s;
}

struct bytes probe_octets(struct assoc *a, uint16_t *message_id)
{
    struct link *l = link_of(a);

    needs_liveness(l->test);
    *message_id = new_probe(l);
    return probe_payload(l, *message_id);
}

struct sealed good_probe(struct assoc *a)
{
    return seal_probe_(a, &(struct seal){.type = 0});
}

struct sealed plain_probe(struct assoc *a)
{
    struct link *l = link_of(a);
    struct sealed s = {.epoch = 0, .seq = take_seq(a, 0)};

    needs_liveness(l->test);
    s.message_id = new_probe(l);
    struct bytes payload = probe_payload(l, s.message_id);
    size_t cap = RECORD_HEADER + payload.n;
    struct writer w = writer_of(arena_alloc(a->arena, cap), cap);

    put_record(&w, CONTENT_APPLICATION_DATA, a->version, 0, s.seq, payload);
    s.wire = w.at;
    s.n = w.n;
    return s;
}

void flip_bit(struct sealed *s, size_t at)
{
    if (at < s->n)
        s->wire[at] ^= 1;
}

void set_mac(struct assoc *a, struct sealed *s, struct bytes input)
{
    uint8_t mac[DIGEST_MAX];
    size_t n = record_mac(&a->write[s->epoch].keys, input, mac);

    if (s->mac_n == n)
        memcpy(s->wire + s->mac_at, mac, n);
}

struct mac_input mac_input_of(struct assoc *a, const struct sealed *s)
{
    (void)a;
    struct reader r = reader_of((struct bytes){s->wire, s->n});
    struct record rec = {0};

    get_record(&r, &rec);
    return (struct mac_input){
        .epoch = rec.epoch,
        .seq = rec.seq,
        .type = rec.type,
        .version = rec.version,
        .length = (uint16_t)(s->nonce_n + s->cipher_n),
        .iv = {s->wire + s->nonce_at, s->nonce_n},
        .ciphertext = {s->wire + s->cipher_at, s->cipher_n},
    };
}

static void put_mac_head(struct writer *w, uint16_t epoch, uint64_t seq, uint8_t type, uint16_t version,
                         uint16_t length)
{
    put_u16(w, epoch);
    put_u48(w, seq);
    put_u8(w, type);
    put_u16(w, version);
    put_u16(w, length);
}

struct bytes mac_input_bytes(struct test *t, const struct mac_input *m)
{
    size_t cap = MAC_HEAD + m->iv.n + m->ciphertext.n;
    struct writer w = writer_of(arena_alloc(t->arena, cap), cap);

    put_mac_head(&w, m->epoch, m->seq, m->type, m->version, m->length);
    put_bytes(&w, m->iv);
    put_bytes(&w, m->ciphertext);
    return written(&w);
}

struct bytes mac_of(struct assoc *a, uint64_t seq, uint8_t type, uint16_t version, struct bytes content)
{
    struct arena *arena = link_of(a)->test->arena;
    size_t cap = MAC_HEAD + content.n;
    struct writer w = writer_of(arena_alloc(arena, cap), cap);
    uint8_t *mac = arena_alloc(arena, DIGEST_MAX);

    put_mac_head(&w, a->write_epoch, seq, type, version, (uint16_t)content.n);
    put_bytes(&w, content);
    return (struct bytes){mac, record_mac(&a->write[a->write_epoch].keys, written(&w), mac)};
}

struct sealed seal_blocks(struct assoc *a, struct bytes blocks)
{
    struct test *t = link_of(a)->test;
    struct bytes iv = random_bytes(t, 16);
    uint8_t *fragment = arena_alloc(t->arena, 16 + blocks.n);
    size_t cap = RECORD_HEADER + 16 + blocks.n;
    struct writer w = writer_of(arena_alloc(t->arena, cap), cap);
    struct sealed s = {.epoch = a->write_epoch, .seq = take_seq(a, a->write_epoch)};

    memcpy(fragment, iv.at, 16);
    cbc_encrypt(&a->write[a->write_epoch].keys, iv, blocks, fragment + 16);
    put_record(&w, CONTENT_APPLICATION_DATA, a->version, s.epoch, s.seq,
               (struct bytes){fragment, 16 + blocks.n});
    s.wire = w.at;
    s.n = w.n;
    s.nonce_at = RECORD_HEADER;
    s.nonce_n = 16;
    s.cipher_at = RECORD_HEADER + 16;
    s.cipher_n = blocks.n;
    return s;
}

void send_sealed(struct assoc *a, const struct sealed *s)
{
    send_datagram(a, (struct bytes){s->wire, s->n});
}

void send_plain_record(struct assoc *a, uint8_t content, uint16_t version, uint16_t epoch, uint64_t seq,
                       struct bytes payload)
{
    size_t cap = RECORD_HEADER + payload.n;
    struct writer w = writer_of(arena_alloc(a->arena, cap), cap);

    if (seq == UINT64_MAX)
        seq = take_seq(a, epoch < EPOCHS ? epoch : 0);
    put_record(&w, content, version, epoch, seq, payload);
    send_datagram(a, written(&w));
}
