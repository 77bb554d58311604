/* DTLS versions as a client asks for them and takes the answer: 1.2, and nothing below. */
#include "case/case.h"

static const char *version_text(struct test *t, uint16_t version)
{
    return arena_printf(arena_of(t), "0x%04X (%s)", version, version_name(version));
}

/* Versions of DTLS count down: 1.2 and what is newer. */
static bool is_1_2_or_newer(uint16_t version)
{
    return version >> 8 == 0xFE && version <= DTLS_1_2;
}

CASE(hello_version, .id = "version/client-hello-version",
     .title = "Client's hello asks for DTLS 1.2 or newer", .dut = CLIENT,
     .requirement = REQ_CLIENT_HELLO_AT_DTLS12)
{
    struct assoc *a = await_client(t);
    uint16_t version = first_client_hello(a)->version;

    for (size_t i = 0; i < a->trace->n; i++)
        if (a->trace->entries[i].from_device && a->trace->entries[i].record_count > 0) {
            note(t, "the record says %s", version_text(t, a->trace->entries[i].records[0].version));
            break;
        }
    require(t, is_1_2_or_newer(version), "client_version DTLS 1.2 or newer", "%s", version_text(t, version));
}

/* Record version, then body. */
static bool hvr_versions(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "feff-feff", .title = "record 1.0, body 1.0", .value = 0xFEFFFEFF},
        {.slug = "feff-fefd", .title = "record 1.0, body 1.2", .value = 0xFEFFFEFD},
        {.slug = "fefd-feff", .title = "record 1.2, body 1.0", .value = 0xFEFDFEFF},
        {.slug = "fefd-fefd", .title = "record 1.2, body 1.2", .value = 0xFEFDFEFD},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(client_hvr, .id = "version/client-hvr",
     .title = "Client takes a HelloVerifyRequest whatever version it says", .dut = CLIENT,
     .requirement = REQ_HVR_VERSION_IS_FORMAT, .members = hvr_versions)
{
    struct assoc *a = await_client(t);
    uint16_t first = first_client_hello(a)->version;
    uint16_t record = (uint16_t)(member(t) >> 16), body = (uint16_t)member(t);
    uint16_t second = expect_verified_hello(a, body, record, random_bytes(t, 20))->version;

    require(t, first == second, "the same client_version in both hellos", "%s, then %s",
            version_text(t, first), version_text(t, second));
    expect_served(a, .cipher = offered(a, ANY_PLAIN_PSK));
}

static bool wrong_versions(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "0xfeff",
         .title = "0xFEFF, DTLS 1.0",
         .value = 0xFEFF,
         .requirement = REQ_DTLS12_ONLY,
         .own_requirement = true},
        {.slug = "0xfefe", .title = "0xFEFE", .value = 0xFEFE},
        {.slug = "0xfefc", .title = "0xFEFC, DTLS 1.3", .value = 0xFEFC},
        {.slug = "0x0303", .title = "0x0303, TLS 1.2", .value = 0x0303},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* True when the hello asks for that version: by client_version, or in supported_versions (RFC 8446 4.2.1). */
static bool asks_for(const struct client_hello *hello, uint16_t version)
{
    struct bytes body;

    if (hello->version == version)
        return true;
    if (!find_extension(hello->extensions, EXT_SUPPORTED_VERSIONS, &body))
        return false;
    struct reader whole = reader_of(body);
    struct reader list = reader_of(get_block(&whole, 1));

    while (list.left >= 2)
        if (get_u16(&list) == version)
            return true;
    return false;
}

/* A client that was answered by a ServerHello of that version, with a suite which that version could use. */
static struct assoc *answered_at(struct test *t, uint16_t version)
{
    struct assoc *a = await_client(t);
    const struct client_hello *hello = expect_client_hello(a);
    bool old = version == DTLS_1_0 || version == 0xFEFE;

    if (asks_for(hello, version))
        not_applicable(t, "the device asks for that version");
    deviate(t, "server_version 0x%04X", version);
    server_hello(a, .version = version, .record_version = version == DTLS_1_0 ? DTLS_1_0 : DTLS_1_2,
                 .cipher = offered(a, old ? USABLE_AT_DTLS_1_0 : ANY_PLAIN_PSK));
    return a;
}

CASE(client_server_hello, .id = "version/client-server-hello",
     .title = "Client gives up when the ServerHello says a version that it did not ask for", .dut = CLIENT,
     .requirement = REQ_SERVER_HELLO_VERSION_CHECKED, .negative = true, .members = wrong_versions)
{
    expect_abort(answered_at(t, (uint16_t)member(t)));
}

CASE(client_server_hello_alert, .id = "version/client-server-hello-alert",
     .title = "Client says by a fatal alert that the version of the ServerHello is too low", .dut = CLIENT,
     .requirement = REQ_SERVER_HELLO_VERSION_ALERT, .negative = true)
{
    expect_abort_alert(answered_at(t, DTLS_1_0), false, ALERT_PROTOCOL_VERSION, ALERT_ILLEGAL_PARAMETER);
}

static bool refusals(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "protocol-version", .title = "protocol_version", .value = ALERT_PROTOCOL_VERSION},
        {.slug = "handshake-failure", .title = "handshake_failure", .value = ALERT_HANDSHAKE_FAILURE},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(no_fallback, .id = "version/client-no-fallback",
     .title = "Client that was refused does not come back with a lower version", .dut = CLIENT,
     .requirement = REQ_NO_VERSION_FALLBACK, .negative = true, .members = refusals)
{
    static const char expected[] = "no further hello, or one for DTLS 1.2 or newer";
    const uint8_t refusal[] = {ALERT_FATAL, (uint8_t)member(t)};
    struct assoc *a = await_client(t);
    uint16_t next;

    expect_client_hello(a);
    send_plain_record(a, CONTENT_ALERT, DTLS_1_2, 0, UINT64_MAX, BYTES(refusal));
    next = next_hello_version(a);
    if (next == 0 && dials_on_demand(t))
        next = first_client_hello(await_client(t))->version;
    require(t, next == 0 || is_1_2_or_newer(next), expected, "%s",
            next == 0 ? "no further hello" : version_text(t, next));
}

/* What comes after our ServerHello. */
static bool has_agreed_version(const struct trace_entry *e, const struct trace_record *r)
{
    return r->epoch > 0 || r->type == CONTENT_CHANGE_CIPHER_SPEC ||
           (r->type == CONTENT_HANDSHAKE && r->n > RECORD_HEADER &&
            e->datagram.at[r->at + RECORD_HEADER] == CLIENT_KEY_EXCHANGE);
}

CASE(client_records, .id = "version/client-records-1.2",
     .title = "Client's records say DTLS 1.2 once it is agreed", .dut = CLIENT,
     .requirement = REQ_RECORD_VERSION_SENT)
{
    static const char expected[] =
        "DTLS 1.2 in the header of ClientKeyExchange, ChangeCipherSpec and protected records";
    struct assoc *a = await_client(t);
    size_t seen = 0;

    serve_good(a);
    if (liveness_of(t) != LIVENESS_NONE)
        exchange_probes(a, 2);
    for (size_t i = 0; i < a->trace->n; i++) {
        const struct trace_entry *e = &a->trace->entries[i];

        for (size_t k = 0; e->from_device && k < e->record_count; k++) {
            const struct trace_record *r = &e->records[k];

            if (!has_agreed_version(e, r))
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

CHAPTER(version_client_chapter, "version", "DTLS versions", &hello_version, &client_hvr, &client_server_hello,
        &client_server_hello_alert, &no_fallback, &client_records);
