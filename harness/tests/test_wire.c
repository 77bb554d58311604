/* The codecs: what is put can be got again, and whatever is cut or has octets left over is refused. */
#include <string.h>

#include "base/arena.h"
#include "tests/unit.h"
#include "wire/cipher.h"
#include "wire/handshake.h"
#include "wire/hello.h"
#include "wire/names.h"
#include "wire/record.h"

START_TEST(records)
{
    uint8_t out[100], content[] = {1, 2, 3};
    struct writer w = WRITER(out);

    put_record(&w, CONTENT_ALERT, DTLS_1_2, 0x0102, 0x030405060708, BYTES(content));
    put_record(&w, CONTENT_HANDSHAKE, DTLS_1_0, 0, 0, NO_BYTES);
    ck_assert_uint_eq(w.n, RECORD_HEADER + 3 + RECORD_HEADER);

    struct reader r = reader_of(written(&w));
    struct record record;

    ck_assert(get_record(&r, &record));
    ck_assert_uint_eq(record.type, CONTENT_ALERT);
    ck_assert_uint_eq(record.version, DTLS_1_2);
    ck_assert_uint_eq(record.epoch, 0x0102);
    ck_assert_uint_eq(record.seq, 0x030405060708);
    ck_assert(bytes_equal(record.fragment, BYTES(content)));
    ck_assert(bytes_equal(record.whole, (struct bytes){out, RECORD_HEADER + 3}));
    ck_assert(get_record(&r, &record));
    ck_assert_uint_eq(record.fragment.n, 0);
    ck_assert_uint_eq(record.whole.n, RECORD_HEADER);
    ck_assert(!get_record(&r, &record));
    ck_assert_msg(!r.bad, "the end of a datagram is no fault");
    for (size_t n = 1; n < RECORD_HEADER + 3; n++) {
        r = reader_of((struct bytes){out, n});
        ck_assert(!get_record(&r, &record));
        ck_assert(r.bad);
    }
}
END_TEST

START_TEST(fragments)
{
    uint8_t out[100], body[] = {9, 8, 7};
    struct writer w = WRITER(out);
    struct fragment in = {CLIENT_HELLO, 0x010203, 0x0405, 0x060708, 3, BYTES(body)}, f;

    put_fragment(&w, &in);
    ck_assert_uint_eq(w.n, HANDSHAKE_HEADER + 3);

    struct reader r = reader_of(written(&w));

    ck_assert(get_fragment(&r, &f));
    ck_assert_uint_eq(f.type, CLIENT_HELLO);
    ck_assert_uint_eq(f.length, 0x010203);
    ck_assert_uint_eq(f.message_seq, 0x0405);
    ck_assert_uint_eq(f.offset, 0x060708);
    ck_assert_uint_eq(f.fragment_length, 3);
    ck_assert(bytes_equal(f.body, BYTES(body)));
    ck_assert(!get_fragment(&r, &f));
    ck_assert(!r.bad);
    for (size_t n = 1; n < w.n; n++) {
        r = reader_of((struct bytes){out, n});
        ck_assert(!get_fragment(&r, &f));
        ck_assert(r.bad);
    }
}
END_TEST

START_TEST(key_exchanges)
{
    const uint8_t good[] = {0, 2, 'i', 'd'}, left_over[] = {0, 1, 'i', 'd'}, cut[] = {0, 3, 'i', 'd'},
                  empty[] = {0, 0};
    struct bytes identity;

    ck_assert(parse_client_key_exchange(BYTES(good), &identity));
    ck_assert(bytes_equal(identity, bytes_of_text("id")));
    ck_assert(!parse_client_key_exchange(BYTES(left_over), &identity));
    ck_assert(!parse_client_key_exchange(BYTES(cut), &identity));
    ck_assert(!parse_client_key_exchange(NO_BYTES, &identity));
    ck_assert(parse_server_key_exchange(BYTES(empty), &identity));
    ck_assert_uint_eq(identity.n, 0);
    ck_assert(!parse_server_key_exchange(BYTES(cut), &identity));
}
END_TEST

/* A hello with every vector filled. */
static struct bytes full_client_hello(struct writer *w)
{
    static const uint8_t random[HELLO_RANDOM] = {1}, id[] = {2, 2}, cookie[] = {3, 3, 3},
                         ciphers_[] = {0xC0, 0xA8, 0, 0xFF}, null[] = {0},
                         extensions[] = {0, 23, 0, 0, 0, 22, 0, 0};
    const struct client_hello h = {
        .version = DTLS_1_2,
        .random = BYTES(random),
        .session_id = BYTES(id),
        .cookie = BYTES(cookie),
        .ciphers = BYTES(ciphers_),
        .compression = BYTES(null),
        .has_extensions = true,
        .extensions = BYTES(extensions),
    };

    put_client_hello(w, &h);
    return written(w);
}

START_TEST(client_hellos)
{
    uint8_t out[200], again[200];
    struct writer w = WRITER(out), w2 = WRITER(again);
    struct bytes body = full_client_hello(&w);
    struct client_hello h;

    ck_assert(parse_client_hello(body, &h));
    ck_assert_uint_eq(h.version, DTLS_1_2);
    ck_assert_uint_eq(h.session_id.n, 2);
    ck_assert_uint_eq(h.cookie.n, 3);
    ck_assert_uint_eq(cipher_list_length(h.ciphers), 2);
    ck_assert_uint_eq(cipher_at(h.ciphers, 0), TLS_PSK_WITH_AES_128_CCM_8);
    ck_assert(cipher_list_has(h.ciphers, TLS_EMPTY_RENEGOTIATION_INFO_SCSV));
    ck_assert(!cipher_list_has(h.ciphers, TLS_FALLBACK_SCSV));
    ck_assert(h.has_extensions);
    put_client_hello(&w2, &h);
    ck_assert(bytes_equal(written(&w2), body));
}
END_TEST

/* The only shorter hello that is well-formed ends before the extensions block. */
START_TEST(cut_client_hellos)
{
    uint8_t out[200];
    struct writer w = WRITER(out);
    struct bytes body = full_client_hello(&w);
    size_t without = body.n - 10;
    struct client_hello h;

    for (size_t n = 0; n < body.n; n++)
        ck_assert_int_eq(parse_client_hello((struct bytes){out, n}, &h), n == without);
    ck_assert(parse_client_hello((struct bytes){out, without}, &h));
    ck_assert(!h.has_extensions);
    out[body.n] = 0;
    ck_assert(!parse_client_hello((struct bytes){out, body.n + 1}, &h));
}
END_TEST

START_TEST(odd_cipher_list)
{
    static const uint8_t random[HELLO_RANDOM], odd[] = {0xC0, 0xA8, 0};
    uint8_t out[100];
    struct writer w = WRITER(out);
    struct client_hello h = {.version = DTLS_1_2, .random = BYTES(random), .ciphers = BYTES(odd)};

    put_client_hello(&w, &h);
    ck_assert(!parse_client_hello(written(&w), &h));
}
END_TEST

START_TEST(broken_extension_block)
{
    static const uint8_t random[HELLO_RANDOM], broken[] = {0, 23, 0, 1};
    uint8_t out[100];
    struct writer w = WRITER(out);
    struct server_hello h = {
        .version = DTLS_1_2, .random = BYTES(random), .has_extensions = true, .extensions = BYTES(broken)};

    put_server_hello(&w, &h);
    ck_assert(!parse_server_hello(written(&w), &h));
}
END_TEST

START_TEST(server_hellos)
{
    static const uint8_t random[HELLO_RANDOM] = {5}, id[] = {1, 2, 3}, extensions[] = {0xFF, 1, 0, 1, 0};
    uint8_t out[100];
    struct writer w = WRITER(out);
    struct server_hello h = {DTLS_1_2, BYTES(random), BYTES(id),        TLS_PSK_WITH_AES_128_CCM_8,
                             0,        true,          BYTES(extensions)},
                        got;

    put_server_hello(&w, &h);
    ck_assert(parse_server_hello(written(&w), &got));
    ck_assert_uint_eq(got.cipher, TLS_PSK_WITH_AES_128_CCM_8);
    ck_assert(bytes_equal(got.random, h.random));
    ck_assert(bytes_equal(got.session_id, h.session_id));
    ck_assert(bytes_equal(got.extensions, h.extensions));
    for (size_t n = 0; n < w.n; n++)
        ck_assert_int_eq(parse_server_hello((struct bytes){out, n}, &got), n == w.n - 7);
}
END_TEST

START_TEST(hello_verify_requests)
{
    static const uint8_t cookie[] = {1, 2, 3};
    uint8_t out[20];
    struct writer w = WRITER(out);
    struct hello_verify_request h = {DTLS_1_0, BYTES(cookie)}, got;

    put_hello_verify_request(&w, &h);
    ck_assert(parse_hello_verify_request(written(&w), &got));
    ck_assert_uint_eq(got.version, DTLS_1_0);
    ck_assert(bytes_equal(got.cookie, h.cookie));
    for (size_t n = 0; n < w.n; n++)
        ck_assert(!parse_hello_verify_request((struct bytes){out, n}, &got));
    out[w.n] = 0;
    ck_assert(!parse_hello_verify_request((struct bytes){out, w.n + 1}, &got));
}
END_TEST

START_TEST(extensions_)
{
    const uint8_t two[] = {7, 7};
    uint8_t out[64];
    struct writer w = WRITER(out);
    struct bytes body;

    put_extension(&w, EXT_EXTENDED_MASTER_SECRET, NO_BYTES);
    put_extension(&w, EXT_CONNECTION_ID, BYTES(two));
    put_extension(&w, EXT_EXTENDED_MASTER_SECRET, NO_BYTES);
    ck_assert(find_extension(written(&w), EXT_CONNECTION_ID, &body));
    ck_assert(bytes_equal(body, BYTES(two)));
    ck_assert(find_extension(written(&w), EXT_EXTENDED_MASTER_SECRET, NULL));
    ck_assert(!find_extension(written(&w), EXT_ENCRYPT_THEN_MAC, &body));
    ck_assert_uint_eq(count_extension(written(&w), EXT_EXTENDED_MASTER_SECRET), 2);
    ck_assert_uint_eq(count_extension(NO_BYTES, EXT_EXTENDED_MASTER_SECRET), 0);
}
END_TEST

START_TEST(names)
{
    ck_assert_str_eq(alert_name(ALERT_HANDSHAKE_FAILURE), "handshake_failure");
    ck_assert_str_eq(alert_name(ALERT_UNKNOWN_PSK_IDENTITY), "unknown_psk_identity");
    ck_assert_str_eq(alert_name(1), "unknown");
    ck_assert_str_eq(handshake_name(HELLO_VERIFY_REQUEST), "HelloVerifyRequest");
    ck_assert_str_eq(handshake_name(255), "unknown");
    ck_assert_str_eq(extension_name(EXT_RENEGOTIATION_INFO), "renegotiation_info");
    ck_assert_str_eq(extension_name(0xFFFF), "unknown");
    ck_assert_str_eq(content_name(CONTENT_TLS12_CID), "tls12_cid");
    ck_assert_str_eq(content_name(0), "unknown");
    ck_assert_str_eq(version_name(DTLS_1_2), "DTLS 1.2");
    ck_assert_str_eq(version_name(DTLS_1_0), "DTLS 1.0");
    ck_assert_str_eq(version_name(0), "unknown");
}
END_TEST

START_TEST(cipher_table)
{
    size_t completing = 0;

    for (size_t i = 0; i < cipher_count; i++) {
        const struct cipher *c = &ciphers[i];

        ck_assert_ptr_eq(cipher_find(c->code), c);
        ck_assert_ptr_eq(cipher_find_name(c->name), c);
        ck_assert_msg(i == 0 || ciphers[i - 1].code < c->code, "%s is out of order", c->name);
        ck_assert_msg(!cipher_completes(c) || c->kx == KX_PSK, "%s", c->name);
        completing += cipher_completes(c);
    }
    ck_assert_uint_eq(completing, 21);
    ck_assert_ptr_null(cipher_find(0x0A0A));
    ck_assert(code_is_grease(0x0A0A));
    ck_assert(!code_is_grease(0x0A1A));
    ck_assert_str_eq(cipher_name(TLS_PSK_WITH_AES_128_CCM_8), "TLS_PSK_WITH_AES_128_CCM_8");
}
END_TEST

Suite *wire_suite(void)
{
    Suite *s = suite_create("wire");
    TCase *t = tcase_create("codecs");

    tcase_add_test(t, records);
    tcase_add_test(t, fragments);
    tcase_add_test(t, key_exchanges);
    tcase_add_test(t, client_hellos);
    tcase_add_test(t, cut_client_hellos);
    tcase_add_test(t, odd_cipher_list);
    tcase_add_test(t, broken_extension_block);
    tcase_add_test(t, server_hellos);
    tcase_add_test(t, hello_verify_requests);
    tcase_add_test(t, extensions_);
    tcase_add_test(t, names);
    tcase_add_test(t, cipher_table);
    suite_add_tcase(s, t);
    return s;
}
