/* CBC records: both orders of MAC and encryption, every padding, IVs, and records made by hand. */
#include <string.h>

#include "tests/sealing.h"
#include "tests/unit.h"

static const uint16_t cbc_codes[] = {TLS_PSK_WITH_AES_128_CBC_SHA256, TLS_PSK_WITH_AES_256_CBC_SHA384,
                                     TLS_PSK_WITH_AES_128_CBC_SHA, TLS_PSK_WITH_3DES_EDE_CBC_SHA};
enum { CBC_CODES = sizeof cbc_codes / sizeof *cbc_codes };

static size_t block_of(const struct cipher *c)
{
    return c->bulk == BULK_3DES ? 8 : 16;
}

/* Every padding_length in both orders: that which fills a block is sealed and opens, the others are refused. */
START_TEST(every_padding)
{
    const struct cipher *c = cipher_find(cbc_codes[_i]);

    use(c, true);
    for (enum mac_order order = MAC_THEN_ENCRYPT; order <= ENCRYPT_THEN_MAC; order++) {
        for (unsigned pad = 0; pad <= 255; pad++) {
            struct seal recipe = recipe_of(21);
            size_t body = 21 + (order == MAC_THEN_ENCRYPT ? f.client.mac_n : 0) + pad + 1;

            recipe.order = order;
            recipe.pad_set = true;
            recipe.pad = (uint8_t)pad;
            ck_assert_int_eq(seal(&recipe), body % block_of(c) == 0);
            recipe.plaintext.n += (block_of(c) - body % block_of(c)) % block_of(c);
            ck_assert(seal(&recipe));
            ck_assert_int_eq(open_wire(order), OPENED);
            ck_assert(bytes_equal((struct bytes){f.opened, f.n}, recipe.plaintext));
            ck_assert_int_ne(open_wire(order == MAC_THEN_ENCRYPT ? ENCRYPT_THEN_MAC : MAC_THEN_ENCRYPT),
                             OPENED);
        }
    }
    end_use();
}
END_TEST

/* One wrong octet at each place of the padding, RFC 5246 6.2.3.2: each must be checked. */
START_TEST(every_padding_octet_is_checked)
{
    const struct cipher *c = cipher_find(cbc_codes[_i]);
    uint8_t padding[256];

    use(c, true);
    for (enum mac_order order = MAC_THEN_ENCRYPT; order <= ENCRYPT_THEN_MAC; order++) {
        size_t mac = order == MAC_THEN_ENCRYPT ? f.client.mac_n : 0;
        size_t n = block_of(c) * 6 - (20 + mac) % block_of(c);
        struct seal recipe = recipe_of(20);

        recipe.order = order;
        recipe.padding = (struct bytes){padding, n};
        memset(padding, (int)n - 1, n);
        ck_assert(seal(&recipe));
        ck_assert_int_eq(open_wire(order), OPENED);
        for (size_t i = 0; i + 1 < n; i++) {
            padding[i] ^= 0x80;
            ck_assert(seal(&recipe));
            ck_assert_int_eq(open_wire(order), OPEN_BAD_PADDING);
            padding[i] ^= 0x80;
        }
    }
    end_use();
}
END_TEST

/* padding_length beyond what the record holds. */
START_TEST(padding_longer_than_the_record)
{
    const struct cipher *c = cipher_find(cbc_codes[_i]);
    uint8_t padding[16];

    use(c, true);
    memset(padding, 255, sizeof padding);
    for (enum mac_order order = MAC_THEN_ENCRYPT; order <= ENCRYPT_THEN_MAC; order++) {
        size_t mac = order == MAC_THEN_ENCRYPT ? f.client.mac_n : 0;
        struct seal recipe = recipe_of(0);

        recipe.order = order;
        recipe.padding = (struct bytes){padding, block_of(c) - mac % block_of(c)};
        ck_assert(seal(&recipe));
        ck_assert_int_eq(open_wire(order), OPEN_BAD_PADDING);
    }
    end_use();
}
END_TEST

/* Opens a record whose decrypted body is n octets of n - 1: padding and nothing else. */
static enum opened open_nothing_but_padding(size_t n, enum mac_order order)
{
    uint8_t body[256], iv[16] = {0};
    size_t iv_n = block_of(f.client.cipher);
    struct writer w = writer_of(f.wire, sizeof f.wire);

    memset(body, (int)n - 1, n);
    cbc_encrypt(&f.client, (struct bytes){iv, iv_n}, (struct bytes){body, n}, body);
    put_fill(&w, 0, RECORD_HEADER + iv_n);
    put_bytes(&w, (struct bytes){body, n});
    f.wire[12] = (uint8_t)(iv_n + n);
    f.layout.n = w.n;
    return open_wire(order);
}

/* Mac-then-encrypt: a record too short for its MAC is no record; padding must leave the MAC's octets. */
START_TEST(no_room_for_the_mac)
{
    const struct cipher *c = cipher_find(cbc_codes[_i]);
    size_t block = block_of(c);

    use(c, false);
    for (size_t n = 0; n <= 128; n += block) {
        enum opened expected = n < f.client.mac_n + 1 ? OPEN_BAD_LENGTH : OPEN_BAD_PADDING;

        ck_assert_int_eq(open_nothing_but_padding(n, MAC_THEN_ENCRYPT), expected);
        ck_assert_uint_eq(f.n, 0);
    }
    end_use();
}
END_TEST

START_TEST(fresh_ivs_differ)
{
    uint8_t last[16];
    struct seal recipe = recipe_of(10);

    use(cipher_find(TLS_PSK_WITH_AES_128_CBC_SHA256), true);
    ck_assert(seal(&recipe));
    memcpy(last, f.wire + f.layout.nonce_at, sizeof last);
    ck_assert(seal(&recipe));
    ck_assert_int_ne(memcmp(last, f.wire + f.layout.nonce_at, sizeof last), 0);
    recipe.nonce = BYTES(last);
    ck_assert(seal(&recipe));
    ck_assert_int_eq(memcmp(last, f.wire + f.layout.nonce_at, sizeof last), 0);
    end_use();
}
END_TEST

/* A record made by hand from record_mac and cbc_encrypt is what seal_record makes: RFC 7366 3. */
START_TEST(records_by_hand)
{
    struct seal recipe = recipe_of(16);
    uint8_t input[100], body[32], mac[DIGEST_MAX];
    struct writer w = WRITER(input);

    use(cipher_find(TLS_PSK_WITH_AES_128_CBC_SHA256), true);
    ck_assert(seal(&recipe));

    struct bytes iv = {f.wire + f.layout.nonce_at, 16};

    memcpy(body, f.plaintext, 16);
    memset(body + 16, 15, 16);
    cbc_encrypt(&f.client, iv, BYTES(body), body);
    ck_assert_int_eq(memcmp(body, f.wire + f.layout.cipher_at, 32), 0);
    put_u16(&w, 1);
    put_u48(&w, recipe.seq);
    put_u8(&w, recipe.type);
    put_u16(&w, recipe.version);
    put_u16(&w, 48);
    put_bytes(&w, iv);
    put_bytes(&w, BYTES(body));
    ck_assert_uint_eq(record_mac(&f.client, written(&w), mac), 32);
    ck_assert_int_eq(memcmp(mac, f.wire + f.layout.mac_at, 32), 0);
    end_use();
}
END_TEST

Suite *cbc_suite(void)
{
    Suite *s = suite_create("cbc");
    TCase *t = tcase_create("records");

    tcase_add_unchecked_fixture(t, sealing_set_up, sealing_tear_down);
    tcase_add_loop_test(t, every_padding, 0, CBC_CODES);
    tcase_add_loop_test(t, every_padding_octet_is_checked, 0, CBC_CODES);
    tcase_add_loop_test(t, padding_longer_than_the_record, 0, CBC_CODES);
    tcase_add_loop_test(t, no_room_for_the_mac, 0, CBC_CODES);
    tcase_add_test(t, fresh_ivs_differ);
    tcase_add_test(t, records_by_hand);
    suite_add_tcase(s, t);
    return s;
}
