/* What a device answers to Read and Discover, in each format; the TLV and SenML JSON examples are those of LwM2M 1.0 6.4.3.1 and 1.1 Core
 * 7.4.4. */
#include <string.h>

#include "lwm2m/account.h"
#include "lwm2m/content.h"
#include "tests/unit.h"

static struct arena *arena;
static struct content content;

static void begin(void)
{
    arena = arena_new();
}

static void end(void)
{
    arena_free(arena);
}

static void ck_text(uint16_t id, const char *text)
{
    ck_assert_str_eq(content_text(arena, &content, id), text);
}

static void ck_number(uint16_t id, int64_t wanted)
{
    int64_t number;

    ck_assert(content_number(&content, id, &number));
    ck_assert_int_eq(number, wanted);
}

static bool parse_hex(enum content_format format, const char *path, const char *hex)
{
    uint8_t room[512];
    size_t n;

    ck_assert(hex_decode(hex, room, sizeof room, &n));
    return parse_content(arena, format, path, arena_copy(arena, (struct bytes){room, n}), &content);
}

static const char tlv[] =
    "c80014 4f70656e204d6f62696c6520416c6c69616e6365 c80116 4c69676874776569676874204d324d20436c69656e74"
    "c80209 333435303030313233 c303 312e30 8606 41000141 0105 880708 42000ed8 42011388"
    "870841007d4201 0384 c10964 c10a0f 830b410000 c40d 5182428f c60e 2b30323a3030 c11055";

START_TEST(tlv_of_the_device_object)
{
    ck_assert(parse_hex(CONTENT_TLV, "/3/0", tlv));
    ck_text(0, "Open Mobile Alliance");
    ck_text(1, "Lightweight M2M Client");
    ck_text(3, "1.0");
    ck_text(6, ""); /* several instances */
    ck_number(9, 100);
    ck_number(13, 1367491215);
    ck_assert(parse_hex(CONTENT_TLV, "/3", "0801 06 c1 01 ff c103ff"));
    ck_number(1, -1);
    ck_assert(parse_hex(CONTENT_TLV, "/3/0", ""));
    ck_assert_uint_eq(content.n, 0);
}
END_TEST

/* Cut anywhere, it is refused or holds less, and never more octets than there are. */
START_TEST(what_is_cut_short_is_bounded)
{
    static const char cbor[] = "82a321652f332f302f00613003634f4d41a2006139021864";
    uint8_t room[512];
    size_t n;

    ck_assert(hex_decode(tlv, room, sizeof room, &n));
    for (size_t i = 0; i <= n; i++)
        if (parse_content(arena, CONTENT_TLV, "/3/0", arena_copy(arena, (struct bytes){room, i}), &content))
            for (size_t k = 0; k < content.n; k++)
                ck_assert_uint_le(content.at[k].value.n, i);
    ck_assert(hex_decode(cbor, room, sizeof room, &n));
    for (size_t i = 0; i < n; i++)
        ck_assert(!parse_content(arena, CONTENT_SENML_CBOR, "/3/0",
                                 arena_copy(arena, (struct bytes){room, i}), &content));
}
END_TEST

START_TEST(senml_json)
{
    static const char json[] =
        "[{\"bn\":\"/3/0/\",\"n\":\"0\",\"vs\":\"Open Mobile Alliance\"},{\"n\":\"1\",\"vs\":\"Lightweight "
        "M2M Client\"},"
        "{\"n\":\"3\",\"vs\":\"1.0\"},{\"n\":\"6/0\",\"v\":1},{\"n\":\"6/"
        "1\",\"v\":5},{\"n\":\"9\",\"v\":100},"
        "{\"n\":\"10\",\"v\":15.5},{\"n\":\"12\",\"vb\":true},{\"bn\":\"/4/0/\",\"n\":\"2\",\"v\":7}]";

    ck_assert(parse_content(arena, CONTENT_SENML_JSON, "/3/0", bytes_of_text(json), &content));
    ck_text(0, "Open Mobile Alliance");
    ck_text(1, "Lightweight M2M Client");
    ck_text(3, "1.0");
    ck_text(6, "");
    ck_number(9, 100);
    ck_number(10, 15);
    ck_number(12, 1);
    ck_text(2, ""); /* another object's */
    ck_assert_uint_eq(content.n, 6);
}
END_TEST

START_TEST(senml_json_that_is_none)
{
    static const char *const none[] = {"",     "{",        "{}",      "[1]", "[{\"n\":\"0\"}",
                                       "null", "[[[[[[[[", "\xff\xfe"};

    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        ck_assert(!parse_content(arena, CONTENT_SENML_JSON, "/3/0", bytes_of_text(none[i]), &content));
    ck_assert(parse_content(
        arena, CONTENT_SENML_JSON, "/3/0",
        bytes_of_text("[{\"n\":\"/3/0/0\",\"vs\":\"\\u0007\\\\\"},{\"n\":5},{\"n\":\"/3/0/99999\",\"v\":1}]"),
        &content));
    ck_text(0, "\\x07\\\\");
    ck_assert_uint_eq(content.n, 1);
}
END_TEST

START_TEST(senml_cbor)
{
    /* [{-2: "/3/0/", 0: "0", 3: "OMA"}, {0: "9", 2: 100}, {0: "10", 2: -2}] */
    ck_assert(parse_hex(CONTENT_SENML_CBOR, "/3/0",
                        "83a321652f332f302f00613003634f4d41a2006139021864a20062313002 21"));
    ck_text(0, "OMA");
    ck_number(9, 100);
    ck_number(10, -2);
    /* endless array and map; a half, a single, a double; true; opaque; a label in text, and a nested value, are passed over */
    ck_assert(
        parse_hex(CONTENT_SENML_CBOR, "/3/0",
                  "9fbf21652f332f302f00613102f94500ff a2006132 02fa42280000 a2006133 02fbc010000000000000"
                  "a2006134 04f5 a2006135 08430a0b0c a3 6163 820102 006136 0218ff a2 006137 06a10102 ff"));
    ck_number(1, 5);
    ck_number(2, 42);
    ck_number(3, -4);
    ck_number(4, 1);
    ck_text(5, "\\x0a\\x0b\\x0c");
    ck_number(6, 255);
    ck_text(7, "");
}
END_TEST

START_TEST(senml_cbor_that_is_none)
{
    static const char *const none[] = {
        "",
        "80ff",                       /* more behind the end */
        "a0",                         /* no array */
        "8101",                       /* no record */
        "9bffffffffffffffff",         /* more elements than octets */
        "81bbffffffffffffffff00",     /* more pairs */
        "81a1007bffffffffffffffff41", /* a text longer than all that is left */
        "81a1007f6130ff",             /* an endless text */
        "81a1021c",                   /* reserved */
        "9f",
        "9fa0",
        "81a10681818181818181818181818100",           /* deeper than anything of ours */
        "81a106c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c100", /* tags in tags */
    };

    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        ck_assert_msg(!parse_hex(CONTENT_SENML_CBOR, "/3/0", none[i]), "%s", none[i]);
    /* no number of ours: too large, NaN, infinite */
    ck_assert(parse_hex(CONTENT_SENML_CBOR, "/3/0",
                        "83 a20066 2f332f302f31 021bffffffffffffffff a20066 2f332f302f32 02f97e00 a20066 "
                        "2f332f302f33 02fa7f800000"));
    ck_assert_uint_eq(content.n, 0);
}
END_TEST

START_TEST(text)
{
    ck_assert(parse_content(arena, CONTENT_TEXT, "/1/0/1", bytes_of_text("86400"), &content));
    ck_number(1, 86400);
    ck_assert(parse_content(arena, CONTENT_TEXT, "/3/0/0", bytes_of_text("A\n"), &content));
    ck_text(0, "A\\x0a");
    ck_assert(!parse_content(arena, CONTENT_TEXT, "/3/0", bytes_of_text("A"), &content));
    ck_assert(!parse_content(arena, (enum content_format)60, "/3/0/0", bytes_of_text("A"), &content));
    ck_assert(parse_content(arena, CONTENT_TEXT, "/3/0/9", bytes_of_text("9999999999999999999"), &content));
    int64_t number;

    ck_assert(!content_number(&content, 9, &number));
}
END_TEST

START_TEST(more_resources_than_room)
{
    uint8_t many[3 * (RESOURCES_MAX + 9)];

    for (size_t i = 0; i < sizeof many / 3; i++)
        memcpy(many + 3 * i, (const uint8_t[]){0xC1, (uint8_t)i, 1}, 3);
    ck_assert(parse_content(arena, CONTENT_TLV, "/3/0", BYTES(many), &content));
    ck_assert_uint_eq(content.n, RESOURCES_MAX);
}
END_TEST

START_TEST(links)
{
    static const struct {
        const char *links, *path;
        bool has, sound;
    } rows[] = {
        {"</1/0>,</1/0/4>;dim=8,</3/0>", "/1/0/4", true, true},
        {"</1/0>;title=\"a,</1/0/4>\"", "/1/0/4", false, true},
        {"</1/0>;pmin=10;pmax=60,</1/0/1>", "/1/0/1", true, true},
        {"", "/1/0", false, true},
        {"</1/0", "/1/0", false, false},
        {"1/0>", "/1/0", false, false},
        {"</1/0>;a=\"", "/1/0", true, false},
        {"</1/0>x", "/1/0", true, false},
        {"lwm2m=\"1.0\",</0/1>;ssid=1", "/0/1", true, true},
        {"lwm2m=\"1.0\"", "/0/1", false, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool sound;

        ck_assert_int_eq(links_have(bytes_of_text(rows[i].links), rows[i].path, &sound), rows[i].has);
        ck_assert_int_eq(sound, rows[i].sound);
    }
}
END_TEST

START_TEST(links_to_what_is_beneath)
{
    static const struct {
        const char *links, *path;
        size_t n;
    } rows[] = {
        {"</3/0>,</3/0/1>,</3/0/13>", "/3/0", 3},
        {"</30>,</3/01>,</3>", "/3/0", 0},
        {"lwm2m=\"1.0\",</0/0>,</0/1>;ssid=1,</1/0>", "/0", 2},
        {"</>;lwm2m=1.1,</0>", "/0", 1},
        {"</1/0>;t=\"</0/0/5>\"", "/0", 0},
        {"", "/0", 0},
    };
    bool sound;

    ck_assert_uint_eq(links_beneath(bytes_of_text(rows[_i].links), rows[_i].path, &sound), rows[_i].n);
    ck_assert(sound);
}
END_TEST

/* LwM2M 1.1 Core E.1, resource 16: 0xC0A8 is 49320; written in four octets, read in any length of an integer. */
START_TEST(suites_of_an_account)
{
    static const uint8_t as_written[] = {0x88, 16, 12, 0x44, 0, 0, 0, 0xC0, 0xA8, 0x44, 1, 0, 0, 0, 0xAE};
    static const uint8_t otherwise[] = {0x88, 16,   15, 0x42, 0, 0xC0, 0xA8, 0x41, 1,
                                        0xAE, 0x46, 2,  0,    1, 0,    0,    0,    0};
    struct account account = {.mode = SECURITY_PSK, .ciphers = {0xC0A8, 0x00AE}}, read;
    struct bytes account_tlv = security_tlv(arena, &account);

    ck_assert_uint_gt(account_tlv.n, sizeof as_written);
    ck_assert_mem_eq(account_tlv.at + account_tlv.n - sizeof as_written, as_written, sizeof as_written);
    ck_assert(parse_security(account_tlv, &read));
    ck_assert_mem_eq(read.ciphers, account.ciphers, sizeof read.ciphers);
    ck_assert(parse_security(BYTES(otherwise), &read));
    ck_assert_mem_eq(read.ciphers, account.ciphers, sizeof read.ciphers);
    account.ciphers[0] = 0;
    ck_assert_uint_eq(security_tlv(arena, &account).n, account_tlv.n - sizeof as_written);
}
END_TEST

Suite *content_suite(void)
{
    Suite *s = suite_create("content");
    TCase *c = tcase_create("formats");

    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, tlv_of_the_device_object);
    tcase_add_test(c, what_is_cut_short_is_bounded);
    tcase_add_test(c, senml_json);
    tcase_add_test(c, senml_json_that_is_none);
    tcase_add_test(c, senml_cbor);
    tcase_add_test(c, senml_cbor_that_is_none);
    tcase_add_test(c, text);
    tcase_add_test(c, more_resources_than_room);
    tcase_add_test(c, links);
    tcase_add_loop_test(c, links_to_what_is_beneath, 0, 6);
    tcase_add_test(c, suites_of_an_account);
    suite_add_tcase(s, c);
    return s;
}
