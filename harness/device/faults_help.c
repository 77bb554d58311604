#include <string.h>

#include "device/faulty.h"

bool member_is(const struct talk *t, const char *name)
{
    return strcmp(t->device->parameter, name) == 0;
}

bool is_two_suites(const struct client_hello *h)
{
    size_t n = cipher_list_length(h->ciphers), real = 0;

    for (size_t i = 0; i < n; i++)
        real += cipher_at(h->ciphers, i) != TLS_EMPTY_RENEGOTIATION_INFO_SCSV;
    return real == 2 && cipher_list_has(h->ciphers, TLS_PSK_WITH_AES_128_CCM_8) &&
           cipher_list_has(h->ciphers, TLS_PSK_WITH_AES_128_CBC_SHA256);
}

bool is_only_suite(const struct client_hello *h, uint32_t code)
{
    size_t n = cipher_list_length(h->ciphers), real = 0;

    for (size_t i = 0; i < n; i++)
        real += cipher_at(h->ciphers, i) != TLS_EMPTY_RENEGOTIATION_INFO_SCSV;
    return real == 1 && cipher_list_has(h->ciphers, (uint16_t)code);
}

struct bytes one_extension(struct talk *t, uint16_t type, struct bytes body)
{
    size_t cap = body.n + 4;
    struct writer w = writer_of(arena_alloc(t->arena, cap), cap);

    put_extension(&w, type, body);
    return written(&w);
}

struct bytes join_bytes(struct talk *t, struct bytes a, struct bytes b)
{
    struct writer w = writer_of(arena_alloc(t->arena, a.n + b.n), a.n + b.n);

    put_bytes(&w, a);
    put_bytes(&w, b);
    return written(&w);
}

/* The block without the extensions of that type (or, with `unknown`, without those that the client knows nothing of). */
static struct bytes filter(struct talk *t, struct bytes block, bool unknown, uint16_t without)
{
    struct writer w = writer_of(arena_alloc(t->arena, block.n), block.n);
    struct reader r = reader_of(block);
    uint16_t type;
    struct bytes body;

    while (get_extension(&r, &type, &body)) {
        bool known = type == EXT_ENCRYPT_THEN_MAC || type == EXT_EXTENDED_MASTER_SECRET ||
                     type == EXT_RENEGOTIATION_INFO;

        if (unknown ? known : type != without)
            put_extension(&w, type, body);
    }
    return written(&w);
}

struct bytes without_extension(struct talk *t, struct bytes block, uint16_t type)
{
    return filter(t, block, false, type);
}

struct bytes without_unknown(struct talk *t, struct bytes block)
{
    return filter(t, block, true, 0);
}

void rekey(struct talk *t, enum prf which, bool extended, struct bytes psk)
{
    struct assoc *a = t->assoc;
    uint8_t secret[PREMASTER_MAX];
    struct bytes pms = {secret, psk_premaster(psk, secret)};
    struct bytes client = BYTES(a->client_random), server = BYTES(a->server_random);
    struct record_keys *ours = &a->write[1].keys, *theirs = &a->read[1].keys;
    bool is_client = a->side == SIDE_CLIENT;

    if (extended)
        extended_master_secret(which, pms, (struct bytes){a->transcript, t->session_hash_n}, a->master);
    else
        master_secret(which, pms, client, server, a->master);
    wipe(secret, sizeof secret);
    keys_wipe(ours);
    keys_wipe(theirs);
    derive_record_keys(a->cipher, a->version, a->master, client, server, a->encrypt_then_mac,
                       is_client ? ours : theirs, is_client ? theirs : ours);
}

enum prf own_prf(const struct talk *t)
{
    return prf_for(t->assoc->cipher, t->assoc->version);
}

bool under_etm(const struct record_keys *k)
{
    return cipher_is_cbc(k->cipher) && k->encrypt_then_mac;
}

bool under_mte(const struct record_keys *k)
{
    return cipher_is_cbc(k->cipher) && !k->encrypt_then_mac;
}

void end_with(struct talk *t, enum alert why)
{
    send_alert(t->assoc, ALERT_FATAL, (uint8_t)why);
    t->stage = STAGE_OVER;
}

/* ---- CoAP, as far as a fault answers it by hand: RFC 7252 3 ---- */

enum { COAP_HEADER = 4, URI_PATH = 11, PAYLOAD_MARKER = 0xFF, EXTENDED_8 = 13, EXTENDED_16 = 14 };

static size_t extended(struct reader *r, unsigned nibble)
{
    if (nibble == EXTENDED_8)
        return EXTENDED_8 + (size_t)get_u8(r);
    return nibble == EXTENDED_16 ? (size_t)get_u16(r) + 269 : nibble;
}

const char *coap_path(struct talk *t, struct bytes coap, uint8_t *method)
{
    struct reader r = reader_of(coap);
    const char *path = "";
    size_t number = 0, token = get_u8(&r) & 15;

    *method = get_u8(&r);
    get_bytes(&r, 2 + token);
    while (!r.bad && r.left > 0) {
        uint8_t first = get_u8(&r);

        if (first == PAYLOAD_MARKER)
            break;
        number += extended(&r, first >> 4);
        struct bytes value = get_bytes(&r, extended(&r, first & 15));

        if (number == URI_PATH)
            path = arena_printf(t->arena, "%s/%s", path, arena_escape(t->arena, value));
    }
    return path;
}

/* The acknowledgement with that code; `rest` is options and payload as they are. */
struct bytes coap_answer(struct arena *arena, struct bytes coap, uint8_t code, struct bytes rest)
{
    size_t token = coap.at[0] & 15, cap = COAP_HEADER + token + rest.n;
    struct writer w = writer_of(arena_alloc(arena, cap), cap);

    put_u8(&w, (uint8_t)(0x60 | token));
    put_u8(&w, code);
    put_bytes(&w, bytes_slice(coap, 2, 2 + token));
    put_bytes(&w, rest);
    return written(&w);
}
