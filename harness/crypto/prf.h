/*
 * The pseudo-random function and the key schedule: RFC 5246 5, 6.3, 8.1, RFC 2246 5 (for DTLS 1.0), RFC 4279 2,
 * RFC 7627 4. Every function is total: with inputs within the stated bounds it cannot fail (libcrypto out of memory
 * ends the program).
 */
#ifndef CRYPTO_PRF_H
#define CRYPTO_PRF_H

#include "base/bytes.h"
#include "wire/cipher.h"

enum prf {
    PRF_MD5_SHA1, /* DTLS 1.0, RFC 2246 5 */
    PRF_SHA256,
    PRF_SHA384,
};

enum { MASTER_SECRET = 48, PSK_MAX = 512, PREMASTER_MAX = 4 + 2 * PSK_MAX, DIGEST_MAX = 64 };

/* Fetches libcrypto's objects, once, before any thread starts; false when libcrypto lacks one. crypto_stop frees them. */
bool crypto_start(void);
void crypto_stop(void);

/* libcrypto's version, "OpenSSL 3.0.19 ...". */
const char *crypto_version(void);

/* The PRF that a suite uses at a version: MD5 and SHA-1 below DTLS 1.2, else SHA-384 for suites named so, else SHA-256
 * (RFC 5246 5; RFC 5487 3.1). */
enum prf prf_for(const struct cipher *c, uint16_t version);

/* out[0..n) = PRF(secret, label, seed). */
void prf(enum prf which, struct bytes secret, const char *label, struct bytes seed, uint8_t *out, size_t n);

/* The hash of the handshake messages that Finished and the session hash use at that PRF: SHA-256, SHA-384, or MD5 then
 * SHA-1. Returns its length in octets (32, 48, 36); out holds DIGEST_MAX. */
size_t transcript_hash(enum prf which, struct bytes messages, uint8_t *out);

/* premaster_secret of plain PSK, RFC 4279 2: uint16 n, n zeros, uint16 n, PSK. Returns its length, 4 + 2n. psk.n is at
 * most PSK_MAX; out holds PREMASTER_MAX. */
size_t psk_premaster(struct bytes psk, uint8_t *out);

/* master_secret, RFC 5246 8.1. */
void master_secret(enum prf which, struct bytes premaster, struct bytes client_random,
                   struct bytes server_random, uint8_t out[MASTER_SECRET]);

/* master_secret with the session hash over all messages up to and with ClientKeyExchange, RFC 7627 4. */
void extended_master_secret(enum prf which, struct bytes premaster, struct bytes messages,
                            uint8_t out[MASTER_SECRET]);

/* key_block, RFC 5246 6.3: n octets. */
void key_block(enum prf which, const uint8_t master[MASTER_SECRET], struct bytes client_random,
               struct bytes server_random, uint8_t *out, size_t n);

/* verify_data of a Finished over the messages so far, RFC 5246 7.4.9; label is "client finished" or "server finished". */
void verify_data(enum prf which, const uint8_t master[MASTER_SECRET], const char *label,
                 struct bytes messages, uint8_t out[12]);

/* Digest of b (HASH_MD5, HASH_SHA1, HASH_SHA256, HASH_SHA384); returns its length. */
size_t digest(enum hash which, struct bytes b, uint8_t *out);

/* HMAC of b; returns its length. */
size_t hmac(enum hash which, struct bytes key, struct bytes b, uint8_t *out);

#endif
