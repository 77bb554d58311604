/* Datagrams in words. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "tests/unit.h"
#include "wire/decode.h"
#include "wire/handshake.h"
#include "wire/hello.h"
#include "wire/names.h"
#include "wire/record.h"

static struct arena *arena;

static void set_up(void)
{
    arena = arena_new();
}

static void tear_down(void)
{
    arena_free(arena);
}

static struct decoded decode_hex_text(const char *hex)
{
    static uint8_t datagram[4096];
    struct decoded d;
    size_t n;

    ck_assert(hex_decode(hex, datagram, sizeof datagram, &n));
    decode_datagram(arena, (struct bytes){datagram, n}, NULL, 0, &d);
    return d;
}

/* The one field of that name, or the failure of the test. */
static struct decoded_field field_named(const struct decoded *d, const char *name)
{
    for (size_t i = 0; i < d->field_count; i++) {
        if (strcmp(d->fields[i].name, name) == 0)
            return d->fields[i];
    }
    ck_abort_msg("no field %s", name);
}

static const struct {
    const char *hex, *summary;
} phrases[] = {
    {"", "empty datagram"},
    {"000102030405060708090a0b", "12 octets, not DTLS"},
    {"80 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00", "16 octets, not DTLS"},
    {"15 fefd 0000 000000000005 0002 02 28", "Alert fatal handshake_failure (40)"},
    {"15 fefd 0000 000000000005 0002 01 00", "Alert warning close_notify (0)"},
    {"15 fefd 0000 000000000005 0002 07 01", "Alert of unknown level unknown (1)"},
    {"15 fefd 0000 000000000005 0001 02", "Alert (malformed), 1 octets"},
    {"15 fefd 0001 000000000005 0012 000102030405060708090a0b0c0d0e0f1011", "Alert (encrypted), 18 octets"},
    {"14 fefd 0000 000000000003 0001 01", "ChangeCipherSpec"},
    {"14 fefd 0000 000000000003 0001 02", "ChangeCipherSpec (malformed)"},
    {"14 fefd 0000 000000000003 0001 01 16 fefd 0001 000000000000 0004 01020304",
     "ChangeCipherSpec; Handshake message (encrypted), 4 octets"},
    {"16 fefd 0000 000000000002 000c 0e 000000 0002 000000 000000", "ServerHelloDone"},
    {"16 fefd 0000 000000000002 000d 0e 000001 0002 000000 000001 00",
     "ServerHelloDone (malformed), 1 octets"},
    {"16 fefd 0000 000000000002 000e 01 0000ff 0001 000010 000002 aabb",
     "ClientHello, octets 16 to 18 of 255"},
    {"16 fefd 0000 000000000002 0003 010000", "handshake message cut short, 3 octets"},
    {"16 feff 0000 000000000000 0013 03 000007 0000 000000 000007 feff 04 01020304",
     "HelloVerifyRequest, cookie 4 octets"},
    {"16 fefd 0000 000000000002 0010 10 000004 0002 000000 000004 0002 6964",
     "ClientKeyExchange, identity \"id\""},
    {"16 fefd 0000 000000000002 0010 10 000004 0002 000000 000004 0002 1b5b",
     "ClientKeyExchange, identity \"\\x1b[\""},
    {"16 fefd 0000 000000000002 0010 0c 000004 0002 000000 000004 0009 6964",
     "ServerKeyExchange (not plain PSK), 4 octets"},
    {"16 fefd 0000 000000000002 012c 0102", "handshake record cut short, 300 octets announced and 2 there"},
    {"17 fefd 0000 000000000002 0004 40 00 12 34",
     "Application data in the clear, 4 octets: CoAP ping 0x1234"},
    {"17 fefd 0000 000000000002 0004 70 00 12 34",
     "Application data in the clear, 4 octets: CoAP Reset 0x1234"},
    {"17 fefd 0000 000000000002 0004 49 02 12 34", "Application data in the clear, 4 octets"},
    {"17 fefd 0000 000000000002 000d 42 02 12 34 aabb b2 7264 43 653d31",
     "Application data in the clear, 13 octets: CoAP CON POST 0x1234 /rd?e=1"},
    {"17 fefd 0000 000000000002 0004 60 44 12 34",
     "Application data in the clear, 4 octets: CoAP ACK 2.04 0x1234"},
    {"63 fefd 0000 000000000002 0001 00", "record of type 99 (unknown), 1 octets"},
    {"14 fefd 0000 000000000003 0001 01 ffff", "ChangeCipherSpec; 2 octets, not DTLS"},
};

START_TEST(summaries)
{
    struct decoded d = decode_hex_text(phrases[_i].hex);

    ck_assert_str_eq(d.summary, phrases[_i].summary);
}
END_TEST

START_TEST(client_hello_in_words)
{
    static const uint8_t random[HELLO_RANDOM] = {1}, cookie[20] = {3},
                         suites[] = {0xC0, 0xA8, 0, 0xAE, 0, 0xFF}, null[] = {0},
                         extensions[] = {0, 23, 0, 0, 0, 1, 0, 1, 2};
    struct client_hello h = {
        .version = DTLS_1_2,
        .random = BYTES(random),
        .cookie = BYTES(cookie),
        .ciphers = BYTES(suites),
        .compression = BYTES(null),
        .has_extensions = true,
        .extensions = BYTES(extensions),
    };
    uint8_t body[200], message[300], datagram[400];
    struct writer b = WRITER(body), m = WRITER(message), w = WRITER(datagram);
    struct decoded d;

    put_client_hello(&b, &h);
    put_fragment(&m, &(struct fragment){CLIENT_HELLO, (uint32_t)b.n, 1, 0, (uint32_t)b.n, written(&b)});
    put_record(&w, CONTENT_HANDSHAKE, DTLS_1_0, 0, 1, written(&m));
    decode_datagram(arena, written(&w), NULL, 0, &d);
    ck_assert_str_eq(d.summary, "ClientHello DTLS 1.2, 3 cipher suites, cookie 20 octets");
    ck_assert_str_eq(field_named(&d, "version").value, "DTLS 1.0 (0xFEFF)");
    ck_assert_str_eq(field_named(&d, "client version").value, "DTLS 1.2 (0xFEFD)");
    ck_assert_uint_eq(field_named(&d, "client version").at, 25);
    ck_assert_str_eq(field_named(&d, "cipher suite").value, "TLS_PSK_WITH_AES_128_CCM_8 (0xC0A8)");
    ck_assert_str_eq(field_named(&d, "extension max_fragment_length (1)").value, "1024 octets");
    ck_assert_uint_eq(field_named(&d, "extension max_fragment_length (1)").length, 5);
    ck_assert_uint_eq(field_named(&d, "extension max_fragment_length (1)").at, w.n - 5);
}
END_TEST

START_TEST(plaintexts_are_used)
{
    uint8_t datagram[100], ping[] = {0x40, 0, 0xAB, 0xCD}, alert[] = {2, 20}, sealed[20] = {0};
    struct writer w = WRITER(datagram);
    struct decoded_plaintext plains[] = {{.record = 1, .content = BYTES(ping)},
                                         {.record = 2, .content = BYTES(alert)}};
    struct decoded d;

    put_record(&w, CONTENT_APPLICATION_DATA, DTLS_1_2, 1, 1, BYTES(sealed));
    put_record(&w, CONTENT_APPLICATION_DATA, DTLS_1_2, 1, 2, BYTES(sealed));
    put_record(&w, CONTENT_ALERT, DTLS_1_2, 1, 3, BYTES(sealed));
    decode_datagram(arena, written(&w), plains, 2, &d);
    ck_assert_str_eq(d.summary,
                     "Application data (encrypted), 20 octets; Application data, 4 octets: CoAP ping 0xabcd; "
                     "Alert fatal bad_record_mac (20) (encrypted)");
    ck_assert_uint_eq(field_named(&d, "application data").at, 2 * RECORD_HEADER + 20);
    ck_assert_uint_eq(field_named(&d, "application data").length, 20);
}
END_TEST

static bool is_printable(const char *text)
{
    for (; *text; text++) {
        if (*text < 0x20 || *text >= 0x7F)
            return false;
    }
    return true;
}

/* Every field lies within the datagram, and text is printable. */
static void check_bounds(struct bytes datagram)
{
    struct decoded d;

    decode_datagram(arena, datagram, NULL, 0, &d);
    ck_assert_uint_lt(strlen(d.summary), DECODED_SUMMARY_MAX);
    ck_assert_uint_le(d.field_count, DECODED_FIELDS_MAX);
    ck_assert(is_printable(d.summary));
    for (size_t i = 0; i < d.field_count; i++) {
        const struct decoded_field *f = &d.fields[i];

        ck_assert(f->at < datagram.n && f->length > 0 && f->length <= datagram.n - f->at);
        ck_assert(is_printable(f->name) && is_printable(f->value));
    }
}

START_TEST(hostile_datagrams)
{
    struct rng rng = rng_of(1, "hostile");
    uint8_t datagram[600];

    for (int i = 0; i < 3000; i++) {
        size_t n = (size_t)rng_below(&rng, sizeof datagram);

        rng_fill(&rng, datagram, n);
        if (n > 30) {
            const uint8_t header[] = {
                22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, (uint8_t)rng_below(&rng, 255)};

            memcpy(datagram, header, sizeof header);
            datagram[13] = (uint8_t)rng_below(&rng, 21);
            memset(datagram + 14, 0, 11);
            datagram[16] = datagram[24] = (uint8_t)rng_below(&rng, 255);
        }
        check_bounds((struct bytes){datagram, n});
    }
}
END_TEST

START_TEST(crowded_datagrams)
{
    uint8_t datagram[RECORD_HEADER * 2000];
    struct writer w = WRITER(datagram);

    for (int i = 0; i < 2000; i++)
        put_record(&w, CONTENT_HANDSHAKE, DTLS_1_2, 0, 0, NO_BYTES);
    check_bounds(written(&w));
}
END_TEST

/* Every seed of the fuzzers is malformed in the way that its name says, and is called malformed. */
static void check_malformed(const char *name)
{
    static const char *const words[] = {"malformed", "cut short", "not DTLS", "not plain PSK"};
    const char *path = arena_printf(arena, VECTORS_DIR "/malformed/%s", name);
    FILE *in = fopen(path, "rb");
    uint8_t datagram[2048];
    struct decoded d;

    ck_assert_msg(in != NULL, "%s cannot be read", path);

    size_t n = fread(datagram, 1, sizeof datagram, in);

    fclose(in);
    check_bounds((struct bytes){datagram, n});
    decode_datagram(arena, (struct bytes){datagram, n}, NULL, 0, &d);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strstr(d.summary, words[i]))
            return;
    }
    ck_abort_msg("%s is called %s", name, d.summary);
}

START_TEST(malformed_datagrams)
{
    DIR *dir = opendir(VECTORS_DIR "/malformed");
    size_t n = 0;

    ck_assert_ptr_nonnull(dir);
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (e->d_name[0] == '.')
            continue;
        check_malformed(e->d_name);
        n++;
    }
    closedir(dir);
    ck_assert_uint_ge(n, 40);
}
END_TEST

Suite *decode_suite(void)
{
    Suite *s = suite_create("decode");
    TCase *t = tcase_create("datagrams");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, summaries, 0, sizeof phrases / sizeof *phrases);
    tcase_add_test(t, client_hello_in_words);
    tcase_add_test(t, plaintexts_are_used);
    tcase_add_test(t, hostile_datagrams);
    tcase_add_test(t, crowded_datagrams);
    tcase_add_test(t, malformed_datagrams);
    suite_add_tcase(s, t);
    return s;
}
