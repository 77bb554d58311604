/* PSK identities and keys, RFC 4279 2: what a client must not take for its server. */
#include <string.h>

#include "case/case.h"

/* A client that sent its Finished and waits for ours; with the wrong key its Finished cannot be read. */
static struct assoc *at_client_finished(struct test *t)
{
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK));
    expect_client_key_exchange(a);
    expect_client_finished(a);
    return a;
}

CASE(server_key_checked, .id = "psk/client-server-key-checked",
     .title = "Client sends nothing to a server that does not know the key", .dut = CLIENT,
     .requirement = REQ_SERVER_KEY_CHECKED, .negative = true)
{
    struct bytes right = psk_of(t);
    uint8_t *wrong = arena_alloc(arena_of(t), right.n + 1);

    if (right.n > 0)
        memcpy(wrong, right.at, right.n);
    wrong[0] ^= 1;
    struct assoc *a = await_client_with_key(t, (struct bytes){wrong, right.n > 0 ? right.n : 1});

    expect_client_hello(a);
    server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK));
    expect_client_key_exchange(a);
    deviate(t, "ChangeCipherSpec and Finished under the wrong key");
    server_finish(a);
    expect_no_application_data(a);
}

CASE(no_data_before_finished, .id = "psk/client-no-data-before-finished",
     .title = "Client sends nothing before the server's Finished", .dut = CLIENT,
     .requirement = REQ_SERVER_KEY_CHECKED, .negative = true)
{
    struct assoc *a = at_client_finished(t);

    deviate(t, "the Finished of the server is withheld");
    flight_begin(a);
    expect_no_application_data(a);
}

enum finished { FLIPPED_FIRST, FLIPPED_LAST, ZEROS, ELEVEN };

static bool wrong_finished(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "flipped-first", .title = "its first bit flipped", .value = FLIPPED_FIRST},
        {.slug = "flipped-last", .title = "its last bit flipped", .value = FLIPPED_LAST},
        {.slug = "zeros", .title = "zeros", .value = ZEROS},
        {.slug = "11-octets", .title = "11 octets", .value = ELEVEN},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(finished_verified, .id = "psk/client-finished",
     .title = "Client refuses a Finished with wrong verify_data", .dut = CLIENT,
     .requirement = REQ_FINISHED_VERIFIED, .negative = true, .members = wrong_finished)
{
    struct assoc *a = at_client_finished(t);
    uint8_t data[VERIFY_DATA];

    assoc_verify_data(a, SIDE_SERVER, a->transcript_n, data);
    if (member(t) == FLIPPED_FIRST)
        data[0] ^= 0x80;
    if (member(t) == FLIPPED_LAST)
        data[VERIFY_DATA - 1] ^= 1;
    if (member(t) == ZEROS)
        memset(data, 0, sizeof data);
    deviate(t, "verify_data is wrong; the record is rightly protected");
    flight_begin(a);
    flight_change_cipher_spec(a);
    flight_message(a, FINISHED, (struct bytes){data, member(t) == ELEVEN ? VERIFY_DATA - 1 : VERIFY_DATA});
    flight_send(a, false);
    expect_no_application_data(a);
}

CASE(finished_in_clear, .id = "psk/client-finished-in-clear",
     .title = "Client refuses a Finished without ChangeCipherSpec and protection", .dut = CLIENT,
     .requirement = REQ_FINISHED_PROTECTED, .negative = true)
{
    struct assoc *a = at_client_finished(t);

    deviate(t, "no ChangeCipherSpec; the Finished is right and in clear");
    flight_begin(a);
    queue_finished(a);
    flight_send(a, false);
    expect_no_application_data(a);
}

enum hint { HINT_TEXT, HINT_EMPTY, HINT_128, HINT_BINARY, HINT_1000 };

static bool hints(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "text", .title = "text", .value = HINT_TEXT},
        {.slug = "empty", .title = "no octets", .value = HINT_EMPTY},
        {.slug = "128-octets", .title = "128 octets", .value = HINT_128},
        {.slug = "binary", .title = "octets that are no text", .value = HINT_BINARY},
        {.slug = "1000-octets", .title = "1000 octets", .value = HINT_1000},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static struct bytes hint_of(struct test *t, enum hint kind)
{
    static const uint8_t binary[] = {0x00, 0xFF, 0x80, 0x00};
    static const size_t length[] = {[HINT_128] = 128, [HINT_1000] = 1000};

    if (kind == HINT_TEXT)
        return bytes_of_text("hint");
    if (kind == HINT_EMPTY)
        return NO_BYTES;
    if (kind == HINT_BINARY)
        return BYTES(binary);
    uint8_t *at = arena_alloc(arena_of(t), length[kind]);

    memset(at, 'h', length[kind]);
    return (struct bytes){at, length[kind]};
}

CASE(hint_ignored, .id = "psk/client-hint", .title = "Client ignores the server's identity hint",
     .dut = CLIENT, .requirement = REQ_HINT_IGNORED, .members = hints)
{
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    server_hello_hint(a, hint_of(t, member(t)), .cipher = offered(a, ANY_PLAIN_PSK));
    struct bytes identity = expect_client_key_exchange(a);

    require(t, bytes_equal(identity, identity_of(t)), "the identity as without a hint", "the identity %s",
            arena_escape(arena_of(t), identity));
    expect_client_finished(a);
}

CASE(key_exchange_well_formed, .id = "psk/client-key-exchange-well-formed",
     .title = "Client's ClientKeyExchange holds the identity and nothing else", .dut = CLIENT,
     .requirement = REQ_KEY_EXCHANGE_WELL_FORMED)
{
    struct assoc *a = await_client(t);

    first_client_hello(a);
    server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK));
    expect_client_key_exchange(a);
}

CASE(plaintext_data_after, .id = "psk/client-plaintext-data-after-handshake",
     .title = "Client does not process plaintext application data after the handshake", .dut = CLIENT,
     .requirement = REQ_PLAINTEXT_DATA_DISCARDED, .negative = true)
{
    struct assoc *a = await_client(t);

    serve_good(a);
    deviate(t, "application data in clear, in an established association");
    struct sealed plain = plain_probe(a);

    expect_not_processed(a, &plain);
}

CHAPTER(psk_client_chapter, "psk", "PSK identities and keys", &server_key_checked, &no_data_before_finished,
        &finished_verified, &finished_in_clear, &hint_ignored, &key_exchange_well_formed,
        &plaintext_data_after);
