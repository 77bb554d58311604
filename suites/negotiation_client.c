/* Negotiation as a client does it: what it offers, and what it makes of a ServerHello. */
#include "suites/sweep.h"

enum { UNKNOWN_EXTENSION = 0xE0E0, DTLS_1_3 = 0xFEFC };

static bool has_extension(const struct client_hello *h, uint16_t type)
{
    return find_extension(h->extensions, type, NULL);
}

/* ---- what it offers ------------------------------------------------------------------------------------------------------ */

/* The suites of a hello that have the property, by name and in order; "" when there are none. */
static const char *names_of(struct test *t, const struct client_hello *h, suite_test *in)
{
    const char *names = "";

    for (size_t i = 0; i < cipher_list_length(h->ciphers); i++) {
        const struct cipher *c = cipher_find(cipher_at(h->ciphers, i));

        if (c != NULL && in(c))
            names = arena_printf(arena_of(t), "%s%s%s", names, names[0] != '\0' ? ", " : "", c->name);
    }
    return names;
}

CASE(client_offers_mandatory, .id = "negotiation/client-offers-mandatory",
     .title = "Client offers and completes one of the two mandatory suites", .dut = CLIENT,
     .requirement = REQ_CLIENT_MANDATORY_SUITE)
{
    struct assoc *a = await_client(t);
    uint16_t code = TLS_PSK_WITH_AES_128_CCM_8;

    expect_client_hello(a);
    if (!offers(a, code))
        code = TLS_PSK_WITH_AES_128_CBC_SHA256;
    require(t, offers(a, code), "TLS_PSK_WITH_AES_128_CCM_8 or TLS_PSK_WITH_AES_128_CBC_SHA256 in the hello",
            "neither of the two");
    expect_served(a, .cipher = code);
}

CASE(client_offers_ccm_8, .id = "negotiation/client-offers-ccm-8",
     .title = "Client offers and completes TLS_PSK_WITH_AES_128_CCM_8", .dut = CLIENT,
     .requirement = REQ_CLIENT_CCM8_SUPPORTED)
{
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    require(t, offers(a, TLS_PSK_WITH_AES_128_CCM_8), "TLS_PSK_WITH_AES_128_CCM_8 in the hello",
            "it is not offered");
    expect_served(a, .cipher = TLS_PSK_WITH_AES_128_CCM_8);
}

CASE(client_avoids_cbc, .id = "negotiation/client-avoids-cbc",
     .title = "Client does not offer TLS_PSK_WITH_AES_128_CBC_SHA256", .dut = CLIENT,
     .requirement = REQ_CLIENT_AVOIDS_CBC)
{
    const struct client_hello *h = expect_client_hello(await_client(t));
    bool found = cipher_list_has(h->ciphers, TLS_PSK_WITH_AES_128_CBC_SHA256);
    bool first =
        cipher_list_length(h->ciphers) > 0 && cipher_at(h->ciphers, 0) == TLS_PSK_WITH_AES_128_CBC_SHA256;

    require(t, !found, "TLS_PSK_WITH_AES_128_CBC_SHA256 is not in the hello", "%s",
            !found  ? "it is not"
            : first ? "it is, in the first place"
                    : "it is");
}

static bool is_any(const struct cipher *c)
{
    return c != NULL;
}

CASE(client_suites, .id = "negotiation/client-suites", .title = "The suites that the client offers",
     .dut = CLIENT, .requirement = REQ_OTHER_SUITES)
{
    const struct client_hello *h = expect_client_hello(await_client(t));

    for (size_t i = 0; i < cipher_count; i++)
        observe_cipher(t, ciphers[i].code,
                       cipher_list_has(h->ciphers, ciphers[i].code) ? "offered" : "not-offered", ALERT_NONE,
                       "");
    for (size_t i = 0; i < cipher_list_length(h->ciphers); i++) {
        uint16_t code = cipher_at(h->ciphers, i);

        if (cipher_find(code) == NULL && code != TLS_EMPTY_RENEGOTIATION_INFO_SCSV)
            note(t, "0x%04X (%s) is offered too", code, cipher_name(code));
    }
    say(t, "any list", "in this order: %s", names_of(t, h, is_any));
}

CASE(client_extended_master_secret_offered, .id = "negotiation/client-extended-master-secret-offered",
     .title = "Client offers extended_master_secret", .dut = CLIENT, .requirement = REQ_EMS_SUPPORTED)
{
    const struct client_hello *h = expect_client_hello(await_client(t));
    struct bytes body = NO_BYTES;
    bool found = find_extension(h->extensions, EXT_EXTENDED_MASTER_SECRET, &body);

    require(t, found && body.n == 0, "extended_master_secret in the hello, empty", "%s",
            found ? body.n == 0 ? "it is there" : "it has a body" : "it is not there");
}

CASE(client_renegotiation_info_offered, .id = "negotiation/client-renegotiation-info-offered",
     .title = "Client offers the renegotiation SCSV or an empty renegotiation_info", .dut = CLIENT,
     .requirement = REQ_RENEGOTIATION_INFO_OFFERED)
{
    const struct client_hello *h = expect_client_hello(await_client(t));
    struct bytes body = NO_BYTES;
    bool scsv = cipher_list_has(h->ciphers, TLS_EMPTY_RENEGOTIATION_INFO_SCSV);
    bool found = find_extension(h->extensions, EXT_RENEGOTIATION_INFO, &body);

    require(t, scsv || (found && body.n == 1 && body.at[0] == 0), "the SCSV 0x00FF, or renegotiation_info 00",
            "%s",
            scsv    ? "the SCSV"
            : found ? arena_printf(arena_of(t), "renegotiation_info %s", arena_hex(arena_of(t), body))
                    : "neither");
}

CASE(client_aead_offered_at_dtls_1_2, .id = "negotiation/client-aead-offered-at-dtls-1.2",
     .title = "Client offers AEAD suites in hellos for DTLS 1.2 only", .dut = CLIENT,
     .requirement = REQ_AEAD_OFFERED_AT_DTLS12)
{
    const struct client_hello *h = first_client_hello(await_client(t));

    if (names_of(t, h, cipher_is_aead)[0] == '\0')
        not_applicable(t, "the device offers no AEAD suite");
    require(t, h->version == DTLS_1_2 || h->version == DTLS_1_3, "client_version DTLS 1.2", "%s (0x%04X)",
            version_name(h->version), h->version);
}

static bool is_static(const struct cipher *c)
{
    return c->kx == KX_RSA || c->kx == KX_RSA_PSK || c->kx == KX_DH || c->kx == KX_DHE ||
           c->kx == KX_DHE_PSK || c->kx == KX_ECDH;
}

CASE(client_no_static_key_exchange, .id = "negotiation/client-no-static-key-exchange",
     .title = "Client offers no RSA key transport, static Diffie-Hellman or finite-field DHE", .dut = CLIENT,
     .requirement = REQ_NO_STATIC_KEY_EXCHANGE)
{
    const char *names = names_of(t, expect_client_hello(await_client(t)), is_static);

    require(t, names[0] == '\0', "no suite of the kind", "%s", names[0] != '\0' ? names : "none");
}

static bool is_ecdhe_psk(const struct cipher *c)
{
    return c->kx == KX_ECDHE_PSK;
}

CASE(client_forward_secrecy, .id = "negotiation/client-forward-secrecy",
     .title = "The suites with ECDHE and a PSK that the client offers", .dut = CLIENT,
     .requirement = REQ_FORWARD_SECRECY)
{
    const char *names = names_of(t, expect_client_hello(await_client(t)), is_ecdhe_psk);

    say(t, "any or none", "%s", names[0] != '\0' ? names : "none");
}

/* True when the hello has the extension of that type; the SCSV stands for renegotiation_info. */
static bool offers_declared(const struct client_hello *h, uint16_t type)
{
    bool scsv =
        type == EXT_RENEGOTIATION_INFO && cipher_list_has(h->ciphers, TLS_EMPTY_RENEGOTIATION_INFO_SCSV);

    return scsv || has_extension(h, type);
}

CASE(client_declared_suites, .id = "negotiation/client-declared-suites",
     .title = "Client offers every cipher suite and extension that it declares", .dut = CLIENT,
     .requirement = REQ_DOES_WHAT_IT_DECLARES)
{
    static const struct {
        const char *name;
        uint16_t type;
    } known[] = {
        {"extended_master_secret", EXT_EXTENDED_MASTER_SECRET},
        {"renegotiation_info", EXT_RENEGOTIATION_INFO},
        {"encrypt_then_mac", EXT_ENCRYPT_THEN_MAC}, /* of a client with CBC suites */
    };
    const struct client_hello *h = expect_client_hello(await_client(t));
    size_t considered = names_of(t, h, cipher_is_cbc)[0] != '\0' ? 3 : 2, declared = 0;
    const char *missing = "";

    for (size_t i = 0; i < cipher_count; i++) {
        bool wanted = declares(t, ciphers[i].name);

        declared += wanted;
        if (wanted && !cipher_list_has(h->ciphers, ciphers[i].code))
            missing = arena_printf(arena_of(t), "%s %s", missing, ciphers[i].name);
    }
    for (size_t i = 0; i < considered; i++) {
        bool wanted = declares(t, known[i].name);

        declared += wanted;
        if (wanted && !offers_declared(h, known[i].type))
            missing = arena_printf(arena_of(t), "%s %s", missing, known[i].name);
    }
    if (declared == 0)
        not_applicable(t, "nothing of the kind is declared");
    require(t, missing[0] == '\0', "all that is declared is offered", "%s%s",
            missing[0] != '\0' ? "not offered:" : "all", missing);
}

/* ---- what it completes --------------------------------------------------------------------------------------------------- */

static bool completable(size_t i, struct member *out)
{
    return suite_member(i, cipher_completes, out);
}

CASE(client_completes, .id = "negotiation/client-completes",
     .title = "Client carries out a suite that it offers", .dut = CLIENT,
     .requirement = REQ_SELECTED_SUITE_COMPLETES, .members = completable)
{
    uint16_t code = (uint16_t)member(t);
    struct assoc *a = await_client(t);
    const struct client_hello *h = expect_client_hello(a);
    bool unprotected = cipher_is_cbc(cipher_find(code)) && !has_extension(h, EXT_ENCRYPT_THEN_MAC);
    enum alert refusal;

    if (!offers(a, code))
        not_applicable(t, "not offered");
    server_hello(a, .cipher = code);
    if (!unprotected)
        expect_client_key_exchange(a);
    else if (!client_goes_on(a, &refusal))
        not_applicable(t, "it offers no encrypt_then_mac and will not use CBC without it (%s)",
                       refusal_text(t, refusal));
    expect_client_finished(a);
    server_finish(a);
    for (int i = 0; i < 2 && liveness_of(t) != LIVENESS_NONE; i++)
        expect_alive(a);
    say(t, "a completed handshake, and probes answered", "completed%s",
        a->encrypt_then_mac ? " with encrypt_then_mac" : "");
}

CASE(client_extended_master_secret_derived, .id = "negotiation/client-extended-master-secret-derived",
     .title = "Client derives the master secret from the session hash once extended_master_secret is agreed",
     .dut = CLIENT, .requirement = REQ_EMS_DERIVATION)
{
    static const char expected[] = "a Finished under the extended master secret";
    struct assoc *a = await_client(t), *old;
    enum alert refusal;

    if (!has_extension(first_client_hello(a), EXT_EXTENDED_MASTER_SECRET))
        not_applicable(t, "the device does not offer extended_master_secret");
    server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK));
    if (!client_goes_on(a, &refusal))
        not_judged(t, "the device does not go on without a cookie exchange (%s)", refusal_text(t, refusal));
    const char *stopped = carry_on(a);

    say(t, expected, "it verifies");
    if (stopped == NULL)
        return;
    old = await_client(t);
    first_client_hello(old);
    server_hello(old, .cipher = offered(old, ANY_PLAIN_PSK));
    old->extended_master_secret = false;
    if (client_goes_on(old, &refusal) && carry_on(old) == NULL)
        fail_shown(t, expected,
                   "one under the master secret of RFC 5246 8.1, though the extension is agreed");
    fail_missed(t, expected, "%s", stopped);
}

CASE(client_ccm_nonce_from_record, .id = "negotiation/client-ccm-nonce-from-record",
     .title = "Client takes the explicit nonce of an AEAD record from the record", .dut = CLIENT,
     .requirement = REQ_CCM_NONCE_FROM_RECORD)
{
    struct assoc *a = await_client(t);

    needs_liveness(t);
    expect_client_hello(a);
    uint16_t code = offered(a, PLAIN_PSK_AEAD);

    if (cipher_find(code)->bulk == BULK_CHACHA20_POLY1305)
        not_applicable(t, "%s has no explicit nonce", cipher_name(code));
    serve(a, .cipher = code);
    for (int i = 0; i < 2; i++) {
        if (i > 0)
            wait_ms(t, 300, "a device may limit its Resets, as libcoap does to four a second");
        struct sealed s = seal_probe(a, .nonce = random_bytes(t, 8));

        expect_processed(a, &s);
    }
}

/* ---- what it refuses ------------------------------------------------------------------------------------------------------ */

static bool unoffered_codes(size_t i, struct member *out)
{
    static const uint16_t codes[] = {
        TLS_PSK_WITH_AES_128_GCM_SHA256,
        TLS_PSK_WITH_AES_256_GCM_SHA384,
        TLS_PSK_WITH_AES_128_CCM_8,
        TLS_PSK_WITH_AES_128_CBC_SHA256,
        TLS_PSK_WITH_AES_256_CCM_8,
        0xE001,
        TLS_NULL_WITH_NULL_NULL,
        TLS_PSK_WITH_NULL_SHA256,
        TLS_PSK_WITH_AES_128_CBC_SHA,
        TLS_EMPTY_RENEGOTIATION_INFO_SCSV,
        TLS_FALLBACK_SCSV,
        TLS_AES_128_GCM_SHA256,
    };

    if (i >= sizeof codes / sizeof *codes)
        return false;
    code_member(out, codes[i]);
    return true;
}

CASE(unoffered_suite, .id = "negotiation/unoffered-suite",
     .title = "Client ends the handshake when the ServerHello names a suite that it did not offer",
     .dut = CLIENT, .requirement = REQ_UNOFFERED_SUITE_REFUSED, .negative = true, .members = unoffered_codes)
{
    uint16_t code = (uint16_t)member(t);
    struct assoc *a = await_client(t);
    bool signal = code == TLS_EMPTY_RENEGOTIATION_INFO_SCSV || code == TLS_FALLBACK_SCSV;

    expect_client_hello(a);
    if (offers(a, code) && !signal)
        not_applicable(t, "the device offers it");
    deviate(t, "ServerHello with %s (0x%04X), which was not offered", cipher_name(code), code);
    server_hello(a, .cipher = code, .encrypt_then_mac = WITHOUT);
    expect_abort(a);
}

/* A ServerHello for DTLS 1.0 with a suite that does not exist there. */
static struct assoc *answer_at_dtls_1_0(struct test *t)
{
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    uint16_t code = offered(a, ONLY_AT_DTLS_1_2);

    deviate(t, "ServerHello for DTLS 1.0 with %s", cipher_name(code));
    server_hello(a, .version = DTLS_1_0, .cipher = code);
    return a;
}

CASE(client_aead_at_dtls_1_0, .id = "negotiation/client-aead-at-dtls-1.0",
     .title = "Client ends the handshake when an AEAD suite comes with DTLS 1.0", .dut = CLIENT,
     .requirement = REQ_AEAD_BELOW_DTLS12_REFUSED, .negative = true)
{
    expect_abort(answer_at_dtls_1_0(t));
}

CASE(client_aead_at_dtls_1_0_alert, .id = "negotiation/client-aead-at-dtls-1.0-alert",
     .title = "Client says by illegal_parameter or protocol_version that an AEAD suite came with DTLS 1.0",
     .dut = CLIENT, .requirement = REQ_AEAD_BELOW_DTLS12_ALERT, .negative = true)
{
    expect_abort_alert(answer_at_dtls_1_0(t), false, ALERT_ILLEGAL_PARAMETER, ALERT_PROTOCOL_VERSION);
}

/* A good ServerHello with one extension that the device cannot have offered. */
static struct assoc *answer_unsolicited(struct test *t)
{
    struct assoc *a = await_client(t);

    if (has_extension(expect_client_hello(a), UNKNOWN_EXTENSION))
        not_applicable(t, "the device offers extension 0x%04X", UNKNOWN_EXTENSION);
    deviate(t, "ServerHello with extension 0x%04X, which was not offered", UNKNOWN_EXTENSION);
    server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK),
                 .extensions = extension(t, UNKNOWN_EXTENSION, NO_BYTES));
    return a;
}

CASE(client_unsolicited_extension, .id = "negotiation/client-unsolicited-extension",
     .title = "Client ends the handshake when the ServerHello carries an extension that it did not offer",
     .dut = CLIENT, .requirement = REQ_UNSOLICITED_EXTENSION_REFUSED, .negative = true)
{
    expect_abort(answer_unsolicited(t));
}

CASE(client_unsolicited_extension_alert, .id = "negotiation/client-unsolicited-extension-alert",
     .title = "Client says by unsupported_extension that it did not offer an extension", .dut = CLIENT,
     .requirement = REQ_UNSOLICITED_EXTENSION_ALERT, .negative = true)
{
    expect_abort_alert(answer_unsolicited(t), false, ALERT_UNSUPPORTED_EXTENSION);
}

CHAPTER(negotiation_client_chapter, "negotiation", "Negotiation: a client", &client_offers_mandatory,
        &client_offers_ccm_8, &client_avoids_cbc, &client_suites, &client_extended_master_secret_offered,
        &client_renegotiation_info_offered, &client_aead_offered_at_dtls_1_2, &client_no_static_key_exchange,
        &client_forward_secrecy, &client_declared_suites, &client_completes,
        &client_extended_master_secret_derived, &client_ccm_nonce_from_record, &unoffered_suite,
        &client_aead_at_dtls_1_0, &client_aead_at_dtls_1_0_alert, &client_unsolicited_extension,
        &client_unsolicited_extension_alert);
