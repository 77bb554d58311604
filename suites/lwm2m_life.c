/* An association over its life: who dials, how long it is kept, what comes first in it, and what stays out of the clear. */
#include "case/case.h"

enum { IDLE_MS = 12000 };

static void needs_coap(struct test *t)
{
    if (liveness_of(t) != LIVENESS_PING)
        not_applicable(t, "the device speaks no CoAP (it answers no CoAP ping)");
}

/* ---- servers ---------------------------------------------------------------------------------------------------------- */

CASE(registers_without_name, .id = "lwm2m/register-without-name",
     .title = "Server registers a client that sends no endpoint name", .dut = SERVER,
     .requirement = REQ_EP_OPTIONAL)
{
    needs_coap(t);
    struct assoc *a = dial(t);

    good_handshake(a);
    expect_register_without_name(a);
}

CASE(server_never_dials, .id = "lwm2m/server-never-dials",
     .title = "Server leaves the dialling to the client", .dut = SERVER,
     .requirement = REQ_SERVER_IS_DTLS_SERVER)
{
    static const char expected[] = "no ClientHello from the server";
    needs_coap(t);
    struct assoc *a = dial(t);
    const struct device_fragment *came;

    good_handshake(a);
    expect_register(a);
    while (await_event(a, false).kind != EVENT_NONE)
        continue;
    size_t n = fragments_of(a, &came);

    for (size_t i = 0; i < n; i++)
        if (!came[i].change_cipher_spec && came[i].f.type == CLIENT_HELLO)
            fail_shown(t, expected, "one of %u octets", (unsigned)came[i].f.length);
    say(t, expected, "none");
}

CASE(association_kept, .id = "lwm2m/association-kept", .title = "Server keeps an association that is idle",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_ASSOCIATION_KEPT, .idle = true)
{
    struct assoc *a = dial(t);

    needs_liveness(t);
    good_handshake(a);
    wait_ms(t, IDLE_MS, "the association is idle");
    expect_alive(a);
}

/* ---- names ------------------------------------------------------------------------------------------------------------- */

enum { BAD_REQUEST = 0x80, CLASS = 5, SUCCESS = 2 };

/* What an association of the device's own identity gets for the name of somebody else. Its own name is taken. */
static uint8_t code_for_another(struct test *t)
{
    struct assoc *a = dial(t);

    needs_coap(t);
    good_handshake(a);
    if (code_for_name(a, endpoint_of(t)) >> CLASS != SUCCESS)
        not_applicable(t, "the device does not take its own name; other cases judge that");
    a = dial(t);
    good_handshake(a);
    deviate(t, "the endpoint name of another device");
    return code_for_name(a, arena_printf(arena_of(t), "urn:dev:ops:32473-other-%04x", random_u16(t)));
}

CASE(name_compared, .id = "lwm2m/name-of-another",
     .title = "Server compares the endpoint name with the identity of the association",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_NAME_COMPARED, .negative = true)
{
    uint8_t code = code_for_another(t);

    require(t, code >> CLASS != SUCCESS, "another device's name is refused", "%u.%02u", code >> CLASS,
            code & 31);
}

CASE(name_manner, .id = "lwm2m/name-of-another-code", .title = "Server refuses another device's name by 4.00",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_NAME_REFUSED_SO)
{
    uint8_t code = code_for_another(t);

    if (code >> CLASS == SUCCESS)
        not_applicable(t, "the name is taken; lwm2m/name-of-another judges that");
    require(t, code == BAD_REQUEST, "4.00", "%u.%02u", code >> CLASS, code & 31);
}

/* ---- clients ---------------------------------------------------------------------------------------------------------- */

CASE(client_association_kept, .id = "lwm2m/client-association-kept",
     .title = "Client keeps an association that is idle", .dut = CLIENT, .requirement = REQ_ASSOCIATION_KEPT,
     .idle = true)
{
    needs_liveness(t);
    struct assoc *a = await_registering(t);

    wait_ms(t, IDLE_MS, "the association is idle");
    expect_alive(a);
}

CASE(client_security_object_unwritable, .id = "lwm2m/client-security-object-unwritable",
     .title = "Client lets no server write to its Security Object", .dut = CLIENT,
     .requirement = REQ_SECURITY_OBJECT_PROTECTED, .negative = true)
{
    struct assoc *a = await_registering(t);

    deviate(t, "a Write to the hold-off time of the Security Object");
    expect_not_writable(a, "/0/0/11", bytes_of_text("1"));
}

CASE(client_nothing_in_clear, .id = "lwm2m/client-nothing-in-clear",
     .title = "Client that has an association sends no CoAP beside it", .dut = CLIENT,
     .requirement = REQ_NO_PLAIN_FALLBACK)
{
    struct assoc *a = await_client(t);

    serve_good(a);
    expect_no_plain_coap(a);
}

CHAPTER(lwm2m_life_chapter, "lwm2m", "LwM2M over the association", &registers_without_name,
        &server_never_dials, &association_kept, &client_association_kept, &client_security_object_unwritable,
        &client_nothing_in_clear, &name_compared, &name_manner);
