/* HelloRequest to a client, which LwM2M devices are asked to decline: RFC 5246 7.4.1.1, RFC 7925 17. */
#include "suites/sweep.h"

/* [setup] An association served with that kind of suite, whose client has said what it wanted to. */
static struct assoc *served(struct test *t, enum usable property)
{
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    serve(a, .cipher = offered(a, property));
    if (liveness_of(t) != LIVENESS_NONE)
        expect_alive(a);
    return a;
}

/* [setup] A good association, and HelloRequests in it. */
static bool asked_for_hello(struct test *t, struct event *e)
{
    struct assoc *a = served(t, ANY_PLAIN_PSK);

    deviate(t, "HelloRequest inside the association");
    return ask_for_hello(a, e);
}

static const char *came_text(const struct event *e)
{
    return e->kind == EVENT_NONE ? "silence" : alert_name(e->description);
}

CASE(hello_request, .id = "extension/client-hello-request",
     .title = "Client does not renegotiate when asked to", .dut = CLIENT,
     .requirement = REQ_CLIENT_NEVER_RENEGOTIATES, .negative = true)
{
    static const char expected[] = "no ClientHello inside the association";
    struct event e;

    require(t, !asked_for_hello(t, &e), expected, "a protected ClientHello");
    say(t, expected, "%s", came_text(&e));
}

CASE(hello_request_answered, .id = "extension/client-hello-request-answered",
     .title = "Client says that it does not renegotiate", .dut = CLIENT,
     .requirement = REQ_NO_RENEGOTIATION_SAID, .negative = true)
{
    static const char expected[] = "a warning no_renegotiation";
    struct event e;

    if (asked_for_hello(t, &e))
        not_applicable(t, "it renegotiates; extension/client-hello-request judges that");
    if (e.kind == EVENT_NONE)
        fail_missed(t, expected, "silence");
    require(t, e.description == ALERT_NO_RENEGOTIATION, expected, "%s", came_text(&e));
    say(t, expected, "%s", came_text(&e));
}

/* ---- clients that renegotiate all the same ------------------------------------------------------------------------------- */

/* [setup] The device's hello inside an association that was served with that kind of suite. */
static struct assoc *renegotiating(struct test *t, enum usable property, struct event *hello)
{
    struct assoc *a = served(t, property);

    if (property == PLAIN_PSK_CBC)
        needs_encrypt_then_mac(a);
    if (!ask_for_hello(a, hello))
        not_applicable(t, "the device does not renegotiate: %s", came_text(hello));
    return a;
}

/* [setup] The message_seq that the device takes a ServerHello of a renegotiation with: 1, for HelloRequest was 0 (RFC 6347 4.2.2), or 0.
 * What was lost or late the first time has a second one. */
static uint16_t number_taken(struct test *t, enum usable property)
{
    static const uint16_t numbers[] = {1, 1, 0};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct event hello;
        struct assoc *a = renegotiating(t, property, &hello);

        answer_protected_hello(a, &hello, numbers[i], .cipher = a->cipher->code);
        if (goes_on_inside(a))
            return numbers[i];
        abandon(a);
    }
    not_applicable(t, "the device's renegotiation does not go on after a good ServerHello");
}

static const char no_way_back[] = "no ClientKeyExchange after a ServerHello without encrypt_then_mac";

CASE(keeps_etm, .id = "extension/client-renegotiation-keeps-etm",
     .title = "Client that renegotiates does not go back to MAC-then-encrypt", .dut = CLIENT,
     .requirement = REQ_ETM_KEPT_ON_REHANDSHAKE, .negative = true)
{
    uint16_t number = number_taken(t, PLAIN_PSK_CBC);
    struct event hello;
    struct assoc *a = renegotiating(t, PLAIN_PSK_CBC, &hello);

    deviate(t,
            "no encrypt_then_mac in the ServerHello of a renegotiation, in an encrypt-then-MAC association");
    answer_protected_hello(a, &hello, number, .cipher = a->cipher->code, .encrypt_then_mac = WITHOUT);
    expect_no_step(a, no_way_back);
}

CASE(keeps_etm_over_aead, .id = "extension/client-renegotiation-keeps-etm-over-aead",
     .title = "Client does not go back to MAC-then-encrypt by way of an AEAD suite", .dut = CLIENT,
     .requirement = REQ_ETM_KEPT_ON_REHANDSHAKE, .negative = true)
{
    uint16_t number = number_taken(t, PLAIN_PSK_CBC);
    struct event hello;
    struct assoc *a = renegotiating(t, PLAIN_PSK_CBC, &hello);
    uint16_t cbc = a->cipher->code;

    answer_protected_hello(a, &hello, number, .cipher = offered(a, PLAIN_PSK_AEAD));
    const char *wrong = finish_inside(a);

    if (wrong != NULL)
        not_applicable(t, "the device does not renegotiate from CBC to an AEAD suite: %s", wrong);
    if (!ask_for_hello(a, &hello))
        not_applicable(t, "the device does not renegotiate twice: %s", came_text(&hello));
    deviate(t, "a CBC suite and no encrypt_then_mac, in an association that began with encrypt-then-MAC");
    answer_protected_hello(a, &hello, number, .cipher = cbc, .encrypt_then_mac = WITHOUT);
    expect_no_step(a, no_way_back);
}

CASE(early_flight, .id = "extension/client-renegotiation-early-flight",
     .title = "Client that renegotiates takes no ServerHello that came before its hello", .dut = CLIENT,
     .requirement = REQ_EARLY_FLIGHT_NOT_TAKEN, .negative = true)
{
    static const char expected[] = "no ClientKeyExchange before its hello is answered";
    uint16_t number = number_taken(t, ANY_PLAIN_PSK);
    struct assoc *a = served(t, ANY_PLAIN_PSK);
    struct event e;

    deviate(t, "ServerHello and ServerHelloDone of a renegotiation, then the HelloRequest");
    send_early_flight(a, number);
    if (ask_for_hello(a, &e))
        expect_no_step(a, expected);
    else
        say(t, expected, "%s", came_text(&e));
}

CHAPTER(renegotiation_client_chapter, "extension", "Extensions", &hello_request, &hello_request_answered,
        &keeps_etm, &keeps_etm_over_aead, &early_flight);
