/* LwM2M over the association: registration, Read, bootstrap, and where identity and key come from. */
#include "case/case.h"

enum { CCM_8 = TLS_PSK_WITH_AES_128_CCM_8, CBC_SHA256 = TLS_PSK_WITH_AES_128_CBC_SHA256 };

static const struct offer good = {.ciphers = {CCM_8, CBC_SHA256}};

static bool mandatory_suites(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "ccm-8", .title = "TLS_PSK_WITH_AES_128_CCM_8", .value = CCM_8},
        {.slug = "cbc-sha256", .title = "TLS_PSK_WITH_AES_128_CBC_SHA256", .value = CBC_SHA256},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static void needs_coap(struct test *t)
{
    if (liveness_of(t) != LIVENESS_PING)
        not_applicable(t, "the device speaks no CoAP (it answers no CoAP ping)");
}

/* ---- servers ---------------------------------------------------------------------------------------------------------- */

CASE(server_registers, .id = "lwm2m/registers-over", .title = "Server answers Register over DTLS",
     .dut = SERVER, .requirement = REQ_REGISTRATION_SERVED, .members = mandatory_suites)
{
    needs_coap(t);
    struct assoc *a = dial(t);

    handshake(a, .ciphers = {(uint16_t)member(t)});
    note_deregister(a, expect_register(a));
}

CASE(int_401, .id = "lwm2m/int-401", .title = "LightweightM2M-1.0-int-401: a session, Register, Read of /3/0",
     .dut = SERVER, .requirement = REQ_REGISTRATION_SERVED)
{
    needs_coap(t);
    struct assoc *a = dial(t);

    good_handshake(a);
    const char *location = expect_register(a);

    note(t, read_comes(a, "/3/0") ? "the server reads /3/0"
                                  : "no Read of /3/0 came: start one by hand to see the test's last step");
    note_update(a, location);
    note_deregister(a, location);
}

CASE(read_of_device, .id = "lwm2m/read-of-device",
     .title = "Server reads the Device object after registration", .dut = SERVER,
     .requirement = REQ_DEVICE_READ)
{
    needs_coap(t);
    struct assoc *a = dial(t);

    good_handshake(a);
    const char *location = expect_register(a);

    say(t, "a Read of /3/0, or none", read_comes(a, "/3/0") ? "it came" : "none came");
    note_deregister(a, location);
}

CASE(another_devices_key, .id = "lwm2m/another-devices-key",
     .title = "Server refuses the key of another device", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_WRONG_KEY_REFUSED, .negative = true)
{
    struct bytes key = random_bytes(t, psk_of(t).n > 0 ? psk_of(t).n : 16);

    for (size_t i = 0; i < 2; i++) {
        struct assoc *a = dial_with_key(t, key);

        client_hello(a, .ciphers = {good.ciphers[i]});
        struct event e = await_event(a, true);

        if (e.kind != EVENT_MESSAGE || e.message_type != SERVER_HELLO)
            continue; /* that the suite is taken is another case's subject */
        struct server_hello sh;

        require(t, take_server_hello(a, e.body, &sh), "a ServerHello that parses", "one that does not");
        expect_server_hello_done(a);
        deviate(t, "the right identity with the key of another device");
        client_finish(a);
        expect_no_finished(a);
    }
}

CASE(bootstraps, .id = "lwm2m/bootstrap-over",
     .title = "Bootstrap server answers Bootstrap-Request over DTLS", .dut = BOOTSTRAP_SERVER,
     .requirement = REQ_BOOTSTRAP_OVER_PSK, .members = mandatory_suites)
{
    needs_coap(t);
    struct assoc *a = dial(t);

    handshake(a, .ciphers = {(uint16_t)member(t)});
    expect_bootstrap_request(a);
}

/* ---- clients ---------------------------------------------------------------------------------------------------------- */

CASE(client_registers, .id = "lwm2m/client-registers-over", .title = "Client registers over DTLS",
     .dut = CLIENT, .requirement = REQ_CLIENT_REGISTERS, .members = mandatory_suites)
{
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    serve(a, .cipher = (uint16_t)member(t));
    expect_registration(a);
}

CASE(client_int_401, .id = "lwm2m/client-int-401",
     .title = "LightweightM2M-1.0-int-401: a session, Register, Read of /3/0", .dut = CLIENT,
     .requirement = REQ_CLIENT_ANSWERS_READ)
{
    struct assoc *a = await_registering(t);

    if (!registered(a))
        not_applicable(t, "the device asks for bootstrap; lwm2m/client-int-1 has the Read that follows it");
    expect_read(a, "/3/0");
}

CASE(client_identity, .id = "lwm2m/client-identity",
     .title = "Client's identity on the wire is resource 3 of its Security Object, octet for octet",
     .dut = CLIENT, .requirement = REQ_IDENTITY_FROM_SECURITY_OBJECT)
{
    struct assoc *a = await_client(t);

    first_client_hello(a);
    server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK));
    struct bytes identity = expect_client_key_exchange(a);

    require(t, bytes_equal(identity, identity_of(t)),
            arena_printf(arena_of(t), "the identity %s", arena_escape(arena_of(t), identity_of(t))),
            "the identity %s", arena_escape(arena_of(t), identity));
}

CASE(client_key, .id = "lwm2m/client-key", .title = "Client's key is resource 5 of its Security Object",
     .dut = CLIENT, .requirement = REQ_KEY_FROM_SECURITY_OBJECT)
{
    struct assoc *a = await_client(t);

    first_client_hello(a);
    server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK));
    expect_client_key_exchange(a);
    expect_client_finished(a);
}

static const char *const hidden_paths[] = {"/0", "/0/0", "/0/0/3", "/0/0/5"};

static bool hidden(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "object", .title = "/0", .value = 0},
        {.slug = "instance", .title = "/0/0", .value = 1},
        {.slug = "identity", .title = "/0/0/3", .value = 2},
        {.slug = "key", .title = "/0/0/5", .value = 3},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(security_object_hidden, .id = "lwm2m/client-security-object-hidden",
     .title = "Client does not let a server read its Security Object", .dut = CLIENT,
     .requirement = REQ_SECURITY_OBJECT_HIDDEN, .negative = true, .members = hidden)
{
    struct assoc *a = await_registering(t);

    expect_not_readable(a, hidden_paths[member(t)]);
}

CASE(client_discover, .id = "lwm2m/client-discover",
     .title = "Client answers a Discover of /3/0 by links (RFC 6690)", .dut = CLIENT,
     .requirement = REQ_DISCOVER_LINKS)
{
    struct assoc *a = await_registering(t);

    if (!registered(a))
        not_applicable(t, "the device does not register; lwm2m/client-registers-over judges that");
    expect_links(a, "/3/0");
}

CASE(security_object_not_discovered, .id = "lwm2m/client-security-object-not-discovered",
     .title = "Client does not let a server discover its Security Object", .dut = CLIENT,
     .requirement = REQ_SECURITY_OBJECT_HIDDEN, .negative = true)
{
    struct assoc *a = await_registering(t);

    if (!registered(a))
        not_applicable(t, "the device does not register; lwm2m/client-registers-over judges that");
    expect_not_discoverable(a, "/0");
}

CHAPTER(lwm2m_chapter, "lwm2m", "LwM2M over the association", &server_registers, &int_401, &read_of_device,
        &another_devices_key, &bootstraps, &client_registers, &client_int_401, &client_identity, &client_key,
        &security_object_hidden, &client_discover, &security_object_not_discovered);
