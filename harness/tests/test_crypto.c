/*
 * Record protection of every suite that completes: what is sealed opens, and no record with one bit changed does. The key
 * schedule, where no known answer says it.
 */
#include <pthread.h>
#include <string.h>

#include "tests/sealing.h"
#include "tests/unit.h"

enum { SUITES_MAX = 64 };

static const struct cipher *suites[SUITES_MAX];
static int suite_count;

static const uint8_t master[MASTER_SECRET] = {1, 2, 3}, client_random[32] = {4}, server_random[32] = {5};

struct sealing f;

void sealing_set_up(void)
{
    ck_assert(crypto_start());
    f.rng = rng_of(1, "test_crypto");
    rng_fill(&f.rng, f.plaintext, sizeof f.plaintext);
}

void sealing_tear_down(void)
{
    crypto_stop();
}

void use(const struct cipher *c, bool etm)
{
    derive_record_keys(c, DTLS_1_2, master, BYTES(client_random), BYTES(server_random), etm, &f.client,
                       &f.server);
}

void end_use(void)
{
    keys_wipe(&f.client);
    keys_wipe(&f.server);
}

struct seal recipe_of(size_t n)
{
    return (struct seal){
        .type = CONTENT_APPLICATION_DATA,
        .version = DTLS_1_2,
        .epoch = 1,
        .seq = 0x010203040506,
        .plaintext = {f.plaintext, n},
    };
}

bool seal(const struct seal *recipe)
{
    return seal_record(&f.client, recipe, &f.rng, f.wire, sizeof f.wire, &f.layout);
}

enum opened open_wire(enum mac_order order)
{
    struct reader r = reader_of((struct bytes){f.wire, f.layout.n});
    struct record record;

    if (!get_record(&r, &record) || r.left > 0)
        return OPEN_BAD_LENGTH;
    return open_record(&f.client, &record, order, f.opened, &f.n);
}

/* ---- Every suite */

static void round_trip(size_t n)
{
    struct seal recipe = recipe_of(n);

    ck_assert(seal(&recipe));
    ck_assert_uint_le(f.layout.n, n + SEAL_OVERHEAD);
    ck_assert_int_eq(open_wire(AS_NEGOTIATED), OPENED);
    ck_assert(bytes_equal((struct bytes){f.opened, f.n}, recipe.plaintext));
}

START_TEST(sealed_records_open)
{
    for (int etm = 0; etm <= 1; etm++) {
        use(suites[_i], etm);
        for (size_t n = 0; n < 70; n++)
            round_trip(n);
        round_trip(600);
        end_use();
    }
}
END_TEST

START_TEST(parts_are_where_the_layout_says)
{
    struct seal recipe = recipe_of(40);
    const struct cipher *c = suites[_i];

    use(c, true);
    ck_assert(seal(&recipe));
    ck_assert_uint_eq(f.layout.epoch, 1);
    ck_assert_uint_eq(f.layout.seq, recipe.seq);
    ck_assert_uint_eq(f.layout.nonce_at, RECORD_HEADER);
    ck_assert_uint_eq(f.layout.cipher_at, RECORD_HEADER + f.layout.nonce_n);
    ck_assert_uint_eq(f.layout.mac_at, f.layout.cipher_at + f.layout.cipher_n);
    ck_assert_uint_eq(f.layout.n, f.layout.mac_at + f.layout.mac_n);
    ck_assert_uint_gt(f.layout.mac_n, 0);
    if (cipher_is_aead(c) && f.layout.nonce_n) {
        const uint8_t number[] = {0, 1, 1, 2, 3, 4, 5, 6};

        ck_assert(bytes_equal((struct bytes){f.wire + f.layout.nonce_at, f.layout.nonce_n}, BYTES(number)));
    }
    end_use();
}
END_TEST

/* Flips each bit of the sealed record but for its length, which the next record would be read by. */
static unsigned count_opened_after_a_flip(void)
{
    unsigned opened = 0;

    for (size_t bit = 0; bit < 8 * f.layout.n; bit++) {
        uint8_t mask = (uint8_t)(1U << bit % 8);

        f.wire[bit / 8] ^= mask;
        opened += open_wire(AS_NEGOTIATED) == OPENED;
        f.wire[bit / 8] ^= mask;
    }
    return opened;
}

START_TEST(changed_records_do_not_open)
{
    for (int etm = 0; etm <= 1; etm++) {
        use(suites[_i], etm);
        for (size_t n = 0; n <= 40; n += 20) {
            struct seal recipe = recipe_of(n);

            ck_assert(seal(&recipe));
            ck_assert_uint_eq(count_opened_after_a_flip(), 0);
            ck_assert_int_eq(open_wire(AS_NEGOTIATED), OPENED);
        }
        end_use();
    }
}
END_TEST

START_TEST(short_and_long_records_do_not_open)
{
    struct seal recipe = recipe_of(50);
    uint8_t whole[ROOM];
    size_t n;

    use(suites[_i], true);
    ck_assert(seal(&recipe));
    n = f.layout.n;
    memcpy(whole, f.wire, n);
    whole[n] = 0;
    for (f.layout.n = RECORD_HEADER; f.layout.n <= n + 1; f.layout.n++) {
        size_t length = f.layout.n - RECORD_HEADER;

        memcpy(f.wire, whole, f.layout.n);
        f.wire[11] = (uint8_t)(length >> 8);
        f.wire[12] = (uint8_t)length;
        ck_assert_int_eq(open_wire(AS_NEGOTIATED) == OPENED, f.layout.n == n);
    }
    end_use();
}
END_TEST

START_TEST(other_keys_do_not_open)
{
    struct seal recipe = recipe_of(20);
    struct record record;

    use(suites[_i], false);
    ck_assert(seal(&recipe));

    struct reader r = reader_of((struct bytes){f.wire, f.layout.n});

    ck_assert(get_record(&r, &record));
    ck_assert_int_ne(open_record(&f.server, &record, AS_NEGOTIATED, f.opened, &f.n), OPENED);
    ck_assert_uint_eq(f.n, 0);
    end_use();
}
END_TEST

START_TEST(recipes_that_cannot_be)
{
    const uint8_t nonce[17] = {0};
    struct seal recipe = recipe_of(20);
    size_t needed;

    use(suites[_i], true);
    ck_assert(seal(&recipe));
    needed = f.layout.n;
    for (size_t cap = 0; cap < needed; cap++)
        ck_assert(!seal_record(&f.client, &recipe, &f.rng, f.wire, cap, &f.layout));
    ck_assert(seal_record(&f.client, &recipe, &f.rng, f.wire, needed, &f.layout));
    recipe.nonce = BYTES(nonce);
    ck_assert(!seal(&recipe));
    end_use();
}
END_TEST

START_TEST(wiped_keys_are_gone)
{
    struct seal recipe = recipe_of(20);

    use(suites[_i], false);
    ck_assert(f.client.mac_n + f.client.key_n > 0);
    ck_assert(seal(&recipe));
    end_use();
    ck_assert(bytes_all((struct bytes){(const uint8_t *)&f.client, sizeof f.client}, 0));
}
END_TEST

/* ---- The key schedule */

START_TEST(prf_by_version_and_suite)
{
    ck_assert_int_eq(prf_for(cipher_find(TLS_PSK_WITH_AES_128_CBC_SHA256), DTLS_1_0), PRF_MD5_SHA1);
    ck_assert_int_eq(prf_for(cipher_find(TLS_PSK_WITH_AES_256_CBC_SHA384), DTLS_1_0), PRF_MD5_SHA1);
    ck_assert_int_eq(prf_for(cipher_find(TLS_PSK_WITH_AES_128_CBC_SHA), DTLS_1_2), PRF_SHA256);
    ck_assert_int_eq(prf_for(cipher_find(TLS_PSK_WITH_AES_256_CBC_SHA384), DTLS_1_2), PRF_SHA384);
    ck_assert_int_eq(prf_for(cipher_find(TLS_PSK_WITH_AES_256_CCM_8), DTLS_1_2), PRF_SHA256);
}
END_TEST

/* Output of any length is a prefix of longer output, and nothing behind it is touched. */
START_TEST(prf_of_any_length)
{
    const uint8_t secret[] = {1, 2, 3}, seed[] = {4};
    uint8_t longest[200], out[200];

    for (enum prf which = PRF_MD5_SHA1; which <= PRF_SHA384; which++) {
        prf(which, BYTES(secret), "label", BYTES(seed), longest, sizeof longest);
        for (size_t n = 0; n < sizeof out; n++) {
            memset(out, 0xEE, sizeof out);
            prf(which, BYTES(secret), "label", BYTES(seed), out, n);
            ck_assert(n == 0 || memcmp(out, longest, n) == 0);
            ck_assert_uint_eq(out[n], 0xEE);
        }
        prf(which, NO_BYTES, "label", NO_BYTES, out, 32);
        ck_assert_int_ne(memcmp(out, longest, 32), 0);
    }
}
END_TEST

START_TEST(encrypt_then_mac_is_for_cbc_only)
{
    use(cipher_find(TLS_PSK_WITH_AES_128_CCM_8), true);
    ck_assert(!f.client.encrypt_then_mac);
    end_use();
    use(cipher_find(TLS_PSK_WITH_NULL_SHA256), true);
    ck_assert(!f.client.encrypt_then_mac);
    end_use();
    use(cipher_find(TLS_PSK_WITH_AES_128_CBC_SHA256), true);
    ck_assert(f.client.encrypt_then_mac);
    end_use();
}
END_TEST

/* ---- Threads: each has contexts of its own. */

static void *work(void *out)
{
    uint8_t psk[16] = {7}, premaster[PREMASTER_MAX];

    for (int i = 0; i < 300; i++) {
        size_t n = psk_premaster(BYTES(psk), premaster);

        master_secret(i % 2 ? PRF_SHA384 : PRF_SHA256, (struct bytes){premaster, n}, BYTES(client_random),
                      BYTES(server_random), out);
    }
    return NULL;
}

START_TEST(threads)
{
    pthread_t ids[4];
    uint8_t out[5][MASTER_SECRET];

    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&ids[i], NULL, work, out[i]), 0);
    work(out[4]);
    for (size_t i = 0; i < 4; i++) {
        pthread_join(ids[i], NULL);
        ck_assert_int_eq(memcmp(out[i], out[4], MASTER_SECRET), 0);
    }
}
END_TEST

static void add_suite_tests(TCase *t)
{
    suite_count = 0;
    for (size_t i = 0; i < cipher_count && suite_count < SUITES_MAX; i++) {
        if (cipher_completes(&ciphers[i]))
            suites[suite_count++] = &ciphers[i];
    }
    tcase_add_loop_test(t, sealed_records_open, 0, suite_count);
    tcase_add_loop_test(t, parts_are_where_the_layout_says, 0, suite_count);
    tcase_add_loop_test(t, changed_records_do_not_open, 0, suite_count);
    tcase_add_loop_test(t, short_and_long_records_do_not_open, 0, suite_count);
    tcase_add_loop_test(t, other_keys_do_not_open, 0, suite_count);
    tcase_add_loop_test(t, recipes_that_cannot_be, 0, suite_count);
    tcase_add_loop_test(t, wiped_keys_are_gone, 0, suite_count);
}

Suite *crypto_suite(void)
{
    Suite *s = suite_create("crypto");
    TCase *t = tcase_create("protection");

    tcase_add_unchecked_fixture(t, sealing_set_up, sealing_tear_down);
    add_suite_tests(t);
    tcase_add_test(t, prf_by_version_and_suite);
    tcase_add_test(t, prf_of_any_length);
    tcase_add_test(t, encrypt_then_mac_is_for_cbc_only);
    tcase_add_test(t, threads);
    suite_add_tcase(s, t);
    return s;
}
