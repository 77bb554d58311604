#include "crypto/bulk.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>

#include "crypto/library.h"

/* name, mode, key, fixed_iv, record_iv, block, tag */
static const struct bulk_shape shapes[BULK_OTHER] = {
    [BULK_NULL] = {NULL, MODE_NULL, 0, 0, 0, 1, 0},
    [BULK_AES_128_CBC] = {"AES-128-CBC", MODE_CBC, 16, 0, 16, 16, 0},
    [BULK_AES_256_CBC] = {"AES-256-CBC", MODE_CBC, 32, 0, 16, 16, 0},
    [BULK_AES_128_CCM] = {"AES-128-CCM", MODE_CCM, 16, 4, 8, 1, 16},
    [BULK_AES_256_CCM] = {"AES-256-CCM", MODE_CCM, 32, 4, 8, 1, 16},
    [BULK_AES_128_CCM_8] = {"AES-128-CCM", MODE_CCM, 16, 4, 8, 1, 8},
    [BULK_AES_256_CCM_8] = {"AES-256-CCM", MODE_CCM, 32, 4, 8, 1, 8},
    [BULK_AES_128_GCM] = {"AES-128-GCM", MODE_GCM, 16, 4, 8, 1, 16},
    [BULK_AES_256_GCM] = {"AES-256-GCM", MODE_GCM, 32, 4, 8, 1, 16},
    [BULK_CHACHA20_POLY1305] = {"ChaCha20-Poly1305", MODE_CHACHA20, 32, 12, 0, 1, 16},
    [BULK_CAMELLIA_128_CBC] = {"CAMELLIA-128-CBC", MODE_CBC, 16, 0, 16, 16, 0},
    [BULK_CAMELLIA_256_CBC] = {"CAMELLIA-256-CBC", MODE_CBC, 32, 0, 16, 16, 0},
    [BULK_ARIA_128_CBC] = {"ARIA-128-CBC", MODE_CBC, 16, 0, 16, 16, 0},
    [BULK_ARIA_256_CBC] = {"ARIA-256-CBC", MODE_CBC, 32, 0, 16, 16, 0},
    [BULK_ARIA_128_GCM] = {"ARIA-128-GCM", MODE_GCM, 16, 4, 8, 1, 16},
    [BULK_ARIA_256_GCM] = {"ARIA-256-GCM", MODE_GCM, 32, 4, 8, 1, 16},
    [BULK_3DES] = {"DES-EDE3-CBC", MODE_CBC, 24, 0, 8, 8, 0},
};

const struct bulk_shape *bulk_shape(enum bulk which)
{
    if (which >= BULK_OTHER || (which != BULK_NULL && !shapes[which].evp_name))
        return NULL;
    return &shapes[which];
}

/* What record_keys.context points to. */
struct contexts {
    EVP_CIPHER_CTX *encrypt, *decrypt;
};

/* Lengths of nonce and tag belong to the key's set-up: CCM formats its first block by them. */
static EVP_CIPHER_CTX *new_context(const struct record_keys *k, int encrypt)
{
    const struct bulk_shape *shape = bulk_shape(k->cipher->bulk);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    need(ctx && EVP_CipherInit_ex2(ctx, library_cipher(k->cipher->bulk), NULL, NULL, encrypt, NULL));
    if (shape->mode == MODE_CBC)
        need(EVP_CIPHER_CTX_set_padding(ctx, 0));
    else
        need(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, AEAD_NONCE, NULL));
    if (shape->mode == MODE_CCM)
        need(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, shape->tag, NULL));
    need(EVP_CipherInit_ex2(ctx, NULL, k->key, NULL, encrypt, NULL));
    return ctx;
}

static EVP_CIPHER_CTX *context_of(struct record_keys *k, int encrypt)
{
    struct contexts *both = k->context;

    if (!both) {
        need((both = calloc(1, sizeof *both)) != NULL);
        k->context = both;
    }

    EVP_CIPHER_CTX **ctx = encrypt ? &both->encrypt : &both->decrypt;

    if (!*ctx)
        *ctx = new_context(k, encrypt);
    return *ctx;
}

void keys_wipe(struct record_keys *k)
{
    struct contexts *both = k->context;

    if (both) {
        EVP_CIPHER_CTX_free(both->encrypt);
        EVP_CIPHER_CTX_free(both->decrypt);
        free(both);
    }
    wipe(k, sizeof *k);
}

/* Sets the nonce and feeds the additional data; CCM wants the length of what follows first. */
static void start_message(EVP_CIPHER_CTX *ctx, enum bulk_mode mode, const uint8_t *nonce, int encrypt,
                          struct bytes aad, size_t n)
{
    int done;

    need(EVP_CipherInit_ex2(ctx, NULL, NULL, nonce, encrypt, NULL));
    if (mode == MODE_CCM)
        need(EVP_CipherUpdate(ctx, NULL, &done, NULL, (int)n));
    if (aad.n)
        need(EVP_CipherUpdate(ctx, NULL, &done, aad.at, (int)aad.n));
}

void aead_seal(struct record_keys *k, const uint8_t nonce[AEAD_NONCE], struct bytes aad, struct bytes in,
               uint8_t *out, uint8_t *tag)
{
    const struct bulk_shape *shape = bulk_shape(k->cipher->bulk);
    EVP_CIPHER_CTX *ctx = context_of(k, 1);
    uint8_t nothing[1] = {0};
    int done;

    assert(in.n <= INT_MAX && aad.n <= INT_MAX);
    start_message(ctx, shape->mode, nonce, 1, aad, in.n);
    if (in.n || shape->mode == MODE_CCM)
        need(EVP_CipherUpdate(ctx, in.n ? out : nothing, &done, in.n ? in.at : nothing, (int)in.n));
    if (shape->mode != MODE_CCM)
        need(EVP_CipherFinal_ex(ctx, nothing, &done));
    need(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, shape->tag, tag));
}

bool aead_open(struct record_keys *k, const uint8_t nonce[AEAD_NONCE], struct bytes aad, struct bytes in,
               const uint8_t *tag, uint8_t *out)
{
    const struct bulk_shape *shape = bulk_shape(k->cipher->bulk);
    EVP_CIPHER_CTX *ctx = context_of(k, 0);
    uint8_t expected[TAG_MAX], nothing[1] = {0};
    int done;

    assert(in.n <= INT_MAX && aad.n <= INT_MAX);
    for (size_t i = 0; i < shape->tag; i++)
        expected[i] = tag[i];
    need(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, shape->tag, expected));
    start_message(ctx, shape->mode, nonce, 0, aad, in.n);
    if (shape->mode == MODE_CCM)
        return EVP_CipherUpdate(ctx, in.n ? out : nothing, &done, in.n ? in.at : nothing, (int)in.n) > 0;
    if (in.n)
        need(EVP_CipherUpdate(ctx, out, &done, in.at, (int)in.n));
    return EVP_CipherFinal_ex(ctx, nothing, &done) > 0;
}

static void run_cbc(struct record_keys *k, int encrypt, struct bytes iv, struct bytes in, uint8_t *out)
{
    const struct bulk_shape *shape = bulk_shape(k->cipher->bulk);
    EVP_CIPHER_CTX *ctx = context_of(k, encrypt);
    int done = 0;

    assert(shape->mode == MODE_CBC && iv.n == shape->block && in.n % shape->block == 0 && in.n <= INT_MAX);
    need(EVP_CipherInit_ex2(ctx, NULL, NULL, iv.at, encrypt, NULL));
    if (in.n)
        need(EVP_CipherUpdate(ctx, out, &done, in.at, (int)in.n));
    assert((size_t)done == in.n);
}

void cbc_encrypt(struct record_keys *k, struct bytes iv, struct bytes in, uint8_t *out)
{
    run_cbc(k, 1, iv, in, out);
}

void cbc_decrypt(struct record_keys *k, struct bytes iv, struct bytes in, uint8_t *out)
{
    run_cbc(k, 0, iv, in, out);
}
