/* The cookie exchange, RFC 6347 4.2.1: who is asked, what a cookie is good for. */
#include "case/case.h"

static const uint8_t null_and_deflate[] = {0, 1};

/* The two mandatory suites, and no more. */
#define TWO_SUITES .ciphers = {TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CBC_SHA256}

/* Nothing is special. */
#define USUAL .version = DTLS_1_2

static struct bytes needs_cookie(struct assoc *a)
{
    struct bytes cookie = ask_cookie(a, USUAL);

    if (cookie.n == 0)
        not_applicable(test_of(a), "the device asks for no cookie");
    return cookie;
}

/* ---- who is asked ------------------------------------------------------------------------------------------------------- */

enum ask { PLAIN, SESSION_ID, NEWER_VERSION };
enum { NEWER = 0xFEFC, A_SESSION = 32, ONE_MORE = TLS_PSK_WITH_AES_256_GCM_SHA384 };

static bool asks(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "plain", .title = "an ordinary hello", .value = PLAIN},
        {.slug = "session-id", .title = "a hello with an unknown session id", .value = SESSION_ID},
        {.slug = "newer-version", .title = "a hello above DTLS 1.2", .value = NEWER_VERSION},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static size_t octets_of(struct assoc *a, bool from_device)
{
    const struct trace *trace = a->trace;
    size_t n = 0;

    for (size_t i = 0; i < trace->n; i++)
        if (trace->entries[i].kind == TRACE_DATAGRAM && trace->entries[i].assoc == a->number &&
            trace->entries[i].from_device == from_device)
            n += trace->entries[i].datagram.n;
    return n;
}

static void say_hello(struct assoc *a, enum ask how)
{
    struct test *t = test_of(a);

    switch (how) {
    case PLAIN: client_hello_once(a, TWO_SUITES); break;
    case SESSION_ID: client_hello_once(a, USUAL, .session_id = random_bytes(t, A_SESSION)); break;
    case NEWER_VERSION: client_hello_once(a, .version = NEWER); break;
    }
}

CASE(asks_for_cookie, .id = "handshake/asks-for-cookie", .title = "Server asks for a cookie first",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_COOKIE_ASKED, .members = asks)
{
    static const char expected[] = "a HelloVerifyRequest";
    struct event came;

    if (member(t) != PLAIN)
        needs_cookie(dial(t));
    struct assoc *a = dial(t);

    say_hello(a, member(t));
    enum hello_answer answer = await_hello_answer(a, &came);

    if (answer == ANSWER_ALERT || answer == ANSWER_NONE)
        not_applicable(t, "the device does not go along with that hello (%s); that is judged elsewhere",
                       answer_text(a, &came));
    size_t sent = octets_of(a, false), received = octets_of(a, true);

    require(t, answer == ANSWER_VERIFY_REQUEST, expected, "%s: %zu octets for %zu, %zu.%zu times as many",
            answer_text(a, &came), received, sent, received / sent, received * 10 / sent % 10);
}

/* ---- what a cookie is good for ------------------------------------------------------------------------------------------ */

enum change { FLIPPED, SHORT, LONG, OTHER_LENGTH };
enum { COOKIE_MAX = 255 };

static bool changes(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "flipped", .title = "its last bit turned", .value = FLIPPED},
        {.slug = "short", .title = "without its last octet", .value = SHORT},
        {.slug = "long", .title = "with one octet more", .value = LONG},
        {.slug = "other-length", .title = "255 random octets", .value = OTHER_LENGTH},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static struct bytes changed(struct test *t, struct bytes cookie, enum change how)
{
    static const uint8_t zero[] = {0};
    uint8_t last;

    switch (how) {
    case SHORT: return bytes_slice(cookie, 0, cookie.n - 1);
    case LONG:
        if (cookie.n == COOKIE_MAX)
            not_applicable(t, "the device's cookie is as long as a cookie can be");
        return join(t, cookie, BYTES(zero));
    case OTHER_LENGTH: return random_bytes(t, COOKIE_MAX);
    default:
        last = cookie.at[cookie.n - 1] ^ 1;
        return join(t, bytes_slice(cookie, 0, cookie.n - 1), (struct bytes){&last, 1});
    }
}

/* Sends the hello with a cookie that the device did not give; what it answers. */
static enum hello_answer try_changed(struct assoc *a, struct event *came)
{
    struct test *t = test_of(a);
    struct bytes bad = changed(t, needs_cookie(a), member(t));

    deviate(t, "a cookie that the device did not give");
    client_hello_with_cookie(a, bad, USUAL);
    return await_hello_answer(a, came);
}

static void judge_cookie(struct assoc *a, enum hello_answer answer, const struct event *came)
{
    static const char expected[] = "no ServerHello: a HelloVerifyRequest, an alert, or silence";

    if (answer == ANSWER_SERVER_HELLO)
        show_server_hello(a, expected, "");
    say(test_of(a), expected, "%s", answer_text(a, came));
}

CASE(cookie_checked, .id = "handshake/cookie-checked", .title = "Server takes only a cookie that it gave",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_COOKIE_CHECKED, .negative = true,
     .members = changes)
{
    struct assoc *a = dial(t);
    struct event came;
    enum hello_answer answer = try_changed(a, &came);

    judge_cookie(a, answer, &came);
}

CASE(bad_cookie_renewed, .id = "handshake/bad-cookie-renewed",
     .title = "Server gives a new cookie to a hello with a bad one", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_BAD_COOKIE_RENEWED, .negative = true, .members = changes)
{
    static const char expected[] = "a HelloVerifyRequest";
    struct assoc *a = dial(t);
    struct event came;
    enum hello_answer answer = try_changed(a, &came);

    if (answer == ANSWER_SERVER_HELLO)
        not_applicable(t, "the device takes that cookie; that is judged by handshake/cookie-checked");
    if (answer == ANSWER_NONE)
        fail_missed(t, expected, "silence");
    require(t, answer == ANSWER_VERIFY_REQUEST, expected, "%s", answer_text(a, &came));
}

CASE(cookie_of_another_address, .id = "handshake/cookie-of-another-address",
     .title = "Server takes a cookie only from the address that it gave it to",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_COOKIE_BOUND_TO_ADDRESS, .negative = true)
{
    struct assoc *a = dial(t);
    struct bytes cookie = needs_cookie(a);
    struct assoc *b = dial_from(t, "127.0.0.2");
    struct event came;

    deviate(t, "the same hello, with the cookie of 127.0.0.1, from 127.0.0.2");
    client_hello_with_cookie(b, cookie, USUAL, .random = a->client_random);
    enum hello_answer answer = await_hello_answer(b, &came);

    judge_cookie(b, answer, &came);
}

CASE(cookie_of_another_port, .id = "handshake/cookie-of-another-port",
     .title = "Whether a cookie is good for another port", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_COOKIE_BOUND_TO_PORT, .negative = true)
{
    struct assoc *a = dial(t), *b;
    struct bytes cookie = needs_cookie(a);
    struct event came;

    b = dial(t);
    deviate(t, "the same hello with the same cookie from another port");
    client_hello_with_cookie(b, cookie, USUAL, .random = a->client_random);
    enum hello_answer answer = await_hello_answer(b, &came);

    say(t, "either", "%s", answer_text(b, &came));
    note(t, answer == ANSWER_SERVER_HELLO ? "the cookie is good for every port of the address"
                                          : "the cookie is good for its port only");
}

enum other { OTHER_RANDOM, OTHER_SESSION, OTHER_SUITES, OTHER_COMPRESSION };

static bool others(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "random", .title = "another random", .value = OTHER_RANDOM},
        {.slug = "session-id", .title = "a session id", .value = OTHER_SESSION},
        {.slug = "cipher-suites", .title = "a suite more", .value = OTHER_SUITES},
        {.slug = "compression", .title = "a compression method more", .value = OTHER_COMPRESSION},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static void other_hello(struct assoc *a, struct bytes cookie, enum other how)
{
    struct test *t = test_of(a);

    switch (how) {
    case OTHER_RANDOM:
        client_hello_with_cookie(a, cookie, USUAL, .random = random_bytes(t, HELLO_RANDOM).at);
        break;
    case OTHER_SESSION:
        client_hello_with_cookie(a, cookie, USUAL, .session_id = random_bytes(t, A_SESSION));
        break;
    case OTHER_SUITES: client_hello_with_cookie(a, cookie, .ciphers = {ONE_MORE, good_cipher_of(t)}); break;
    case OTHER_COMPRESSION:
        client_hello_with_cookie(a, cookie, USUAL, .compression = BYTES(null_and_deflate));
        break;
    }
}

CASE(cookie_of_another_hello, .id = "handshake/cookie-of-another-hello",
     .title = "Server takes a cookie only with the hello that it was given for",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_COOKIE_BOUND_TO_HELLO, .negative = true,
     .members = others)
{
    struct assoc *a = dial(t);
    struct bytes cookie = needs_cookie(a);
    struct event came;

    deviate(t, "a second hello that differs from the first");
    other_hello(a, cookie, member(t));
    enum hello_answer answer = await_hello_answer(a, &came);

    judge_cookie(a, answer, &came);
}

CHAPTER(handshake_cookie_chapter, "handshake", "Hellos, cookies and the order of messages", &asks_for_cookie,
        &cookie_checked, &bad_cookie_renewed, &cookie_of_another_address, &cookie_of_another_port,
        &cookie_of_another_hello);
