#include "crypto/library.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto/bulk.h"
#include "crypto/prf.h"

static const char *const hash_names[] = {
    [HASH_MD5] = "MD5",
    [HASH_SHA1] = "SHA1",
    [HASH_SHA256] = "SHA256",
    [HASH_SHA384] = "SHA384",
};

enum { HASHES = sizeof hash_names / sizeof hash_names[0] };

static struct {
    EVP_MAC *hmac;
    EVP_MD *hashes[HASHES];
    EVP_CIPHER *ciphers[BULK_OTHER];
    pthread_key_t thread_key;
    bool has_thread_key;
} library;

struct thread_contexts {
    EVP_MD_CTX *digests[HASHES];
    EVP_MAC_CTX *hmacs[HASHES];
};

void need(int ok)
{
    if (ok)
        return;
    fputs("pskgate: libcrypto failed\n", stderr);
    ERR_print_errors_fp(stderr);
    abort();
}

static void free_contexts(void *at)
{
    struct thread_contexts *contexts = at;

    if (!contexts)
        return;
    for (size_t i = 0; i < HASHES; i++) {
        EVP_MD_CTX_free(contexts->digests[i]);
        EVP_MAC_CTX_free(contexts->hmacs[i]);
    }
    free(contexts);
}

static bool fetch_all(void)
{
    library.hmac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
    if (!library.hmac)
        return false;
    for (size_t i = 0; i < HASHES; i++) {
        if (hash_names[i] && !(library.hashes[i] = EVP_MD_fetch(NULL, hash_names[i], NULL)))
            return false;
    }
    for (size_t i = 0; i < BULK_OTHER; i++) {
        const struct bulk_shape *shape = bulk_shape((enum bulk)i);

        if (shape && shape->evp_name && !(library.ciphers[i] = EVP_CIPHER_fetch(NULL, shape->evp_name, NULL)))
            return false;
    }
    return true;
}

bool crypto_start(void)
{
    library.has_thread_key = pthread_key_create(&library.thread_key, free_contexts) == 0;
    if (library.has_thread_key && fetch_all())
        return true;
    crypto_stop();
    return false;
}

void crypto_stop(void)
{
    if (library.has_thread_key) {
        free_contexts(pthread_getspecific(library.thread_key));
        pthread_key_delete(library.thread_key);
        library.has_thread_key = false;
    }
    for (size_t i = 0; i < BULK_OTHER; i++) {
        EVP_CIPHER_free(library.ciphers[i]);
        library.ciphers[i] = NULL;
    }
    for (size_t i = 0; i < HASHES; i++) {
        EVP_MD_free(library.hashes[i]);
        library.hashes[i] = NULL;
    }
    EVP_MAC_free(library.hmac);
    library.hmac = NULL;
}

const char *crypto_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}

const EVP_CIPHER *library_cipher(enum bulk which)
{
    return which < BULK_OTHER ? library.ciphers[which] : NULL;
}

static struct thread_contexts *this_thread(void)
{
    struct thread_contexts *contexts = pthread_getspecific(library.thread_key);

    if (!contexts) {
        contexts = calloc(1, sizeof *contexts);
        need(contexts && pthread_setspecific(library.thread_key, contexts) == 0);
    }
    return contexts;
}

EVP_MD_CTX *digest_begin(enum hash which)
{
    EVP_MD_CTX **ctx = &this_thread()->digests[which];

    if (!*ctx)
        need((*ctx = EVP_MD_CTX_new()) != NULL);
    need(EVP_DigestInit_ex2(*ctx, library.hashes[which], NULL));
    return *ctx;
}

void digest_add(EVP_MD_CTX *ctx, struct bytes b)
{
    if (b.n)
        need(EVP_DigestUpdate(ctx, b.at, b.n));
}

size_t digest_end(EVP_MD_CTX *ctx, uint8_t *out)
{
    unsigned n = 0;

    need(EVP_DigestFinal_ex(ctx, out, &n));
    return n;
}

/* A context that knows its digest keeps it through every change of key. */
static EVP_MAC_CTX *new_hmac(enum hash which)
{
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(library.hmac);
    char name[16];

    snprintf(name, sizeof name, "%s", hash_names[which]);

    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                           OSSL_PARAM_construct_end()};

    need(ctx && EVP_MAC_CTX_set_params(ctx, params));
    return ctx;
}

EVP_MAC_CTX *hmac_begin(enum hash which, struct bytes key)
{
    EVP_MAC_CTX **ctx = &this_thread()->hmacs[which];

    if (!*ctx)
        *ctx = new_hmac(which);
    /* A key of NULL would mean the one before. */
    need(EVP_MAC_init(*ctx, key.n ? key.at : (const uint8_t *)"", key.n, NULL));
    return *ctx;
}

void hmac_again(EVP_MAC_CTX *ctx)
{
    need(EVP_MAC_init(ctx, NULL, 0, NULL));
}

void hmac_add(EVP_MAC_CTX *ctx, struct bytes b)
{
    if (b.n)
        need(EVP_MAC_update(ctx, b.at, b.n));
}

size_t hmac_end(EVP_MAC_CTX *ctx, uint8_t *out)
{
    size_t n = 0;

    need(EVP_MAC_final(ctx, out, &n, DIGEST_MAX));
    return n;
}
