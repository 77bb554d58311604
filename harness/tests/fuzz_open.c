/* Any record under any suite: nothing is written beyond its plaintext, and what opens (the fuzzer learns a MAC from the
 * comparison) is what we seal. The first octet picks the suite and the order, the next the record's type; its content is the
 * rest. */
#include <stdlib.h>
#include <string.h>

#include "crypto/protect.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t n);

static const struct cipher *nth_completing(size_t nth)
{
    for (size_t i = 0;; i = (i + 1) % cipher_count) {
        if (cipher_completes(&ciphers[i]) && nth-- == 0)
            return &ciphers[i];
    }
}

/* But for CBC records, whose padding may have any length, there is one record of a plaintext and a nonce. */
static void check_opened(struct record_keys *k, const struct record *r, struct bytes plaintext)
{
    static uint8_t out[RECORD_FRAGMENT_MAX + SEAL_OVERHEAD];
    size_t nonce_n = cipher_is_aead(k->cipher) && k->iv_n == 4 ? 8 : 0;
    struct seal recipe = {.type = r->type,
                          .version = r->version,
                          .epoch = r->epoch,
                          .plaintext = plaintext,
                          .nonce = bytes_slice(r->fragment, 0, nonce_n)};
    struct sealed layout;

    if (cipher_is_cbc(k->cipher))
        return;
    if (!seal_record(k, &recipe, NULL, out, sizeof out, &layout) ||
        !bytes_equal(bytes_slice((struct bytes){out, layout.n}, RECORD_HEADER, layout.n), r->fragment))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t n)
{
    static bool started;
    static const uint8_t master[MASTER_SECRET] = {1}, random[32] = {2};
    static uint8_t out[RECORD_FRAGMENT_MAX];
    struct record_keys client, server;
    size_t opened;

    if (!started && !crypto_start())
        abort();
    started = true;
    if (n < 2)
        return 0;

    struct record r = {.type = at[1], .version = DTLS_1_2, .epoch = 1, .fragment = {at + 2, n - 2}};

    derive_record_keys(nth_completing(at[0] % 32U), DTLS_1_2, master, BYTES(random), BYTES(random),
                       at[0] & 32, &client, &server);
    if (open_record(&client, &r, (enum mac_order)((at[0] >> 6) % 3), out, &opened) == OPENED)
        check_opened(&client, &r, (struct bytes){out, opened});
    else if (opened != 0)
        abort();
    keys_wipe(&client);
    keys_wipe(&server);
    return 0;
}
