/* Extensions of a hello: their shapes, and what a server makes of those that are not in order. */
#include "suites/sweep.h"

enum { SERVERS = SERVER | BOOTSTRAP_SERVER, UNKNOWN_EXTENSION = 0xE0E0 };

/* A whole handshake from a hello that was sent. */
static void expect_completion(struct assoc *a)
{
    expect_server_hello(a);
    expect_server_hello_done(a);
    client_finish(a);
    expect_finished(a);
}

/* What a hello comes to, in words; NULL refusal: a ServerHello that says nothing of the extension. */
static bool is_answered(struct assoc *a, uint16_t type, const char **outcome)
{
    enum alert refusal;
    const struct server_hello *h = await_server_hello(a, &refusal);

    *outcome = h != NULL ? "a ServerHello without it" : refusal_text(test_of(a), refusal);
    return h != NULL && find_extension(h->extensions, type, NULL);
}

/* ---- shapes that are in order ----------------------------------------------------------------------------------------- */

CASE(empty_block, .id = "extension/empty-block",
     .title = "Server takes a hello with an extensions block of no octets", .dut = SERVERS,
     .requirement = REQ_EMPTY_EXTENSIONS_TAKEN)
{
    handshake(dial(t), .extended_master_secret = WITHOUT, .encrypt_then_mac = WITHOUT,
              .extensions = extension(t, UNKNOWN_EXTENSION, NO_BYTES));
    struct assoc *a = dial(t);

    client_hello(a, .extended_master_secret = WITHOUT, .encrypt_then_mac = WITHOUT, .empty_block = true);
    expect_server_hello(a);
}

CASE(other_order, .id = "extension/reversed", .title = "Server takes extensions in any order", .dut = SERVERS,
     .requirement = REQ_EXTENSION_ORDER_FREE)
{
    struct bytes usual = join(t, extension(t, EXT_EXTENDED_MASTER_SECRET, NO_BYTES),
                              extension(t, EXT_ENCRYPT_THEN_MAC, NO_BYTES));
    struct bytes turned = join(t, extension(t, EXT_ENCRYPT_THEN_MAC, NO_BYTES),
                               extension(t, EXT_EXTENDED_MASTER_SECRET, NO_BYTES));

    handshake(dial(t), .extended_master_secret = WITHOUT, .encrypt_then_mac = WITHOUT, .extensions = usual);
    struct assoc *a = dial(t);

    client_hello(a, .extended_master_secret = WITHOUT, .encrypt_then_mac = WITHOUT, .extensions = turned);
    expect_completion(a);
}

CASE(supported_versions, .id = "extension/supported-versions-1.2",
     .title = "Server passes over supported_versions with DTLS 1.2 in it", .dut = SERVERS,
     .requirement = REQ_UNKNOWN_EXTENSIONS_IGNORED)
{
    static const uint8_t only_dtls_1_2[] = {2, 0xFE, 0xFD};
    struct assoc *a = dial(t);

    client_hello(a, .extensions = extension(t, EXT_SUPPORTED_VERSIONS, BYTES(only_dtls_1_2)));
    const struct server_hello *h = expect_server_hello(a);

    require(t, h->version == DTLS_1_2, "ServerHello 0xFEFD", "ServerHello 0x%04X", h->version);
    require(t, !find_extension(h->extensions, EXT_SUPPORTED_VERSIONS, NULL),
            "no supported_versions in a ServerHello of DTLS 1.2", "it is there");
    expect_server_hello_done(a);
    client_finish(a);
    expect_finished(a);
}

CASE(large_hello, .id = "extension/large-hello", .title = "Server takes a hello of a thousand octets",
     .dut = SERVERS, .requirement = REQ_UNKNOWN_EXTENSIONS_IGNORED)
{
    struct assoc *a = dial(t);

    client_hello(a, .extensions = extension(t, UNKNOWN_EXTENSION, random_bytes(t, 900)));
    expect_server_hello(a);
}

CASE(unasked_ticket, .id = "extension/unasked-ticket",
     .title = "Server sends no NewSessionTicket when session_ticket was not agreed", .dut = SERVERS,
     .requirement = REQ_NO_UNASKED_TICKET)
{
    static const char expected[] = "no NewSessionTicket before the Finished";
    struct assoc *a = dial(t);
    struct event e;

    good_hello(a);
    client_finish(a);
    do {
        e = await_event(a, true);
        if (e.kind == EVENT_MESSAGE && e.message_type == NEW_SESSION_TICKET)
            fail_shown(t, expected, "a NewSessionTicket of %zu octets", e.body.n);
        if (e.kind == EVENT_NONE || e.kind == EVENT_ALERT)
            not_applicable(t, "the handshake does not complete; negotiation/* judges that");
    } while (e.kind != EVENT_MESSAGE || e.message_type != FINISHED);
    say(t, expected, "none");
}

/* ---- sessions that nobody knows ---------------------------------------------------------------------------------------- */

CASE(unknown_session_id, .id = "extension/unknown-session-id",
     .title = "Server does a full handshake with a client whose session it does not know", .dut = SERVERS,
     .requirement = REQ_UNKNOWN_SESSION_FULL)
{
    static const char expected[] = "a full handshake, and another session id than the unknown one";
    struct bytes id = random_bytes(t, 32);
    struct assoc *a = dial(t);

    client_hello(a, .session_id = id);
    require(t, !bytes_equal(expect_server_hello(a)->session_id, id), expected,
            "the ServerHello resumes a session that never was");
    expect_server_hello_done(a);
    client_finish(a);
    expect_finished(a);
}

CASE(unknown_session_ticket, .id = "extension/unknown-session-ticket",
     .title = "Server does a full handshake with a client whose ticket it does not know", .dut = SERVERS,
     .requirement = REQ_UNKNOWN_SESSION_FULL)
{
    struct assoc *a = dial(t);

    client_hello(a, .extensions = extension(t, EXT_SESSION_TICKET, random_bytes(t, 96)));
    expect_completion(a);
}

CASE(unknown_session_etm, .id = "extension/unknown-session-etm",
     .title = "Server applies encrypt-then-MAC after a session id that it does not know", .dut = SERVERS,
     .requirement = REQ_ETM_APPLIED)
{
    struct assoc *a = dial(t);
    enum alert refusal;

    client_hello(a, .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256}, .session_id = random_bytes(t, 32));
    if (await_server_hello(a, &refusal) == NULL || !a->encrypt_then_mac)
        not_applicable(t, "encrypt_then_mac: offered, not negotiated");
    expect_server_hello_done(a);
    client_finish(a);
    expect_finished(a);
    expect_mac_order(a, ENCRYPT_THEN_MAC);
}

static bool agrees_to_etm(struct test *t, struct bytes session_id)
{
    struct assoc *a = dial(t);
    enum alert refusal;

    client_hello(a, .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256}, .session_id = session_id);
    if (await_server_hello(a, &refusal) == NULL)
        not_applicable(t,
                       "the device does not take a hello for TLS_PSK_WITH_AES_128_CBC_SHA256 with a session "
                       "id of %zu octets",
                       session_id.n);
    bool agrees = a->encrypt_then_mac;

    hang_up(a);
    return agrees;
}

CASE(unknown_session_etm_answered, .id = "extension/unknown-session-etm-answered",
     .title = "Server agrees to encrypt-then-MAC beside a session id that it does not know", .dut = SERVERS,
     .requirement = REQ_ETM_ECHOED_FOR_CBC)
{
    if (!agrees_to_etm(t, NO_BYTES))
        not_applicable(t, "encrypt_then_mac: offered without a session id, not negotiated");
    bool there = agrees_to_etm(t, random_bytes(t, 32));

    require(t, there, "encrypt_then_mac in the ServerHello, as without a session id",
            there ? "it is there" : "a ServerHello without it");
}

/* ---- shapes that are not ------------------------------------------------------------------------------------------------- */

static bool doubles(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "extended-master-secret",
         .title = "extended_master_secret",
         .value = EXT_EXTENDED_MASTER_SECRET},
        {.slug = "encrypt-then-mac", .title = "encrypt_then_mac", .value = EXT_ENCRYPT_THEN_MAC},
        {.slug = "renegotiation-info", .title = "renegotiation_info", .value = EXT_RENEGOTIATION_INFO},
        {.slug = "unknown", .title = "an extension that nobody knows", .value = UNKNOWN_EXTENSION},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(duplicate, .id = "extension/duplicate", .title = "Server outlives an extension that comes twice",
     .dut = SERVERS, .requirement = REQ_SURVIVES_BAD_INPUT, .negative = true, .members = doubles)
{
    static const uint8_t empty[] = {0};
    uint16_t type = (uint16_t)member(t);
    struct bytes one = extension(t, type, type == EXT_RENEGOTIATION_INFO ? BYTES(empty) : NO_BYTES);
    struct assoc *a = dial(t);
    enum alert refusal;

    deviate(t, "extension 0x%04X twice", type);
    client_hello(a, .extended_master_secret = WITHOUT, .encrypt_then_mac = WITHOUT,
                 .renegotiation_scsv = WITHOUT, .extensions = join(t, one, one));
    bool taken = await_server_hello(a, &refusal) != NULL;

    say(t, "the device serves on", "%s", taken ? "a ServerHello" : refusal_text(t, refusal));
}

CASE(ems_with_body, .id = "extension/extended-master-secret-with-body",
     .title = "Server does not agree to extended_master_secret with a body", .dut = SERVERS,
     .requirement = REQ_EXTENSION_BODY_CHECKED, .negative = true)
{
    static const char expected[] = "no extended_master_secret in a ServerHello";
    static const uint8_t zero[] = {0};
    struct assoc *a = dial(t);
    const char *outcome;

    deviate(t, "extended_master_secret with one octet of body");
    client_hello(a, .extended_master_secret = WITHOUT,
                 .extensions = extension(t, EXT_EXTENDED_MASTER_SECRET, BYTES(zero)));
    require(t, !is_answered(a, EXT_EXTENDED_MASTER_SECRET, &outcome), expected, "it is agreed to");
    say(t, expected, "%s", outcome);
}

static bool malformed_infos(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "short", .title = "without its length", .value = 0},
        {.slug = "long", .title = "with an octet too many", .value = 2},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(renegotiation_info_malformed, .id = "extension/renegotiation-info-malformed",
     .title = "Server does not answer a renegotiation_info of the wrong form", .dut = SERVERS,
     .requirement = REQ_EXTENSION_BODY_CHECKED, .negative = true, .members = malformed_infos)
{
    static const char expected[] = "no renegotiation_info in a ServerHello";
    static const uint8_t zeros[] = {0, 0};
    struct assoc *a = dial(t);
    const char *outcome;

    deviate(t, "renegotiation_info of %u octets", (unsigned)member(t));
    client_hello(a, .renegotiation_scsv = WITHOUT,
                 .extensions = extension(t, EXT_RENEGOTIATION_INFO, (struct bytes){zeros, member(t)}));
    require(t, !is_answered(a, EXT_RENEGOTIATION_INFO, &outcome), expected, "it is there");
    say(t, expected, "%s", outcome);
}

CASE(renegotiation_info_not_empty, .id = "extension/renegotiation-info-not-empty",
     .title = "Server ends a first handshake whose renegotiation_info is not empty", .dut = SERVERS,
     .requirement = REQ_FIRST_RENEGOTIATION_INFO_EMPTY, .negative = true)
{
    static const uint8_t length[] = {12}, empty[] = {0};
    struct assoc *good = dial(t), *a;
    const char *outcome;

    client_hello(good, .renegotiation_scsv = WITHOUT,
                 .extensions = extension(t, EXT_RENEGOTIATION_INFO, BYTES(empty)));
    if (!is_answered(good, EXT_RENEGOTIATION_INFO, &outcome))
        not_applicable(t, "the device takes no part in renegotiation_info (%s)", outcome);
    hang_up(good);
    a = dial(t);
    deviate(t, "renegotiation_info with 12 octets of verify_data, in a first handshake");
    client_hello(a, .renegotiation_scsv = WITHOUT,
                 .extensions =
                     extension(t, EXT_RENEGOTIATION_INFO, join(t, BYTES(length), random_bytes(t, 12))));
    expect_refusal(a);
}

CASE(ems_demanded, .id = "extension/extended-master-secret-demanded",
     .title = "Server completes no handshake without extended_master_secret", .dut = SERVERS,
     .requirement = REQ_EMS_DEMANDED)
{
    static const char expected[] = "the hello is refused";
    struct assoc *a = dial(t);
    enum alert refusal;

    client_hello(a, .extended_master_secret = WITHOUT);
    if (await_server_hello(a, &refusal) != NULL)
        show_server_hello(a, expected, ", without extended_master_secret");
    say(t, expected, "%s", refusal_text(t, refusal));
}

/* ---- server_name --------------------------------------------------------------------------------------------------------- */

CASE(server_name_unknown, .id = "extension/server-name-unknown",
     .title = "Server goes on, or sends fatal unrecognized_name, when it does not know the name",
     .dut = SERVERS, .requirement = REQ_SNI_MANNER)
{
    static const char expected[] = "a ServerHello, or fatal unrecognized_name (112)";
    static const uint8_t head[] = {0, 18, 0, 0, 15};
    struct bytes name = join(t, BYTES(head), bytes_of_text("unknown.example"));
    struct assoc *a = dial(t);
    struct event e;

    client_hello(a, .extensions = extension(t, EXT_SERVER_NAME, name));
    e = await_event(a, true);
    if (e.kind == EVENT_ALERT)
        require(t, e.level == ALERT_FATAL && e.description == ALERT_UNRECOGNIZED_NAME, expected, "%s %s",
                e.level == ALERT_FATAL ? "fatal" : "warning", alert_name(e.description));
    if (e.kind == EVENT_NONE)
        fail_missed(t, expected, "silence");
    say(t, expected, "%s", e.kind == EVENT_ALERT ? "fatal unrecognized_name" : "a ServerHello");
}

CHAPTER(extension_chapter, "extension", "Extensions", &empty_block, &other_order, &supported_versions,
        &large_hello, &unasked_ticket, &unknown_session_id, &unknown_session_ticket, &unknown_session_etm,
        &unknown_session_etm_answered, &duplicate, &ems_with_body, &renegotiation_info_malformed,
        &renegotiation_info_not_empty, &ems_demanded, &server_name_unknown);
