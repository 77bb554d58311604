/* What comes in the clear from an address that has an association or a handshake, RFC 6347 4.2.8, and what comes first from one
 * that has neither. */
#include "case/case.h"

enum { AGAIN_MS = 50, TIMES = 3 };

/* An association that is there. */
static struct assoc *established(struct test *t)
{
    struct assoc *a = dial(t);

    needs_liveness(t);
    good_handshake(a);
    return a;
}

/* A handshake message in the clear, alone. */
static void send_in_clear(struct assoc *a, uint8_t type, struct bytes body)
{
    size_t cap = body.n + HANDSHAKE_HEADER;
    struct writer w = writer_of(arena_alloc(a->arena, cap), cap);
    uint32_t n = (uint32_t)body.n;

    put_fragment(&w, &(struct fragment){type, n, 0, 0, n, body});
    send_plain_record(a, CONTENT_HANDSHAKE, DTLS_1_2, 0, UINT64_MAX, written(&w));
}

/* The body of a right ServerHello. */
static struct bytes a_server_hello(struct test *t)
{
    enum { CAP = 64 };
    struct writer w = writer_of(arena_alloc(arena_of(t), CAP), CAP);

    put_server_hello(&w, &(struct server_hello){.version = DTLS_1_2,
                                                .random = random_bytes(t, HELLO_RANDOM),
                                                .cipher = TLS_PSK_WITH_AES_128_CCM_8});
    return written(&w);
}

static struct bytes body_for(struct test *t, uint8_t type)
{
    switch (type) {
    case CLIENT_KEY_EXCHANGE: return key_exchange_body(t, identity_of(t));
    case FINISHED: return random_bytes(t, VERIFY_DATA);
    case SERVER_HELLO: return a_server_hello(t);
    default: return NO_BYTES;
    }
}

/* ---- beside an association ---------------------------------------------------------------------------------------------- */

enum without { WITHOUT_COOKIE, BAD_COOKIE };

static bool cookies(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "without-cookie", .title = "without a cookie", .value = WITHOUT_COOKIE},
        {.slug = "bad-cookie", .title = "with a wrong cookie", .value = BAD_COOKIE},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(hello_keeps_association, .id = "handshake/hello-keeps-association",
     .title = "A hello from a known address does not end the association", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_HELLO_KEEPS_ASSOCIATION, .negative = true, .members = cookies)
{
    enum { A_COOKIE = 20 };
    struct assoc *a = established(t), *b = dial_again(a);

    deviate(t, "a new hello from the port of the association, three times; what answers it is left alone");
    if (member(t) == BAD_COOKIE)
        client_hello_with_cookie(b, random_bytes(t, A_COOKIE), .version = DTLS_1_2);
    else
        client_hello_once(b, .version = DTLS_1_2);
    for (int i = 1; i < TIMES; i++) {
        wait_ms(t, AGAIN_MS, "for what answers the hello");
        flight_resend(b);
    }
    wait_ms(t, AGAIN_MS, "for what answers the hello");
    abandon(b);
    expect_alive(a);
}

CASE(new_handshake_same_port, .id = "handshake/new-handshake-same-port",
     .title = "Server serves a client that restarted and comes from the same port",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_NEW_HANDSHAKE_SAME_PORT)
{
    struct assoc *a = established(t), *b = dial_again(a);

    abandon(a);
    expect_handshake(b, .version = DTLS_1_2);
    expect_alive(b);
    say(t, "a completed handshake", "completed");
}

CASE(old_keys, .id = "handshake/old-keys-after-new-handshake",
     .title = "Server ends the old association of an address once a new one is there",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_OLD_ASSOCIATION_ENDED, .negative = true)
{
    struct assoc *a = established(t), *b = dial_again(a);

    enum alert refusal;

    abandon(a);
    client_hello(b, .version = DTLS_1_2);
    if (await_server_hello(b, &refusal) == NULL)
        not_applicable(
            t, "the new handshake does not complete; that is judged by handshake/new-handshake-same-port");
    const char *stopped = carry_on(b);

    if (stopped != NULL)
        not_judged(t, "the new handshake does not complete: %s", stopped);
    struct sealed probe = good_probe(a);

    deviate(t, "a record under the keys of the old association");
    expect_unanswered(a, &probe);
}

CASE(change_cipher_spec_after, .id = "handshake/change-cipher-spec-after",
     .title = "Server drops a plaintext ChangeCipherSpec after the handshake",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_INVALID_RECORD_DROPPED, .negative = true)
{
    static const uint8_t one[] = {1};
    struct assoc *a = established(t);

    deviate(t, "a ChangeCipherSpec in the clear, twice");
    for (int i = 0; i < 2; i++)
        send_plain_record(a, CONTENT_CHANGE_CIPHER_SPEC, DTLS_1_2, 0, UINT64_MAX, BYTES(one));
    expect_alive(a);
}

static bool junk(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "key-exchange", .title = "ClientKeyExchange", .value = CLIENT_KEY_EXCHANGE},
        {.slug = "finished", .title = "Finished", .value = FINISHED},
        {.slug = "server-hello", .title = "ServerHello", .value = SERVER_HELLO},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(junk_keeps_association, .id = "handshake/junk-keeps-association",
     .title = "A plaintext message from a known address does not end the association",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_INVALID_RECORD_DROPPED, .negative = true,
     .members = junk)
{
    struct assoc *a = established(t);
    uint8_t type = (uint8_t)member(t);

    deviate(t, "%s in the clear, twice", handshake_name(type));
    for (int i = 0; i < 2; i++)
        send_in_clear(a, type, body_for(t, type));
    expect_alive(a);
}

/* ---- from another port --------------------------------------------------------------------------------------------------- */

/* Behind a NAT that forgot its binding. Whether the record itself is served is left open. */
CASE(from_another_port, .id = "handshake/record-from-another-port",
     .title = "A record from another port does not end the association that it belongs to",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_OTHER_PORT_BORNE, .negative = true)
{
    static const char expected[] = "an answer to a probe from the first port";
    struct assoc *a = established(t);
    struct sealed astray = good_probe(a);
    enum came came = CAME_NOT;

    move_port(a);
    deviate(t, "a good record of the association, without connection_id, from another port");
    send_surely(a, &astray);
    if (answer_came(a, &astray) != CAME_NOT)
        note(t, "that record was answered");
    move_back(a);
    for (int i = 0; i < TIMES && came == CAME_NOT; i++) {
        struct sealed probe = good_probe(a);

        send_sealed(a, &probe);
        came = answer_came(a, &probe);
    }
    if (came == CAME_NOT)
        fail_missed(t, expected, "none in %d tries", TIMES);
    say(t, expected, "%s", came == CAME_TO_FIRST_PORT ? "one, at that port" : "one, at the other port");
}

/* ---- before any hello --------------------------------------------------------------------------------------------------- */

enum { A_CHANGE_CIPHER_SPEC = 256, AN_ALERT, DATA };

static bool firsts(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "change-cipher-spec", .title = "ChangeCipherSpec", .value = A_CHANGE_CIPHER_SPEC},
        {.slug = "finished", .title = "Finished", .value = FINISHED},
        {.slug = "key-exchange", .title = "ClientKeyExchange", .value = CLIENT_KEY_EXCHANGE},
        {.slug = "server-hello", .title = "ServerHello", .value = SERVER_HELLO},
        {.slug = "hello-request", .title = "HelloRequest", .value = HELLO_REQUEST},
        {.slug = "alert", .title = "a fatal alert", .value = AN_ALERT},
        {.slug = "application-data", .title = "application data", .value = DATA},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static void send_first(struct assoc *a, uint32_t what)
{
    enum { OCTETS = 20 };
    static const uint8_t one[] = {1}, fatal[] = {ALERT_FATAL, ALERT_HANDSHAKE_FAILURE};
    struct test *t = test_of(a);

    if (what == A_CHANGE_CIPHER_SPEC)
        send_plain_record(a, CONTENT_CHANGE_CIPHER_SPEC, DTLS_1_2, 0, UINT64_MAX, BYTES(one));
    else if (what == AN_ALERT)
        send_plain_record(a, CONTENT_ALERT, DTLS_1_2, 0, UINT64_MAX, BYTES(fatal));
    else if (what == DATA)
        send_plain_record(a, CONTENT_APPLICATION_DATA, DTLS_1_2, 0, UINT64_MAX, random_bytes(t, OCTETS));
    else
        send_in_clear(a, (uint8_t)what, body_for(t, (uint8_t)what));
}

CASE(first_message, .id = "handshake/first-message",
     .title = "Server survives a first message that is no hello", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_SURVIVES_BAD_INPUT, .negative = true, .members = firsts)
{
    struct assoc *a = dial(t);
    struct event came;

    deviate(t, "a message that is no hello, three times, before anything else");
    for (int i = 0; i < TIMES; i++)
        send_first(a, member(t));
    client_hello_once(a, .version = DTLS_1_2);
    await_hello_answer(a, &came);
    note(t, "a good hello after it, from the same port: %s", answer_text(a, &came));
    expect_handshake(dial(t), .version = DTLS_1_2);
}

CHAPTER(handshake_known_chapter, "handshake", "Hellos, cookies and the order of messages",
        &hello_keeps_association, &new_handshake_same_port, &old_keys, &change_cipher_spec_after,
        &junk_keeps_association, &from_another_port, &first_message);
