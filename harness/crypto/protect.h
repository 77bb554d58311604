/*
 * Record protection: sealing and opening one record under one direction's keys.
 *
 * Sealing follows a recipe in which every part that the wire shows can be set: header, explicit nonce or IV, padding,
 * order of MAC and encryption. What the sealed record consists of is told by offsets, so that a caller can change any
 * octet and, with record_mac and cbc_encrypt, make records no correct sealer would make.
 *
 * CBC: RFC 5246 6.2.3.2 (mac-then-encrypt), RFC 7366 3 (encrypt-then-MAC). NULL: RFC 5246 6.2.3.1. AEAD: RFC 6655 3 (CCM),
 * RFC 5288 3 (GCM), RFC 7905 2 (ChaCha20-Poly1305: no explicit nonce). MACs and additional data count epoch and sequence
 * number as one 64-bit number, RFC 6347 4.1.2.1; those of records with a connection id are RFC 9146 5's, and what is
 * protected in them is content, its type and zeros (RFC 9146 4).
 */
#ifndef CRYPTO_PROTECT_H
#define CRYPTO_PROTECT_H

#include "base/bytes.h"
#include "base/rng.h"
#include "crypto/additional.h"
#include "crypto/prf.h"
#include "wire/record.h"

/* Keys of one direction and epoch. Wipe with keys_wipe; not copied. */
struct record_keys {
    const struct cipher *cipher;
    bool encrypt_then_mac;     /* as negotiated; CBC suites only, RFC 7366 3 */
    size_t mac_n, key_n, iv_n; /* octets of mac_key, key and (fixed) iv in the key block */
    uint8_t mac_key[DIGEST_MAX], key[32], iv[12];
    void *context; /* libcrypto's, made at first use */
};

/* Both directions' keys from a master secret, key block order of RFC 5246 6.3. The suite must satisfy cipher_completes. */
void derive_record_keys(const struct cipher *c, uint16_t version, const uint8_t master[MASTER_SECRET],
                        struct bytes client_random, struct bytes server_random, bool encrypt_then_mac,
                        struct record_keys *client_write, struct record_keys *server_write);

void keys_wipe(struct record_keys *k);

enum mac_order { AS_NEGOTIATED, MAC_THEN_ENCRYPT, ENCRYPT_THEN_MAC };

/* A recipe. The zero value of each optional part means "as a correct sealer does". */
struct seal {
    uint8_t type;
    uint16_t version, epoch;
    uint64_t seq;
    struct bytes plaintext;
    struct bytes nonce; /* AEAD explicit nonce (8) or CBC IV (16); empty: epoch||seq, or a fresh random IV */
    bool pad_set;       /* use pad: CBC padding_length 0..255; the total must fill a block */
    uint8_t pad;
    struct bytes padding; /* padding and padding_length octets themselves, instead; any content */
    enum mac_order order;
    struct bytes cid;     /* makes it a record of type tls12_cid with that id; `type` goes inside */
    bool without_cid;     /* of the ordinary format, whatever was agreed; for whoever fills in `cid` */
    size_t inner_padding; /* zeros behind the inner type */
    bool untyped;         /* no inner type: the plaintext and the zeros alone */
    enum cid_scope scope;
};

/* A sealed record: its octets and where its parts are. mac_at is the MAC's or the AEAD tag's place; with
 * mac-then-encrypt the MAC is inside the ciphertext and mac_n is 0. */
struct sealed {
    uint8_t *wire;
    size_t n;
    size_t nonce_at, nonce_n;   /* explicit nonce or IV */
    size_t cipher_at, cipher_n; /* ciphertext without IV, MAC and tag */
    size_t mac_at, mac_n;
    uint16_t message_id; /* what tells a probe inside it apart; 0 when it carries none */
    uint16_t epoch;
    uint64_t seq;
};

/* Room that a sealed record of n plaintext octets needs at most. */
enum { SEAL_OVERHEAD = RECORD_HEADER + CID_MAX + 1 + 16 + 256 + 64 + 16 };

/* Seals into out (cap octets), which the plaintext is no part of; false when it does not fit, the padding does not
 * fill a block, or the nonce is not as long as the suite's. rng may be NULL when the nonce is given or the suite has
 * no IV. */
bool seal_record(struct record_keys *k, const struct seal *recipe, struct rng *rng, uint8_t *out, size_t cap,
                 struct sealed *layout);

enum opened {
    OPENED,
    OPEN_BAD_LENGTH, /* cannot be a record under these keys */
    OPEN_BAD_MAC,    /* MAC or tag does not verify */
    OPEN_BAD_PADDING, /* the MAC verifies (encrypt-then-MAC), the padding does not; or mac-then-encrypt padding is wrong */
};

/* Opens a record; the plaintext, which has its type at its end when the record has a connection id, goes to out (RECORD_FRAGMENT_MAX octets). order AS_NEGOTIATED is what the keys say; the others
 * find out which order a device really uses. The explicit nonce is the record's, RFC 6655 3. */
enum opened open_record(struct record_keys *k, const struct record *r, enum mac_order order, uint8_t *out,
                        size_t *n);

/* The same for a record with a connection id whose MAC covers what `scope` says: finds out what a device really covers. */
enum opened open_record_as(struct record_keys *k, const struct record *r, enum mac_order order,
                           enum cid_scope scope, uint8_t *out, size_t *n);

/* Takes zeros and content type off an opened record with a connection id, RFC 9146 4; the rest is its content. False when there
 * is no type: all are zeros. */
bool take_inner_type(const uint8_t *plain, size_t *n, uint8_t *type);

/* HMAC under the direction's MAC key over any input; returns its length. For records with a MAC over the wrong octets. */
size_t record_mac(const struct record_keys *k, struct bytes input, uint8_t *out);

/* CBC encryption and decryption of whole blocks without padding; out holds in.n octets. */
void cbc_encrypt(struct record_keys *k, struct bytes iv, struct bytes in, uint8_t *out);
void cbc_decrypt(struct record_keys *k, struct bytes iv, struct bytes in, uint8_t *out);

#endif
