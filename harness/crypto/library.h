/*
 * libcrypto's objects for the other files of this directory: fetched once, with a set of contexts for every thread.
 *
 * Fetching an algorithm costs more than using it. What is here is fetched by crypto_start and only looked up afterwards;
 * a thread's contexts are made at its first use and freed when it ends. Every function is total: when libcrypto fails,
 * the program ends with a message.
 */
#ifndef CRYPTO_LIBRARY_H
#define CRYPTO_LIBRARY_H

#include <openssl/evp.h>

#include "base/bytes.h"
#include "wire/cipher.h"

/* Ends the program with a message when a call of libcrypto's failed that cannot fail on valid input. */
void need(int ok);

/* The block or AEAD cipher of a bulk, NULL for those that bulk_shape has no EVP name for. */
const EVP_CIPHER *library_cipher(enum bulk which);

/* A digest in parts, on this thread's only context for that hash. digest_end returns the length in octets. */
EVP_MD_CTX *digest_begin(enum hash which);
void digest_add(EVP_MD_CTX *ctx, struct bytes b);
size_t digest_end(EVP_MD_CTX *ctx, uint8_t *out);

/* An HMAC in parts, on this thread's only context for that hash: hmac_begin sets the key, hmac_again starts anew under
 * the same key, hmac_end returns the length in octets. */
EVP_MAC_CTX *hmac_begin(enum hash which, struct bytes key);
void hmac_again(EVP_MAC_CTX *ctx);
void hmac_add(EVP_MAC_CTX *ctx, struct bytes b);
size_t hmac_end(EVP_MAC_CTX *ctx, uint8_t *out);

#endif
