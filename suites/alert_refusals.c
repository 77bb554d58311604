/* The alerts that a device sends when it refuses, and those that end a handshake: RFC 5246 7.2.2, RFC 7925 6. */
#include "record.h"

enum { NOBODY_0 = 0xE001, NOBODY_1 = 0xE002, NOBODY_2 = 0xE003 };

/* ---- what makes a device say something -------------------------------------------------------------------------------------- */

enum stimulus { NO_SUITE, LOW_VERSION, UNKNOWN_IDENTITY, WRONG_KEY, BAD_FINISHED, BAD_RECORD };

static void send_bad_finished(struct assoc *a)
{
    flight_change_cipher_spec(a);
    flight_message(a, FINISHED, random_bytes(test_of(a), VERIFY_DATA));
    flight_send(a, false);
}

static struct assoc *bad_record(struct test *t)
{
    struct assoc *a = established(t);
    struct sealed s = seal_payload(a, random_bytes(t, 4), .type = CONTENT_APPLICATION_DATA);

    deviate(t, "a record with a bad MAC");
    flip_bit(&s, s.n - 1);
    send_sealed(a, &s);
    return a;
}

static struct assoc *to_server(struct test *t, enum stimulus stimulus)
{
    struct assoc *a;

    switch (stimulus) {
    case NO_SUITE:
        a = dial(t);
        client_hello(a, .list = CODES(NOBODY_0, NOBODY_1, NOBODY_2));
        return a;
    case LOW_VERSION:
        a = dial(t);
        client_hello(a, .version = DTLS_1_0);
        return a;
    case UNKNOWN_IDENTITY:
        a = at_server_hello_done(t);
        client_finish_as(a, bytes_of_text("pskgate-nobody"));
        return a;
    case WRONG_KEY:
        a = dial_with_key(t, random_bytes(t, 16));
        good_hello(a);
        client_finish(a);
        return a;
    case BAD_FINISHED:
        a = at_server_hello_done(t);
        flight_begin(a);
        queue_client_key_exchange(a, identity_of(t));
        send_bad_finished(a);
        return a;
    default: return bad_record(t);
    }
}

static struct assoc *to_client(struct test *t, enum stimulus stimulus)
{
    if (stimulus == BAD_RECORD)
        return bad_record(t);
    struct assoc *a = at_client_hello(t);

    if (stimulus == LOW_VERSION) {
        server_hello(a, .version = DTLS_1_0, .cipher = offered(a, ANY_PLAIN_PSK));
    } else if (stimulus == NO_SUITE) {
        server_hello(a, .cipher = NOBODY_0);
    } else {
        enum alert refusal;

        server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK));
        if (!client_goes_on(a, &refusal))
            not_judged(t, "the device does not go on after a good ServerHello");
        expect_client_finished(a);
        flight_begin(a);
        send_bad_finished(a);
    }
    return a;
}

/* What the stimulus is answered by; false: by no alert. */
static bool answer_to(struct test *t, enum stimulus stimulus, struct event *e)
{
    return alert_comes(device_is_client(t) ? to_client(t, stimulus) : to_server(t, stimulus), e);
}

static bool server_stimuli(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "no-suite", .title = "no suite in common", .value = NO_SUITE},
        {.slug = "unknown-identity", .title = "an unknown identity", .value = UNKNOWN_IDENTITY},
        {.slug = "wrong-key", .title = "a wrong key", .value = WRONG_KEY},
        {.slug = "bad-finished", .title = "a bad Finished", .value = BAD_FINISHED},
        {.slug = "bad-record", .title = "a bad record", .value = BAD_RECORD},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static bool client_stimuli(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "unoffered-suite", .title = "a suite it did not offer", .value = NO_SUITE},
        {.slug = "low-version", .title = "DTLS 1.0", .value = LOW_VERSION},
        {.slug = "bad-finished", .title = "a bad Finished", .value = BAD_FINISHED},
        {.slug = "bad-record", .title = "a bad record", .value = BAD_RECORD},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* ---- which alerts -------------------------------------------------------------------------------------------------------------- */

static bool is_one_of(const uint8_t *codes, size_t n, uint8_t code)
{
    for (size_t i = 0; i < n; i++)
        if (codes[i] == code)
            return true;
    return false;
}

/* The answer to the stimulus is none of these alerts. */
static void expect_none_of(struct test *t, const char *expected, const uint8_t *codes, size_t n)
{
    struct event e;

    if (!answer_to(t, member(t), &e)) {
        say(t, expected, "silence");
        return;
    }
    require(t, !is_one_of(codes, n, e.description), expected, "alert %s (%u)", alert_name(e.description),
            e.description);
}

static void no_reserved(struct test *t)
{
    static const uint8_t reserved[] = {41, 60};

    expect_none_of(t, "neither no_certificate (41) nor export_restriction (60)", reserved, sizeof reserved);
}

static void no_certificates(struct test *t)
{
    static const uint8_t about_certificates[] = {30, 42, 43, 44, 45, 46, 48, 49};

    expect_none_of(t, "no alert about certificates, decompression_failure or access_denied",
                   about_certificates, sizeof about_certificates);
}

/* ---- how grave ------------------------------------------------------------------------------------------------------------------- */

static bool refused_hellos(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "no-suite", .title = "no suite in common", .value = NO_SUITE},
        {.slug = "low-version", .title = "DTLS 1.0", .value = LOW_VERSION},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static bool refused_answers(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "unoffered-suite", .title = "a suite it did not offer", .value = NO_SUITE},
        {.slug = "low-version", .title = "DTLS 1.0", .value = LOW_VERSION},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static void refusal_is_fatal(struct test *t)
{
    static const char expected[] = "an alert about an error that is always fatal is of level fatal";
    static const uint8_t always_fatal[] = {ALERT_HANDSHAKE_FAILURE, ALERT_ILLEGAL_PARAMETER,
                                           ALERT_DECODE_ERROR,      ALERT_DECRYPT_ERROR,
                                           ALERT_PROTOCOL_VERSION,  ALERT_INSUFFICIENT_SECURITY,
                                           ALERT_INTERNAL_ERROR,    ALERT_INAPPROPRIATE_FALLBACK};
    struct event e;

    if (!answer_to(t, member(t), &e)) {
        say(t, expected, "no alert");
        return;
    }
    require(t, e.level == ALERT_FATAL || !is_one_of(always_fatal, sizeof always_fatal, e.description),
            expected, "alert %s (%u) of level %u", alert_name(e.description), e.description, e.level);
}

/* ---- what ends a handshake ---------------------------------------------------------------------------------------------------------- */

CASE(ends_handshake, .id = "alert/fatal-ends-handshake",
     .title = "Server does not finish a handshake that a fatal alert ended", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_FATAL_ENDS_HANDSHAKE, .negative = true)
{
    struct assoc *a = at_server_hello_done(t);

    deviate(t, "fatal handshake_failure in clear, then the last flight all the same");
    send_alert_surely(a, ALERT_FATAL, ALERT_HANDSHAKE_FAILURE);
    wait_ms(t, 50, "the alert is to come first");
    client_finish(a);
    expect_no_finished(a);
}

/* RFC 5246 7.2.2: a side that does not want to go on after a warning says so. */
CASE(warning_during, .id = "alert/warning-during-handshake",
     .title = "Server finishes the handshake after a warning alert, or says that it does not",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_WARNING_SURVIVED)
{
    static const char expected[] = "a completed handshake, or an alert of the device's own";
    struct assoc *a = at_server_hello_done(t);
    enum alert refusal;

    deviate(t, "warning user_canceled in clear, in the midst of the handshake");
    send_alert(a, ALERT_WARNING, ALERT_USER_CANCELED);
    if (handshake_finishes(a, &refusal))
        say(t, expected, "completed");
    else if (refusal == ALERT_NONE)
        fail_missed(t, expected, "no Finished that verifies, and no alert");
    else
        say(t, expected, "alert %s (%u)", alert_name((uint8_t)refusal), (unsigned)refusal);
}

CASE(client_warning_during, .id = "alert/client-warning-during-handshake",
     .title = "Client finishes the handshake after a warning alert, or says that it does not", .dut = CLIENT,
     .requirement = REQ_WARNING_SURVIVED)
{
    static const char expected[] = "ClientKeyExchange and Finished, or an alert of the device's own";
    struct assoc *a = at_client_hello(t);
    uint16_t suite = offered(a, ANY_PLAIN_PSK);
    enum alert refusal;

    deviate(t, "warning user_canceled in clear, in the midst of the handshake");
    send_alert(a, ALERT_WARNING, ALERT_USER_CANCELED);
    server_hello(a, .cipher = suite);
    if (client_goes_on(a, &refusal)) {
        expect_client_finished(a);
        server_finish(a);
        say(t, expected, "both");
    } else if (refusal == ALERT_NONE) {
        fail_missed(t, expected, "no ClientKeyExchange, and no alert");
    } else {
        say(t, expected, "alert %s (%u)", alert_name((uint8_t)refusal), (unsigned)refusal);
    }
}

static bool handshake_alerts(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "20", .title = "bad_record_mac", .value = ALERT_BAD_RECORD_MAC},
        {.slug = "40", .title = "handshake_failure", .value = ALERT_HANDSHAKE_FAILURE},
        {.slug = "47", .title = "illegal_parameter", .value = ALERT_ILLEGAL_PARAMETER},
        {.slug = "51", .title = "decrypt_error", .value = ALERT_DECRYPT_ERROR},
        {.slug = "70", .title = "protocol_version", .value = ALERT_PROTOCOL_VERSION},
        {.slug = "71", .title = "insufficient_security", .value = ALERT_INSUFFICIENT_SECURITY},
        {.slug = "80", .title = "internal_error", .value = ALERT_INTERNAL_ERROR},
        {.slug = "115", .title = "unknown_psk_identity", .value = ALERT_UNKNOWN_PSK_IDENTITY},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(client_ends_handshake, .id = "alert/client-fatal-ends-handshake",
     .title = "Client does not go on with a handshake that a fatal alert ended", .dut = CLIENT,
     .requirement = REQ_FATAL_ENDS_HANDSHAKE, .negative = true, .members = handshake_alerts)
{
    struct assoc *a = at_client_hello(t);
    uint16_t suite = offered(a, ANY_PLAIN_PSK);

    deviate(t, "a fatal alert instead of the ServerHello, then the ServerHello all the same");
    send_alert_surely(a, ALERT_FATAL, (uint8_t)member(t));
    wait_ms(t, 50, "the alert is to come first");
    server_hello(a, .cipher = suite);
    expect_abort(a);
}

/* ---- the cases -------------------------------------------------------------------------------------------------------------------- */

CASE(refusal_fatal, .id = "alert/refusal-is-fatal", .title = "Server refuses by no alert but a fatal one",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_REFUSAL_ALERT_FATAL, .negative = true,
     .members = refused_hellos)
{
    refusal_is_fatal(t);
}

CASE(client_refusal_fatal, .id = "alert/client-refusal-is-fatal",
     .title = "Client refuses by no alert but a fatal one", .dut = CLIENT,
     .requirement = REQ_REFUSAL_ALERT_FATAL, .negative = true, .members = refused_answers)
{
    refusal_is_fatal(t);
}

CASE(reserved, .id = "alert/no-reserved", .title = "Server sends no reserved alert",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_NO_RESERVED_ALERTS, .negative = true,
     .members = server_stimuli)
{
    no_reserved(t);
}

CASE(client_reserved, .id = "alert/client-no-reserved", .title = "Client sends no reserved alert",
     .dut = CLIENT, .requirement = REQ_NO_RESERVED_ALERTS, .negative = true, .members = client_stimuli)
{
    no_reserved(t);
}

CASE(certificates, .id = "alert/no-certificate-alerts", .title = "Server sends no alert about certificates",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_NO_CERTIFICATE_ALERTS, .negative = true,
     .members = server_stimuli)
{
    no_certificates(t);
}

CASE(client_certificates, .id = "alert/client-no-certificate-alerts",
     .title = "Client sends no alert about certificates", .dut = CLIENT,
     .requirement = REQ_NO_CERTIFICATE_ALERTS, .negative = true, .members = client_stimuli)
{
    no_certificates(t);
}

/* ---- once more ---------------------------------------------------------------------------------------------------------------- */

enum { TIMES = 3 };

CASE(alert_again, .id = "alert/again", .title = "Server sends its alert again when what drew it comes again",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_ALERT_AGAIN, .negative = true)
{
    static const char expected[] = "the alert once more";
    struct assoc *a = to_server(t, NO_SUITE);
    enum alert first;
    struct event e;

    if (await_server_hello(a, &first) != NULL || first == ALERT_NONE)
        not_applicable(t, "the device does not refuse such a hello by an alert; that is judged elsewhere");
    deviate(t, "the hello that was refused comes again");
    for (int i = 0; i < TIMES; i++) {
        flight_resend(a);
        if (alert_comes(a, &e)) {
            say(t, expected, "%s", alert_name(e.description));
            return;
        }
    }
    fail_missed(t, expected, "silence, at each of %d repetitions", TIMES);
}

CHAPTER(alert_refusals_chapter, "alert", "Alerts", &refusal_fatal, &reserved, &certificates, &ends_handshake,
        &warning_during, &client_warning_during, &client_refusal_fatal, &client_reserved,
        &client_certificates, &client_ends_handshake, &alert_again);
