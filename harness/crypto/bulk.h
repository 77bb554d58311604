/*
 * What the record ciphers need, one row a bulk, and their primitives under one direction's keys.
 *
 * Sizes are octets. A row stands for every suite with that bulk: how a record is laid out follows from its mode and sizes
 * alone. Contexts of libcrypto's are made at first use, one for each direction of use, and live in the keys.
 */
#ifndef CRYPTO_BULK_H
#define CRYPTO_BULK_H

#include "base/bytes.h"
#include "crypto/protect.h"

enum bulk_mode { MODE_NULL, MODE_CBC, MODE_GCM, MODE_CCM, MODE_CHACHA20 };

enum { AEAD_NONCE = 12, TAG_MAX = 16 };

struct bulk_shape {
    const char *evp_name; /* NULL for MODE_NULL */
    enum bulk_mode mode;
    uint8_t key;       /* of the key block */
    uint8_t fixed_iv;  /* of the key block: AEAD salt (RFC 5288 3, RFC 6655 3) or whole IV (RFC 7905 2) */
    uint8_t record_iv; /* in front of the ciphertext: explicit nonce or CBC IV */
    uint8_t block;     /* CBC block; 1 for others */
    uint8_t tag;       /* AEAD tag */
};

/* The row of a bulk; NULL when its records cannot be protected here. */
const struct bulk_shape *bulk_shape(enum bulk which);

/* AEAD under the direction's key. out holds in.n octets and may be in.at; the tag has the shape's length. aead_open is
 * false when the tag does not verify: then out holds nothing of use. */
void aead_seal(struct record_keys *k, const uint8_t nonce[AEAD_NONCE], struct bytes aad, struct bytes in,
               uint8_t *out, uint8_t *tag);
bool aead_open(struct record_keys *k, const uint8_t nonce[AEAD_NONCE], struct bytes aad, struct bytes in,
               const uint8_t *tag, uint8_t *out);

#endif
