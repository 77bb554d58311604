/* HelloRequest to a client, which LwM2M devices are asked to decline: RFC 5246 7.4.1.1, RFC 7925 17. */
#include "suites/sweep.h"

enum { COPIES = 2 };

/* [setup] A good association, and HelloRequests in it; the first answer to them until patience is over: a protected hello (true), an
 * alert, or nothing (EVENT_NONE). */
static bool ask_for_hello(struct test *t, struct event *e)
{
    struct assoc *a = await_client(t);

    serve_good(a);
    if (liveness_of(t) != LIVENESS_NONE)
        expect_alive(a);
    deviate(t, "HelloRequest inside the association");
    for (int i = 0; i < COPIES; i++)
        send_fragment(a, &(struct fragment){.type = HELLO_REQUEST});
    do {
        *e = await_event(a, false);
        if (e->kind == EVENT_MESSAGE && e->message_type == CLIENT_HELLO && e->epoch > 0)
            return true;
        if (e->kind == EVENT_REPEATED && e->message_type == CLIENT_HELLO && e->epoch == 0)
            note(t, "It began a new association with a hello in the clear.");
    } while (e->kind != EVENT_NONE && e->kind != EVENT_ALERT);
    return false;
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

    require(t, !ask_for_hello(t, &e), expected, "a protected ClientHello");
    say(t, expected, "%s", came_text(&e));
}

CASE(hello_request_answered, .id = "extension/client-hello-request-answered",
     .title = "Client says that it does not renegotiate", .dut = CLIENT,
     .requirement = REQ_NO_RENEGOTIATION_SAID, .negative = true)
{
    static const char expected[] = "a warning no_renegotiation";
    struct event e;

    if (ask_for_hello(t, &e))
        not_applicable(t, "it renegotiates; extension/client-hello-request judges that");
    if (e.kind == EVENT_NONE)
        fail_missed(t, expected, "silence");
    require(t, e.description == ALERT_NO_RENEGOTIATION, expected, "%s", came_text(&e));
    say(t, expected, "%s", came_text(&e));
}

CHAPTER(renegotiation_client_chapter, "extension", "Extensions", &hello_request, &hello_request_answered);
