/* DTLS versions as a server agrees on them: 1.2, and nothing below. */
#include "case/case.h"

static const struct offer good = {.ciphers = {TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CBC_SHA256},
                                  .record_version = DTLS_1_2};

/* Suites that DTLS 1.0 could use; no AEAD (RFC 6655 5). */
static const struct offer low_suites = {
    .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256, TLS_PSK_WITH_AES_128_CBC_SHA, TLS_PSK_WITH_AES_256_CBC_SHA,
                TLS_PSK_WITH_AES_256_CBC_SHA384},
    .encrypt_then_mac = WITH};

/* True when the offer is answered by a ServerHello; the association is given up at once. */
static bool is_taken(struct test *t, const struct offer *o)
{
    struct assoc *a = dial(t);
    enum alert refusal;

    client_hello_(a, o);
    bool taken = await_server_hello(a, &refusal) != NULL;

    hang_up(a);
    return taken;
}

/* [setup] The mandatory suites at DTLS 1.2 are taken, so that what the case changes decides. */
static void needs_good_suites(struct test *t)
{
    if (!is_taken(t, &good))
        not_applicable(t, "neither mandatory suite is accepted; judged by negotiation/ccm-8-completes");
}

/* Says so when no suite of the list is taken at DTLS 1.2 either: then a refusal tells little about the version. */
static void note_suites_of_low(struct test *t)
{
    if (!is_taken(t, &low_suites))
        note(t, "no suite that DTLS 1.0 could use is accepted");
}

static const char *version_text(struct test *t, uint16_t version)
{
    return arena_printf(arena_of(t), "0x%04X (%s)", version, version_name(version));
}

/* The ServerHello says DTLS 1.2. */
static void expect_dtls_1_2(struct assoc *a)
{
    struct test *t = test_of(a);
    const struct server_hello *hello = expect_server_hello(a);

    if (hello->version != DTLS_1_2)
        mark_last(t, RECORD_HEADER + HANDSHAKE_HEADER, 2, version_text(t, hello->version));
    require(t, hello->version == DTLS_1_2, "a ServerHello that says DTLS 1.2", "a ServerHello that says %s",
            version_text(t, hello->version));
}

static void complete(struct assoc *a)
{
    expect_server_hello_done(a);
    client_finish(a);
    expect_finished(a);
}

CASE(accepted, .id = "version/dtls-1.2-accepted",
     .title = "Server answers a hello for DTLS 1.2 with DTLS 1.2", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_DTLS12_SUPPORTED)
{
    struct assoc *a = dial(t);
    struct offer in_old_record = good;
    enum alert refusal;

    in_old_record.record_version = DTLS_1_0;
    client_hello_(a, &good);
    const struct server_hello *hello = await_server_hello(a, &refusal);

    if (hello == NULL && !is_taken(t, &in_old_record))
        not_applicable(t, "neither mandatory suite is accepted; judged by negotiation/ccm-8-completes");
    if (hello == NULL)
        fail_missed(t, "a ServerHello that says DTLS 1.2",
                    "%s; the same hello in records of DTLS 1.0 is answered",
                    refusal != ALERT_NONE ? alert_name((uint8_t)refusal) : "silence");
    if (hello->version != DTLS_1_2)
        show_server_hello(a, "a ServerHello that says DTLS 1.2", "");
    complete(a);
    say(t, "a ServerHello that says DTLS 1.2", "it does, and the handshake completes");
}

CASE(record_header, .id = "version/record-header-1.0",
     .title = "Server takes a hello for DTLS 1.2 in a record of DTLS 1.0", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_RECORD_VERSION_TAKEN)
{
    struct offer in_old_record = good;
    struct assoc *a;

    needs_good_suites(t);
    in_old_record.record_version = DTLS_1_0;
    a = dial(t);
    client_hello_(a, &in_old_record);
    expect_dtls_1_2(a);
}

CASE(hvr_version, .id = "version/hvr-version",
     .title = "Server's HelloVerifyRequest says DTLS 1.0 or DTLS 1.2", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_HVR_VERSION)
{
    static const char expected[] = "DTLS 1.0 or DTLS 1.2 in the record's header and in the body";
    struct assoc *a = dial(t);
    struct hello_verify_request h;
    struct event e;

    client_hello_once_(a, &good);
    e = await_event(a, true);
    if (e.kind == EVENT_NONE)
        not_judged(t, "nothing answers the first hello");
    if (e.kind != EVENT_MESSAGE || e.message_type != HELLO_VERIFY_REQUEST)
        not_applicable(t, "no cookie exchange: the first hello is answered by something else");
    if (!parse_hello_verify_request(e.body, &h))
        fail_shown(t, expected, "a HelloVerifyRequest that does not parse");
    require(t,
            (e.record_version == DTLS_1_0 || e.record_version == DTLS_1_2) &&
                (h.version == DTLS_1_0 || h.version == DTLS_1_2),
            expected, "%s in the record's header, %s in the body", version_text(t, e.record_version),
            version_text(t, h.version));
}

/* ---- newer versions ------------------------------------------------------------------------------------------------------ */

static bool newer_versions(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "0xfefc", .title = "0xFEFC, DTLS 1.3", .value = 0xFEFC},
        {.slug = "0xfe00", .title = "0xFE00", .value = 0xFE00},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(newer, .id = "version/newer", .title = "Server answers a hello for a newer version with DTLS 1.2",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_NEWER_VERSION_ANSWERED, .members = newer_versions)
{
    struct offer newer_offer = good;
    struct assoc *a;

    needs_good_suites(t);
    newer_offer.version = (uint16_t)member(t);
    a = dial(t);
    client_hello_(a, &newer_offer);
    expect_dtls_1_2(a);
    complete(a);
    say(t, "a ServerHello that says DTLS 1.2", "it does, and the handshake completes");
}

/* ---- lower versions ------------------------------------------------------------------------------------------------------ */

static bool low_versions(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "0xfeff",
         .title = "0xFEFF, DTLS 1.0",
         .value = 0xFEFF,
         .requirement = REQ_DTLS12_ONLY,
         .own_requirement = true},
        {.slug = "0xfefe", .title = "0xFEFE", .value = 0xFEFE},
        {.slug = "0xff00", .title = "0xFF00", .value = 0xFF00},
        {.slug = "0xffff", .title = "0xFFFF", .value = 0xFFFF},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static bool foreign_versions(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "0x0303", .title = "0x0303, TLS 1.2", .value = 0x0303},
        {.slug = "0x0100", .title = "0x0100", .value = 0x0100},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* A hello of that version with suites that DTLS 1.0 could use. */
static struct assoc *dial_low(struct test *t, uint16_t version)
{
    struct assoc *a = dial(t);
    struct offer low = low_suites;

    deviate(t, "client_version 0x%04X", version);
    low.version = version;
    client_hello_(a, &low);
    return a;
}

static void expect_low_refused(struct test *t)
{
    expect_refusal(dial_low(t, (uint16_t)member(t)));
    note_suites_of_low(t);
}

CASE(low, .id = "version/low", .title = "Server refuses a hello for a version below DTLS 1.2",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_LOW_VERSION_REFUSED, .negative = true,
     .members = low_versions)
{
    expect_low_refused(t);
}

CASE(foreign, .id = "version/foreign", .title = "Server refuses a hello for a version that is none of DTLS",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_FOREIGN_VERSION_REFUSED, .negative = true,
     .members = foreign_versions)
{
    expect_low_refused(t);
}

CASE(low_alert, .id = "version/low-alert",
     .title = "Server says by a fatal alert that the version is too low", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_LOW_VERSION_ALERT, .negative = true)
{
    expect_refusal_alert(dial_low(t, DTLS_1_0), false, ALERT_PROTOCOL_VERSION, ALERT_HANDSHAKE_FAILURE,
                         ALERT_INSUFFICIENT_SECURITY, ALERT_INAPPROPRIATE_FALLBACK);
}

CASE(cbc_sha256_low, .id = "version/cbc-sha256-at-dtls-1.0",
     .title = "Server does not agree on DTLS 1.0 for TLS_PSK_WITH_AES_128_CBC_SHA256",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_DTLS12_ONLY, .negative = true)
{
    static const char expected[] = "no ServerHello: an alert, or silence";
    struct assoc *a = dial(t);
    enum alert refusal;

    deviate(t, "client_version 0xFEFF");
    client_hello(a, .version = DTLS_1_0, .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256},
                 .encrypt_then_mac = WITH);
    const struct server_hello *hello = await_server_hello(a, &refusal);

    if (hello == NULL) {
        say(t, expected, "%s", refusal != ALERT_NONE ? alert_name((uint8_t)refusal) : "silence");
        note_suites_of_low(t);
        return;
    }
    const char *trouble = carry_on(a);

    if (trouble != NULL)
        note(t, "%s", trouble);
    else if (hello->version == DTLS_1_0)
        note(t, "a session with it works, with the PRF of MD5 and SHA-1");
    show_server_hello(a, expected, trouble == NULL ? ", and the handshake completes" : "");
}

CASE(fallback_scsv, .id = "version/fallback-scsv", .title = "Server refuses a fallback to DTLS 1.0",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_LOW_VERSION_REFUSED, .negative = true)
{
    struct assoc *a = dial(t);

    deviate(t, "client_version 0xFEFF, with TLS_FALLBACK_SCSV");
    client_hello(
        a, .version = DTLS_1_0,
        .ciphers = {TLS_FALLBACK_SCSV, TLS_PSK_WITH_AES_128_CBC_SHA256, TLS_PSK_WITH_AES_128_CBC_SHA});
    if (expect_refusal(a) == ALERT_INAPPROPRIATE_FALLBACK)
        note(t, "inappropriate_fallback (86) is the alert of RFC 7507");
    note_suites_of_low(t);
}

CASE(lowered, .id = "version/lowered-after-cookie",
     .title = "Server sends no ServerHello when the second hello lowers the version",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_HELLO_VERSION_FIXED, .negative = true)
{
    struct assoc *a = dial(t);
    struct bytes cookie =
        ask_cookie(a, .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256, TLS_PSK_WITH_AES_128_CCM_8},
                   .record_version = DTLS_1_2);

    if (cookie.n == 0)
        not_applicable(t, "no cookie exchange: the first hello is answered by something else");
    deviate(t, "client_version 0xFEFF in the second hello, 0xFEFD in the first");
    client_hello_with_cookie(a, cookie, .version = DTLS_1_0,
                             .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256, TLS_PSK_WITH_AES_128_CCM_8});
    expect_refusal(a);
    needs_good_suites(t); /* else it was refused for its suites */
}

CASE(no_sticky, .id = "version/no-sticky-downgrade",
     .title = "Server answers DTLS 1.2 though another client asked for DTLS 1.0",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_NO_STICKY_DOWNGRADE, .negative = true)
{
    struct assoc *low_one, *a;
    enum alert refusal;

    needs_good_suites(t);
    low_one = dial_low(t, DTLS_1_0);
    if (await_server_hello(low_one, &refusal) != NULL)
        note(t, "the device takes DTLS 1.0; that is judged elsewhere");
    hang_up(low_one);
    a = dial(t);
    client_hello_(a, &good);
    expect_dtls_1_2(a);
}

/* ---- records ------------------------------------------------------------------------------------------------------------- */

/* ChangeCipherSpec and what is protected: the version is agreed by then. */
static bool has_agreed_version(const struct trace_record *r)
{
    return r->epoch > 0 || r->type == CONTENT_CHANGE_CIPHER_SPEC;
}

CASE(records, .id = "version/records-1.2", .title = "Server's records say DTLS 1.2 once it is agreed",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_RECORD_VERSION_SENT)
{
    static const char expected[] = "DTLS 1.2 in the header of ChangeCipherSpec and of every protected record";
    struct assoc *a = dial(t);
    size_t seen = 0;

    handshake_(a, &good);
    if (liveness_of(t) != LIVENESS_NONE)
        exchange_probes(a, 2);
    for (size_t i = 0; i < a->trace->n; i++) {
        const struct trace_entry *e = &a->trace->entries[i];

        for (size_t k = 0; e->from_device && k < e->record_count; k++) {
            const struct trace_record *r = &e->records[k];

            if (!has_agreed_version(r))
                continue;
            seen++;
            if (r->version == DTLS_1_2)
                continue;
            mark_entry(t, i, r->at + 1, 2, version_text(t, r->version));
            fail_shown(t, expected, "%s in a record of %s", version_text(t, r->version),
                       content_name(r->type));
        }
    }
    say(t, expected, "in all %zu", seen);
}

CHAPTER(version_chapter, "version", "DTLS versions", &accepted, &record_header, &hvr_version, &newer, &low,
        &foreign, &low_alert, &cbc_sha256_low, &fallback_scsv, &lowered, &no_sticky, &records);
