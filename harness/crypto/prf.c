#include "crypto/prf.h"

#include <assert.h>
#include <string.h>

#include "crypto/library.h"
#include "wire/record.h"

enum prf prf_for(const struct cipher *c, uint16_t version)
{
    /* DTLS versions count downwards. */
    if (version > DTLS_1_2)
        return PRF_MD5_SHA1;
    return c->hash == HASH_SHA384 ? PRF_SHA384 : PRF_SHA256;
}

/* P_hash, RFC 5246 5; the output is xored into out, which RFC 2246 5 needs and a zeroed buffer makes a plain copy. */
static void xor_p_hash(enum hash which, struct bytes secret, struct bytes label, struct bytes seed,
                       uint8_t *out, size_t n)
{
    uint8_t a[DIGEST_MAX], block[DIGEST_MAX];
    EVP_MAC_CTX *ctx = hmac_begin(which, secret);

    hmac_add(ctx, label);
    hmac_add(ctx, seed);

    size_t digest_n = hmac_end(ctx, a);

    for (size_t done = 0; done < n;) {
        hmac_again(ctx);
        hmac_add(ctx, (struct bytes){a, digest_n});
        hmac_add(ctx, label);
        hmac_add(ctx, seed);
        hmac_end(ctx, block);
        for (size_t i = 0; i < digest_n && done < n; i++)
            out[done++] ^= block[i];
        if (done < n) {
            hmac_again(ctx);
            hmac_add(ctx, (struct bytes){a, digest_n});
            hmac_end(ctx, a);
        }
    }
    wipe(a, sizeof a);
    wipe(block, sizeof block);
}

void prf(enum prf which, struct bytes secret, const char *label, struct bytes seed, uint8_t *out, size_t n)
{
    struct bytes text = bytes_of_text(label);
    size_t half = (secret.n + 1) / 2; /* the halves share the middle octet of an odd secret, RFC 2246 5 */

    if (n == 0)
        return;
    memset(out, 0, n);
    switch (which) {
    case PRF_MD5_SHA1:
        xor_p_hash(HASH_MD5, bytes_slice(secret, 0, half), text, seed, out, n);
        xor_p_hash(HASH_SHA1, bytes_slice(secret, secret.n - half, half), text, seed, out, n);
        break;
    case PRF_SHA256: xor_p_hash(HASH_SHA256, secret, text, seed, out, n); break;
    case PRF_SHA384: xor_p_hash(HASH_SHA384, secret, text, seed, out, n); break;
    }
}

size_t digest(enum hash which, struct bytes b, uint8_t *out)
{
    EVP_MD_CTX *ctx = digest_begin(which);

    digest_add(ctx, b);
    return digest_end(ctx, out);
}

size_t hmac(enum hash which, struct bytes key, struct bytes b, uint8_t *out)
{
    EVP_MAC_CTX *ctx = hmac_begin(which, key);

    hmac_add(ctx, b);
    return hmac_end(ctx, out);
}

size_t transcript_hash(enum prf which, struct bytes messages, uint8_t *out)
{
    size_t n;

    switch (which) {
    case PRF_MD5_SHA1: n = digest(HASH_MD5, messages, out); return n + digest(HASH_SHA1, messages, out + n);
    case PRF_SHA384: return digest(HASH_SHA384, messages, out);
    default: return digest(HASH_SHA256, messages, out);
    }
}

size_t psk_premaster(struct bytes psk, uint8_t *out)
{
    struct writer w = writer_of(out, PREMASTER_MAX);

    assert(psk.n <= PSK_MAX);
    put_u16(&w, (uint16_t)psk.n);
    put_fill(&w, 0, psk.n);
    put_u16(&w, (uint16_t)psk.n);
    put_bytes(&w, psk);
    return w.n;
}

/* PRF with both randoms as its seed, in the order given. */
static void prf_of_randoms(enum prf which, struct bytes secret, const char *label, struct bytes first,
                           struct bytes second, uint8_t *out, size_t n)
{
    uint8_t seed[64];
    struct writer w = WRITER(seed);

    put_bytes(&w, first);
    put_bytes(&w, second);
    assert(!w.bad);
    prf(which, secret, label, written(&w), out, n);
}

void master_secret(enum prf which, struct bytes premaster, struct bytes client_random,
                   struct bytes server_random, uint8_t out[MASTER_SECRET])
{
    prf_of_randoms(which, premaster, "master secret", client_random, server_random, out, MASTER_SECRET);
}

void extended_master_secret(enum prf which, struct bytes premaster, struct bytes messages,
                            uint8_t out[MASTER_SECRET])
{
    uint8_t hash[DIGEST_MAX];
    size_t n = transcript_hash(which, messages, hash);

    prf(which, premaster, "extended master secret", (struct bytes){hash, n}, out, MASTER_SECRET);
}

void key_block(enum prf which, const uint8_t master[MASTER_SECRET], struct bytes client_random,
               struct bytes server_random, uint8_t *out, size_t n)
{
    prf_of_randoms(which, (struct bytes){master, MASTER_SECRET}, "key expansion", server_random,
                   client_random, out, n);
}

void verify_data(enum prf which, const uint8_t master[MASTER_SECRET], const char *label,
                 struct bytes messages, uint8_t out[12])
{
    uint8_t hash[DIGEST_MAX];
    size_t n = transcript_hash(which, messages, hash);

    prf(which, (struct bytes){master, MASTER_SECRET}, label, (struct bytes){hash, n}, out, 12);
}
