/* A client's hellos, cookies and the ServerHello that it goes on with. */
#include "case/case.h"

/* ---- HelloVerifyRequest, RFC 6347 4.2.1 --------------------------------------------------------------------------------- */

static bool cookie_lengths(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "1", .title = "1 octet", .value = 1},
        {.slug = "20", .title = "20 octets", .value = 20},
        {.slug = "33", .title = "33 octets", .value = 33},
        {.slug = "64", .title = "64 octets", .value = 64},
        {.slug = "255", .title = "255 octets", .value = 255},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(cookie_echoed, .id = "handshake/client-cookie",
     .title = "Client repeats its hello with the cookie that it was given", .dut = CLIENT,
     .requirement = REQ_COOKIE_ECHOED, .members = cookie_lengths)
{
    struct assoc *a = await_client(t);

    first_client_hello(a);
    expect_verified_hello(a, DTLS_1_2, DTLS_1_2, random_bytes(t, member(t)));
    expect_served(a, .cipher = good_suite(a));
}

CASE(cookie_empty, .id = "handshake/client-cookie-empty",
     .title = "Client goes on dialling after a HelloVerifyRequest without a cookie", .dut = CLIENT,
     .requirement = REQ_SURVIVES_BAD_INPUT, .negative = true)
{
    struct assoc *a = await_client(t);

    deviate(t, "a HelloVerifyRequest with a cookie of no octets, twice");
    for (int i = 0; i < 2; i++)
        verify_request_as(a, verify_request_body(t, NO_BYTES));
    verify_request_as(a, verify_request_body(t, random_bytes(t, 20)));
    note_what_comes(a);
}

CASE(cookie_renewed, .id = "handshake/client-second-verify-request",
     .title = "Client repeats its hello with a second cookie", .dut = CLIENT,
     .requirement = REQ_COOKIE_RENEWED)
{
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    expect_verified_hello(a, DTLS_1_0, DTLS_1_0, random_bytes(t, 20));
    expect_served(a, .cipher = good_suite(a));
}

/* No hello with a cookie comes. */
static void expect_no_cookie(struct assoc *a)
{
    static const char expected[] = "no hello with a cookie";
    struct bytes cookie = await_cookie(a);

    if (cookie.n > 0)
        fail_shown(test_of(a), expected, "a hello with a cookie of %zu octets", cookie.n);
    say(test_of(a), expected, "none");
}

CASE(late_verify_request, .id = "handshake/client-late-verify-request",
     .title = "Client does not begin again because of a HelloVerifyRequest after the ServerHello",
     .dut = CLIENT, .requirement = REQ_VERIFY_REQUEST_ONLY_FIRST, .negative = true)
{
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    flight_begin(a);
    flight_message(a, SERVER_HELLO, server_hello_body(a, .cipher = 0));
    deviate(t, "a HelloVerifyRequest after the ServerHello");
    flight_message(a, HELLO_VERIFY_REQUEST, verify_request_body(t, random_bytes(t, 20)));
    flight_send(a, false);
    expect_no_cookie(a);
}

enum verify_request { BEYOND, EMPTY, VERSION_ONLY, TRAILING };

static bool verify_requests(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "cookie-beyond", .title = "a cookie that is longer than the message", .value = BEYOND},
        {.slug = "empty", .title = "no octets", .value = EMPTY},
        {.slug = "version-only", .title = "nothing but a version", .value = VERSION_ONLY},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static void send_wrong_verify_request(struct assoc *a, enum verify_request kind)
{
    static const uint8_t beyond[] = {0xFE, 0xFF, 0xFF, 1, 2, 3, 4}, trailing[] = {0};
    struct test *t = test_of(a);
    struct bytes body = BYTES(beyond);

    if (kind == EMPTY || kind == VERSION_ONLY)
        body.n = kind == EMPTY ? 0 : 2;
    if (kind == TRAILING)
        body = join(t, verify_request_body(t, random_bytes(t, 20)), BYTES(trailing));
    deviate(t, "a HelloVerifyRequest whose lengths do not agree, twice");
    for (int i = 0; i < 2; i++)
        verify_request_as(a, body);
}

CASE(verify_request_length, .id = "handshake/client-verify-request-length",
     .title = "Client takes no cookie from a HelloVerifyRequest that is cut short", .dut = CLIENT,
     .requirement = REQ_VERIFY_REQUEST_LENGTH_EXACT, .negative = true, .members = verify_requests)
{
    struct assoc *a = await_client(t);

    send_wrong_verify_request(a, member(t));
    expect_no_cookie(a);
}

CASE(verify_request_trailing, .id = "handshake/client-verify-request-trailing",
     .title = "Client takes no cookie from a HelloVerifyRequest with an octet left over", .dut = CLIENT,
     .requirement = REQ_VERIFY_REQUEST_NO_MORE, .negative = true)
{
    struct assoc *a = await_client(t);

    send_wrong_verify_request(a, TRAILING);
    expect_no_cookie(a);
}

/* ---- the ServerHello's lengths, RFC 5246 7.4.1.3 ------------------------------------------------------------------------ */

enum wrong_length {
    TRAILING_OCTET,
    BLOCK_SHORT,
    BLOCK_LONG,
    SESSION_ID_33,
    CUT_IN_RANDOM,
    NO_COMPRESSION_OCTET
};

static bool wrong_lengths(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "trailing-octet", .title = "an octet left over", .value = TRAILING_OCTET},
        {.slug = "extensions-short", .title = "extensions said to be an octet shorter", .value = BLOCK_SHORT},
        {.slug = "extensions-long", .title = "extensions said to be an octet longer", .value = BLOCK_LONG},
        {.slug = "session-id-33", .title = "a session id of 33 octets", .value = SESSION_ID_33},
        {.slug = "cut-in-random", .title = "cut in the random", .value = CUT_IN_RANDOM},
        {.slug = "no-compression", .title = "no compression octet", .value = NO_COMPRESSION_OCTET},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* Where things are in a ServerHello without a session id. */
enum { SESSION_ID_AT = 34, COMPRESSION_AT = 37, BLOCK_AT = 38, EXTENSIONS_AT = 40 };

static struct bytes with_block_length(struct test *t, struct bytes body, int more)
{
    size_t n = body.n - EXTENSIONS_AT + (size_t)more;
    const uint8_t length[] = {(uint8_t)(n >> 8), (uint8_t)n};

    return join(t, join(t, bytes_slice(body, 0, BLOCK_AT), BYTES(length)),
                bytes_slice(body, EXTENSIONS_AT, body.n));
}

static struct bytes with_long_session_id(struct test *t, struct bytes body)
{
    static const uint8_t length[] = {33};
    struct bytes id = join(t, BYTES(length), random_bytes(t, 33));

    return join(t, join(t, bytes_slice(body, 0, SESSION_ID_AT), id),
                bytes_slice(body, SESSION_ID_AT + 1, body.n));
}

static struct bytes wrong_hello(struct test *t, struct bytes body)
{
    static const uint8_t zero[] = {0};
    enum wrong_length kind = member(t);

    if ((kind == BLOCK_SHORT || kind == BLOCK_LONG) && body.n < EXTENSIONS_AT)
        not_applicable(t, "the answer to this device's hello holds no extensions");
    switch (kind) {
    case TRAILING_OCTET: return join(t, body, BYTES(zero));
    case BLOCK_SHORT: return with_block_length(t, body, -1);
    case BLOCK_LONG: return with_block_length(t, body, 1);
    case SESSION_ID_33: return with_long_session_id(t, body);
    case CUT_IN_RANDOM: return bytes_slice(body, 0, 20);
    case NO_COMPRESSION_OCTET: break;
    }
    return join(t, bytes_slice(body, 0, COMPRESSION_AT), bytes_slice(body, COMPRESSION_AT + 1, body.n));
}

CASE(server_hello_length, .id = "handshake/client-server-hello-length",
     .title = "Client ends the handshake when the lengths in the ServerHello do not agree", .dut = CLIENT,
     .requirement = REQ_SERVER_HELLO_LENGTH_EXACT, .negative = true, .members = wrong_lengths)
{
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    deviate(t, "a ServerHello whose lengths do not agree");
    server_hello_as(a, wrong_hello);
    expect_abort(a);
}

/* ---- compression -------------------------------------------------------------------------------------------------------- */

static bool has_octet(struct bytes list, uint8_t octet)
{
    for (size_t i = 0; i < list.n; i++)
        if (list.at[i] == octet)
            return true;
    return false;
}

CASE(null_compression, .id = "handshake/client-compression",
     .title = "Client's hello offers the null compression", .dut = CLIENT,
     .requirement = REQ_CLIENT_NULL_COMPRESSION)
{
    struct bytes list = first_client_hello(await_client(t))->compression;

    require(t, has_octet(list, 0), "0 among the compression methods", "%s", arena_hex(arena_of(t), list));
}

CASE(no_compression, .id = "handshake/client-no-compression",
     .title = "Client's hello offers no compression but null", .dut = CLIENT,
     .requirement = REQ_NO_COMPRESSION)
{
    struct bytes list = first_client_hello(await_client(t))->compression;

    require(t, bytes_all(list, 0), "no compression method but 0", "%s", arena_hex(arena_of(t), list));
}

CASE(unoffered_compression, .id = "handshake/client-unoffered-compression",
     .title = "Client ends the handshake when the ServerHello names a compression that it did not offer",
     .dut = CLIENT, .requirement = REQ_UNOFFERED_COMPRESSION_REFUSED, .negative = true)
{
    enum { DEFLATE = 1, LZS = 64 };
    struct assoc *a = await_client(t);
    uint8_t method = has_octet(expect_client_hello(a)->compression, DEFLATE) ? LZS : DEFLATE;

    deviate(t, "a ServerHello with compression %u, which was not offered", method);
    server_hello(a, .cipher = good_suite(a), .compression = method);
    expect_abort(a);
}

/* ---- records of another epoch, RFC 6347 4.1 ----------------------------------------------------------------------------- */

/* A whole message in a plaintext record of epoch 1. */
static void send_in_epoch_1(struct assoc *a, uint8_t type, uint16_t seq, struct bytes body)
{
    size_t cap = HANDSHAKE_HEADER + body.n;
    struct writer w = writer_of(arena_alloc(arena_of(test_of(a)), cap), cap);
    uint32_t n = (uint32_t)body.n;

    put_fragment(&w, &(struct fragment){type, n, seq, 0, n, body});
    send_plain_record(a, CONTENT_HANDSHAKE, DTLS_1_2, 1, UINT64_MAX, written(&w));
}

CASE(server_hello_in_epoch_1, .id = "handshake/client-server-hello-in-epoch-1",
     .title = "Client does not take a ServerHello in a plaintext record of epoch 1", .dut = CLIENT,
     .requirement = REQ_EPOCH_CHECKED, .negative = true)
{
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    struct bytes body = server_hello_body(a, .cipher = 0);
    uint16_t seq = a->next_send_seq;

    flight_begin(a);
    deviate(t, "ServerHello and ServerHelloDone in plaintext records of epoch 1, twice");
    for (int i = 0; i < 2; i++) {
        send_in_epoch_1(a, SERVER_HELLO, seq, body);
        send_in_epoch_1(a, SERVER_HELLO_DONE, (uint16_t)(seq + 1), NO_BYTES);
    }
    expect_abort(a);
}

CASE(verify_request_in_epoch_1, .id = "handshake/client-verify-request-in-epoch-1",
     .title = "Client does not take a HelloVerifyRequest in a record of epoch 1", .dut = CLIENT,
     .requirement = REQ_EPOCH_CHECKED, .negative = true)
{
    struct assoc *a = await_client(t);
    struct bytes body = verify_request_body(t, random_bytes(t, 20));

    deviate(t, "a HelloVerifyRequest in a record of epoch 1, twice");
    for (int i = 0; i < 2; i++)
        send_in_epoch_1(a, HELLO_VERIFY_REQUEST, 0, body);
    expect_no_cookie(a);
}

CASE(large_epoch_first, .id = "handshake/client-large-epoch-first",
     .title = "Client is not stopped by a record of the last epoch before its handshake", .dut = CLIENT,
     .requirement = REQ_INVALID_RECORD_DROPPED, .negative = true)
{
    struct assoc *a = await_client(t);
    struct bytes noise = random_bytes(t, 40);

    deviate(t, "a record of epoch 65535 with the last number and random octets, twice");
    for (int i = 0; i < 2; i++)
        send_plain_record(a, CONTENT_HANDSHAKE, DTLS_1_2, UINT16_MAX, 0xFFFFFFFFFFFF, noise);
    expect_served(a, .cipher = 0);
    expect_served_client(a);
}

CHAPTER(handshake_client_chapter, "handshake", "Handshake: a client", &cookie_echoed, &cookie_empty,
        &cookie_renewed, &late_verify_request, &verify_request_length, &verify_request_trailing,
        &server_hello_length, &null_compression, &no_compression, &unoffered_compression,
        &server_hello_in_epoch_1, &verify_request_in_epoch_1, &large_epoch_first);
