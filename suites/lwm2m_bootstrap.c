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
        &own_association, &new_keys, &inconsistent, &key_hidden, &discovered, &key_not_discovered,
        &pack_used);
