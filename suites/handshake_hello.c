/* Hellos whose lengths do not agree, that come in a wrong epoch, or that ask for compression. */
#include "case/case.h"

/* ---- lengths that do not agree, RFC 5246 7.4.1.2 ---------------------------------------------------------------------- */

enum wrong {
    TRAILING_OCTET,
    EXTENSIONS_SHORT,
    EXTENSIONS_LONG,
    EXTENSION_BEYOND,
    SUITES_ODD,
    SUITES_EMPTY,
    SESSION_ID_33,
    COMPRESSION_EMPTY,
    SESSION_ID_BEYOND,
    CUT_IN_RANDOM,
    EMPTY_BODY,
    COOKIE_BEYOND
};

static bool wrongs(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "trailing-octet", .title = "an octet after the extensions", .value = TRAILING_OCTET},
        {.slug = "extensions-short", .title = "the block's length one too low", .value = EXTENSIONS_SHORT},
        {.slug = "extensions-long", .title = "the block's length one too high", .value = EXTENSIONS_LONG},
        {.slug = "extension-beyond",
         .title = "an extension that ends after the block",
         .value = EXTENSION_BEYOND},
        {.slug = "suites-odd", .title = "three octets of cipher suites", .value = SUITES_ODD},
        {.slug = "suites-empty", .title = "no cipher suites", .value = SUITES_EMPTY},
        {.slug = "session-id-33", .title = "a session id of 33 octets", .value = SESSION_ID_33},
        {.slug = "compression-empty", .title = "no compression methods", .value = COMPRESSION_EMPTY},
        {.slug = "session-id-beyond",
         .title = "a session id that ends after the hello",
         .value = SESSION_ID_BEYOND},
        {.slug = "cut-in-random", .title = "cut in the random", .value = CUT_IN_RANDOM},
        {.slug = "empty", .title = "no octets", .value = EMPTY_BODY},
        {.slug = "cookie-beyond", .title = "a cookie that ends after the hello", .value = COOKIE_BEYOND},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* A hello in parts, each vector with the length that its prefix says. */
struct part {
    size_t says;
    struct bytes content;
};

struct parts {
    uint16_t version;
    struct bytes random;
    struct part session_id, cookie, ciphers, compression, extensions;
    struct bytes rest;
};

static struct part part_of(struct bytes content)
{
    return (struct part){content.n, content};
}

static struct bytes put_together(struct test *t, const struct parts *p)
{
    size_t cap = 64 + p->session_id.content.n + p->cookie.content.n + p->ciphers.content.n +
                 p->compression.content.n + p->extensions.content.n;
    struct writer w = writer_of(arena_alloc(arena_of(t), cap), cap);

    put_u16(&w, p->version);
    put_bytes(&w, p->random);
    put_u8(&w, (uint8_t)p->session_id.says);
    put_bytes(&w, p->session_id.content);
    put_u8(&w, (uint8_t)p->cookie.says);
    put_bytes(&w, p->cookie.content);
    put_u16(&w, (uint16_t)p->ciphers.says);
    put_bytes(&w, p->ciphers.content);
    put_u8(&w, (uint8_t)p->compression.says);
    put_bytes(&w, p->compression.content);
    put_u16(&w, (uint16_t)p->extensions.says);
    put_bytes(&w, p->extensions.content);
    put_bytes(&w, p->rest);
    return written(&w);
}

static struct parts parts_of(struct bytes body)
{
    struct client_hello h;

    parse_client_hello(body, &h);
    return (struct parts){h.version,
                          h.random,
                          part_of(h.session_id),
                          part_of(h.cookie),
                          part_of(h.ciphers),
                          part_of(h.compression),
                          part_of(h.extensions),
                          NO_BYTES};
}

/* The last extension, which has no body, says that it has one octet. */
static struct bytes last_beyond(struct test *t, struct bytes block)
{
    static const uint8_t one[] = {1};

    return join(t, bytes_slice(block, 0, block.n - 1), BYTES(one));
}

/* The body of a hello with the lengths of the case's row; nothing else is special. The same body gives the same, or no cookie would fit. */
static struct bytes make_wrong(struct test *t, struct bytes body)
{
    enum { SUITE = 2, CUT_AT = 20, LEFT = 4, FIXED = 2 + HELLO_RANDOM + 1, ALL = 0xFF };
    static const uint8_t zero[] = {0};
    struct parts p = parts_of(body);

    switch (member(t)) {
    case TRAILING_OCTET: p.rest = BYTES(zero); break;
    case EXTENSIONS_SHORT: p.extensions.says--; break;
    case EXTENSIONS_LONG: p.extensions.says++; break;
    case EXTENSION_BEYOND: p.extensions.content = last_beyond(t, p.extensions.content); break;
    case SUITES_ODD: p.ciphers = part_of(bytes_slice(p.ciphers.content, 0, SUITE + 1)); break;
    case SUITES_EMPTY: p.ciphers = part_of(NO_BYTES); break;
    case SESSION_ID_33: p.session_id = part_of(join(t, p.random, BYTES(zero))); break;
    case COMPRESSION_EMPTY: p.compression = part_of(NO_BYTES); break;
    case SESSION_ID_BEYOND: p.session_id.says = ALL; break;
    case CUT_IN_RANDOM: return bytes_slice(body, 0, CUT_AT);
    case EMPTY_BODY: return NO_BYTES;
    case COOKIE_BEYOND: p.cookie.says = ALL; return bytes_slice(put_together(t, &p), 0, FIXED + 1 + LEFT);
    }
    return put_together(t, &p);
}

CASE(hello_length, .id = "handshake/hello-length",
     .title = "Server answers no hello whose lengths do not agree with a ServerHello",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_HELLO_LENGTH_EXACT, .negative = true,
     .members = wrongs)
{
    struct assoc *a = dial(t);

    deviate(t, "a length of the ClientHello is wrong; the lengths around it are right");
    client_hello_as(a, make_wrong, .encrypt_then_mac = WITH);
    expect_refusal(a);
}

CASE(hello_length_alert, .id = "handshake/hello-length-alert",
     .title = "Server says what it refuses a hello with an octet too many for",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_HELLO_LENGTH_ALERT, .negative = true)
{
    struct assoc *a = dial(t);

    deviate(t, "an octet after the extensions; the lengths around it are right");
    client_hello_as(a, make_wrong, .version = DTLS_1_2); /* a single case is the first row's */
    expect_refusal_alert(a, false, ALERT_DECODE_ERROR, ALERT_ILLEGAL_PARAMETER, ALERT_HANDSHAKE_FAILURE);
}

/* ---- epochs ------------------------------------------------------------------------------------------------------------- */

static bool epochs(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "1", .title = "epoch 1", .value = 1},
        {.slug = "2", .title = "epoch 2", .value = 2},
        {.slug = "65535", .title = "epoch 65535", .value = 65535},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* A handshake message in the clear, in a record that says that epoch. */
static void send_in_epoch(struct assoc *a, uint16_t epoch, uint64_t number, uint8_t type,
                          uint16_t message_seq, struct bytes body)
{
    size_t cap = body.n + HANDSHAKE_HEADER;
    struct writer w = writer_of(arena_alloc(a->arena, cap), cap);
    uint32_t n = (uint32_t)body.n;

    put_fragment(&w, &(struct fragment){type, n, message_seq, 0, n, body});
    send_plain_record(a, CONTENT_HANDSHAKE, a->record_version, epoch, number, written(&w));
}

/* The hello, twice, in that epoch, and what comes of it. */
static enum hello_answer say_in_epoch(struct assoc *a, uint16_t message_seq, struct bytes cookie,
                                      struct event *came)
{
    const struct offer offer = {.ciphers = {good_cipher_of(test_of(a))}};
    struct bytes body = build_client_hello(a, &offer, cookie);
    uint16_t epoch = (uint16_t)member(test_of(a));

    for (uint64_t i = 0; i < 2; i++)
        send_in_epoch(a, epoch, 2 * (uint64_t)message_seq + i, CLIENT_HELLO, message_seq, body);
    return await_hello_answer(a, came);
}

CASE(hello_in_epoch, .id = "handshake/hello-in-epoch",
     .title = "Server answers no plaintext hello of a later epoch with a ServerHello",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_EPOCH_CHECKED, .negative = true, .members = epochs)
{
    static const char expected[] = "no ServerHello: a HelloVerifyRequest, an alert, or silence";
    struct assoc *a = dial(t);
    struct hello_verify_request request;
    struct event came;

    deviate(t, "hellos in the clear in records of epoch %u", (unsigned)member(t));
    enum hello_answer answer = say_in_epoch(a, 0, NO_BYTES, &came);

    if (answer == ANSWER_VERIFY_REQUEST && parse_hello_verify_request(came.body, &request))
        answer = say_in_epoch(a, 1, request.cookie, &came);
    if (answer == ANSWER_SERVER_HELLO)
        show_server_hello(a, expected, "");
    say(t, expected, "%s", answer_text(a, &came));
}

static void expect_completed(struct assoc *a)
{
    expect_finished(a);
    if (liveness_of(test_of(a)) != LIVENESS_NONE)
        expect_alive(a);
    say(test_of(a), "a completed handshake", "completed");
}

CASE(key_exchange_in_epoch_1, .id = "handshake/key-exchange-in-epoch-1",
     .title = "Server drops a plaintext ClientKeyExchange of epoch 1 and goes on",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_INVALID_RECORD_DROPPED, .negative = true)
{
    struct assoc *a = dial(t);

    good_hello(a);
    deviate(t, "a ClientKeyExchange in the clear in a record of epoch 1");
    send_in_epoch(a, 1, take_seq(a, 1), CLIENT_KEY_EXCHANGE, a->next_send_seq,
                  key_exchange_body(t, identity_of(t)));
    client_finish(a);
    expect_completed(a);
}

CASE(large_epoch_first, .id = "handshake/large-epoch-first",
     .title = "Server drops a record of the last epoch and serves its sender",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_INVALID_RECORD_DROPPED, .negative = true)
{
    enum { OCTETS = 40, LAST_EPOCH = 0xFFFF };
    const uint64_t last_number = (1ULL << 48) - 1;
    struct assoc *a = dial(t);

    deviate(t, "the last record of the last epoch, twice");
    for (int i = 0; i < 2; i++)
        send_plain_record(a, CONTENT_HANDSHAKE, DTLS_1_2, LAST_EPOCH, last_number, random_bytes(t, OCTETS));
    expect_handshake(a, .version = DTLS_1_2);
    if (liveness_of(t) != LIVENESS_NONE)
        expect_alive(a);
    say(t, "a completed handshake", "completed");
}

/* ---- compression -------------------------------------------------------------------------------------------------------- */

CASE(compression_with_deflate, .id = "handshake/compression-with-deflate",
     .title = "Server takes no compression that it is offered", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_NO_COMPRESSION)
{
    static const uint8_t deflate_and_null[] = {1, 0};
    struct assoc *a = dial(t);
    enum alert refusal;

    client_hello(a, .compression = BYTES(deflate_and_null));
    const struct server_hello *hello = await_server_hello(a, &refusal);

    if (hello == NULL)
        not_applicable(t, "the device does not go along with a hello that offers DEFLATE");
    if (hello->compression != 0)
        show_server_hello(a, "compression method 0, null", ", with a compression method other than null");
    say(t, "compression method 0, null", "null");
}

CASE(compression_without_null, .id = "handshake/compression-without-null",
     .title = "Server answers no hello without the null compression with a ServerHello",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_NULL_COMPRESSION_DEMANDED, .negative = true)
{
    static const uint8_t deflate[] = {1};
    struct assoc *a = dial(t);

    deviate(t, "DEFLATE is the only compression method offered");
    client_hello(a, .compression = BYTES(deflate));
    expect_refusal(a);
}

CHAPTER(handshake_hello_chapter, "handshake", "Hellos, cookies and the order of messages", &hello_length,
        &hello_length_alert, &hello_in_epoch, &key_exchange_in_epoch_1, &large_epoch_first,
        &compression_with_deflate, &compression_without_null);
