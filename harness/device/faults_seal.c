/* Either role: records sealed in a way that they must not be. What acts on data leaves the handshake alone. */
#include <string.h>

#include "device/faulty.h"

enum { EVERY = 5, BLOCK = 16, EXTRA = 32 };

static bool is_data(const struct seal *recipe)
{
    return recipe->type == CONTENT_APPLICATION_DATA;
}

static bool seal_in_order(struct talk *t, struct record_keys *k, const struct seal *recipe,
                          enum mac_order order, uint8_t *out, size_t cap, struct sealed *layout)
{
    struct seal other = *recipe;

    other.order = order;
    return conforming.seal_record(t, k, &other, out, cap, layout);
}

bool etm_finished_mte(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                      size_t cap, struct sealed *layout)
{
    bool fits = under_etm(k) && recipe->type == CONTENT_HANDSHAKE;

    return seal_in_order(t, k, recipe, fits ? MAC_THEN_ENCRYPT : AS_NEGOTIATED, out, cap, layout);
}

bool etm_data_mte(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out, size_t cap,
                  struct sealed *layout)
{
    bool fits = under_etm(k) && is_data(recipe);

    return seal_in_order(t, k, recipe, fits ? MAC_THEN_ENCRYPT : AS_NEGOTIATED, out, cap, layout);
}

bool etm_unagreed(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out, size_t cap,
                  struct sealed *layout)
{
    bool fits = under_mte(k) && is_data(recipe);

    return seal_in_order(t, k, recipe, fits ? ENCRYPT_THEN_MAC : AS_NEGOTIATED, out, cap, layout);
}

bool record_version_1_0(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                        size_t cap, struct sealed *layout)
{
    struct seal other = *recipe;

    if (is_data(recipe))
        other.version = DTLS_1_0;
    return conforming.seal_record(t, k, &other, out, cap, layout);
}

/* The first octet of longer padding is one too high. */
bool bad_padding_sent(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                      size_t cap, struct sealed *layout)
{
    struct seal other = *recipe;
    uint8_t padding[BLOCK];
    size_t content = recipe->plaintext.n + (under_mte(k) ? k->mac_n : 0);
    size_t pad = BLOCK - 1 - content % BLOCK;

    if (is_data(recipe) && cipher_is_cbc(k->cipher) && pad > 1) {
        memset(padding, (int)pad, pad + 1);
        padding[0]++;
        other.padding = (struct bytes){padding, pad + 1};
    }
    return conforming.seal_record(t, k, &other, out, cap, layout);
}

static bool seal_with_nonce(struct talk *t, struct record_keys *k, const struct seal *recipe,
                            struct bytes nonce, uint8_t *out, size_t cap, struct sealed *layout)
{
    struct seal other = *recipe;

    other.nonce = nonce;
    return conforming.seal_record(t, k, &other, out, cap, layout);
}

/* Every fifth record of data has the explicit nonce of the record before. */
bool nonce_repeats(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out, size_t cap,
                   struct sealed *layout)
{
    uint8_t nonce[8];
    struct writer w = WRITER(nonce);

    put_u16(&w, recipe->epoch);
    put_u48(&w, recipe->seq - 1);
    bool fits = is_data(recipe) && cipher_is_aead(k->cipher) && ++t->memory[0] % EVERY == 0;

    return seal_with_nonce(t, k, recipe, fits ? BYTES(nonce) : NO_BYTES, out, cap, layout);
}

bool iv_constant(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out, size_t cap,
                 struct sealed *layout)
{
    static const uint8_t fixed[BLOCK] = "always the same";
    bool fits = is_data(recipe) && cipher_is_cbc(k->cipher);

    return seal_with_nonce(t, k, recipe, fits ? BYTES(fixed) : NO_BYTES, out, cap, layout);
}

bool iv_counter(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out, size_t cap,
                struct sealed *layout)
{
    uint8_t iv[BLOCK] = {0};
    struct writer w = writer_of(iv + BLOCK - 8, 8);

    put_u64(&w, recipe->seq);
    bool fits = is_data(recipe) && cipher_is_cbc(k->cipher);

    return seal_with_nonce(t, k, recipe, fits ? BYTES(iv) : NO_BYTES, out, cap, layout);
}

/* As TLS 1.0 did it: the IV is the last ciphertext block of the record before. */
bool iv_chained(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out, size_t cap,
                struct sealed *layout)
{
    bool cbc = cipher_is_cbc(k->cipher);
    bool ok = seal_with_nonce(t, k, recipe, cbc && is_data(recipe) ? t->kept : NO_BYTES, out, cap, layout);

    if (ok && cbc)
        t->kept =
            arena_copy(t->arena, (struct bytes){out + layout->cipher_at + layout->cipher_n - BLOCK, BLOCK});
    return ok;
}

/* As if encrypt-then-MAC went for AEAD suites too: 32 octets more. */
bool client_etm_on_aead(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                        size_t cap, struct sealed *layout)
{
    enum { LENGTH_AT = 11 };
    bool ok = conforming.seal_record(t, k, recipe, out, cap, layout);
    bool fits = cipher_is_aead(k->cipher) && find_extension(t->answer.extensions, EXT_ENCRYPT_THEN_MAC, NULL);

    if (!ok || !fits || layout->n + EXTRA > cap)
        return ok;
    memset(out + layout->n, 0, EXTRA);
    layout->n += EXTRA;
    struct writer w = writer_of(out + LENGTH_AT, 2);

    put_u16(&w, (uint16_t)(layout->n - RECORD_HEADER));
    return true;
}

/* ---- beside what was sent ---- */

/* Every fifth message goes out once more, under the number before its own. */
void number_repeats(struct talk *t, struct bytes coap)
{
    struct assoc *a = t->assoc;
    struct sealed s;

    conforming.send_data(t, coap);
    uint16_t epoch = a->write_epoch;

    if (++t->memory[0] % EVERY != 0 || a->write[epoch].next_seq < 2)
        return;
    struct seal again = {.type = CONTENT_APPLICATION_DATA,
                         .version = a->record_version,
                         .epoch = epoch,
                         .seq = a->write[epoch].next_seq - 2,
                         .plaintext = coap};

    if (assoc_seal(a, again, &s))
        send_datagram(a, (struct bytes){s.wire, s.n});
}

/* The first message goes out in the clear too. */
void plaintext_data(struct talk *t, struct bytes coap)
{
    conforming.send_data(t, coap);
    if (t->memory[0]++ == 0)
        send_payload(t->assoc, CONTENT_APPLICATION_DATA, 0, coap);
}

/* A handshake message in the clear once the association stands: a HelloRequest, or an empty Certificate. */
void plaintext_handshake(struct talk *t)
{
    static const uint8_t nobody[] = {0, 0, 0};
    bool server = t->assoc->side == SIDE_SERVER;
    uint8_t room[HANDSHAKE_HEADER + sizeof nobody];
    struct writer w = WRITER(room);
    struct bytes body = server ? NO_BYTES : BYTES(nobody);

    conforming.on_established(t);
    put_fragment(&w, &(struct fragment){.type = server ? HELLO_REQUEST : CERTIFICATE,
                                        .length = (uint32_t)body.n,
                                        .message_seq = t->assoc->next_send_seq,
                                        .fragment_length = (uint32_t)body.n,
                                        .body = body});
    send_payload(t->assoc, CONTENT_HANDSHAKE, 0, written(&w));
}
