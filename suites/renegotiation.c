/* Handshakes inside an association, which LwM2M devices are asked not to make: RFC 5746, RFC 7366 3.1, RFC 7925 17. */
#include "suites/sweep.h"

enum { SERVERS = SERVER | BOOTSTRAP_SERVER };

CASE(refused, .id = "extension/renegotiation-refused", .title = "Server does not renegotiate", .dut = SERVERS,
     .requirement = REQ_RENEGOTIATION_REFUSED, .negative = true)
{
    static const char expected[] = "no ServerHello: no_renegotiation, a fatal alert, or silence";
    struct assoc *a = dial(t);

    good_handshake(a);
    deviate(t, "a ClientHello inside the association, with the right renegotiation_info");
    enum renegotiated r = renegotiate(a, .extensions = right_info(a));

    require(t, r != RENEGOTIATION_HELLO, expected, "%s", renegotiated_text(a, r));
    say(t, expected, "%s", renegotiated_text(a, r));
    if (liveness_of(t) != LIVENESS_NONE) {
        struct fate f = what_became(a, NULL);

        note(t, "The association after it: %s.", fate_text(t, &f));
    }
}

/* A right hello inside an association of that offer leads to a whole handshake; `end` says what it led to. */
static bool renegotiates(struct test *t, uint16_t cipher, const char **end)
{
    struct assoc *a = dial(t);

    handshake(a, .ciphers = {cipher});
    enum renegotiated r = renegotiate(a, .ciphers = {cipher}, .extensions = right_info(a));

    *end = r == RENEGOTIATION_HELLO ? finish_renegotiation(a) : renegotiated_text(a, r);
    hang_up(a);
    return r == RENEGOTIATION_HELLO;
}

/* [setup] The device renegotiates, if need be for the cookie that it knows. */
static void needs_renegotiation(struct test *t, uint16_t cipher)
{
    const char *end;

    if (!renegotiates(t, cipher, &end))
        not_applicable(t, "the device does not renegotiate: %s", end);
    if (end == NULL)
        return;
    keep_cookie(t);
    if (!renegotiates(t, cipher, &end) || end != NULL)
        not_applicable(t,
                       "its renegotiation does not complete; extension/renegotiation-completes judges that");
}

enum spoilt { WITHOUT_INFO, WRONG_INFO, WITH_SCSV };

static bool spoilt_infos(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "without-info", .title = "without renegotiation_info", .value = WITHOUT_INFO},
        {.slug = "wrong-info", .title = "with other verify_data", .value = WRONG_INFO},
        {.slug = "with-scsv", .title = "with the signalling suite too", .value = WITH_SCSV},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(insecure, .id = "extension/renegotiation", .title = "Server that renegotiates ends a handshake",
     .dut = SERVERS, .requirement = REQ_RENEGOTIATION_SECURE, .negative = true, .members = spoilt_infos)
{
    static const char expected[] = "no ServerHello";
    enum spoilt how = (enum spoilt)member(t);
    uint16_t good = good_cipher_of(t);

    needs_renegotiation(t, good);
    struct assoc *a = dial(t);

    good_handshake(a);
    deviate(t, "%s",
            how == WITHOUT_INFO ? "no renegotiation_info"
            : how == WRONG_INFO ? "one bit of the verify_data is turned"
                                : "the signalling suite beside the right renegotiation_info");
    enum renegotiated r =
        renegotiate(a, .ciphers = {good}, .renegotiation_scsv = how == WITH_SCSV ? WITH : WITHOUT,
                    .extensions = how == WITHOUT_INFO ? NO_BYTES
                                  : how == WRONG_INFO ? wrong_info(a)
                                                      : right_info(a));

    require(t, r != RENEGOTIATION_HELLO, expected, "%s", renegotiated_text(a, r));
    say(t, expected, "%s", renegotiated_text(a, r));
}

/* The answer to a renegotiation holds both sides' verify_data. */
static bool says_both(struct assoc *a)
{
    struct bytes body;
    const struct server_hello *h = server_hello_of(a);
    struct reader r;

    if (!find_extension(h->extensions, EXT_RENEGOTIATION_INFO, &body))
        return false;
    r = reader_of(body);
    struct bytes both = get_block(&r, 1);

    return !r.bad && r.left == 0 && both.n == 2 * VERIFY_DATA &&
           bytes_equal(bytes_slice(both, 0, VERIFY_DATA), BYTES(a->verify[SIDE_CLIENT])) &&
           bytes_equal(bytes_slice(both, VERIFY_DATA, VERIFY_DATA), BYTES(a->verify[SIDE_SERVER]));
}

CASE(renegotiation_completes, .id = "extension/renegotiation-completes",
     .title = "Server that renegotiates answers with the verify_data and completes", .dut = SERVERS,
     .requirement = REQ_RENEGOTIATION_ANSWERED)
{
    static const char expected[] =
        "renegotiation_info with both sides' verify_data, and service under new keys";
    struct assoc *a = dial(t);

    good_handshake(a);
    enum renegotiated r = renegotiate(a, .extensions = right_info(a));

    if (r != RENEGOTIATION_HELLO)
        not_applicable(t, "the device does not renegotiate: %s", renegotiated_text(a, r));
    require(t, says_both(a), expected, "%s without them", renegotiated_text(a, r));
    const char *wrong = finish_renegotiation(a);

    require(t, wrong == NULL, expected, "%s", wrong);
    say(t, expected, "both");
}

/* A hello inside the association with a CBC suite, and without encrypt_then_mac, does not lead to that. */
static void expect_etm_kept(struct assoc *a)
{
    static const char expected[] = "no ServerHello with a CBC suite and without encrypt_then_mac";
    enum renegotiated r = renegotiate(a, .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256},
                                      .encrypt_then_mac = WITHOUT, .extensions = right_info(a));

    require(test_of(a),
            r != RENEGOTIATION_HELLO || a->cipher == NULL || !cipher_is_cbc(a->cipher) || a->encrypt_then_mac,
            expected, "%s", renegotiated_text(a, r));
    say(test_of(a), expected, "%s", renegotiated_text(a, r));
}

/* [setup] An association with a CBC suite and encrypt_then_mac, of a device that renegotiates. */
static struct assoc *begun_with_etm(struct test *t)
{
    const uint16_t cbc = TLS_PSK_WITH_AES_128_CBC_SHA256;

    needs_renegotiation(t, cbc);
    struct assoc *a = dial(t);

    handshake(a, .ciphers = {cbc});
    needs_encrypt_then_mac(a);
    return a;
}

CASE(keeps_etm, .id = "extension/renegotiation-keeps-etm",
     .title = "Server that renegotiates does not go back to MAC-then-encrypt", .dut = SERVERS,
     .requirement = REQ_ETM_KEPT_ON_REHANDSHAKE, .negative = true)
{
    struct assoc *a = begun_with_etm(t);

    deviate(t, "a ClientHello inside an encrypt-then-MAC association, without encrypt_then_mac");
    expect_etm_kept(a);
}

CASE(keeps_etm_over_aead, .id = "extension/renegotiation-keeps-etm-over-aead",
     .title = "Server does not go back to MAC-then-encrypt by way of an AEAD suite", .dut = SERVERS,
     .requirement = REQ_ETM_KEPT_ON_REHANDSHAKE, .negative = true)
{
    struct assoc *a = begun_with_etm(t);

    enum renegotiated r =
        renegotiate(a, .ciphers = {TLS_PSK_WITH_AES_128_CCM_8}, .extensions = right_info(a));

    if (r != RENEGOTIATION_HELLO || finish_renegotiation(a) != NULL)
        not_applicable(t, "the device does not renegotiate from CBC to an AEAD suite: %s",
                       renegotiated_text(a, r));
    deviate(t, "a third ClientHello, without encrypt_then_mac, in an association that began with it");
    expect_etm_kept(a);
}

CASE(gains_etm, .id = "extension/renegotiation-gains-etm",
     .title = "Server that renegotiates from MAC-then-encrypt does as its answer to encrypt_then_mac says",
     .dut = SERVERS, .requirement = REQ_ETM_UPGRADED_ON_REHANDSHAKE)
{
    static const char expected[] = "records of the kind that the ServerHello says, and service";
    const uint16_t cbc = TLS_PSK_WITH_AES_128_CBC_SHA256;

    needs_renegotiation(t, cbc);
    struct assoc *a = dial(t);

    handshake(a, .ciphers = {cbc}, .encrypt_then_mac = WITHOUT);
    enum renegotiated r =
        renegotiate(a, .ciphers = {cbc}, .encrypt_then_mac = WITH, .extensions = right_info(a));

    if (r != RENEGOTIATION_HELLO)
        not_applicable(t, "the device denies the change, which it may: %s", renegotiated_text(a, r));
    const char *hello = renegotiated_text(a, r), *wrong = finish_renegotiation(a);

    require(t, wrong == NULL, expected, "%s, and then: %s", hello, wrong);
    say(t, expected, "%s, and both", hello);
}

CHAPTER(renegotiation_chapter, "extension", "Extensions", &refused, &insecure, &renegotiation_completes,
        &keeps_etm, &keeps_etm_over_aead, &gains_etm);
