/* Negotiation, the rest of a server's side: extensions, versions that a suite needs, and what the device declares. */
#include "suites/sweep.h"

enum { SERVERS = SERVER | BOOTSTRAP_SERVER, UNKNOWN_EXTENSION = 0xE0E0 };

/* ---- extensions --------------------------------------------------------------------------------------------------------- */

CASE(no_extensions, .id = "negotiation/no-extensions",
     .title = "Server takes a hello without an extensions block", .dut = SERVERS,
     .requirement = REQ_UNKNOWN_EXTENSIONS_IGNORED)
{
    handshake(dial(t), .ciphers = GOOD, .extended_master_secret = WITHOUT, .encrypt_then_mac = WITHOUT,
              .extensions = extension(t, UNKNOWN_EXTENSION, NO_BYTES));
    struct assoc *a = dial(t);

    client_hello(a, .ciphers = GOOD, .no_extensions = true);
    expect_server_hello(a);
}

CASE(unknown_extensions, .id = "negotiation/unknown-extensions",
     .title = "Server passes over extensions it does not know", .dut = SERVERS,
     .requirement = REQ_UNKNOWN_EXTENSIONS_IGNORED)
{
    static const uint8_t zero[] = {0};
    static const uint16_t types[] = {0x0A0A, 0x1A1A, UNKNOWN_EXTENSION};
    struct bytes block = join(t, extension(t, types[0], NO_BYTES), extension(t, types[1], BYTES(zero)));

    block = join(t, block, extension(t, types[2], random_bytes(t, 300)));
    handshake(dial(t), .ciphers = GOOD);
    struct assoc *a = dial(t);

    client_hello(a, .ciphers = GOOD, .extensions = block);
    const struct server_hello *h = expect_server_hello(a);

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        require(t, !find_extension(h->extensions, types[i], NULL),
                "no extension of an unknown type is answered", "extension 0x%04X is answered", types[i]);
    expect_server_hello_done(a);
    client_finish(a);
    expect_finished(a);
}

/* The ServerHello to the hello just sent; a refusal is no failure of its extensions. */
static const struct server_hello *hello_or_leave(struct assoc *a)
{
    enum alert refusal;
    const struct server_hello *h = await_server_hello(a, &refusal);

    if (h == NULL)
        not_applicable(
            test_of(a),
            "the hello is refused (%s); support of suites is judged by negotiation/ccm-8-completes",
            refusal_text(test_of(a), refusal));
    return h;
}

static void expect_empty_renegotiation_info(struct assoc *a)
{
    static const char expected[] = "renegotiation_info with one octet 00";
    struct test *t = test_of(a);
    struct bytes body = NO_BYTES;
    bool found = find_extension(hello_or_leave(a)->extensions, EXT_RENEGOTIATION_INFO, &body);

    require(t, found && body.n == 1 && body.at[0] == 0, expected, "%s",
            found ? arena_hex(arena_of(t), body) : "no renegotiation_info");
    say(t, expected, "renegotiation_info 00");
}

CASE(scsv_answered, .id = "negotiation/scsv-answered",
     .title = "Server answers the renegotiation SCSV with an empty renegotiation_info", .dut = SERVERS,
     .requirement = REQ_RENEGOTIATION_INFO_ANSWERED)
{
    struct assoc *a = dial(t);

    client_hello(a, .ciphers = GOOD);
    expect_empty_renegotiation_info(a);
}

CASE(renegotiation_info_answered, .id = "negotiation/renegotiation-info-answered",
     .title = "Server answers an empty renegotiation_info with one", .dut = SERVERS,
     .requirement = REQ_RENEGOTIATION_INFO_ANSWERED)
{
    static const uint8_t empty[] = {0};
    struct assoc *a = dial(t);

    client_hello(a, .ciphers = GOOD, .renegotiation_scsv = WITHOUT,
                 .extensions = extension(t, EXT_RENEGOTIATION_INFO, BYTES(empty)));
    expect_empty_renegotiation_info(a);
}

CASE(extended_master_secret_answered, .id = "negotiation/extended-master-secret-answered",
     .title = "Server answers extended_master_secret", .dut = SERVERS, .requirement = REQ_EMS_SUPPORTED)
{
    struct bytes body = NO_BYTES;
    struct assoc *a = dial(t);

    client_hello(a, .ciphers = GOOD);
    bool found = find_extension(hello_or_leave(a)->extensions, EXT_EXTENDED_MASTER_SECRET, &body);

    require(t, found && body.n == 0, "extended_master_secret in the ServerHello, empty", "%s",
            found ? body.n == 0 ? "it is there" : "it has a body" : "it is not there");
}

CASE(extended_master_secret_derived, .id = "negotiation/extended-master-secret-derived",
     .title = "Server derives the master secret from the session hash once extended_master_secret is agreed",
     .dut = SERVERS, .requirement = REQ_EMS_DERIVATION)
{
    static const char expected[] = "a handshake completes under the extended master secret";
    struct assoc *a = dial(t);

    client_hello(a, .ciphers = GOOD);
    hello_or_leave(a);
    if (!a->extended_master_secret)
        not_applicable(t, "extended_master_secret: offered, not negotiated");
    const char *stopped = carry_on(a);

    say(t, expected, "it does");
    if (stopped == NULL)
        return;
    struct assoc *old = dial(t);

    client_hello(old, .ciphers = GOOD);
    expect_server_hello(old);
    old->extended_master_secret = false;
    if (carry_on(old) == NULL)
        fail_shown(
            t, expected,
            "it completes only under the master secret of RFC 5246 8.1, though the extension is answered");
    fail_missed(t, expected, "%s", stopped);
}

CASE(extended_master_secret_only_if_offered, .id = "negotiation/extended-master-secret-only-if-offered",
     .title = "Server leaves extended_master_secret alone when it is not offered", .dut = SERVERS,
     .requirement = REQ_EMS_ONLY_IF_OFFERED)
{
    enum alert refusal;

    handshake(dial(t), .ciphers = GOOD);
    struct assoc *a = dial(t);

    client_hello(a, .ciphers = GOOD, .extended_master_secret = WITHOUT);
    if (await_server_hello(a, &refusal) == NULL)
        not_applicable(t, "insists on extended_master_secret (%s)", refusal_text(t, refusal));
    require(t, !a->extended_master_secret, "no extended_master_secret in the ServerHello", "it is there");
    expect_server_hello_done(a);
    client_finish(a);
    expect_finished(a);
    say(t, "a handshake under the master secret of RFC 5246 8.1", "completed");
}

/* ---- what belongs to a suite -------------------------------------------------------------------------------------------- */

CASE(ccm_nonce_from_record, .id = "negotiation/ccm-nonce-from-record",
     .title = "Server takes the explicit nonce of an AEAD record from the record", .dut = SERVERS,
     .requirement = REQ_CCM_NONCE_FROM_RECORD)
{
    struct assoc *a = dial(t);

    needs_liveness(t);
    handshake(a, .ciphers = {TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CCM,
                             TLS_PSK_WITH_AES_128_GCM_SHA256});
    for (int i = 0; i < 2; i++) {
        if (i > 0)
            wait_ms(t, 300, "a device may limit its Resets, as libcoap does to four a second");
        struct sealed s = seal_probe(a, .nonce = random_bytes(t, 8));

        expect_processed(a, &s);
    }
}

static bool codes_member(size_t i, struct codes list, struct member *out)
{
    if (i >= list.n)
        return false;
    code_member(out, list.at[i]);
    return true;
}

static bool aead_suites(size_t i, struct member *out)
{
    return codes_member(i,
                        CODES(TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CCM,
                              TLS_PSK_WITH_AES_128_GCM_SHA256, TLS_PSK_WITH_AES_256_GCM_SHA384),
                        out);
}

CASE(aead_at_dtls_1_0, .id = "negotiation/aead-at-dtls-1.0",
     .title = "Server does not select an AEAD suite in a hello for DTLS 1.0", .dut = SERVERS,
     .requirement = REQ_AEAD_NOT_BELOW_DTLS12, .negative = true, .members = aead_suites)
{
    struct assoc *a = dial(t);

    client_hello(a, .version = DTLS_1_0, .list = alone(t, (uint16_t)member(t)));
    expect_refusal(a);
}

static bool static_suites(size_t i, struct member *out)
{
    return codes_member(i,
                        CODES(TLS_DHE_PSK_WITH_AES_128_CCM, TLS_DHE_PSK_WITH_AES_128_GCM_SHA256,
                              TLS_DHE_PSK_WITH_AES_128_CBC_SHA256, TLS_RSA_PSK_WITH_AES_128_GCM_SHA256,
                              TLS_RSA_PSK_WITH_AES_128_CBC_SHA256),
                        out);
}

CASE(no_static_key_exchange, .id = "negotiation/no-static-key-exchange",
     .title = "Server uses neither RSA key transport nor finite-field Diffie-Hellman beside a PSK",
     .dut = SERVERS, .requirement = REQ_NO_STATIC_KEY_EXCHANGE, .negative = true, .members = static_suites)
{
    struct codes list = alone(t, (uint16_t)member(t));
    struct assoc *a = dial(t);

    client_hello(a, .list = list, .extensions = extensions_for(t, list));
    refuse(a, list);
}

CASE(forward_secrecy, .id = "negotiation/forward-secrecy",
     .title = "Server's answer to suites with ECDHE and a PSK", .dut = SERVERS,
     .requirement = REQ_FORWARD_SECRECY)
{
    struct codes list =
        CODES(TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256, TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256,
              TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256, TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256,
              TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256);
    struct assoc *a = dial(t);
    enum alert refusal;

    client_hello(a, .list = list, .extensions = extensions_for(t, list));
    const struct server_hello *h = await_server_hello(a, &refusal);

    say(t, "either way", "%s", h != NULL ? cipher_name(h->cipher) : refusal_text(t, refusal));
    note(t, h != NULL ? "suites with forward secrecy are supported"
                      : "no suite with forward secrecy is supported");
}

/* ---- what the device declares ------------------------------------------------------------------------------------------- */

/* The name is added to a list of those that are missing. */
static const char *with_missing(struct test *t, const char *missing, const char *name)
{
    return arena_printf(arena_of(t), "%s%s%s", missing, missing[0] != '\0' ? ", " : "", name);
}

static bool selects(struct test *t, const struct cipher *c, enum choice encrypt_then_mac)
{
    struct codes list = alone(t, c->code);
    struct assoc *a = dial(t);
    enum alert refusal;

    client_hello(a, .list = list, .encrypt_then_mac = encrypt_then_mac,
                 .extensions = extensions_for(t, list));
    const struct server_hello *h = await_server_hello(a, &refusal);

    return h != NULL && h->cipher == c->code;
}

static void judge_missing(struct test *t, size_t declared, const char *missing)
{
    static const char expected[] = "all that is declared is negotiated";

    if (declared == 0)
        not_applicable(t, "nothing of the kind is declared");
    if (missing[0] != '\0')
        fail_missed(t, expected, "not negotiated: %s", missing);
    say(t, expected, "all %zu", declared);
}

CASE(declared_suites, .id = "negotiation/declared-suites",
     .title = "Server selects every cipher suite that it declares", .dut = SERVERS,
     .requirement = REQ_DOES_WHAT_IT_DECLARES)
{
    const char *missing = "";
    size_t declared = 0;

    for (size_t i = 0; i < cipher_count; i++) {
        const struct cipher *c = &ciphers[i];

        if (!declares(t, c->name))
            continue;
        declared++;
        if (!selects(t, c, AS_USUAL) && !(cipher_is_cbc(c) && selects(t, c, WITHOUT)))
            missing = with_missing(t, missing, c->name);
    }
    judge_missing(t, declared, missing);
}

CASE(declared_extensions, .id = "negotiation/declared-extensions",
     .title = "Server answers every extension that it declares", .dut = SERVERS,
     .requirement = REQ_DOES_WHAT_IT_DECLARES)
{
    static const struct {
        const char *name;
        uint16_t type, suite;
    } known[] = {
        {"encrypt_then_mac", EXT_ENCRYPT_THEN_MAC, TLS_PSK_WITH_AES_128_CBC_SHA256},
        {"extended_master_secret", EXT_EXTENDED_MASTER_SECRET, 0},
        {"renegotiation_info", EXT_RENEGOTIATION_INFO, 0},
    };
    const char *missing = "";
    size_t declared = 0;

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct assoc *a;
        enum alert refusal;

        if (!declares(t, known[i].name))
            continue;
        declared++;
        a = dial(t);
        client_hello(a, .ciphers = {known[i].suite});
        const struct server_hello *h = await_server_hello(a, &refusal);

        if (h == NULL || !find_extension(h->extensions, known[i].type, NULL))
            missing = with_missing(t, missing, known[i].name);
    }
    judge_missing(t, declared, missing);
}

CHAPTER(negotiation_extensions_chapter, "negotiation", "Negotiation: extensions, and what is declared",
        &no_extensions, &unknown_extensions, &scsv_answered, &renegotiation_info_answered,
        &extended_master_secret_answered, &extended_master_secret_derived,
        &extended_master_secret_only_if_offered, &ccm_nonce_from_record, &aead_at_dtls_1_0,
        &no_static_key_exchange, &forward_secrecy, &declared_suites, &declared_extensions);
