/* The cookie exchange, RFC 6347 4.2.1: who is asked, what a cookie is good for, how its messages are numbered. */
#include <string.h>

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

/* ---- numbers ------------------------------------------------------------------------------------------------------------ */

/* True when a record of that number and `from` or above went out. */
static bool was_sent(struct assoc *a, uint64_t number, uint64_t from)
{
    const struct trace *trace = a->trace;

    for (size_t i = 0; i < trace->n; i++)
        for (size_t k = 0; k < trace->entries[i].record_count; k++)
            if (!trace->entries[i].from_device && trace->entries[i].assoc == a->number &&
                trace->entries[i].records[k].seq == number && number >= from)
                return true;
    return false;
}

CASE(verify_request_number, .id = "handshake/verify-request-mirrors-number",
     .title = "HelloVerifyRequest and ServerHello have the number of the hello that they answer",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_VERIFY_REQUEST_NUMBER)
{
    enum { FIRST_NUMBER = 5, SECOND_NUMBER = 9 };
    static const char expected[] =
        "record numbers 5 and 9, as the hellos have, or 0 and 1, their message_seq";
    struct assoc *a = dial(t);
    struct event hello;

    a->write[0].next_seq = FIRST_NUMBER;
    struct bytes cookie = needs_cookie(a);
    const struct device_fragment *came;
    size_t n = device_fragments(a, &came);
    uint64_t request = n > 0 ? came[n - 1].seq : 0;

    a->write[0].next_seq = SECOND_NUMBER;
    client_hello_with_cookie(a, cookie, USUAL);
    if (await_hello_answer(a, &hello) != ANSWER_SERVER_HELLO)
        not_applicable(t, "no ServerHello answers the hello with the cookie; that is judged elsewhere");
    bool mirrored = was_sent(a, request, FIRST_NUMBER) && was_sent(a, hello.seq, SECOND_NUMBER);
    bool by_message = request == 0 && hello.seq == 1;

    require(t, mirrored || by_message, expected, "%llu and %llu", (unsigned long long)request,
            (unsigned long long)hello.seq);
    if (by_message)
        note(t, "numbered as erratum 5186 reads the section: by message_seq");
}

/* An association that got a ServerHello, for two suites when the device takes one of them. */
static struct assoc *dial_up_to_hello(struct test *t)
{
    struct assoc *a = dial(t);
    enum alert refusal;

    client_hello(a, TWO_SUITES);
    if (await_server_hello(a, &refusal) != NULL)
        return a;
    a = dial(t);
    client_hello(a, USUAL);
    if (await_server_hello(a, &refusal) == NULL)
        not_applicable(t, "the device does not go along with a good hello; that is judged elsewhere");
    return a;
}

/* On to ServerHelloDone, whatever its number is, and then our flight and the device's Finished. False: it stopped. */
static bool go_through(struct assoc *a)
{
    struct event e;

    do
        e = await_event(a, false);
    while (e.kind == EVENT_MESSAGE && e.message_type == SERVER_KEY_EXCHANGE);
    if (e.kind != EVENT_MESSAGE || e.message_type != SERVER_HELLO_DONE)
        return false;
    client_finish(a);
    expect_finished(a);
    return true;
}

CASE(message_numbers, .id = "handshake/message-numbers", .title = "Server numbers its messages without gaps",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_MESSAGE_SEQ_COUNTED)
{
    static const char expected[] = "message_seq 0 for the first message, one more for each that follows";
    struct assoc *a = dial_up_to_hello(t);
    bool whole = go_through(a), asked = false;
    const struct device_fragment *came;
    size_t n = device_fragments(a, &came);
    unsigned next = 0;

    for (size_t i = 0; i < n; i++) {
        const struct fragment *f = &came[i].f;

        if (came[i].change_cipher_spec || came[i].copy || f->offset > 0)
            continue;
        if (f->type == HELLO_VERIFY_REQUEST && asked)
            continue; /* a server that keeps no state cannot count them */
        asked |= f->type == HELLO_VERIFY_REQUEST;
        if (f->message_seq != next)
            mark_entry(t, came[i].trace_at, 0, 1, "a message out of number");
        require(t, f->message_seq == next, expected, "%s with message_seq %u instead of %u",
                handshake_name(f->type), f->message_seq, next);
        next++;
    }
    if (!whole)
        not_judged(t, "the device's flight did not come to its end");
    say(t, expected, "0 to %u", next - 1);
}

static bool is_verify_request(const struct device_fragment *f)
{
    return !f->change_cipher_spec && f->f.type == HELLO_VERIFY_REQUEST;
}

CASE(numbers_after_repeated_hello, .id = "handshake/numbers-after-repeated-hello",
     .title = "Server uses no record number twice when a hello is repeated", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_RECORD_NUMBERS_UNIQUE)
{
    enum { AGAIN_MS = 50, REPEATED = 2 };
    static const char expected[] =
        "every record in the clear has a number of its own, but for HelloVerifyRequests";
    struct assoc *a = dial(t);
    struct bytes cookie = needs_cookie(a);
    const struct device_fragment *came;
    enum alert refusal;

    for (int i = 0; i < REPEATED; i++) {
        flight_resend(a);
        wait_ms(t, AGAIN_MS, "for the answer to the repeated hello");
    }
    client_hello_with_cookie(a, cookie, USUAL);
    if (await_server_hello(a, &refusal) == NULL || carry_on(a) != NULL)
        not_applicable(t, "the handshake does not complete; that is judged elsewhere");
    size_t n = device_fragments(a, &came);

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i && !is_verify_request(&came[i]) && !came[i].copy; k++)
            if (came[i].epoch == 0 && came[k].epoch == 0 && came[k].seq == came[i].seq &&
                came[k].f.type != came[i].f.type) {
                mark_entry(t, came[i].trace_at, 0, RECORD_HEADER, "a number that was used");
                fail_shown(t, expected, "%s numbered %llu, as %s was", handshake_name(came[i].f.type),
                           (unsigned long long)came[i].seq, handshake_name(came[k].f.type));
            }
    say(t, expected, "so it is");
}

/* ---- what is hashed, RFC 6347 4.2.6 ------------------------------------------------------------------------------------- */

/* The message in the first record of a datagram, header and all. */
static struct bytes message_in(const struct trace_entry *e)
{
    return bytes_slice(e->datagram, RECORD_HEADER, e->datagram.n - RECORD_HEADER);
}

/* The first hello and the first HelloVerifyRequest; empty without a cookie exchange. */
static struct bytes unhashed(struct assoc *a)
{
    const struct trace *trace = a->trace;
    const struct device_fragment *came;

    if (device_fragments(a, &came) == 0 || !is_verify_request(&came[0]))
        return NO_BYTES;
    for (size_t i = 0; i < trace->n; i++)
        if (trace->entries[i].kind == TRACE_DATAGRAM && trace->entries[i].assoc == a->number)
            return join(test_of(a), message_in(&trace->entries[i]),
                        message_in(&trace->entries[came[0].trace_at]));
    return NO_BYTES;
}

CASE(verify_request_not_hashed, .id = "handshake/verify-request-not-hashed",
     .title = "Server leaves the first hello and the HelloVerifyRequest out of the Finished",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_HELLO_NOT_HASHED)
{
    static const char expected[] = "a handshake that completes with the second hello as its first message";
    struct assoc *a = dial_up_to_hello(t);

    if (unhashed(a).n == 0)
        not_applicable(t, "the device asks for no cookie");
    if (carry_on(a) != NULL) {
        struct assoc *b = dial_up_to_hello(t);
        struct bytes from_second = octets(t, b->transcript_n, b->transcript), before = unhashed(b);

        deviate(t, "the first hello and the HelloVerifyRequest are hashed");
        b->transcript_n = 0;
        transcript_add(b, join(t, before, from_second));
        if (carry_on(b) == NULL)
            fail_shown(t, expected, "it completes with the first hello and the HelloVerifyRequest hashed");
        not_applicable(t, "the handshake does not complete either way; that is judged elsewhere");
    }
    say(t, expected, "completed");
}

CHAPTER(handshake_cookie_chapter, "handshake", "Hellos, cookies and the order of messages", &asks_for_cookie,
        &cookie_checked, &bad_cookie_renewed, &cookie_of_another_address, &cookie_of_another_port,
        &cookie_of_another_hello, &verify_request_number, &message_numbers, &numbers_after_repeated_hello,
        &verify_request_not_hashed);
