/* The order of a server's messages: what a client must not complete with, and what it must live through. */
#include <string.h>

#include "case/case.h"

/* ---- messages out of place, RFC 5246 7.4 -------------------------------------------------------------------------------- */

static bool unexpected(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "certificate", .title = "a Certificate", .value = CERTIFICATE},
        {.slug = "certificate-request", .title = "a CertificateRequest", .value = CERTIFICATE_REQUEST},
        {.slug = "second-server-hello", .title = "a second ServerHello", .value = SERVER_HELLO},
        {.slug = "finished", .title = "a Finished in clear", .value = FINISHED},
        {.slug = "key-exchange", .title = "a ClientKeyExchange", .value = CLIENT_KEY_EXCHANGE},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* A body that is right for its type; a Finished's is random. */
static struct bytes body_of(struct assoc *a, uint8_t type)
{
    static const uint8_t no_certificates[] = {0, 0, 0};
    static const uint8_t rsa_of_anybody[] = {1, 1, 0, 2, 4, 1, 0, 0}; /* RFC 5246 7.4.4 */

    switch (type) {
    case CERTIFICATE: return BYTES(no_certificates);
    case CERTIFICATE_REQUEST: return BYTES(rsa_of_anybody);
    case SERVER_HELLO: return server_hello_body(a, .cipher = 0);
    case CLIENT_KEY_EXCHANGE: return key_exchange_body(test_of(a), identity_of(test_of(a)));
    default: return random_bytes(test_of(a), type == FINISHED ? VERIFY_DATA : 20);
    }
}

CASE(unexpected_message, .id = "handshake/client-unexpected",
     .title = "Client does not go on over a message that has no place before ServerHelloDone", .dut = CLIENT,
     .requirement = REQ_MESSAGE_ORDER_CHECKED, .negative = true, .members = unexpected)
{
    struct assoc *a = await_client(t);
    uint8_t type = (uint8_t)member(t);

    expect_client_hello(a);
    flight_begin(a);
    flight_message(a, SERVER_HELLO, server_hello_body(a, .cipher = 0));
    deviate(t, "%s between ServerHello and ServerHelloDone", handshake_name(type));
    flight_message(a, type, body_of(a, type));
    flight_message(a, SERVER_HELLO_DONE, NO_BYTES);
    flight_send(a, true);
    expect_abort(a);
}

CASE(unasked_ticket, .id = "handshake/client-unasked-ticket",
     .title = "Client does not complete over a NewSessionTicket that was not agreed", .dut = CLIENT,
     .requirement = REQ_MESSAGE_ORDER_CHECKED, .negative = true)
{
    static const uint8_t lifetime_and_length[] = {0, 0, 1, 44, 0, 16};
    struct assoc *a = await_client_finished(t);

    deviate(t, "a NewSessionTicket, though session_ticket was not agreed");
    flight_begin(a);
    flight_message(a, NEW_SESSION_TICKET, join(t, BYTES(lifetime_and_length), random_bytes(t, 16)));
    flight_change_cipher_spec(a);
    queue_finished(a);
    flight_send(a, false);
    expect_no_application_data(a);
}

CASE(message_gap, .id = "handshake/client-message-gap",
     .title = "Client does not go on over a gap in the numbers of the messages", .dut = CLIENT,
     .requirement = REQ_MESSAGE_ORDER_KEPT, .negative = true)
{
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    flight_begin(a);
    flight_message(a, SERVER_HELLO, server_hello_body(a, .cipher = 0));
    deviate(t, "the number of the ServerHelloDone is one too high");
    a->next_send_seq++;
    flight_message(a, SERVER_HELLO_DONE, NO_BYTES);
    flight_send(a, true);
    expect_abort(a);
}

CASE(old_message, .id = "handshake/client-old-message-ignored",
     .title = "Client passes over a second ServerHello of the same number", .dut = CLIENT,
     .requirement = REQ_OLD_MESSAGE_DISCARDED, .negative = true)
{
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    uint16_t seq = a->next_send_seq;
    struct bytes other = server_hello_body(a, .cipher = 0); /* what the next one says counts */

    flight_begin(a);
    flight_message(a, SERVER_HELLO, server_hello_body(a, .cipher = 0));
    deviate(t, "a second ServerHello with the number of the first and another random");
    flight_message_aside(a, SERVER_HELLO, seq, other);
    flight_message(a, SERVER_HELLO_DONE, NO_BYTES);
    flight_send(a, true);
    expect_completed_client(a);
}

/* ---- ChangeCipherSpec, RFC 5246 7.1 ------------------------------------------------------------------------------------- */

CASE(no_change_cipher_spec, .id = "handshake/client-no-change-cipher-spec",
     .title = "Client completes no handshake without a ChangeCipherSpec", .dut = CLIENT,
     .requirement = REQ_CHANGE_CIPHER_SPEC_NEEDED, .negative = true)
{
    struct assoc *a = await_client_finished(t);

    deviate(t, "a right Finished in epoch 1, without a ChangeCipherSpec before it");
    server_finish_after(a, NO_BYTES);
    expect_no_application_data(a);
}

enum form { VALUE_2, TWO_OCTETS, NO_OCTET };

static bool forms(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "value-2", .title = "the octet 2", .value = VALUE_2},
        {.slug = "two-octets", .title = "two octets", .value = TWO_OCTETS},
        {.slug = "empty", .title = "no octet", .value = NO_OCTET},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(change_cipher_spec_form, .id = "handshake/client-change-cipher-spec",
     .title = "Client takes a ChangeCipherSpec of the one octet 1 only", .dut = CLIENT,
     .requirement = REQ_CHANGE_CIPHER_SPEC_FORM, .negative = true, .members = forms)
{
    static const uint8_t two[] = {2}, one_one[] = {1, 1};
    struct assoc *a = await_client_finished(t);
    struct bytes octets = member(t) == VALUE_2 ? BYTES(two) : BYTES(one_one);

    if (member(t) == NO_OCTET)
        octets.n = 0;
    deviate(t, "a ChangeCipherSpec of %zu octets: %s", octets.n, arena_hex(arena_of(t), octets));
    server_finish_after(a, octets);
    expect_no_application_data(a);
}

CASE(change_cipher_spec_after, .id = "handshake/client-change-cipher-spec-after",
     .title = "Client's association survives a ChangeCipherSpec in clear", .dut = CLIENT,
     .requirement = REQ_INVALID_RECORD_DROPPED, .negative = true)
{
    static const uint8_t one[] = {1};
    struct assoc *a = await_client(t);

    serve_good(a);
    deviate(t, "a ChangeCipherSpec in clear in an association, twice");
    for (int i = 0; i < 2; i++)
        send_plain_record(a, CONTENT_CHANGE_CIPHER_SPEC, DTLS_1_2, 0, UINT64_MAX, BYTES(one));
    expect_alive(a);
}

/* ---- protected messages without a place, RFC 5246 6 and RFC 6347 4.1.2.7 ------------------------------------------------ */

/* What answers a good probe: its answer, an alert, or nothing at three tries. */
static struct event probe_three_times(struct assoc *a)
{
    struct event e = {.kind = EVENT_NONE};

    for (int i = 0; i < 3 && e.kind == EVENT_NONE; i++) {
        struct sealed good = good_probe(a);

        send_sealed(a, &good);
        do
            e = await_event(a, false);
        while (e.kind != EVENT_NONE && e.kind != EVENT_ALERT && e.kind != EVENT_APPLICATION_DATA);
    }
    return e;
}

/* `fit`: the alerts that will do. */
static void expect_dropped_or_ended(struct assoc *a, const struct sealed *misplaced, struct bytes fit)
{
    static const char expected[] =
        "an answer to the good probe that follows, or a fitting fatal alert and none";
    struct test *t = test_of(a);

    send_sealed(a, misplaced);
    struct event e = probe_three_times(a);

    if (e.kind == EVENT_NONE)
        fail_missed(t, expected, "no answer and no alert: the association is gone");
    if (e.kind == EVENT_APPLICATION_DATA) {
        say(t, expected, "the answer");
        return;
    }
    const char *alert = arena_printf(arena_of(t), "%s (%u)", alert_name(e.description), e.description);

    require(t, e.level == ALERT_FATAL && memchr(fit.at, e.description, fit.n) != NULL, expected, "alert %s",
            alert);
    if (probe_three_times(a).kind == EVENT_APPLICATION_DATA)
        fail_shown(t, expected, "alert %s, and the association still serves", alert);
    say(t, expected, "fatal alert %s, and none", alert);
}

CASE(extra_finished, .id = "handshake/client-extra-finished",
     .title = "Client drops a Finished too many, or ends the association by a fatal alert", .dut = CLIENT,
     .requirement = REQ_UNEXPECTED_MESSAGE_MANNER, .negative = true)
{
    static const uint8_t fit[] = {ALERT_UNEXPECTED_MESSAGE, ALERT_BAD_RECORD_MAC, ALERT_HANDSHAKE_FAILURE,
                                  ALERT_ILLEGAL_PARAMETER,  ALERT_DECODE_ERROR,   ALERT_DECRYPT_ERROR};
    uint8_t room[HANDSHAKE_HEADER + VERIFY_DATA];
    struct writer w = WRITER(room);
    struct assoc *a = await_client(t);

    needs_liveness(t);
    serve_good(a);
    put_fragment(&w, &(struct fragment){FINISHED, VERIFY_DATA, a->next_send_seq, 0, VERIFY_DATA,
                                        random_bytes(t, VERIFY_DATA)});
    struct sealed s = seal_payload(a, written(&w), .type = CONTENT_HANDSHAKE);

    deviate(t, "a protected Finished of random octets after the handshake");
    expect_dropped_or_ended(a, &s, BYTES(fit));
}

CASE(change_cipher_spec_protected, .id = "handshake/client-change-cipher-spec-protected",
     .title = "Client drops a protected ChangeCipherSpec, or ends the association by a fatal alert",
     .dut = CLIENT, .requirement = REQ_UNEXPECTED_MESSAGE_MANNER, .negative = true)
{
    static const uint8_t one[] = {1};
    static const uint8_t fit[] = {ALERT_UNEXPECTED_MESSAGE, ALERT_BAD_RECORD_MAC, ALERT_HANDSHAKE_FAILURE,
                                  ALERT_DECODE_ERROR};
    struct assoc *a = await_client(t);

    needs_liveness(t);
    serve_good(a);
    struct sealed s = seal_payload(a, BYTES(one), .type = CONTENT_CHANGE_CIPHER_SPEC);

    deviate(t, "a protected ChangeCipherSpec after the handshake");
    expect_dropped_or_ended(a, &s, BYTES(fit));
}

/* ---- what it must live through ------------------------------------------------------------------------------------------ */

enum first { FIRST_CHANGE, FIRST_FINISHED, FIRST_DONE, FIRST_REQUEST, FIRST_DATA };

static bool firsts(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "change-cipher-spec", .title = "ChangeCipherSpec", .value = FIRST_CHANGE},
        {.slug = "finished", .title = "Finished", .value = FIRST_FINISHED},
        {.slug = "server-hello-done", .title = "ServerHelloDone", .value = FIRST_DONE},
        {.slug = "certificate-request", .title = "CertificateRequest", .value = FIRST_REQUEST},
        {.slug = "application-data", .title = "application data", .value = FIRST_DATA},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static void send_first(struct assoc *a, enum first kind)
{
    static const uint8_t one[] = {1};
    uint8_t type = kind == FIRST_FINISHED ? FINISHED : CERTIFICATE_REQUEST;
    struct bytes body = kind == FIRST_DONE ? NO_BYTES : body_of(a, type);
    uint32_t n = (uint32_t)body.n;

    if (kind == FIRST_CHANGE)
        send_plain_record(a, CONTENT_CHANGE_CIPHER_SPEC, DTLS_1_2, 0, UINT64_MAX, BYTES(one));
    else if (kind == FIRST_DATA)
        send_plain_record(a, CONTENT_APPLICATION_DATA, DTLS_1_2, 0, UINT64_MAX, random_bytes(test_of(a), 20));
    else
        send_fragment(a, &(struct fragment){kind == FIRST_DONE ? SERVER_HELLO_DONE : type, n, 0, 0, n, body});
}

CASE(first_message, .id = "handshake/client-first-message",
     .title = "Client goes on dialling after a first message that is no answer to its hello", .dut = CLIENT,
     .requirement = REQ_SURVIVES_BAD_INPUT, .negative = true, .members = firsts, .slow = true)
{
    struct assoc *a = await_client(t);

    deviate(t, "a first message that answers no hello, twice");
    for (int i = 0; i < 2; i++)
        send_first(a, member(t));
    verify_request_as(a, verify_request_body(t, random_bytes(t, 20)));
    note_what_comes(a);
}

CASE(hello_request, .id = "handshake/client-hello-request-during",
     .title = "Client goes on dialling after a HelloRequest in the handshake", .dut = CLIENT,
     .requirement = REQ_SURVIVES_BAD_INPUT, .negative = true, .slow = true)
{
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    flight_begin(a);
    deviate(t, "a HelloRequest before the ServerHello");
    flight_message(a, HELLO_REQUEST, NO_BYTES);
    flight_message(a, SERVER_HELLO, server_hello_body(a, .cipher = 0));
    flight_message(a, SERVER_HELLO_DONE, NO_BYTES);
    flight_send(a, true);
    note_what_comes(a);
}

CHAPTER(handshake_client_order_chapter, "handshake", "Handshake: a client", &unexpected_message,
        &unasked_ticket, &message_gap, &old_message, &no_change_cipher_spec, &change_cipher_spec_form,
        &change_cipher_spec_after, &extra_finished, &change_cipher_spec_protected, &first_message,
        &hello_request);
