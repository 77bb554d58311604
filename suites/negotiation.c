/* Cipher-suite and extension negotiation: what a server selects of a ClientHello, and what it answers. */
#include "suites/sweep.h"

enum { SERVERS = SERVER | BOOTSTRAP_SERVER, GREASE_CODES = 16, UNASSIGNED = 0xE000, MANY = 202 };

/* ---- the mandatory suites ----------------------------------------------------------------------------------------------- */

/* The rest of a handshake whose ServerHello came, and signs of life after it. */
static void finish(struct assoc *a)
{
    struct test *t = test_of(a);

    expect_server_hello_done(a);
    client_finish(a);
    expect_finished(a);
    if (liveness_of(t) != LIVENESS_NONE)
        expect_alive(a);
    say(t, "a completed handshake", "completed with %s%s", a->cipher->name,
        a->encrypt_then_mac ? ", encrypt_then_mac" : "");
}

CASE(ccm_8_completes, .id = "negotiation/ccm-8-completes",
     .title = "Server completes a handshake with TLS_PSK_WITH_AES_128_CCM_8", .dut = SERVERS,
     .requirement = REQ_CCM8_SUPPORTED)
{
    struct assoc *a = dial(t);

    expect_handshake(a, .ciphers = {TLS_PSK_WITH_AES_128_CCM_8});
    if (liveness_of(t) != LIVENESS_NONE)
        expect_alive(a);
}

CASE(
    cbc_sha256_completes, .id = "negotiation/cbc-sha256-completes",
    .title =
        "Server completes a handshake with TLS_PSK_WITH_AES_128_CBC_SHA256, with or without encrypt_then_mac",
    .dut = SERVERS, .requirement = REQ_CBC_SHA256_SUPPORTED)
{
    struct assoc *a = dial(t);
    enum alert refusal, again;

    client_hello(a, .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256}, .encrypt_then_mac = WITH);
    if (await_server_hello(a, &refusal) == NULL) {
        a = dial(t);
        client_hello(a, .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256}, .encrypt_then_mac = WITHOUT);
        if (refusal != ALERT_NONE)
            expect_server_hello(a);
        else if (await_server_hello(a, &again) == NULL)
            fail_missed(t, "a ServerHello", "silence, and %s without encrypt_then_mac",
                        refusal_text(t, again)); /* the silence may be the load's */
        note(t, "only without encrypt_then_mac");
    }
    require(t, a->cipher != NULL && a->cipher->code == TLS_PSK_WITH_AES_128_CBC_SHA256,
            "that suite is selected", "another suite is selected");
    finish(a);
}

/* A hello of the two, in that order; the suite selected. */
static uint16_t select_of_two(struct test *t, uint16_t first, uint16_t second)
{
    struct assoc *a = dial(t);
    enum alert refusal;

    client_hello(a, .ciphers = {first, second});
    const struct server_hello *h = await_server_hello(a, &refusal);

    if (h == NULL)
        not_applicable(
            t, "neither mandatory suite is accepted (%s); that is judged by negotiation/ccm-8-completes",
            refusal_text(t, refusal));
    if (h->cipher != first && h->cipher != second)
        show_server_hello(a, "a ServerHello with one of the two suites offered", "");
    const char *stopped = carry_on(a);

    if (stopped != NULL)
        note(t, "the handshake does not complete: %s", stopped);
    say(t, "a ServerHello with one of the two suites offered", "%s", cipher_name(h->cipher));
    hang_up(a); /* a device with one place has it for the second hello */
    return h->cipher;
}

CASE(order_ccm_8_first, .id = "negotiation/order-ccm-8-first",
     .title = "Server selects one of the two mandatory suites, CCM_8 offered first", .dut = SERVERS,
     .requirement = REQ_SELECTED_SUITE_WAS_OFFERED)
{
    select_of_two(t, TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CBC_SHA256);
}

CASE(order_cbc_first, .id = "negotiation/order-cbc-first",
     .title = "Server selects one of the two mandatory suites, CBC_SHA256 offered first", .dut = SERVERS,
     .requirement = REQ_SELECTED_SUITE_WAS_OFFERED)
{
    uint16_t one = select_of_two(t, TLS_PSK_WITH_AES_128_CBC_SHA256, TLS_PSK_WITH_AES_128_CCM_8);
    uint16_t other = select_of_two(t, TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CBC_SHA256);

    note(t, one == other ? "the server's order decides" : "the client's order decides");
}

/* ---- lists with suites that the server does not want -------------------------------------------------------------------- */

static uint16_t grease(size_t i)
{
    return (uint16_t)(0x0A0A + 0x1010 * i);
}

/* A ServerHello with one of the two mandatory suites comes. */
static void expect_good_suite(struct assoc *a)
{
    const struct server_hello *h = expect_server_hello(a);

    if (h->cipher != TLS_PSK_WITH_AES_128_CCM_8 && h->cipher != TLS_PSK_WITH_AES_128_CBC_SHA256)
        show_server_hello(a, "a ServerHello with one of the two mandatory suites", "");
}

static bool places(size_t i, struct member *out)
{
    static const struct member all[] = {
        {.slug = "first", .title = "the good ones first", .value = 0},
        {.slug = "middle", .title = "the good ones in the middle", .value = (MANY - 2) / 2},
        {.slug = "last", .title = "the good ones last", .value = MANY - 2},
    };

    if (i >= sizeof all / sizeof *all)
        return false;
    *out = all[i];
    return true;
}

CASE(good_among_200, .id = "negotiation/good-among-200",
     .title = "Server finds the mandatory suites among 200 unknown ones", .dut = SERVERS,
     .requirement = REQ_UNKNOWN_SUITES_IGNORED, .members = places)
{
    uint16_t list[MANY];
    size_t n = 0;

    handshake(dial(t), .ciphers = GOOD);
    for (size_t i = 0; i < MANY - 2; i++) {
        if (i == member(t)) {
            list[n++] = TLS_PSK_WITH_AES_128_CCM_8;
            list[n++] = TLS_PSK_WITH_AES_128_CBC_SHA256;
        }
        list[n++] = i < GREASE_CODES ? grease(i) : (uint16_t)(UNASSIGNED + i - GREASE_CODES);
    }
    if (n < MANY) {
        list[n++] = TLS_PSK_WITH_AES_128_CCM_8;
        list[n++] = TLS_PSK_WITH_AES_128_CBC_SHA256;
    }
    struct assoc *a = dial(t);

    client_hello(a, .list = {list, n});
    expect_good_suite(a);
}

CASE(grease_suites, .id = "negotiation/grease-suites", .title = "Server passes over the 16 GREASE values",
     .dut = SERVERS, .requirement = REQ_UNKNOWN_SUITES_IGNORED)
{
    uint16_t list[GREASE_CODES + 2];

    handshake(dial(t), .ciphers = GOOD);
    for (size_t i = 0; i < GREASE_CODES; i++)
        list[i] = grease(i);
    list[GREASE_CODES] = TLS_PSK_WITH_AES_128_CCM_8;
    list[GREASE_CODES + 1] = TLS_PSK_WITH_AES_128_CBC_SHA256;
    struct assoc *a = dial(t);

    client_hello(a, .list = {list, GREASE_CODES + 2});
    expect_good_suite(a);
}

static const uint16_t mixed[] = {
    TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
    TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8,
    TLS_PSK_WITH_AES_128_CCM_8,
    TLS_PSK_WITH_AES_128_CBC_SHA256,
};
static const struct codes mixed_list = {mixed, sizeof mixed / sizeof *mixed};

CASE(mixed_with_certificate_suites, .id = "negotiation/mixed-with-certificate-suites",
     .title = "Server takes a suite from a hello that lists certificate suites before the mandatory ones",
     .dut = SERVERS, .requirement = REQ_UNKNOWN_SUITES_IGNORED)
{
    bool listed = false;

    handshake(dial(t), .ciphers = GOOD);
    struct assoc *a = dial(t);

    client_hello(a, .list = mixed_list, .extensions = extensions_for(t, mixed_list));
    const struct server_hello *h = expect_server_hello(a);

    for (size_t i = 0; i < mixed_list.n; i++)
        listed |= mixed[i] == h->cipher;
    if (!listed)
        show_server_hello(a, "a ServerHello with one of the suites offered", "");
    if (cipher_find(h->cipher)->kx != KX_PSK)
        note(t, "it has certificates too, and prefers them");
}

CASE(mixed_no_certificate, .id = "negotiation/mixed-no-certificate",
     .title = "Server sends no Certificate and no CertificateRequest when it selects a plain PSK suite",
     .dut = SERVERS, .requirement = REQ_NO_CERTIFICATE)
{
    struct assoc *a = dial(t);
    enum alert refusal;

    client_hello(a, .list = mixed_list, .extensions = extensions_for(t, mixed_list));
    const struct server_hello *h = await_server_hello(a, &refusal);

    if (h == NULL)
        not_applicable(t, "such a hello is refused (%s)", refusal_text(t, refusal));
    if (a->cipher == NULL || a->cipher->kx != KX_PSK)
        not_applicable(t, "%s is selected", cipher_name(h->cipher));
    expect_server_hello_done(a);
}

/* ---- nothing to select --------------------------------------------------------------------------------------------------- */

static const uint16_t unassigned[] = {0xE001, 0xE002, 0xE003};
static const uint16_t tls13[] = {0x1301, 0x1302, 0x1303, 0x1304, 0x1305};
static const struct codes unassigned_list = {unassigned, 3}, tls13_list = {tls13, 5};

static bool foreign_lists(size_t i, struct member *out)
{
    static const struct member all[] = {
        {.slug = "unassigned", .title = "unassigned codes", .value = 0},
        {.slug = "tls13", .title = "suites of TLS 1.3 without supported_versions", .value = 1},
    };

    if (i >= sizeof all / sizeof *all)
        return false;
    *out = all[i];
    return true;
}

CASE(no_common_suite, .id = "negotiation/no-common-suite",
     .title = "Server sends no ServerHello when it has none of the suites", .dut = SERVERS,
     .requirement = REQ_NO_COMMON_SUITE_REFUSED, .negative = true, .members = foreign_lists)
{
    struct assoc *a = dial(t);

    client_hello(a, .list = member(t) == 0 ? unassigned_list : tls13_list);
    expect_refusal(a);
}

CASE(no_common_suite_alert, .id = "negotiation/no-common-suite-alert",
     .title = "Server says by handshake_failure or insufficient_security that it has none of the suites",
     .dut = SERVERS, .requirement = REQ_NO_COMMON_SUITE_ALERT, .negative = true)
{
    struct assoc *a = dial(t);

    client_hello(a, .list = unassigned_list);
    expect_refusal_alert(a, false, ALERT_HANDSHAKE_FAILURE, ALERT_INSUFFICIENT_SECURITY);
}

CASE(scsv_alone, .id = "negotiation/scsv-alone",
     .title = "Server sends no ServerHello when the renegotiation SCSV is all that is offered",
     .dut = SERVERS, .requirement = REQ_SCSV_NEVER_SELECTED, .negative = true)
{
    struct assoc *a = dial(t);

    client_hello(a, .list = CODES(TLS_EMPTY_RENEGOTIATION_INFO_SCSV), .renegotiation_scsv = WITHOUT);
    expect_refusal(a);
}

CASE(fallback_scsv_not_selected, .id = "negotiation/fallback-scsv-not-selected",
     .title = "Server does not select TLS_FALLBACK_SCSV", .dut = SERVERS,
     .requirement = REQ_SCSV_NEVER_SELECTED, .negative = true)
{
    static const char expected[] = "a ServerHello with a suite, or a refusal";
    struct assoc *a = dial(t);
    enum alert refusal;

    client_hello(a,
                 .ciphers = {TLS_FALLBACK_SCSV, TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CBC_SHA256});
    const struct server_hello *h = await_server_hello(a, &refusal);

    if (h != NULL && h->cipher == TLS_FALLBACK_SCSV)
        show_server_hello(a, expected, "");
    if (h == NULL && refusal == ALERT_INAPPROPRIATE_FALLBACK)
        note(t, "the device knows a version above DTLS 1.2");
    say(t, expected, "%s", h != NULL ? cipher_name(h->cipher) : refusal_text(t, refusal));
}

/* ---- every suite -------------------------------------------------------------------------------------------------------- */

static bool is_judged_by_hash(const struct cipher *c)
{
    return c->iana && (is_aes_sha1(c) || is_md5(c));
}

static bool may_be_used(const struct cipher *c)
{
    return c->class == CLASS_MANDATORY_CCM_8 || c->class == CLASS_MANDATORY_CBC || c->class == CLASS_AEAD ||
           c->class == CLASS_OTHER;
}

static bool is_swept_good(const struct cipher *c)
{
    return c->iana && !is_judged_by_hash(c) && may_be_used(c);
}

static bool is_swept_bad(const struct cipher *c)
{
    return c->iana && !is_judged_by_hash(c) && !may_be_used(c);
}

static bool is_draft(const struct cipher *c)
{
    return !c->iana;
}

static bool class_member(size_t i, suite_test *in, struct member *out)
{
    if (!suite_member(i, in, out))
        return false;
    out->requirement = class_requirement(cipher_find((uint16_t)out->value)->class);
    out->own_requirement = true;
    return true;
}

static bool swept_good(size_t i, struct member *out)
{
    return class_member(i, is_swept_good, out);
}

static bool swept_bad(size_t i, struct member *out)
{
    return class_member(i, is_swept_bad, out);
}

static bool drafts(size_t i, struct member *out)
{
    return class_member(i, is_draft, out);
}

CASE(alone_good, .id = "negotiation/alone", .title = "Server's answer to a suite that is offered alone",
     .dut = SERVERS, .requirement = REQ_OTHER_SUITES, .members = swept_good)
{
    offer_alone(t, (uint16_t)member(t));
}

CASE(alone_bad, .id = "negotiation/alone",
     .title = "Server uses no suite that the profile bans, offered alone", .dut = SERVERS,
     .requirement = REQ_OTHER_SUITES, .negative = true, .members = swept_bad)
{
    offer_alone(t, (uint16_t)member(t));
}

CASE(draft, .id = "negotiation/draft", .title = "Server uses no suite of an old draft, offered alone",
     .dut = SERVERS, .requirement = REQ_OTHER_SUITES, .negative = true, .members = drafts)
{
    offer_alone(t, (uint16_t)member(t));
}

static bool completable(size_t i, struct member *out)
{
    return suite_member(i, cipher_completes, out);
}

/* Where no requirement speaks of the suite alone, this case tells the table of suites about it. h NULL: refused. */
static void observe_unless_swept(struct test *t, const struct cipher *c, enum alert refusal,
                                 const struct server_hello *h)
{
    if (requirements[class_requirement(c->class)].levels[profile_of(t)] != NONE)
        return;
    observe_cipher(t, c->code,
                   h != NULL               ? "accepted"
                   : refusal == ALERT_NONE ? "silent"
                                           : "refused",
                   refusal, h != NULL ? etm_seen(c, h) : "");
}

CASE(completes, .id = "negotiation/completes", .title = "Server carries out a suite that it selects",
     .dut = SERVERS, .requirement = REQ_SELECTED_SUITE_COMPLETES, .members = completable)
{
    uint16_t code = (uint16_t)member(t);
    struct assoc *a = dial(t);
    enum alert refusal;

    client_hello(a, .list = alone(t, code));
    const struct server_hello *h = await_server_hello(a, &refusal);

    if (h != NULL && h->cipher != code)
        not_applicable(t, "not accepted: %s is selected, which was not offered", cipher_name(h->cipher));
    observe_unless_swept(t, cipher_find(code), refusal, h);
    if (h == NULL)
        not_applicable(t, "not accepted (%s)", refusal_text(t, refusal));
    finish(a);
    if (liveness_of(t) != LIVENESS_NONE)
        expect_alive(a);
    say(t, "a completed handshake, and two probes answered", "completed");
}

CHAPTER(negotiation_chapter, "negotiation", "Negotiation: what a server selects", &ccm_8_completes,
        &cbc_sha256_completes, &order_ccm_8_first, &order_cbc_first, &good_among_200, &grease_suites,
        &mixed_with_certificate_suites, &mixed_no_certificate, &no_common_suite, &no_common_suite_alert,
        &scsv_alone, &fallback_scsv_not_selected, &alone_good, &alone_bad, &draft, &completes);
