/* Extensions of a ServerHello, and those that a client sends, RFC 5246 7.4.1.4. */
#include <ctype.h>

#include "case/case.h"

static bool has_extension(const struct client_hello *h, uint16_t type)
{
    return find_extension(h->extensions, type, NULL);
}

/* The device's dial, when its hello has that extension. */
static struct assoc *offering(struct test *t, uint16_t type)
{
    struct assoc *a = await_client(t);

    if (!has_extension(expect_client_hello(a), type))
        not_applicable(t, "the device does not offer %s", extension_name(type));
    return a;
}

/* ---- shapes ------------------------------------------------------------------------------------------------------------- */

CASE(ems_with_body, .id = "extension/client-extended-master-secret-with-body",
     .title = "Client ends the handshake when extended_master_secret is answered with a body", .dut = CLIENT,
     .requirement = REQ_EXTENSION_BODY_CHECKED, .negative = true)
{
    static const uint8_t zero[] = {0};
    struct assoc *a = offering(t, EXT_EXTENDED_MASTER_SECRET);

    deviate(t, "extended_master_secret with one octet of body");
    server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK), .extended_master_secret = WITHOUT,
                 .extensions = extension(t, EXT_EXTENDED_MASTER_SECRET, BYTES(zero)));
    expect_abort(a);
}

CASE(duplicate, .id = "extension/client-duplicate-extended-master-secret",
     .title = "Client ends the handshake when extended_master_secret is answered twice", .dut = CLIENT,
     .requirement = REQ_DUPLICATE_EXTENSION_REFUSED, .negative = true)
{
    struct assoc *a = offering(t, EXT_EXTENDED_MASTER_SECRET);

    deviate(t, "extended_master_secret twice");
    server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK),
                 .extensions = extension(t, EXT_EXTENDED_MASTER_SECRET, NO_BYTES));
    expect_abort(a);
}

CASE(without_block, .id = "extension/client-server-hello-without-block",
     .title = "Client outlives a ServerHello without an extensions block", .dut = CLIENT,
     .requirement = REQ_SURVIVES_BAD_INPUT)
{
    struct assoc *a = await_client(t);
    enum alert refusal;

    expect_client_hello(a);
    server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK), .no_extensions = true, .encrypt_then_mac = WITHOUT,
                 .extended_master_secret = WITHOUT, .renegotiation_info = WITHOUT);
    bool goes_on = client_goes_on(a, &refusal);

    say(t, "the device dials again", "%s",
        goes_on                 ? "it goes on"
        : refusal == ALERT_NONE ? "silence, or a new hello"
                                : alert_name((uint8_t)refusal));
}

/* ---- extended_master_secret and renegotiation_info ------------------------------------------------------------------------ */

CASE(ems_demanded, .id = "extension/client-extended-master-secret-demanded",
     .title = "Client completes no handshake without extended_master_secret", .dut = CLIENT,
     .requirement = REQ_EMS_DEMANDED)
{
    struct assoc *a = offering(t, EXT_EXTENDED_MASTER_SECRET);

    server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK), .extended_master_secret = WITHOUT);
    expect_abort(a);
}

/* The device's dial, when it signals secure renegotiation by the extension or the SCSV. */
static struct assoc *signalling(struct test *t)
{
    struct assoc *a = await_client(t);
    const struct client_hello *h = expect_client_hello(a);

    if (!has_extension(h, EXT_RENEGOTIATION_INFO) && !offers(a, TLS_EMPTY_RENEGOTIATION_INFO_SCSV))
        not_applicable(t, "the device signals no secure renegotiation");
    return a;
}

CASE(info_not_empty, .id = "extension/client-renegotiation-info-not-empty",
     .title = "Client ends a first handshake whose renegotiation_info is not empty", .dut = CLIENT,
     .requirement = REQ_FIRST_RENEGOTIATION_INFO_EMPTY, .negative = true)
{
    static const uint8_t not_empty[] = {1, 0};
    struct assoc *a = signalling(t);

    deviate(t, "renegotiation_info with an octet of verify_data, in a first handshake");
    server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK), .renegotiation_info = WITHOUT,
                 .extensions = extension(t, EXT_RENEGOTIATION_INFO, BYTES(not_empty)));
    expect_abort(a);
}

CASE(info_demanded, .id = "extension/client-renegotiation-info-demanded",
     .title = "Client ends the handshake when renegotiation_info is not answered", .dut = CLIENT,
     .requirement = REQ_RENEGOTIATION_INFO_DEMANDED)
{
    struct assoc *a = signalling(t);

    server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK), .renegotiation_info = WITHOUT);
    expect_abort(a);
}

/* ---- sizes ---------------------------------------------------------------------------------------------------------------- */

static bool wrong_lengths(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "other", .title = "with another value", .value = 4},
        {.slug = "illegal", .title = "with a value that does not exist", .value = 5},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(mfl_answer, .id = "extension/client-max-fragment-length",
     .title = "Client ends the handshake when max_fragment_length is answered wrongly", .dut = CLIENT,
     .requirement = REQ_MFL_ANSWER_CHECKED, .negative = true, .members = wrong_lengths)
{
    struct assoc *a = offering(t, EXT_MAX_FRAGMENT_LENGTH);
    struct bytes asked = NO_BYTES;
    uint8_t value = (uint8_t)member(t);

    find_extension(first_client_hello(a)->extensions, EXT_MAX_FRAGMENT_LENGTH, &asked);
    if (asked.n == 1 && asked.at[0] == value)
        value = 3;
    deviate(t, "max_fragment_length %u, where %s was asked for", value, arena_hex(arena_of(t), asked));
    server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK),
                 .extensions = extension(t, EXT_MAX_FRAGMENT_LENGTH, (struct bytes){&value, 1}));
    expect_abort(a);
}

CASE(mfl_offered, .id = "extension/client-max-fragment-length-offered",
     .title = "Client may offer max_fragment_length", .dut = CLIENT, .requirement = REQ_MFL_OFFERED)
{
    struct assoc *a = await_client(t);
    struct bytes asked = NO_BYTES;
    bool found = find_extension(first_client_hello(a)->extensions, EXT_MAX_FRAGMENT_LENGTH, &asked);

    say(t, "either way", "%s%s", found ? "offered, value " : "not offered",
        found ? arena_hex(arena_of(t), asked) : "");
}

CASE(rsl_illegal, .id = "extension/client-record-size-limit-illegal",
     .title = "Client ends the handshake when the server's record_size_limit is below 64", .dut = CLIENT,
     .requirement = REQ_RSL_ILLEGAL_REFUSED, .negative = true)
{
    static const uint8_t limit_63[] = {0, 63};
    struct assoc *a = offering(t, EXT_RECORD_SIZE_LIMIT);

    deviate(t, "record_size_limit 63");
    server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK),
                 .extensions = extension(t, EXT_RECORD_SIZE_LIMIT, BYTES(limit_63)));
    expect_abort(a);
}

/* ---- what a client says ---------------------------------------------------------------------------------------------------- */

/* RFC 6066 3: a fully qualified name in ASCII, without a trailing dot, and no address. */
static const char *fault_of_name(struct bytes name)
{
    bool digits_and_dots = true;

    if (name.n == 0)
        return "an empty name";
    for (size_t i = 0; i < name.n; i++) {
        uint8_t c = name.at[i];

        if (c == ':' || c >= 0x80 || c <= ' ')
            return c == ':' ? "an IPv6 address" : "an octet that is not of a host name";
        digits_and_dots = digits_and_dots && (isdigit(c) || c == '.');
    }
    if (name.at[name.n - 1] == '.')
        return "a name that ends in a dot";
    return digits_and_dots ? "an IPv4 address" : NULL;
}

CASE(server_name, .id = "extension/client-server-name",
     .title = "Client's server_name is one host name, and no address", .dut = CLIENT,
     .requirement = REQ_SNI_NO_LITERAL)
{
    static const char expected[] = "one host name, or no server_name";
    struct assoc *a = await_client(t);
    struct bytes body = NO_BYTES;

    if (!find_extension(first_client_hello(a)->extensions, EXT_SERVER_NAME, &body)) {
        say(t, expected, "none");
        return;
    }
    struct reader r = reader_of(body);
    uint16_t list = get_u16(&r);
    uint8_t type = get_u8(&r);
    struct bytes name = get_bytes(&r, get_u16(&r));
    bool one = !r.bad && list + 2U == body.n && r.left == 0 && type == 0;
    const char *fault = one ? fault_of_name(name) : "not one entry of type host_name";

    require(t, fault == NULL, expected, "%s: %s", fault != NULL ? fault : "",
            arena_escape(arena_of(t), body));
    say(t, expected, "%s", arena_escape(arena_of(t), name));
}

CASE(no_fallback_scsv, .id = "extension/client-signalling",
     .title = "Client's hello for its highest version holds no TLS_FALLBACK_SCSV", .dut = CLIENT,
     .requirement = REQ_NO_FALLBACK_SCSV)
{
    struct assoc *a = await_client(t);

    first_client_hello(a);
    require(t, !offers(a, TLS_FALLBACK_SCSV), "no TLS_FALLBACK_SCSV (0x5600)", "it is in the list");
}

CHAPTER(extension_client_chapter, "extension", "Extensions", &ems_with_body, &duplicate, &without_block,
        &ems_demanded, &info_not_empty, &info_demanded, &mfl_answer, &mfl_offered, &rsl_illegal, &server_name,
        &no_fallback_scsv);
