/* Records with a connection id, RFC 9146, and the extension. */
#include "tests/sealing.h"
#include "tests/unit.h"
#include "wire/hello.h"

enum { ID = 5 };

static const uint8_t id_octets[ID] = {0xC1, 0xD0, 0x00, 0x01, 0x02};

static const uint16_t all_suites[] = {
    TLS_PSK_WITH_AES_128_CCM_8,      TLS_PSK_WITH_AES_128_CCM,
    TLS_PSK_WITH_AES_128_GCM_SHA256, TLS_PSK_WITH_CHACHA20_POLY1305_SHA256,
    TLS_PSK_WITH_AES_128_CBC_SHA256, TLS_PSK_WITH_NULL_SHA256,
};

static struct seal with_id(size_t n)
{
    struct seal recipe = recipe_of(n);

    recipe.cid = BYTES(id_octets);
    return recipe;
}

static enum opened open_as(enum cid_scope scope)
{
    struct reader r = reader_of((struct bytes){f.wire, f.layout.n});
    struct record record;

    if (!get_record_with_cid(&r, ID, &record) || r.left > 0)
        return OPEN_BAD_LENGTH;
    ck_assert_uint_eq(record.type, CONTENT_TLS12_CID);
    ck_assert(bytes_equal(record.cid, BYTES(id_octets)));
    return open_record_as(&f.client, &record, AS_NEGOTIATED, scope, f.opened, &f.n);
}

/* RFC 9146 5.3, octet for octet. */
START_TEST(additional_data_are_as_the_text_says)
{
    static const uint8_t want[] = {
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, /* seq_num_placeholder */
        25,   5,    25,                                 /* tls12_cid, cid_length, tls12_cid */
        0xFE, 0xFD, 0,    1,                            /* version, epoch */
        0,    0,    0,    0,    0x12, 0x34,             /* sequence number */
        0xC1, 0xD0, 0x00, 0x01, 0x02,                   /* cid */
        0x01, 0x05,                                     /* length_of_DTLSInnerPlaintext */
    };
    struct record r = {
        .type = CONTENT_TLS12_CID, .version = DTLS_1_2, .epoch = 1, .seq = 0x1234, .cid = BYTES(id_octets)};
    struct additional a;

    additional_of(&a, &r, 0x105, 1, CID_SCOPE);
    ck_assert(bytes_equal((struct bytes){a.at, a.n}, BYTES(want)));
}
END_TEST

/* RFC 6347 4.1.2.1, for records without an id. */
START_TEST(ordinary_records_keep_theirs)
{
    static const uint8_t want[] = {0, 1, 0, 0, 0, 0, 0x12, 0x34, 23, 0xFE, 0xFD, 0x01, 0x05};
    struct record r = {.type = CONTENT_APPLICATION_DATA, .version = DTLS_1_2, .epoch = 1, .seq = 0x1234};
    struct additional a;

    additional_of(&a, &r, 0x105, 0, CID_SCOPE);
    ck_assert(bytes_equal((struct bytes){a.at, a.n}, BYTES(want)));
}
END_TEST

static void round_trip(size_t n, size_t zeros)
{
    struct seal recipe = with_id(n);
    uint8_t type = 0;

    recipe.inner_padding = zeros;
    ck_assert(seal(&recipe));
    ck_assert_uint_eq(f.wire[0], CONTENT_TLS12_CID);
    ck_assert_int_eq(open_as(CID_SCOPE), OPENED);
    ck_assert(take_inner_type(f.opened, &f.n, &type));
    ck_assert_uint_eq(type, recipe.type);
    ck_assert(bytes_equal((struct bytes){f.opened, f.n}, recipe.plaintext));
}

START_TEST(records_with_an_id_open)
{
    for (int etm = 0; etm <= 1; etm++) {
        use(cipher_find(all_suites[_i]), etm);
        for (size_t n = 0; n < 40; n++)
            round_trip(n, n % 3 * 16);
        end_use();
    }
}
END_TEST

START_TEST(only_the_right_octets_are_covered)
{
    static const enum cid_scope wrong[] = {CID_SCOPE_ORDINARY, CID_SCOPE_EARLY_DRAFT, CID_SCOPE_NUMBER,
                                           CID_SCOPE_ID, CID_SCOPE_LENGTH};

    use(cipher_find(all_suites[_i]), false);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct seal recipe = with_id(20);

        recipe.scope = wrong[i];
        ck_assert(seal(&recipe));
        ck_assert_int_eq(open_as(CID_SCOPE), OPEN_BAD_MAC);
        ck_assert_int_eq(open_as(wrong[i]), OPENED);
    }
    end_use();
}
END_TEST

START_TEST(an_inner_plaintext_of_zeros_has_no_type)
{
    static const uint8_t zeros[6] = {0}, nothing_but_a_type[] = {23, 0, 0};
    size_t n = sizeof zeros;
    uint8_t type = 0;

    ck_assert(!take_inner_type(zeros, &n, &type));
    n = sizeof nothing_but_a_type;
    ck_assert(take_inner_type(nothing_but_a_type, &n, &type));
    ck_assert_uint_eq(n, 0);
    ck_assert_uint_eq(type, 23);
}
END_TEST

START_TEST(the_extension_holds_one_id)
{
    static const uint8_t cut[] = {4, 1, 2}, long_one[] = {1, 2, 3}, empty[] = {0};
    uint8_t room[64];
    struct writer w = WRITER(room);
    struct bytes body, id;

    put_connection_id(&w, BYTES(id_octets));
    ck_assert(find_extension(written(&w), EXT_CONNECTION_ID, &body));
    ck_assert(parse_connection_id(body, &id));
    ck_assert(bytes_equal(id, BYTES(id_octets)));
    ck_assert(parse_connection_id(BYTES(empty), &id));
    ck_assert_uint_eq(id.n, 0);
    ck_assert(!parse_connection_id(BYTES(cut), &id));
    ck_assert(!parse_connection_id(BYTES(long_one), &id));
    ck_assert(!parse_connection_id(NO_BYTES, &id));
}
END_TEST

Suite *cid_suite(void)
{
    Suite *s = suite_create("cid");
    TCase *t = tcase_create("records");
    int suites = (int)(sizeof all_suites / sizeof *all_suites);

    tcase_add_unchecked_fixture(t, sealing_set_up, sealing_tear_down);
    tcase_add_test(t, additional_data_are_as_the_text_says);
    tcase_add_test(t, ordinary_records_keep_theirs);
    tcase_add_loop_test(t, records_with_an_id_open, 0, suites);
    tcase_add_loop_test(t, only_the_right_octets_are_covered, 0, suites);
    tcase_add_test(t, an_inner_plaintext_of_zeros_has_no_type);
    tcase_add_test(t, the_extension_holds_one_id);
    suite_add_tcase(s, t);
    return s;
}
