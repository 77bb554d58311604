#include "crypto/protect.h"

#include <assert.h>
#include <string.h>

#include "crypto/bulk.h"
#include "crypto/library.h"

static size_t hash_octets(enum hash which)
{
    static const uint8_t sizes[] = {
        [HASH_MD5] = 16, [HASH_SHA1] = 20, [HASH_SHA256] = 32, [HASH_SHA384] = 48};

    return which < sizeof sizes ? sizes[which] : 0;
}

static void take_keys(struct record_keys *k, const struct cipher *c, bool encrypt_then_mac)
{
    const struct bulk_shape *shape = bulk_shape(c->bulk);

    memset(k, 0, sizeof *k);
    k->cipher = c;
    k->encrypt_then_mac = encrypt_then_mac && shape->mode == MODE_CBC; /* RFC 7366 3: block ciphers only */
    k->mac_n = cipher_is_aead(c) ? 0 : hash_octets(c->hash);
    k->key_n = shape->key;
    k->iv_n = shape->fixed_iv;
}

static void copy_key(struct reader *r, uint8_t *to, size_t n)
{
    struct bytes b = get_bytes(r, n);

    if (b.n)
        memcpy(to, b.at, b.n);
}

void derive_record_keys(const struct cipher *c, uint16_t version, const uint8_t master[MASTER_SECRET],
                        struct bytes client_random, struct bytes server_random, bool encrypt_then_mac,
                        struct record_keys *client_write, struct record_keys *server_write)
{
    uint8_t block[2 * (sizeof client_write->mac_key + sizeof client_write->key + sizeof client_write->iv)];

    assert(cipher_completes(c) && bulk_shape(c->bulk));
    take_keys(client_write, c, encrypt_then_mac);
    take_keys(server_write, c, encrypt_then_mac);

    size_t n = 2 * (client_write->mac_n + client_write->key_n + client_write->iv_n);
    struct reader r = reader_of((struct bytes){block, n});

    key_block(prf_for(c, version), master, client_random, server_random, block, n);
    copy_key(&r, client_write->mac_key, client_write->mac_n);
    copy_key(&r, server_write->mac_key, server_write->mac_n);
    copy_key(&r, client_write->key, client_write->key_n);
    copy_key(&r, server_write->key, server_write->key_n);
    copy_key(&r, client_write->iv, client_write->iv_n);
    copy_key(&r, server_write->iv, server_write->iv_n);
    wipe(block, sizeof block);
}

size_t record_mac(const struct record_keys *k, struct bytes input, uint8_t *out)
{
    return k->mac_n ? hmac(k->cipher->hash, (struct bytes){k->mac_key, k->mac_n}, input, out) : 0;
}

/* The record's MAC over content, as plaintext or as IV and ciphertext. */
static void mac_content(const struct record_keys *k, const struct additional *before, struct bytes content,
                        uint8_t *out)
{
    EVP_MAC_CTX *ctx = hmac_begin(k->cipher->hash, (struct bytes){k->mac_key, k->mac_n});

    hmac_add(ctx, (struct bytes){before->at, before->n});
    hmac_add(ctx, content);
    hmac_end(ctx, out);
}

/* RFC 6655 3 and RFC 5288 3: salt, explicit nonce. RFC 7905 2: IV xor the padded record number. */
static void make_nonce(const struct record_keys *k, struct bytes explicit_nonce, uint16_t epoch, uint64_t seq,
                       uint8_t nonce[AEAD_NONCE])
{
    struct writer w = writer_of(nonce, AEAD_NONCE);

    if (explicit_nonce.n) {
        put_bytes(&w, (struct bytes){k->iv, k->iv_n});
        put_bytes(&w, explicit_nonce);
        return;
    }
    put_u32(&w, 0);
    put_u16(&w, epoch);
    put_u48(&w, seq);
    for (size_t i = 0; i < AEAD_NONCE; i++)
        nonce[i] ^= k->iv[i];
}

/* ---- Sealing */

/* The octets behind the content of a record with a connection id: type and zeros, RFC 9146 4. */
static size_t inner_octets(const struct seal *recipe)
{
    return recipe->cid.n > 0 ? (recipe->untyped ? 0U : 1U) + recipe->inner_padding : 0;
}

static void append_content(const struct seal *recipe, struct writer *w)
{
    put_bytes(w, recipe->plaintext);
    if (recipe->cid.n == 0)
        return;
    if (!recipe->untyped)
        put_u8(w, recipe->type);
    put_fill(w, 0, recipe->inner_padding);
}

static void additional_of_recipe(struct additional *out, const struct seal *recipe, size_t n)
{
    struct record r = {.type = recipe->cid.n > 0 ? CONTENT_TLS12_CID : recipe->type,
                       .version = recipe->version,
                       .epoch = recipe->epoch,
                       .seq = recipe->seq,
                       .cid = recipe->cid};

    additional_of(out, &r, n, inner_octets(recipe), recipe->scope);
}

static void append_mac(const struct record_keys *k, const struct seal *recipe, struct bytes content,
                       struct writer *w)
{
    struct additional before;
    uint8_t mac[DIGEST_MAX];

    additional_of_recipe(&before, recipe, content.n);
    mac_content(k, &before, content, mac);
    put_bytes(w, (struct bytes){mac, k->mac_n});
}

static void append_padding(const struct seal *recipe, size_t block, size_t content, struct writer *w)
{
    if (recipe->padding.n) {
        put_bytes(w, recipe->padding);
        return;
    }

    size_t pad = recipe->pad_set ? recipe->pad : (block - (content + 1) % block) % block;

    put_fill(w, (uint8_t)pad, pad + 1);
}

static bool order_is_etm(const struct record_keys *k, enum mac_order order)
{
    return order == ENCRYPT_THEN_MAC || (order == AS_NEGOTIATED && k->encrypt_then_mac);
}

static void seal_null(struct record_keys *k, const struct seal *recipe, struct writer *w,
                      struct sealed *layout)
{
    layout->nonce_at = layout->cipher_at = w->n;
    append_content(recipe, w);
    layout->cipher_n = w->n - layout->cipher_at;
    layout->mac_at = w->n;
    layout->mac_n = k->mac_n;
    append_mac(k, recipe, (struct bytes){w->at + layout->cipher_at, layout->cipher_n}, w);
}

static void append_iv(const struct bulk_shape *shape, const struct seal *recipe, struct rng *rng,
                      struct writer *w)
{
    uint8_t iv[16];

    if (recipe->nonce.n) {
        put_bytes(w, recipe->nonce);
        return;
    }
    rng_fill(rng, iv, shape->record_iv);
    put_bytes(w, (struct bytes){iv, shape->record_iv});
}

static void seal_cbc(struct record_keys *k, const struct bulk_shape *shape, const struct seal *recipe,
                     struct rng *rng, struct writer *w, struct sealed *layout)
{
    bool etm = order_is_etm(k, recipe->order);

    layout->nonce_at = w->n;
    layout->nonce_n = shape->record_iv;
    append_iv(shape, recipe, rng, w);
    layout->cipher_at = w->n;
    append_content(recipe, w);
    if (!etm)
        append_mac(k, recipe, (struct bytes){w->at + layout->cipher_at, w->n - layout->cipher_at}, w);
    append_padding(recipe, shape->block, w->n - layout->cipher_at, w);
    layout->cipher_n = w->n - layout->cipher_at;
    if (w->bad || layout->cipher_n % shape->block != 0) {
        w->bad = true;
        return;
    }

    struct bytes iv = {w->at + layout->nonce_at, layout->nonce_n};
    uint8_t *body = w->at + layout->cipher_at;

    cbc_encrypt(k, iv, (struct bytes){body, layout->cipher_n}, body);
    if (etm) {
        layout->mac_at = w->n;
        layout->mac_n = k->mac_n;
        append_mac(k, recipe, (struct bytes){iv.at, iv.n + layout->cipher_n}, w);
    }
}

static void seal_aead(struct record_keys *k, const struct bulk_shape *shape, const struct seal *recipe,
                      struct writer *w, struct sealed *layout)
{
    struct additional before;
    uint8_t nonce[AEAD_NONCE], tag[TAG_MAX];

    layout->nonce_at = w->n;
    layout->nonce_n = shape->record_iv;
    if (recipe->nonce.n) {
        put_bytes(w, recipe->nonce);
    } else if (shape->record_iv) {
        put_u16(w, recipe->epoch);
        put_u48(w, recipe->seq);
    }
    layout->cipher_at = w->n;
    append_content(recipe, w);
    layout->cipher_n = w->n - layout->cipher_at;
    if (w->bad)
        return;

    uint8_t *body = w->at + layout->cipher_at;
    struct bytes explicit_nonce = {w->at + layout->nonce_at, layout->nonce_n};

    additional_of_recipe(&before, recipe, layout->cipher_n);
    make_nonce(k, explicit_nonce, recipe->epoch, recipe->seq, nonce);
    aead_seal(k, nonce, (struct bytes){before.at, before.n}, (struct bytes){body, layout->cipher_n}, body,
              tag);
    layout->mac_at = w->n;
    layout->mac_n = shape->tag;
    put_bytes(w, (struct bytes){tag, shape->tag});
}

bool seal_record(struct record_keys *k, const struct seal *recipe, struct rng *rng, uint8_t *out, size_t cap,
                 struct sealed *layout)
{
    const struct bulk_shape *shape = bulk_shape(k->cipher->bulk);
    struct writer w = writer_of(out, cap);

    *layout = (struct sealed){.wire = out, .epoch = recipe->epoch, .seq = recipe->seq};
    if ((recipe->nonce.n && recipe->nonce.n != shape->record_iv) || recipe->cid.n > CID_MAX)
        return false;
    put_u8(&w, recipe->cid.n > 0 ? CONTENT_TLS12_CID : recipe->type);
    put_u16(&w, recipe->version);
    put_u16(&w, recipe->epoch);
    put_u48(&w, recipe->seq);
    put_bytes(&w, recipe->cid);

    size_t mark = put_block_begin(&w, 2);

    switch (shape->mode) {
    case MODE_NULL: seal_null(k, recipe, &w, layout); break;
    case MODE_CBC: seal_cbc(k, shape, recipe, rng, &w, layout); break;
    default: seal_aead(k, shape, recipe, &w, layout); break;
    }
    put_block_end(&w, mark, 2);
    layout->n = w.n;
    return !w.bad;
}

/* ---- Opening */

static bool mac_holds(const struct record_keys *k, const struct record *r, enum cid_scope scope,
                      struct bytes content, const uint8_t *received)
{
    struct additional before;
    uint8_t mac[DIGEST_MAX];

    additional_of(&before, r, content.n, 1, scope);
    mac_content(k, &before, content, mac);
    return memcmp(mac, received, k->mac_n) == 0;
}

static enum opened open_null(struct record_keys *k, const struct record *r, enum cid_scope scope,
                             uint8_t *out, size_t *n)
{
    struct bytes f = r->fragment;

    if (f.n < k->mac_n)
        return OPEN_BAD_LENGTH;
    f.n -= k->mac_n;
    if (!mac_holds(k, r, scope, f, f.at + f.n))
        return OPEN_BAD_MAC;
    if (f.n)
        memcpy(out, f.at, f.n);
    *n = f.n;
    return OPENED;
}

/* Takes padding off n octets of which `kept` must remain; every padding octet holds padding_length, RFC 5246 6.2.3.2. */
static bool take_padding(const uint8_t *at, size_t *n, size_t kept)
{
    size_t pad = (size_t)at[*n - 1] + 1;

    if (pad + kept > *n || !bytes_all((struct bytes){at + *n - pad, pad}, at[*n - 1]))
        return false;
    *n -= pad;
    return true;
}

static enum opened open_encrypt_then_mac(struct record_keys *k, const struct bulk_shape *shape,
                                         const struct record *r, enum cid_scope scope, uint8_t *out,
                                         size_t *n)
{
    size_t iv_n = shape->record_iv, total = r->fragment.n;

    if (total < iv_n + shape->block + k->mac_n || (total - iv_n - k->mac_n) % shape->block != 0)
        return OPEN_BAD_LENGTH;
    total -= k->mac_n;
    if (!mac_holds(k, r, scope, bytes_slice(r->fragment, 0, total), r->fragment.at + total))
        return OPEN_BAD_MAC;
    *n = total - iv_n;
    cbc_decrypt(k, bytes_slice(r->fragment, 0, iv_n), bytes_slice(r->fragment, iv_n, *n), out);
    return take_padding(out, n, 0) ? OPENED : OPEN_BAD_PADDING;
}

static enum opened open_mac_then_encrypt(struct record_keys *k, const struct bulk_shape *shape,
                                         const struct record *r, enum cid_scope scope, uint8_t *out,
                                         size_t *n)
{
    size_t iv_n = shape->record_iv, total = r->fragment.n;

    if (total < iv_n + k->mac_n + 1 || (total - iv_n) % shape->block != 0)
        return OPEN_BAD_LENGTH;
    *n = total - iv_n;
    cbc_decrypt(k, bytes_slice(r->fragment, 0, iv_n), bytes_slice(r->fragment, iv_n, *n), out);
    if (!take_padding(out, n, k->mac_n))
        return OPEN_BAD_PADDING;
    *n -= k->mac_n;
    return mac_holds(k, r, scope, (struct bytes){out, *n}, out + *n) ? OPENED : OPEN_BAD_MAC;
}

static enum opened open_aead(struct record_keys *k, const struct bulk_shape *shape, const struct record *r,
                             enum cid_scope scope, uint8_t *out, size_t *n)
{
    struct additional before;
    uint8_t nonce[AEAD_NONCE];
    struct bytes f = r->fragment, explicit_nonce = bytes_slice(f, 0, shape->record_iv);

    if (f.n < (size_t)shape->record_iv + shape->tag)
        return OPEN_BAD_LENGTH;

    struct bytes body = {f.at + shape->record_iv, f.n - shape->record_iv - shape->tag};

    additional_of(&before, r, body.n, 1, scope);
    make_nonce(k, explicit_nonce, r->epoch, r->seq, nonce);
    if (!aead_open(k, nonce, (struct bytes){before.at, before.n}, body, body.at + body.n, out))
        return OPEN_BAD_MAC;
    *n = body.n;
    return OPENED;
}

static enum opened open_cbc(struct record_keys *k, const struct bulk_shape *shape, const struct record *r,
                            enum mac_order order, enum cid_scope scope, uint8_t *out, size_t *n)
{
    return order_is_etm(k, order) ? open_encrypt_then_mac(k, shape, r, scope, out, n)
                                  : open_mac_then_encrypt(k, shape, r, scope, out, n);
}

enum opened open_record(struct record_keys *k, const struct record *r, enum mac_order order, uint8_t *out,
                        size_t *n)
{
    return open_record_as(k, r, order, CID_SCOPE, out, n);
}

enum opened open_record_as(struct record_keys *k, const struct record *r, enum mac_order order,
                           enum cid_scope scope, uint8_t *out, size_t *n)
{
    const struct bulk_shape *shape = bulk_shape(k->cipher->bulk);
    enum opened result;

    *n = 0;
    if (r->fragment.n > RECORD_FRAGMENT_MAX)
        return OPEN_BAD_LENGTH;
    switch (shape->mode) {
    case MODE_NULL: result = open_null(k, r, scope, out, n); break;
    case MODE_CBC: result = open_cbc(k, shape, r, order, scope, out, n); break;
    default: result = open_aead(k, shape, r, scope, out, n); break;
    }
    if (result != OPENED)
        *n = 0;
    return result;
}

bool take_inner_type(const uint8_t *plain, size_t *n, uint8_t *type)
{
    while (*n > 0 && plain[*n - 1] == 0)
        (*n)--;
    if (*n == 0)
        return false;
    *type = plain[--*n];
    return true;
}
