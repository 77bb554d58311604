/* Weak hashes and weak ciphers: a client neither offers them nor goes on with them. */
#include "suites/sweep.h"

/* ---- what it offers ------------------------------------------------------------------------------------------------------ */

static const struct {
    const char *slug, *title;
    suite_test *in;
    enum requirement_id requirement;
} groups[] = {
    {"aes-sha1", "AES with SHA-1", is_aes_sha1, REQ_NO_AES_SHA1},
    {"md5", "any with MD5", is_md5, REQ_NO_MD5},
    {"null", "without encryption", is_null, REQ_NO_NULL_ENCRYPTION},
    {"rc4", "RC4", is_rc4, REQ_NO_RC4},
    {"export", "EXPORT", is_export, REQ_NO_EXPORT},
    {"anonymous", "anonymous", is_anonymous, REQ_NO_ANONYMOUS},
    {"des", "DES and RC2", is_des, REQ_NO_DES},
    {"3des", "3DES and IDEA", is_3des, REQ_NO_3DES},
    {"other-sha1", "CAMELLIA and SEED with SHA-1", is_other_sha1, REQ_NO_OTHER_SHA1},
};

static bool group_member(size_t i, struct member *out)
{
    if (i >= sizeof groups / sizeof *groups)
        return false;
    *out = (struct member){.slug = groups[i].slug, .title = groups[i].title, .value = (uint32_t)i};
    out->requirement = groups[i].requirement;
    out->own_requirement = true;
    return true;
}

/* The suites of a hello in a group, by name; suites of TLS 1.3 are meant for 1.3 when the client offers that. */
static const char *offenders(struct test *t, const struct client_hello *h, suite_test *in)
{
    bool offers_1_3 = find_extension(h->extensions, EXT_SUPPORTED_VERSIONS, NULL);
    const char *names = "";

    for (size_t i = 0; i < cipher_list_length(h->ciphers); i++) {
        const struct cipher *c = cipher_find(cipher_at(h->ciphers, i));

        if (c != NULL && in(c) && !(offers_1_3 && c->kx == KX_TLS13))
            names = arena_printf(arena_of(t), "%s%s%s", names, names[0] != '\0' ? ", " : "", c->name);
    }
    return names;
}

static void expect_none_offered(struct test *t, suite_test *in)
{
    const char *names = offenders(t, expect_client_hello(await_client(t)), in);

    require(t, names[0] == '\0', "no suite of the kind in the hello", "%s",
            names[0] != '\0' ? names : "none");
}

CASE(client_offers_no, .id = "hash/client-offers-no", .title = "Client does not offer weak suites",
     .dut = CLIENT, .requirement = REQ_NO_AES_SHA1, .members = group_member)
{
    expect_none_offered(t, groups[member(t)].in);
}

/* What the profile leaves to the client is said, and passes. */
static void expect_none_unless_open(struct test *t, suite_test *in, enum requirement_id requirement)
{
    if (requirements[requirement].levels[profile_of(t)] != MAY) {
        expect_none_offered(t, in);
        return;
    }
    const char *names = offenders(t, expect_client_hello(await_client(t)), in);

    say(t, "either way", "%s", names[0] != '\0' ? names : "none");
}

static bool is_sha384_cbc(const struct cipher *c)
{
    return c->class == CLASS_AES_CBC_SHA384;
}

static bool is_sha384_aead(const struct cipher *c)
{
    return c->class == CLASS_AES_AEAD_SHA384;
}

CASE(client_offers_no_sha384_cbc, .id = "hash/client-offers-no-sha384-cbc",
     .title = "Client offers no AES-CBC suite with SHA-384", .dut = CLIENT,
     .requirement = REQ_NO_AES_CBC_SHA384)
{
    expect_none_unless_open(t, is_sha384_cbc, REQ_NO_AES_CBC_SHA384);
}

CASE(client_offers_no_sha384_aead, .id = "hash/client-offers-no-sha384-aead",
     .title = "Client offers no AES AEAD suite with SHA-384", .dut = CLIENT,
     .requirement = REQ_NO_AES_AEAD_SHA384)
{
    expect_none_unless_open(t, is_sha384_aead, REQ_NO_AES_AEAD_SHA384);
}

CASE(client_offers_aead_only, .id = "hash/client-offers-aead-only", .title = "Client offers no CBC suite",
     .dut = CLIENT, .requirement = REQ_AEAD_ONLY)
{
    expect_none_unless_open(t, cipher_is_cbc, REQ_AEAD_ONLY);
}

CASE(client_offers_no_truncated_hmac, .id = "hash/client-offers-no-truncated-hmac",
     .title = "Client does not offer truncated_hmac", .dut = CLIENT, .requirement = REQ_NO_TRUNCATED_HMAC)
{
    const struct client_hello *h = expect_client_hello(await_client(t));
    bool found = find_extension(h->extensions, EXT_TRUNCATED_HMAC, NULL);

    require(t, !found, "no truncated_hmac in the hello", found ? "it is there" : "it is not there");
}

/* ---- what it goes on with ------------------------------------------------------------------------------------------------- */

static bool weak_psk_suites(size_t i, struct member *out)
{
    static const uint16_t codes[] = {TLS_PSK_WITH_AES_128_CBC_SHA, TLS_PSK_WITH_AES_256_CBC_SHA,
                                     TLS_PSK_WITH_NULL_SHA, TLS_PSK_WITH_NULL_SHA256,
                                     TLS_PSK_WITH_NULL_SHA384};

    if (i >= sizeof codes / sizeof *codes)
        return false;
    code_member(out, codes[i]);
    out->requirement = is_null(cipher_find(codes[i])) ? REQ_NO_NULL_ENCRYPTION : REQ_NO_AES_SHA1;
    out->own_requirement = true;
    return true;
}

CASE(client_refuses, .id = "hash/client-refuses",
     .title = "Client ends the handshake when a weak suite is selected", .dut = CLIENT,
     .requirement = REQ_NO_AES_SHA1, .negative = true, .members = weak_psk_suites)
{
    static const char expected[] = "the client gives up: no ClientKeyExchange, an alert or silence";
    uint16_t code = (uint16_t)member(t);
    struct assoc *a = await_client(t);
    enum alert refusal;

    expect_client_hello(a);
    if (!offers(a, code))
        not_applicable(t, "the device does not offer it; that it would not take it is judged by "
                          "negotiation/unoffered-suite");
    server_hello(a, .cipher = code);
    if (client_goes_on(a, &refusal)) {
        const char *stopped = carry_on(a);

        fail_shown(t, expected, "ClientKeyExchange: the client goes on; %s%s",
                   stopped == NULL ? "a session with it works" : "a session with it does not work: ",
                   stopped == NULL ? "" : stopped);
    }
    say(t, expected, "%s", refusal_text(t, refusal));
}

CASE(client_md5_prf_at_dtls_1_0, .id = "hash/client-md5-prf-at-dtls-1.0",
     .title = "Client completes no AES handshake whose keys come from MD5 and SHA-1", .dut = CLIENT,
     .requirement = REQ_NO_MD5_SHA1_PRF, .negative = true)
{
    static const char expected[] = "no handshake completes at DTLS 1.0";
    struct assoc *a = await_client(t);
    enum alert refusal;
    struct event e = {0};

    expect_client_hello(a);
    uint16_t code = offered(a, USABLE_AT_DTLS_1_0);

    deviate(t, "ServerHello for DTLS 1.0 with %s", cipher_name(code));
    server_hello(a, .version = DTLS_1_0, .cipher = code);
    if (!client_goes_on(a, &refusal)) {
        say(t, expected, "%s", refusal_text(t, refusal));
        return;
    }
    do
        e = await_event(a, true);
    while (e.kind == EVENT_CHANGE_CIPHER_SPEC);
    if (e.kind == EVENT_MESSAGE && e.message_type == FINISHED && e.epoch > 0 && finished_verifies(a, &e))
        fail_shown(t, expected, "a Finished that verifies under the PRF of MD5 and SHA-1, with %s",
                   cipher_name(code));
    say(t, expected, "the client goes on, but does not complete; the version rule judges that");
}

CHAPTER(hash_client_chapter, "hash", "Weak hashes and weak ciphers: a client", &client_offers_no,
        &client_offers_no_sha384_cbc, &client_offers_no_sha384_aead, &client_offers_aead_only,
        &client_offers_no_truncated_hmac, &client_refuses, &client_md5_prf_at_dtls_1_0);
