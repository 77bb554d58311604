/* PSK identities and keys, RFC 4279 2: what a server must not take for the right one. */
#include <string.h>

#include "case/case.h"

/* An association whose ServerHello flight came: the device took a good offer and waits for ClientKeyExchange. */
static struct assoc *at_server_hello_done(struct test *t, struct bytes psk)
{
    struct assoc *a = dial_with_key(t, psk);

    good_hello(a);
    return a;
}

/* After a handshake that must not have completed: what we send under our keys is not answered either. */
static void expect_no_answer(struct assoc *a)
{
    if (liveness_of(test_of(a)) == LIVENESS_NONE)
        return;
    struct sealed probe = good_probe(a);

    send_sealed(a, &probe);
    expect_no_application_data(a);
}

/* ---- keys ----------------------------------------------------------------------------------------------------------- */

enum wrong_key {
    KEY_FLIPPED,
    KEY_ZEROS,
    KEY_EMPTY,
    KEY_SHORTENED,
    KEY_EXTENDED,
    KEY_ONE_OCTET,
    KEY_64_OCTETS,
    KEY_HEX_TEXT,
    KEY_REVERSED
};

static bool wrong_keys(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "flipped", .title = "the last bit flipped", .value = KEY_FLIPPED},
        {.slug = "zeros", .title = "zeros", .value = KEY_ZEROS},
        {.slug = "empty", .title = "no octets", .value = KEY_EMPTY},
        {.slug = "shortened", .title = "the last octet left out", .value = KEY_SHORTENED},
        {.slug = "extended", .title = "an octet 00 appended", .value = KEY_EXTENDED},
        {.slug = "one-octet", .title = "its first octet alone", .value = KEY_ONE_OCTET},
        {.slug = "64-octets", .title = "repeated to 64 octets", .value = KEY_64_OCTETS},
        {.slug = "hex-text", .title = "its octets in hexadecimal", .value = KEY_HEX_TEXT},
        {.slug = "reversed", .title = "its octets in reverse order", .value = KEY_REVERSED},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* n octets of the key, again and again. */
static struct bytes repeated(struct test *t, struct bytes key, size_t n)
{
    uint8_t *at = arena_alloc(arena_of(t), n);

    for (size_t i = 0; i < n; i++)
        at[i] = key.at[i % key.n];
    return (struct bytes){at, n};
}

static struct bytes altered(struct test *t, struct bytes right, enum wrong_key kind)
{
    uint8_t *at = arena_alloc(arena_of(t), right.n);

    for (size_t i = 0; i < right.n; i++)
        at[i] = kind == KEY_ZEROS ? 0 : kind == KEY_REVERSED ? right.at[right.n - 1 - i] : right.at[i];
    if (kind == KEY_FLIPPED)
        at[right.n - 1] ^= 1;
    return (struct bytes){at, right.n};
}

static struct bytes wrong_key(struct test *t, enum wrong_key kind)
{
    static const uint8_t zero[] = {0};
    struct bytes right = psk_of(t), key;

    if (right.n == 0)
        not_applicable(t, "the device's key has no octets");
    switch (kind) {
    case KEY_EMPTY: return NO_BYTES;
    case KEY_SHORTENED: key = bytes_slice(right, 0, right.n - 1); break;
    case KEY_EXTENDED: key = join(t, right, BYTES(zero)); break;
    case KEY_ONE_OCTET: key = bytes_slice(right, 0, 1); break;
    case KEY_64_OCTETS: key = repeated(t, right, 64); break;
    case KEY_HEX_TEXT: key = bytes_of_text(arena_hex(arena_of(t), right)); break;
    default: key = altered(t, right, kind); break;
    }
    if (bytes_equal(key, right))
        not_applicable(t, "that is the device's key");
    return key;
}

CASE(wrong_key_refused, .id = "psk/wrong-key-refused",
     .title = "Server does not complete a handshake with a wrong key", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_WRONG_KEY_REFUSED, .negative = true, .members = wrong_keys)
{
    struct assoc *a = at_server_hello_done(t, wrong_key(t, member(t)));

    deviate(t, "the key is wrong");
    client_finish(a);
    expect_no_finished(a);
    expect_no_answer(a);
}

CASE(finished_unread, .id = "psk/finished-unread",
     .title = "Server does not complete when it cannot read the Finished", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_FINISHED_VERIFIED, .negative = true)
{
    struct assoc *a = at_server_hello_done(t, psk_of(t));

    flight_begin(a);
    queue_client_key_exchange(a, identity_of(t));
    flight_change_cipher_spec(a);
    flight_send(a, false);
    deviate(t, "random octets stand where the Finished belongs");
    send_plain_record(a, CONTENT_HANDSHAKE, DTLS_1_2, 1, UINT64_MAX, random_bytes(t, 40));
    expect_no_finished(a);
}

CASE(wrong_key_manner, .id = "psk/wrong-key-manner",
     .title = "Server refuses a wrong key in silence or with one alert", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_REFUSAL_MANNER, .negative = true)
{
    struct assoc *a = at_server_hello_done(t, wrong_key(t, KEY_FLIPPED));

    deviate(t, "the key is wrong");
    client_finish(a);
    expect_refusal_alert(a, true, ALERT_BAD_RECORD_MAC, ALERT_HANDSHAKE_FAILURE, ALERT_DECRYPT_ERROR,
                         ALERT_UNKNOWN_PSK_IDENTITY);
}

/* ---- identities ----------------------------------------------------------------------------------------------------- */

static struct bytes unknown_identity(struct test *t)
{
    return bytes_of_text(arena_printf(arena_of(t), "pskgate-%s", arena_hex(arena_of(t), random_bytes(t, 8))));
}

static struct assoc *finish_as(struct test *t, struct bytes identity, const char *deviation)
{
    struct assoc *a = at_server_hello_done(t, psk_of(t));

    deviate(t, "%s", deviation);
    client_finish_as(a, identity);
    return a;
}

CASE(unknown_identity_refused, .id = "psk/unknown-identity-refused",
     .title = "Server does not complete a handshake with an identity it does not know",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_UNKNOWN_IDENTITY_REFUSED, .negative = true)
{
    struct assoc *a = finish_as(t, unknown_identity(t), "an identity that nobody has, with the right key");

    expect_no_finished(a);
    expect_no_answer(a);
}

CASE(unknown_identity_manner, .id = "psk/unknown-identity-manner",
     .title = "Server refuses an unknown identity in silence or with one alert",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_REFUSAL_MANNER, .negative = true)
{
    struct assoc *a = finish_as(t, unknown_identity(t), "an identity that nobody has, with the right key");

    expect_refusal_alert(a, true, ALERT_BAD_RECORD_MAC, ALERT_HANDSHAKE_FAILURE, ALERT_DECRYPT_ERROR,
                         ALERT_UNKNOWN_PSK_IDENTITY);
}

/* ---- ClientKeyExchange ---------------------------------------------------------------------------------------------- */

enum lengths { TRAILING, SHORT, LONG, MAXIMUM, NO_LENGTH };

static bool key_exchange_lengths(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "trailing-octet", .title = "an octet after the identity", .value = TRAILING},
        {.slug = "length-short", .title = "a length one too small", .value = SHORT},
        {.slug = "length-long", .title = "a length one too large", .value = LONG},
        {.slug = "length-ffff", .title = "a length of 65535", .value = MAXIMUM},
        {.slug = "no-length", .title = "an empty message", .value = NO_LENGTH},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static struct bytes odd_key_exchange(struct test *t, enum lengths kind)
{
    struct bytes id = identity_of(t);
    static const int shift[] = {[TRAILING] = 0, [SHORT] = -1, [LONG] = 1};
    struct writer w = writer_of(arena_alloc(arena_of(t), id.n + 3), id.n + 3);

    if (kind == NO_LENGTH)
        return NO_BYTES;
    if (kind == SHORT && id.n == 0)
        not_applicable(t, "the identity has no octets");
    put_u16(&w, kind == MAXIMUM ? 0xFFFF : (uint16_t)((int)id.n + shift[kind]));
    put_bytes(&w, id);
    if (kind == TRAILING)
        put_u8(&w, 0);
    return written(&w);
}

CASE(key_exchange_length, .id = "psk/key-exchange",
     .title = "Server refuses a ClientKeyExchange whose lengths disagree", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_KEY_EXCHANGE_LENGTH_CHECKED, .negative = true, .members = key_exchange_lengths)
{
    struct assoc *a = at_server_hello_done(t, psk_of(t));

    deviate(t, "ClientKeyExchange whose lengths disagree; all else is right");
    flight_begin(a);
    flight_message(a, CLIENT_KEY_EXCHANGE, odd_key_exchange(t, member(t)));
    assoc_derive(a);
    flight_change_cipher_spec(a);
    queue_finished(a);
    flight_send(a, false);
    expect_no_finished(a);
}

/* ---- Finished --------------------------------------------------------------------------------------------------------- */

enum finished { FLIPPED_FIRST, FLIPPED_LAST, ZEROS, ELEVEN, THIRTEEN };

static bool wrong_finished(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "flipped-first", .title = "its first bit flipped", .value = FLIPPED_FIRST},
        {.slug = "flipped-last", .title = "its last bit flipped", .value = FLIPPED_LAST},
        {.slug = "zeros", .title = "zeros", .value = ZEROS},
        {.slug = "11-octets", .title = "11 octets", .value = ELEVEN},
        {.slug = "13-octets", .title = "13 octets", .value = THIRTEEN},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static void put_wrong_finished(struct assoc *a, enum finished kind)
{
    uint8_t data[VERIFY_DATA + 1] = {0};

    assoc_verify_data(a, a->side, a->transcript_n, data);
    if (kind == FLIPPED_FIRST)
        data[0] ^= 0x80;
    if (kind == FLIPPED_LAST)
        data[VERIFY_DATA - 1] ^= 1;
    if (kind == ZEROS)
        memset(data, 0, sizeof data);
    size_t n = kind == ELEVEN ? VERIFY_DATA - 1 : kind == THIRTEEN ? VERIFY_DATA + 1 : VERIFY_DATA;

    flight_message(a, FINISHED, (struct bytes){data, n});
}

CASE(finished_verified, .id = "psk/finished", .title = "Server refuses a Finished with wrong verify_data",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_FINISHED_VERIFIED, .negative = true,
     .members = wrong_finished)
{
    struct assoc *a = at_server_hello_done(t, psk_of(t));

    deviate(t, "verify_data is wrong; the record is rightly protected");
    flight_begin(a);
    queue_client_key_exchange(a, identity_of(t));
    flight_change_cipher_spec(a);
    put_wrong_finished(a, member(t));
    flight_send(a, false);
    enum alert alert = expect_no_finished(a);

    note(t, "answered by %s; RFC 5246 7.2.2 names decrypt_error (51)",
         alert == ALERT_NONE ? "silence" : alert_name((uint8_t)alert));
}

CASE(finished_in_clear, .id = "psk/finished-in-clear",
     .title = "Server refuses a Finished without ChangeCipherSpec and protection",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_FINISHED_PROTECTED, .negative = true)
{
    struct assoc *a = at_server_hello_done(t, psk_of(t));

    deviate(t, "no ChangeCipherSpec; the Finished is right and in clear");
    flight_begin(a);
    queue_client_key_exchange(a, identity_of(t));
    queue_finished(a);
    flight_send(a, false);
    expect_no_finished(a);
}

CASE(no_hint, .id = "psk/no-hint", .title = "Server sends no identity hint", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_NO_IDENTITY_HINT)
{
    struct assoc *a = dial(t);

    client_hello(a, .version = DTLS_1_2);
    expect_server_hello(a);
    struct bytes hint = expect_server_hello_done(a);

    require(t, hint.at == NULL || hint.n == 0, "no identity hint", "the hint %s",
            arena_escape(arena_of(t), hint));
    if (hint.at != NULL)
        note(t, "a ServerKeyExchange with an empty hint");
    say(t, "no identity hint", "none");
}

CHAPTER(psk_chapter, "psk", "PSK identities and keys", &wrong_key_refused, &finished_unread,
        &wrong_key_manner, &unknown_identity_refused, &unknown_identity_manner, &key_exchange_length,
        &finished_verified, &finished_in_clear, &no_hint);
