/* A client that is bootstrapped by us: it is given credentials, and must use them, all of them and nothing else. */
#include "case/case.h"

enum { IDENTITY_LONGEST = 128, KEY_LONGEST = 64, KEY_USUAL = 16 };

/* ---- credentials ------------------------------------------------------------------------------------------------------- */

static struct bytes usual_identity(struct test *t)
{
    return bytes_of_text(arena_printf(arena_of(t), "urn:dev:ops:32473-%04x", random_u16(t)));
}

/* Printable octets: RFC 4279 5.1 wants UTF-8. */
static struct bytes long_identity(struct test *t)
{
    static const char pattern[] = "urn:uuid:0123456789abcdef-";
    uint8_t *at = arena_alloc(arena_of(t), IDENTITY_LONGEST);

    for (size_t i = 0; i < IDENTITY_LONGEST; i++)
        at[i] = (uint8_t)pattern[i % (sizeof pattern - 1)];
    return (struct bytes){at, IDENTITY_LONGEST};
}

/* No text in any encoding: a NUL, a newline, and octets above 0x7F. */
static struct bytes binary_key(struct test *t)
{
    static const uint8_t key[KEY_USUAL] = {0x00, 0x0A, 0x80, 0xFF, 0xC3, 0x28, 0x00, 0x7F,
                                           0x0D, 0xFE, 0x22, 0x5C, 0x25, 0x00, 0xE2, 0x00};

    return octets(t, sizeof key, key);
}

enum { USUAL, BINARY_KEY, LONG_IDENTITY, LONG_KEY };

static bool credentials(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "usual", .title = "16 octets of key", .value = USUAL},
        {.slug = "binary", .title = "a key with NULs and octets above 0x7F", .value = BINARY_KEY},
        {.slug = "identity-128", .title = "an identity of 128 octets", .value = LONG_IDENTITY},
        {.slug = "key-64", .title = "a key of 64 octets", .value = LONG_KEY},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static struct grant grant_of(struct test *t, uint32_t which)
{
    return (struct grant){.identity = which == LONG_IDENTITY ? long_identity(t) : usual_identity(t),
                          .key = which == BINARY_KEY
                                     ? binary_key(t)
                                     : random_bytes(t, which == LONG_KEY ? KEY_LONGEST : KEY_USUAL)};
}

/* ---- suites ------------------------------------------------------------------------------------------------------------ */

enum { CCM_8_ALONE, CBC_ALONE, BOTH, NOT_ITS_OWN, TOLD_MAX = GRANT_CIPHERS };

static bool tellings(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "ccm-8", .title = "TLS_PSK_WITH_AES_128_CCM_8 alone", .value = CCM_8_ALONE},
        {.slug = "cbc-sha256", .title = "TLS_PSK_WITH_AES_128_CBC_SHA256 alone", .value = CBC_ALONE},
        {.slug = "both", .title = "both, CBC_SHA256 first", .value = BOTH},
        {.slug = "not-its-own",
         .title = "TLS_PSK_WITH_AES_128_CCM_8 behind one that it has not",
         .value = NOT_ITS_OWN},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* One that the device did not offer to its bootstrap server, of those that no device has. */
static uint16_t strange_to(struct assoc *bs)
{
    static const uint16_t rare[] = {TLS_PSK_WITH_CAMELLIA_128_GCM_SHA256, TLS_PSK_WITH_ARIA_128_GCM_SHA256,
                                    TLS_PSK_WITH_AES_256_CCM};

    for (size_t i = 0; i < sizeof rare / sizeof *rare; i++)
        if (!offers(bs, rare[i]))
            return rare[i];
    not_applicable(test_of(bs), "the device offers every suite that could be strange to it");
}

/* What resource 16 says, ended by 0. */
static void tell(struct test *t, struct assoc *bs, uint16_t told[TOLD_MAX])
{
    size_t n = 0;

    if (member(t) == NOT_ITS_OWN)
        told[n++] = strange_to(bs);
    if (member(t) == CBC_ALONE || member(t) == BOTH)
        told[n++] = TLS_PSK_WITH_AES_128_CBC_SHA256;
    if (member(t) != CBC_ALONE)
        told[n++] = TLS_PSK_WITH_AES_128_CCM_8;
    told[n] = 0;
    for (size_t i = member(t) == NOT_ITS_OWN; i < n; i++)
        if (!offers(bs, told[i]))
            not_applicable(t, "the device does not offer %s", cipher_name(told[i]));
}

static bool is_told(const uint16_t *told, uint16_t code)
{
    while (*told != 0 && *told != code)
        told++;
    return *told != 0;
}

/* The suites of the device's hello; signals and GREASE are none. */
static struct bytes suites_of(struct assoc *a)
{
    struct bytes all = expect_client_hello(a)->ciphers;
    struct writer w = writer_of(arena_alloc(a->arena, all.n), all.n);

    for (size_t i = 0; i < cipher_list_length(all); i++) {
        uint16_t code = cipher_at(all, i);

        if (code != TLS_EMPTY_RENEGOTIATION_INFO_SCSV && code != TLS_FALLBACK_SCSV && !code_is_grease(code))
            put_u16(&w, code);
    }
    return written(&w);
}

static const char *list_text(struct test *t, struct bytes list)
{
    const char *text = "";

    for (size_t i = 0; i < cipher_list_length(list); i++)
        text = arena_printf(arena_of(t), "%s%s%s", text, i > 0 ? ", " : "", cipher_name(cipher_at(list, i)));
    return text;
}

/* The list of the hello that came last decides. */
static void mark_suites(struct test *t, struct assoc *server)
{
    const struct client_hello *h = expect_client_hello(server);
    size_t at =
        RECORD_HEADER + HANDSHAKE_HEADER + 2 + HELLO_RANDOM + 1 + h->session_id.n + 1 + h->cookie.n + 2;

    mark_last(t, at, h->ciphers.n, "the suites that it offers");
}

/* ---- steps -------------------------------------------------------------------------------------------------------------- */

/* The device comes with that identity, and its Finished verifies with the key that goes with it. */
static void expect_granted(struct test *t, struct assoc *server, struct bytes identity)
{
    expect_client_hello(server);
    server_hello(server, .cipher = offered(server, ANY_PLAIN_PSK));
    struct bytes came = expect_client_key_exchange(server);

    require(t, bytes_equal(came, identity),
            arena_printf(arena_of(t), "the identity %s", arena_escape(arena_of(t), identity)),
            "the identity %s", arena_escape(arena_of(t), came));
    expect_client_finished(server);
    server_finish(server);
}

/* Bootstrap in full: the device is given those credentials, and comes with them. */
static struct assoc *provision(struct test *t, struct assoc *bs, struct grant g)
{
    struct assoc *server = provide(bs, .identity = g.identity, .key = g.key);

    expect_finish(bs);
    expect_dialled(server);
    expect_granted(t, server, g.identity);
    return server;
}

/* The suites that the device offers to a server with that account, resource 16 left out when it says nothing. */
static struct bytes offer_after(struct test *t, struct assoc *bs, const uint16_t told[TOLD_MAX])
{
    struct grant g = grant_of(t, USUAL);

    for (size_t i = 0; i < TOLD_MAX; i++)
        g.ciphers[i] = told[i];
    struct assoc *server = provide_(bs, &g);

    finish_or_leave(bs);
    expect_dialled(server);
    struct bytes list = suites_of(server);

    if (told[0] != 0)
        mark_suites(t, server);
    return list;
}

struct offers {
    uint16_t told[TOLD_MAX];
    struct bytes list; /* with resource 16 */
    bool lacks;        /* one that was told, and that is offered without resource 16 */
    bool has_other;    /* than was told */
};

static void judge_offer(struct offers *o, struct bytes without)
{
    o->lacks = o->has_other = false;
    for (size_t i = 0; i < cipher_list_length(o->list); i++)
        o->has_other |= !is_told(o->told, cipher_at(o->list, i));
    for (const uint16_t *c = o->told; *c != 0; c++)
        o->lacks |= cipher_list_has(without, *c) && !cipher_list_has(o->list, *c);
}

/* What the device makes of resource 16. Not-applicable when it minds it not. What it offers without it is found out by another bootstrap
 * where that matters: it may have one list for its bootstrap server and another for its server. */
static struct offers offers_as_told(struct test *t)
{
    static const uint16_t nothing[TOLD_MAX];
    struct offers o = {.lacks = false};
    struct assoc *bs = await_client(t);
    struct bytes at_bootstrap = suites_of(bs), usual = at_bootstrap;

    serve_good(bs);
    needs_bootstrap(bs);
    tell(t, bs, o.told);
    o.list = offer_after(t, bs, o.told);
    judge_offer(&o, at_bootstrap);
    if ((o.lacks || o.has_other) && !bytes_equal(o.list, at_bootstrap)) {
        usual = offer_after(t, await_bootstrap(t), nothing);
        judge_offer(&o, usual);
    }
    if (bytes_equal(o.list, usual))
        not_applicable(t, "the device offers %s with resource 16 and without: it shows no sign of having it",
                       list_text(t, o.list));
    return o;
}

/* ---- cases -------------------------------------------------------------------------------------------------------------- */

CASE(int_0, .id = "lwm2m/client-int-0", .title = "LightweightM2M-1.0-int-0: client initiated bootstrap",
     .dut = CLIENT, .requirement = REQ_BOOTSTRAP_TAKEN)
{
    struct assoc *bs = await_bootstrap(t);

    provide(bs, .identity = usual_identity(t), .key = random_bytes(t, KEY_USUAL), .is_subject = true);
    expect_finish(bs);
}

CASE(int_1, .id = "lwm2m/client-int-1",
     .title =
         "LightweightM2M-1.0-int-1: client initiated bootstrap, in full: it connects, registers and is read",
     .dut = CLIENT, .requirement = REQ_BOOTSTRAP_LEADS_ON)
{
    struct assoc *bs = await_bootstrap(t);
    struct assoc *server = provision(t, bs, grant_of(t, USUAL));

    expect_registration(server);
    expect_read(server, "/3/0");
}

CASE(keys_used, .id = "lwm2m/client-bootstrap-used",
     .title = "Client uses the credentials that bootstrap writes, octet for octet", .dut = CLIENT,
     .requirement = REQ_BOOTSTRAP_KEYS_USED, .members = credentials)
{
    struct assoc *bs = await_bootstrap(t);

    provision(t, bs, grant_of(t, member(t)));
}

CASE(own_association, .id = "lwm2m/client-bootstrap-own-association",
     .title = "Client dials the server anew, as another than at the bootstrap server", .dut = CLIENT,
     .requirement = REQ_BOOTSTRAP_APART)
{
    struct assoc *bs = await_bootstrap(t);
    struct assoc *server = provide(bs, .identity = usual_identity(t), .key = random_bytes(t, KEY_USUAL));

    expect_finish(bs);
    expect_dialled(server);
    expect_client_hello(server);
    server_hello(server, .cipher = offered(server, ANY_PLAIN_PSK));
    require(t, !bytes_equal(expect_client_key_exchange(server), identity_of(t)),
            "another identity than the one for the bootstrap server", "the same");
}

CASE(new_keys, .id = "lwm2m/client-bootstrap-new-keys",
     .title = "Client goes over to keys that a second bootstrap writes, in a new association", .dut = CLIENT,
     .requirement = REQ_NEW_KEYS_TAKE_EFFECT)
{
    struct assoc *bs = await_bootstrap(t);
    struct grant g = grant_of(t, USUAL);
    struct assoc *server = provision(t, bs, g);

    expect_registration(server);
    struct assoc *again = rebootstrap(server, bs);

    serve_good(again);
    needs_bootstrap(again);
    provision(t, again, (struct grant){.identity = g.identity, .key = random_bytes(t, KEY_USUAL)});
}

CASE(inconsistent, .id = "lwm2m/client-bootstrap-inconsistent",
     .title = "Client says at Bootstrap-Finish that an account without a key is no use", .dut = CLIENT,
     .requirement = REQ_INCONSISTENT_REPORTED, .negative = true)
{
    struct assoc *bs = await_bootstrap(t);

    deviate(t, "an account in PSK mode without a key");
    provide(bs, .identity = usual_identity(t));
    expect_finish_refused(bs);
}

CASE(key_hidden, .id = "lwm2m/client-bootstrap-key-hidden",
     .title = "Client does not let its bootstrap server read a key", .dut = CLIENT,
     .requirement = REQ_KEY_NEVER_READ, .negative = true)
{
    struct assoc *bs = await_bootstrap(t);

    provide(bs, .identity = usual_identity(t), .key = random_bytes(t, KEY_USUAL));
    expect_not_readable(bs, "/0/1/5");
}

CASE(suites_indicated, .id = "lwm2m/client-suites-indicated",
     .title = "Client offers each suite that bootstrap tells it to", .dut = CLIENT,
     .requirement = REQ_INDICATED_SUITES_OFFERED, .members = tellings)
{
    static const char expected[] = "every suite of resource 16";
    struct offers o = offers_as_told(t);

    require(t, !o.lacks, expected, "%s", list_text(t, o.list));
    say(t, expected, "%s", list_text(t, o.list));
}

CASE(suites_no_other, .id = "lwm2m/client-suites-no-other",
     .title = "Client offers no suite but those that bootstrap tells it to", .dut = CLIENT,
     .requirement = REQ_INDICATED_SUITES_ALONE, .members = tellings)
{
    static const char expected[] = "no suite beside those of resource 16";
    struct offers o = offers_as_told(t);

    if (o.lacks)
        not_applicable(t, "a suite of resource 16 is not offered; lwm2m/client-suites-indicated judges that");
    require(t, !o.has_other, expected, "%s", list_text(t, o.list));
    say(t, expected, "%s", list_text(t, o.list));
}

CASE(discovered, .id = "lwm2m/client-bootstrap-discover",
     .title = "Client answers its bootstrap server's Discover of /0 by links", .dut = CLIENT,
     .requirement = REQ_BOOTSTRAP_DISCOVER_LINKS)
{
    struct assoc *bs = await_bootstrap(t);

    provide(bs, .identity = usual_identity(t), .key = random_bytes(t, KEY_USUAL));
    expect_links(bs, "/0");
}

CASE(key_not_discovered, .id = "lwm2m/client-bootstrap-discover-key",
     .title = "Client shows its bootstrap server no key in what Discover of /0 is answered", .dut = CLIENT,
     .requirement = REQ_KEY_NEVER_READ, .negative = true)
{
    struct assoc *bs = await_bootstrap(t);
    struct bytes key = random_bytes(t, KEY_USUAL);

    provide(bs, .identity = usual_identity(t), .key = key);
    expect_key_not_discovered(bs, "/0", key);
}

CASE(pack_used, .id = "lwm2m/client-pack-used",
     .title = "Client that asks for a Bootstrap-Pack uses the credentials in it, octet for octet",
     .dut = CLIENT, .requirement = REQ_PACK_USED, .members = credentials)
{
    struct grant g = grant_of(t, member(t));
    struct assoc *server = await_pack_request(t, g);

    expect_dialled(server);
    expect_granted(t, server, g.identity);
}

CHAPTER(lwm2m_bootstrap_chapter, "lwm2m", "LwM2M over the association", &int_0, &int_1, &keys_used,
        &own_association, &new_keys, &inconsistent, &key_hidden, &suites_indicated, &suites_no_other,
        &discovered, &key_not_discovered, &pack_used);
