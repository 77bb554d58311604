#include "suites/sweep.h"

/* ---- groups ------------------------------------------------------------------------------------------------------------- */

bool is_aes_sha1(const struct cipher *c)
{
    return (c->bulk == BULK_AES_128_CBC || c->bulk == BULK_AES_256_CBC) && c->hash == HASH_SHA1;
}

bool is_md5(const struct cipher *c)
{
    return c->hash == HASH_MD5;
}

bool is_null(const struct cipher *c)
{
    return c->bulk == BULK_NULL;
}

bool is_rc4(const struct cipher *c)
{
    return c->bulk == BULK_RC4;
}

bool is_export(const struct cipher *c)
{
    return c->kx == KX_EXPORT;
}

bool is_anonymous(const struct cipher *c)
{
    return c->kx == KX_ANON;
}

bool is_des(const struct cipher *c)
{
    return c->class == CLASS_DES;
}

bool is_3des(const struct cipher *c)
{
    return c->class == CLASS_3DES;
}

bool is_other_sha1(const struct cipher *c)
{
    return c->class == CLASS_OTHER_SHA1;
}

enum requirement_id class_requirement(enum cipher_class class)
{
    static const enum requirement_id of[CLASS_COUNT] = {
        [CLASS_NULL_ENCRYPTION] = REQ_NO_NULL_ENCRYPTION,
        [CLASS_EXPORT] = REQ_NO_EXPORT,
        [CLASS_ANONYMOUS] = REQ_NO_ANONYMOUS,
        [CLASS_RC4] = REQ_NO_RC4,
        [CLASS_MD5] = REQ_NO_MD5,
        [CLASS_AES_SHA1] = REQ_NO_AES_SHA1,
        [CLASS_DES] = REQ_NO_DES,
        [CLASS_3DES] = REQ_NO_3DES,
        [CLASS_OTHER_SHA1] = REQ_NO_OTHER_SHA1,
        [CLASS_MANDATORY_CCM_8] = REQ_CCM8_SUPPORTED,
        [CLASS_MANDATORY_CBC] = REQ_CBC_SHA256_SUPPORTED,
        [CLASS_TLS13] = REQ_TLS13_SUITE_NOT_SELECTED,
        [CLASS_AES_CBC_SHA384] = REQ_NO_AES_CBC_SHA384,
        [CLASS_AES_AEAD_SHA384] = REQ_NO_AES_AEAD_SHA384,
        [CLASS_CBC] = REQ_AEAD_ONLY,
        [CLASS_AEAD] = REQ_OTHER_SUITES,
        [CLASS_OTHER] = REQ_OTHER_SUITES,
    };

    return of[class];
}

bool suite_member(size_t i, suite_test *in, struct member *out)
{
    for (size_t k = 0; k < cipher_count; k++) {
        if (!in(&ciphers[k]) || i-- > 0)
            continue;
        code_member(out, ciphers[k].code);
        return true;
    }
    return false;
}

/* ---- hellos ------------------------------------------------------------------------------------------------------------- */

struct codes suites_with(struct test *t, suite_test *in)
{
    uint16_t *at = arena_array(arena_of(t), uint16_t, cipher_count);
    size_t n = 0;

    for (size_t i = 0; i < cipher_count; i++)
        if (in(&ciphers[i]))
            at[n++] = ciphers[i].code;
    return (struct codes){at, n};
}

struct codes alone(struct test *t, uint16_t code)
{
    uint16_t *at = arena_new_of(arena_of(t), uint16_t);

    *at = code;
    return (struct codes){at, 1};
}

static bool wants_groups(const struct cipher *c)
{
    return c->kx != KX_PSK;
}

static bool wants_certificate(const struct cipher *c)
{
    return c->kx != KX_PSK && c->kx != KX_DHE_PSK && c->kx != KX_ECDHE_PSK && c->kx != KX_ANON;
}

static bool any_is(struct codes list, suite_test *in)
{
    for (size_t i = 0; i < list.n; i++) {
        const struct cipher *c = cipher_find(list.at[i]);

        if (c != NULL && in(c))
            return true;
    }
    return false;
}

struct bytes extensions_for(struct test *t, struct codes list)
{
    static const uint8_t groups[] = {0, 4, 0x00, 0x1D, 0x00, 0x17}; /* x25519, secp256r1 */
    static const uint8_t formats[] = {1, 0};                        /* uncompressed */
    static const uint8_t signatures[] = {0,    6,    0x04, 0x03,
                                         0x08, 0x04, 0x04, 0x01}; /* ECDSA, RSA-PSS, RSA; SHA-256 */
    struct bytes block = NO_BYTES;

    if (any_is(list, wants_groups))
        block = join(t, extension(t, EXT_SUPPORTED_GROUPS, BYTES(groups)),
                     extension(t, EXT_EC_POINT_FORMATS, BYTES(formats)));
    if (any_is(list, wants_certificate))
        block = join(t, block, extension(t, EXT_SIGNATURE_ALGORITHMS, BYTES(signatures)));
    return block;
}

/* ---- judgements --------------------------------------------------------------------------------------------------------- */

static const char not_used[] = "no ServerHello with it: an alert, or silence";

const char *refusal_text(struct test *t, enum alert refusal)
{
    if (refusal == ALERT_NONE)
        return "silence";
    return arena_printf(arena_of(t), "alert %s (%d)", alert_name((uint8_t)refusal), (int)refusal);
}

bool is_left_open(struct test *t, uint16_t code)
{
    return rule_of(cipher_find(code), profile_of(t), SERVER) == RULE_ALLOWED;
}

/* How far a session with the suite of the ServerHello comes; "" for a suite that this endpoint cannot complete. */
static const char *session_with_it(struct assoc *a)
{
    const char *stopped;

    if (a->cipher == NULL || !cipher_completes(a->cipher))
        return "";
    stopped = carry_on(a);
    if (stopped == NULL)
        return "; a session with it works";
    return arena_printf(arena_of(test_of(a)), "; a session with it does not work: %s", stopped);
}

void show_use(struct assoc *a, const char *expected)
{
    show_server_hello(a, expected, session_with_it(a));
}

/* What is selected out of nowhere is judged by the cases on SELECTED_SUITE_WAS_OFFERED and NO_COMMON_SUITE_REFUSED. */
static void note_unoffered(struct test *t, const struct server_hello *h)
{
    note(t, "the ServerHello selects %s (0x%04X), which was not offered", cipher_name(h->cipher), h->cipher);
}

static bool is_in(struct codes list, uint16_t code)
{
    for (size_t i = 0; i < list.n; i++)
        if (list.at[i] == code)
            return true;
    return false;
}

void refuse(struct assoc *a, struct codes list)
{
    struct test *t = test_of(a);
    enum alert refusal;
    const struct server_hello *h = await_server_hello(a, &refusal);

    if (h != NULL && is_in(list, h->cipher))
        show_use(a, not_used);
    if (h != NULL)
        note_unoffered(t, h);
    say(t, not_used, "%s", h != NULL ? "none of those offered is selected" : refusal_text(t, refusal));
}

const char *etm_seen(const struct cipher *c, const struct server_hello *h)
{
    bool echoed = find_extension(h->extensions, EXT_ENCRYPT_THEN_MAC, NULL);

    if (!cipher_is_cbc(c))
        return echoed ? "echoed, must not be" : "";
    return echoed ? "echoed" : "not echoed";
}

/* A refusal of a suite offered alone: what is demanded must be taken, and is waited for longer. */
static void judge_refusal(struct assoc *a, const struct cipher *c, bool demanded, enum alert refusal)
{
    struct test *t = test_of(a);
    const char *expected = arena_printf(arena_of(t), "a ServerHello with %s", c->name);

    observe_cipher(t, c->code, refusal == ALERT_NONE ? "silent" : "refused", refusal, "");
    if (demanded && refusal != ALERT_NONE)
        fail_shown(t, expected, "%s", refusal_text(t, refusal));
    if (demanded)
        fail_missed(t, expected, "silence");
    say(t, is_left_open(t, c->code) ? "either way" : not_used, "%s", refusal_text(t, refusal));
}

/* A ServerHello with another suite than the one offered. */
static void judge_other(struct assoc *a, const struct cipher *c, bool demanded, const struct server_hello *h)
{
    struct test *t = test_of(a);

    observe_cipher(t, c->code, "refused", ALERT_NONE, "");
    if (demanded)
        show_server_hello(a, arena_printf(arena_of(t), "a ServerHello with %s", c->name), "");
    note_unoffered(t, h);
    say(t, is_left_open(t, c->code) ? "either way" : not_used, "it is not selected");
}

void offer_alone(struct test *t, uint16_t code)
{
    const struct cipher *c = cipher_find(code);
    enum cipher_rule rule = rule_of(c, profile_of(t), SERVER);
    struct codes list = alone(t, code);
    struct assoc *a = dial(t);
    enum alert refusal;

    client_hello(a, .list = list, .extensions = extensions_for(t, list));
    const struct server_hello *h = await_server_hello(a, &refusal);

    if (h == NULL && refusal == ALERT_NONE && rule == RULE_REQUIRED)
        h = await_server_hello(a, &refusal);
    if (h == NULL) {
        judge_refusal(a, c, rule == RULE_REQUIRED, refusal);
        return;
    }
    if (h->cipher != code) {
        judge_other(a, c, rule == RULE_REQUIRED, h);
        return;
    }
    observe_cipher(t, code, "accepted", ALERT_NONE, etm_seen(c, h));
    if (rule == RULE_FORBIDDEN || rule == RULE_DISCOURAGED)
        show_use(a, not_used);
    say(t, rule == RULE_REQUIRED ? "it is selected" : "either way", "a ServerHello selects it%s",
        session_with_it(a));
}
