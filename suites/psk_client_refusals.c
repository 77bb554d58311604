/* What a client does with a ServerKeyExchange that is not in order, and with a handshake that fails, RFC 4279 2. */
#include <string.h>

#include "case/case.h"

/* ---- the lengths of a ServerKeyExchange ----------------------------------------------------------------------------------- */

enum lengths { SHORT, LONG, TRAILING, MAXIMUM, OTHER_EXCHANGE };

static bool hint_lengths(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "length-short", .title = "a length one too small", .value = SHORT},
        {.slug = "length-long", .title = "a length one too large", .value = LONG},
        {.slug = "trailing-octet", .title = "an octet after the hint", .value = TRAILING},
        {.slug = "length-ffff", .title = "a length of 65535", .value = MAXIMUM},
        {.slug = "of-another-exchange", .title = "the parameters of ECDHE", .value = OTHER_EXCHANGE},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static struct bytes odd_key_exchange(struct test *t, enum lengths kind)
{
    static const uint8_t named_curve_x25519[] = {3, 0x00, 0x1D, 32};
    static const uint16_t length[] = {[SHORT] = 3, [LONG] = 5, [TRAILING] = 4, [MAXIMUM] = 0xFFFF};
    struct writer w = writer_of(arena_alloc(arena_of(t), 8), 8);

    if (kind == OTHER_EXCHANGE)
        return join(t, BYTES(named_curve_x25519), random_bytes(t, 32));
    put_u16(&w, length[kind]);
    put_bytes(&w, bytes_of_text("hint"));
    if (kind == TRAILING)
        put_u8(&w, 0);
    return written(&w);
}

CASE(hint_length, .id = "psk/client-hint",
     .title = "Client ends the handshake when the lengths of a ServerKeyExchange disagree", .dut = CLIENT,
     .requirement = REQ_HINT_LENGTH_CHECKED, .negative = true, .members = hint_lengths)
{
    struct answer answer = {0};
    struct assoc *a = await_client(t);
    const struct client_hello *hello = expect_client_hello(a);

    answer.cipher = offered(a, ANY_PLAIN_PSK);
    deviate(t, "ServerKeyExchange whose lengths disagree; all else is right");
    queue_server_hello(a, &answer, hello);
    flight_message(a, SERVER_KEY_EXCHANGE, odd_key_exchange(t, member(t)));
    flight_message(a, SERVER_HELLO_DONE, NO_BYTES);
    flight_send(a, true);
    expect_abort(a);
}

/* ---- keys --------------------------------------------------------------------------------------------------------------------- */

enum wrong_key { KEY_ZEROS, KEY_SHORTENED, KEY_EXTENDED };

static bool wrong_keys(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "zeros", .title = "zeros", .value = KEY_ZEROS},
        {.slug = "shortened", .title = "the last octet left out", .value = KEY_SHORTENED},
        {.slug = "extended", .title = "an octet 00 appended", .value = KEY_EXTENDED},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static struct bytes wrong_key(struct test *t, enum wrong_key kind)
{
    static const uint8_t zero[] = {0};
    struct bytes right = psk_of(t);
    uint8_t *zeros = arena_alloc(arena_of(t), right.n + 1);

    if (right.n == 0 || (kind == KEY_ZEROS && bytes_all(right, 0)))
        not_applicable(t, "the device's key has no such variant");
    memset(zeros, 0, right.n + 1);
    if (kind == KEY_SHORTENED)
        return bytes_slice(right, 0, right.n - 1);
    return kind == KEY_ZEROS ? (struct bytes){zeros, right.n} : join(t, right, BYTES(zero));
}

/* The device's hello was answered by a server with that key, up to our Finished. */
static struct assoc *served_with(struct test *t, struct bytes key)
{
    struct assoc *a = await_client_with_key(t, key);

    expect_client_hello(a);
    server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK));
    expect_client_key_exchange(a);
    deviate(t, "ChangeCipherSpec and Finished under the wrong key");
    server_finish(a);
    return a;
}

CASE(wrong_key_refused, .id = "psk/client-wrong-key",
     .title = "Client sends nothing to a server with a wrong key", .dut = CLIENT,
     .requirement = REQ_SERVER_KEY_CHECKED, .negative = true, .members = wrong_keys)
{
    expect_no_application_data(served_with(t, wrong_key(t, member(t))));
}

/* ---- no way round DTLS ---------------------------------------------------------------------------------------------------------- */

enum { NO_ALERT = 0 };

static bool refusals(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "handshake-failure",
         .title = "refused by handshake_failure",
         .value = ALERT_HANDSHAKE_FAILURE},
        {.slug = "unknown-identity",
         .title = "refused by unknown_psk_identity",
         .value = ALERT_UNKNOWN_PSK_IDENTITY},
        {.slug = "wrong-key", .title = "the server has another key", .value = NO_ALERT},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(no_plain_fallback, .id = "psk/client-no-plain-fallback",
     .title = "Client whose handshake fails sends no CoAP in the clear", .dut = CLIENT,
     .requirement = REQ_NO_PLAIN_FALLBACK, .negative = true, .members = refusals)
{
    uint8_t alert = (uint8_t)member(t);

    if (alert == NO_ALERT) {
        expect_no_plain_coap(served_with(t, wrong_key(t, KEY_EXTENDED)));
        return;
    }
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    if (alert == ALERT_UNKNOWN_PSK_IDENTITY) {
        server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK));
        expect_client_key_exchange(a);
    }
    deviate(t, "the handshake is refused by fatal %s", alert_name(alert));
    send_alert(a, ALERT_FATAL, alert);
    expect_no_plain_coap(a);
}

/* ---- dialling again ------------------------------------------------------------------------------------------------------------- */

enum { WATCHED_MS = 2000, TOO_OFTEN = 6 };

static bool dial_alerts(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "115", .title = "unknown_psk_identity", .value = ALERT_UNKNOWN_PSK_IDENTITY},
        {.slug = "51", .title = "decrypt_error", .value = ALERT_DECRYPT_ERROR},
        {.slug = "20", .title = "bad_record_mac", .value = ALERT_BAD_RECORD_MAC},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(backs_off, .id = "psk/client-backs-off",
     .title = "Client does not dial in a tight loop when it is refused by", .dut = CLIENT,
     .requirement = REQ_DIALS_BACK_OFF, .negative = true, .members = dial_alerts)
{
    static const char expected[] = "fewer than 6 further handshakes in 2 s";
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    deviate(t, "every handshake is refused by fatal %s", alert_name((uint8_t)member(t)));
    unsigned n = dials_again(a, (enum alert)member(t), WATCHED_MS, TOO_OFTEN);

    require(t, n < TOO_OFTEN, expected, "%u", n);
    say(t, expected, "%u%s", n, n == 0 ? ": it does not dial again by itself in that time" : "");
}

CHAPTER(psk_client_refusals_chapter, "psk", "PSK identities and keys", &hint_length, &wrong_key_refused,
        &no_plain_fallback, &backs_off);
