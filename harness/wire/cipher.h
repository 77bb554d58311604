/*
 * The IANA list of TLS cipher suites, as a table (ciphers.def, 350 rows and a few codes of old drafts).
 *
 * A row says what a suite is made of; whether a profile wants it is not known here. Codes that no row names are simply
 * unknown: cipher_find gives NULL.
 */
#ifndef WIRE_CIPHER_H
#define WIRE_CIPHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Every suite's code by its IANA name: TLS_PSK_WITH_AES_128_CCM_8 and so on. */
enum {
#define CIPHER(code, name, kx, bulk, hash, class, version, flags) name = code,
#include "wire/ciphers.def"
#undef CIPHER
};

enum {
    TLS_EMPTY_RENEGOTIATION_INFO_SCSV = 0x00FF, /* RFC 5746 3.3 */
    TLS_FALLBACK_SCSV = 0x5600,                 /* RFC 7507 2 */
};

enum key_exchange {
    KX_NULL,
    KX_PSK, /* plain PSK, RFC 4279 2: the only one that the endpoint completes */
    KX_DHE_PSK,
    KX_ECDHE_PSK,
    KX_RSA_PSK,
    KX_RSA,
    KX_DH,
    KX_DHE,
    KX_ECDH,
    KX_ECDHE,
    KX_ANON,   /* DH_anon, ECDH_anon */
    KX_EXPORT, /* any EXPORT key exchange */
    KX_KRB5,
    KX_SRP,
    KX_TLS13, /* TLS 1.3 suites name no key exchange */
    KX_OTHER,
};

enum bulk {
    BULK_NULL,
    BULK_AES_128_CBC,
    BULK_AES_256_CBC,
    BULK_AES_128_CCM,
    BULK_AES_256_CCM,
    BULK_AES_128_CCM_8,
    BULK_AES_256_CCM_8,
    BULK_AES_128_GCM,
    BULK_AES_256_GCM,
    BULK_CHACHA20_POLY1305,
    BULK_CAMELLIA_128_CBC,
    BULK_CAMELLIA_256_CBC,
    BULK_CAMELLIA_128_GCM,
    BULK_CAMELLIA_256_GCM,
    BULK_ARIA_128_CBC,
    BULK_ARIA_256_CBC,
    BULK_ARIA_128_GCM,
    BULK_ARIA_256_GCM,
    BULK_3DES,
    BULK_DES, /* DES, DES40 */
    BULK_RC4,
    BULK_RC2,
    BULK_IDEA,
    BULK_SEED,
    BULK_OTHER,
};

/* The record MAC's hash for CBC and NULL suites, the PRF's hash for AEAD suites, as the name says it. */
enum hash {
    HASH_NONE,
    HASH_MD5,
    HASH_SHA1,
    HASH_SHA256,
    HASH_SHA384,
    HASH_OTHER,
};

/*
 * What a profile's rule goes by. One suite has one class, the first that fits, in this order. A suite with MD5 that is
 * also EXPORT, anonymous or RC4 is that first: those are forbidden by every profile. Whoever wants every suite of a hash
 * ("AES with SHA-1", "all with MD5") goes by bulk and hash instead.
 */
enum cipher_class {
    CLASS_NULL_ENCRYPTION, /* no confidentiality, TLS_NULL_WITH_NULL_NULL included */
    CLASS_EXPORT,          /* EXPORT key exchange */
    CLASS_ANONYMOUS,       /* nobody is authenticated */
    CLASS_RC4,
    CLASS_MD5,             /* record MAC is HMAC-MD5 */
    CLASS_AES_SHA1,        /* AES with HMAC-SHA-1 */
    CLASS_DES,             /* DES, RC2: under 112 bits */
    CLASS_3DES,            /* 3DES, IDEA: under 128 bits or historic, with SHA-1 */
    CLASS_OTHER_SHA1,      /* CAMELLIA, SEED with HMAC-SHA-1 */
    CLASS_MANDATORY_CCM_8, /* TLS_PSK_WITH_AES_128_CCM_8 */
    CLASS_MANDATORY_CBC,   /* TLS_PSK_WITH_AES_128_CBC_SHA256 */
    CLASS_TLS13,           /* means nothing in a DTLS 1.2 handshake (RFC 8446 B.4) */
    CLASS_AES_CBC_SHA384,  /* where SHA-256 would do */
    CLASS_AES_AEAD_SHA384, /* where SHA-256 would do */
    CLASS_CBC,             /* other CBC suites, HMAC-SHA-2 */
    CLASS_AEAD,            /* other AEAD suites */
    CLASS_OTHER,           /* GOST */
    CLASS_COUNT,
};

struct cipher {
    uint16_t code;
    const char *name;
    enum key_exchange kx;
    enum bulk bulk;
    enum hash hash;
    enum cipher_class class;
    uint16_t since; /* 0xFEFF: usable at DTLS 1.0 and 1.2; 0xFEFD: 1.2 only (AEAD, RFC 6655 5, RFC 5487 1.1);
                       0xFEFC: only 1.3 */
    bool iana;      /* false for codes of old drafts */
};

/* The table, in code order. */
extern const struct cipher ciphers[];
extern const size_t cipher_count;

/* The suite of that code, or NULL when no row names it. */
const struct cipher *cipher_find(uint16_t code);

/* The suite of that IANA name, or NULL. */
const struct cipher *cipher_find_name(const char *name);

/* The suite's name; for a code no row names, "unknown", "GREASE" (RFC 8701), or the SCSV's name. */
const char *cipher_name(uint16_t code);

/* True for plain-PSK suites whose records this endpoint can protect: handshakes with them can be completed. */
bool cipher_completes(const struct cipher *c);

/* True for CBC suites: those that encrypt-then-MAC is for (RFC 7366 3). */
bool cipher_is_cbc(const struct cipher *c);
bool cipher_is_aead(const struct cipher *c);

/* True for GREASE values (RFC 8701 2): 0x?A?A with equal octets. */
bool code_is_grease(uint16_t code);

#endif
