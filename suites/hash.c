/* Weak hashes and weak ciphers: a server uses none of the suites that the profile bans, however they are offered. */
#include "suites/sweep.h"

enum { SERVERS = SERVER | BOOTSTRAP_SERVER };

/* ---- alone -------------------------------------------------------------------------------------------------------------- */

static bool uses_psk(const struct cipher *c)
{
    return c->kx == KX_PSK || c->kx == KX_DHE_PSK || c->kx == KX_RSA_PSK || c->kx == KX_ECDHE_PSK;
}

static bool is_psk_aes_sha1(const struct cipher *c)
{
    return is_aes_sha1(c) && uses_psk(c);
}

static bool is_other_aes_sha1(const struct cipher *c)
{
    return is_aes_sha1(c) && !uses_psk(c);
}

static bool is_iana_md5(const struct cipher *c)
{
    return is_md5(c) && c->iana;
}

/* The suites with a PSK first: those a PSK device is likely to know. */
static bool aes_sha1_suites(size_t i, struct member *out)
{
    size_t with_psk = 0;

    for (size_t k = 0; k < cipher_count; k++)
        with_psk += is_psk_aes_sha1(&ciphers[k]);
    return i < with_psk ? suite_member(i, is_psk_aes_sha1, out)
                        : suite_member(i - with_psk, is_other_aes_sha1, out);
}

static bool md5_suites(size_t i, struct member *out)
{
    return suite_member(i, is_iana_md5, out);
}

CASE(aes_sha1, .id = "hash/aes-sha1", .title = "Server refuses an AES suite with SHA-1, offered alone",
     .dut = SERVERS, .requirement = REQ_NO_AES_SHA1, .negative = true, .members = aes_sha1_suites)
{
    offer_alone(t, (uint16_t)member(t));
}

CASE(md5, .id = "hash/md5", .title = "Server refuses a suite with MD5, offered alone", .dut = SERVERS,
     .requirement = REQ_NO_MD5, .negative = true, .members = md5_suites)
{
    offer_alone(t, (uint16_t)member(t));
}

/* ---- a whole group in one hello ------------------------------------------------------------------------------------------ */

static void offer_group(struct test *t, suite_test *in)
{
    struct codes list = suites_with(t, in);
    struct assoc *a = dial(t);

    client_hello(a, .list = list, .extensions = extensions_for(t, list));
    refuse(a, list);
}

static bool is_null_below_tls13(const struct cipher *c)
{
    return is_null(c) && c->kx != KX_TLS13;
}

static bool is_iana_rc4(const struct cipher *c)
{
    return is_rc4(c) && c->iana;
}

CASE(aes_sha1_all, .id = "hash/aes-sha1-all", .title = "Server refuses a hello of all AES suites with SHA-1",
     .dut = SERVERS, .requirement = REQ_NO_AES_SHA1, .negative = true)
{
    offer_group(t, is_aes_sha1);
}

CASE(md5_all, .id = "hash/md5-all", .title = "Server refuses a hello of all suites with MD5", .dut = SERVERS,
     .requirement = REQ_NO_MD5, .negative = true)
{
    offer_group(t, is_iana_md5);
}

CASE(null_all, .id = "hash/null-all", .title = "Server refuses a hello of all suites without encryption",
     .dut = SERVERS, .requirement = REQ_NO_NULL_ENCRYPTION, .negative = true)
{
    offer_group(t, is_null_below_tls13);
}

CASE(rc4_all, .id = "hash/rc4-all", .title = "Server refuses a hello of all RC4 suites", .dut = SERVERS,
     .requirement = REQ_NO_RC4, .negative = true)
{
    offer_group(t, is_iana_rc4);
}

CASE(export_all, .id = "hash/export-all", .title = "Server refuses a hello of all EXPORT suites",
     .dut = SERVERS, .requirement = REQ_NO_EXPORT, .negative = true)
{
    offer_group(t, is_export);
}

CASE(anonymous_all, .id = "hash/anonymous-all", .title = "Server refuses a hello of all anonymous suites",
     .dut = SERVERS, .requirement = REQ_NO_ANONYMOUS, .negative = true)
{
    offer_group(t, is_anonymous);
}

CASE(des_all, .id = "hash/des-all", .title = "Server refuses a hello of all suites with DES or RC2",
     .dut = SERVERS, .requirement = REQ_NO_DES, .negative = true)
{
    offer_group(t, is_des);
}

CASE(three_des_all, .id = "hash/3des-all", .title = "Server refuses a hello of all suites with 3DES or IDEA",
     .dut = SERVERS, .requirement = REQ_NO_3DES, .negative = true)
{
    offer_group(t, is_3des);
}

CASE(other_sha1_all, .id = "hash/other-sha1-all",
     .title = "Server refuses a hello of all CAMELLIA and SEED suites with SHA-1", .dut = SERVERS,
     .requirement = REQ_NO_OTHER_SHA1, .negative = true)
{
    offer_group(t, is_other_sha1);
}

/* ---- beside good suites -------------------------------------------------------------------------------------------------- */

static bool is_weak(const struct cipher *c)
{
    return c->iana && c->class <= CLASS_OTHER_SHA1 && c->kx != KX_TLS13;
}

static bool weak_suites(size_t i, struct member *out)
{
    if (!suite_member(i, is_weak, out))
        return false;
    const struct cipher *c = cipher_find((uint16_t)out->value);

    out->requirement = is_aes_sha1(c) ? REQ_NO_AES_SHA1
                       : is_md5(c)    ? REQ_NO_MD5
                                      : class_requirement(c->class);
    out->own_requirement = true;
    return true;
}

/* The ServerHello, when one came, selects another suite than `code`, unless the profile leaves that open. */
static void expect_not_selected(struct assoc *a, uint16_t code)
{
    struct test *t = test_of(a);
    enum alert refusal;
    const struct server_hello *h = await_server_hello(a, &refusal);
    const char *expected = arena_printf(arena_of(t), "%s is not selected", cipher_name(code));

    if (h != NULL && h->cipher == code && !is_left_open(t, code))
        show_use(a, expected);
    if (h != NULL && h->cipher == code)
        note(t, "it is selected, which this profile leaves open");
    if (h == NULL)
        note(t, "refused although a good suite was offered");
    say(t, expected, "%s", h != NULL ? cipher_name(h->cipher) : refusal_text(t, refusal));
}

CASE(with_good, .id = "hash/with-good",
     .title = "Server passes over a weak suite that is offered before good ones", .dut = SERVERS,
     .requirement = REQ_NO_AES_SHA1, .negative = true, .members = weak_suites)
{
    uint16_t code = (uint16_t)member(t);
    struct codes list = CODES(code, TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CBC_SHA256);
    struct assoc *a = dial(t);

    client_hello(a, .list = list, .extensions = extensions_for(t, list));
    expect_not_selected(a, code);
}

CASE(sha384_with_sha256_cbc, .id = "hash/sha384-with-sha256-0x00af",
     .title = "Server prefers SHA-256 to SHA-384 in CBC suites", .dut = SERVERS,
     .requirement = REQ_NO_AES_CBC_SHA384)
{
    struct assoc *a = dial(t);

    client_hello(a, .ciphers = {TLS_PSK_WITH_AES_256_CBC_SHA384, TLS_PSK_WITH_AES_128_CBC_SHA256});
    expect_not_selected(a, TLS_PSK_WITH_AES_256_CBC_SHA384);
}

CASE(sha384_with_sha256_aead, .id = "hash/sha384-with-sha256-0x00a9",
     .title = "Server prefers SHA-256 to SHA-384 in AEAD suites", .dut = SERVERS,
     .requirement = REQ_NO_AES_AEAD_SHA384)
{
    struct assoc *a = dial(t);

    client_hello(a, .ciphers = {TLS_PSK_WITH_AES_256_GCM_SHA384, TLS_PSK_WITH_AES_128_CCM_8});
    expect_not_selected(a, TLS_PSK_WITH_AES_256_GCM_SHA384);
}

/* ---- hashes elsewhere ---------------------------------------------------------------------------------------------------- */

static void expect_no_truncated_hmac(struct test *t, const struct server_hello *h)
{
    require(t, !find_extension(h->extensions, EXT_TRUNCATED_HMAC, NULL),
            "no truncated_hmac in the ServerHello", "it is there");
    say(t, "no truncated_hmac in the ServerHello", "it is not there");
}

CASE(truncated_hmac, .id = "hash/truncated-hmac",
     .title = "Server leaves truncated_hmac out when it selects a CBC suite", .dut = SERVERS,
     .requirement = REQ_NO_TRUNCATED_HMAC, .negative = true)
{
    struct bytes truncated = extension(t, EXT_TRUNCATED_HMAC, NO_BYTES);
    struct assoc *a = dial(t);
    enum alert refusal;

    client_hello(a, .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256}, .encrypt_then_mac = WITHOUT,
                 .extensions = truncated);
    const struct server_hello *h = await_server_hello(a, &refusal);

    if (h == NULL) {
        a = dial(t);
        client_hello(a, .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256}, .encrypt_then_mac = WITH,
                     .extensions = truncated);
        h = await_server_hello(a, &refusal);
    }
    if (h == NULL)
        not_applicable(t, "TLS_PSK_WITH_AES_128_CBC_SHA256 is not accepted (%s)", refusal_text(t, refusal));
    expect_no_truncated_hmac(t, h);
}

CASE(truncated_hmac_with_aead, .id = "hash/truncated-hmac-with-aead",
     .title = "Server leaves truncated_hmac out when it selects an AEAD suite", .dut = SERVERS,
     .requirement = REQ_NO_TRUNCATED_HMAC, .negative = true)
{
    struct assoc *a = dial(t);
    enum alert refusal;

    client_hello(a, .ciphers = {TLS_PSK_WITH_AES_128_CCM_8},
                 .extensions = extension(t, EXT_TRUNCATED_HMAC, NO_BYTES));
    const struct server_hello *h = await_server_hello(a, &refusal);

    if (h == NULL)
        not_applicable(t, "TLS_PSK_WITH_AES_128_CCM_8 is not accepted (%s)", refusal_text(t, refusal));
    expect_no_truncated_hmac(t, h);
}

/* Finishes as a client; true with a Finished that verifies as the last event. */
static bool finishes(struct assoc *a)
{
    struct event e;

    if (a->cipher == NULL || !cipher_completes(a->cipher))
        return false;
    expect_server_hello_done(a);
    client_finish(a);
    do
        e = await_event(a, true);
    while (e.kind == EVENT_CHANGE_CIPHER_SPEC ||
           (e.kind == EVENT_MESSAGE && e.message_type == NEW_SESSION_TICKET));
    return e.kind == EVENT_MESSAGE && e.message_type == FINISHED && e.epoch > 0 && finished_verifies(a, &e);
}

CASE(md5_prf_at_dtls_1_0, .id = "hash/md5-prf-at-dtls-1.0",
     .title = "Server completes no AES handshake whose keys come from MD5 and SHA-1", .dut = SERVERS,
     .requirement = REQ_NO_MD5_SHA1_PRF, .negative = true)
{
    static const char expected[] = "no handshake completes at DTLS 1.0";
    struct assoc *a = dial(t);
    enum alert refusal;

    client_hello(a, .version = DTLS_1_0,
                 .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256, TLS_PSK_WITH_AES_128_CBC_SHA,
                             TLS_PSK_WITH_AES_256_CBC_SHA, TLS_PSK_WITH_AES_256_CBC_SHA384});
    const struct server_hello *h = await_server_hello(a, &refusal);

    say(t, expected, "%s",
        h == NULL ? refusal_text(t, refusal) : "a ServerHello, but the handshake does not complete");
    if (h == NULL)
        return;
    note(t, "a ServerHello at %s came; the version rule judges that", version_name(h->version));
    if (h->version == DTLS_1_0 && finishes(a))
        fail_shown(t, expected, "a Finished that verifies under the PRF of MD5 and SHA-1, with %s",
                   a->cipher->name);
}

CASE(aead_only, .id = "hash/aead-only", .title = "Server refuses a hello of CBC suites alone", .dut = SERVERS,
     .requirement = REQ_AEAD_ONLY, .negative = true)
{
    struct assoc *a = dial(t);
    enum alert refusal;

    client_hello(a, .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256, TLS_PSK_WITH_AES_256_CBC_SHA384,
                                TLS_PSK_WITH_ARIA_128_CBC_SHA256, TLS_PSK_WITH_CAMELLIA_128_CBC_SHA256});
    const struct server_hello *h = await_server_hello(a, &refusal);
    bool open = requirements[REQ_AEAD_ONLY].levels[profile_of(t)] == MAY;

    if (h != NULL && !open)
        show_use(a, "no ServerHello: an alert, or silence");
    say(t, open ? "either way" : "no ServerHello: an alert, or silence", "%s",
        h != NULL ? cipher_name(h->cipher) : refusal_text(t, refusal));
}

CHAPTER(hash_chapter, "hash", "Weak hashes and weak ciphers: a server", &aes_sha1, &md5, &aes_sha1_all,
        &md5_all, &null_all, &rc4_all, &export_all, &anonymous_all, &des_all, &three_des_all, &other_sha1_all,
        &with_good, &sha384_with_sha256_cbc, &sha384_with_sha256_aead, &truncated_hmac,
        &truncated_hmac_with_aead, &md5_prf_at_dtls_1_0, &aead_only);
