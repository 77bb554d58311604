#include "wire/cipher.h"

#include <string.h>

enum origin { DRAFT, IANA };

const struct cipher ciphers[] = {
#define CIPHER(code, name, kx, bulk, hash, class, version, origin)                                           \
    {code, #name, kx, bulk, hash, class, version, (origin) == IANA},
#include "wire/ciphers.def"
#undef CIPHER
};

const size_t cipher_count = sizeof ciphers / sizeof ciphers[0];

const struct cipher *cipher_find(uint16_t code)
{
    size_t low = 0, high = cipher_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ciphers[middle].code == code)
            return &ciphers[middle];
        if (ciphers[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct cipher *cipher_find_name(const char *name)
{
    for (size_t i = 0; i < cipher_count; i++)
        if (strcmp(ciphers[i].name, name) == 0)
            return &ciphers[i];
    return NULL;
}

const char *cipher_name(uint16_t code)
{
    const struct cipher *c = cipher_find(code);

    if (c != NULL)
        return c->name;
    if (code == TLS_EMPTY_RENEGOTIATION_INFO_SCSV)
        return "TLS_EMPTY_RENEGOTIATION_INFO_SCSV";
    if (code == TLS_FALLBACK_SCSV)
        return "TLS_FALLBACK_SCSV";
    return code_is_grease(code) ? "GREASE" : "unknown";
}

bool cipher_is_cbc(const struct cipher *c)
{
    switch (c->bulk) {
    case BULK_AES_128_CBC:
    case BULK_AES_256_CBC:
    case BULK_CAMELLIA_128_CBC:
    case BULK_CAMELLIA_256_CBC:
    case BULK_ARIA_128_CBC:
    case BULK_ARIA_256_CBC:
    case BULK_3DES:
    case BULK_DES:
    case BULK_RC2:
    case BULK_IDEA:
    case BULK_SEED: return true;
    default: return false;
    }
}

bool cipher_is_aead(const struct cipher *c)
{
    switch (c->bulk) {
    case BULK_AES_128_CCM:
    case BULK_AES_256_CCM:
    case BULK_AES_128_CCM_8:
    case BULK_AES_256_CCM_8:
    case BULK_AES_128_GCM:
    case BULK_AES_256_GCM:
    case BULK_CHACHA20_POLY1305:
    case BULK_CAMELLIA_128_GCM:
    case BULK_CAMELLIA_256_GCM:
    case BULK_ARIA_128_GCM:
    case BULK_ARIA_256_GCM: return true;
    default: return false;
    }
}

/* CAMELLIA in GCM, RC4, DES and IDEA are missing from libcrypto's default provider. */
static bool endpoint_protects(enum bulk bulk)
{
    switch (bulk) {
    case BULK_NULL:
    case BULK_AES_128_CBC:
    case BULK_AES_256_CBC:
    case BULK_AES_128_CCM:
    case BULK_AES_256_CCM:
    case BULK_AES_128_CCM_8:
    case BULK_AES_256_CCM_8:
    case BULK_AES_128_GCM:
    case BULK_AES_256_GCM:
    case BULK_CHACHA20_POLY1305:
    case BULK_CAMELLIA_128_CBC:
    case BULK_CAMELLIA_256_CBC:
    case BULK_ARIA_128_CBC:
    case BULK_ARIA_256_CBC:
    case BULK_ARIA_128_GCM:
    case BULK_ARIA_256_GCM:
    case BULK_3DES: return true;
    default: return false;
    }
}

bool cipher_completes(const struct cipher *c)
{
    return c->kx == KX_PSK && endpoint_protects(c->bulk);
}

bool code_is_grease(uint16_t code)
{
    return (code & 0x0F0F) == 0x0A0A && code >> 8 == (code & 0xFF);
}
