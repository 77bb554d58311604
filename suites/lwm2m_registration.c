/* What a client makes of its registration, and whose answers count: RFC 7252 9.1, LwM2M 1.0 8.2.4. */
#include "case/case.h"

CASE(registers_again, .id = "lwm2m/client-registers-again",
     .title = "Client registers again when it has made a new association", .dut = CLIENT,
     .requirement = REQ_REGISTERS_AGAIN)
{
    struct assoc *a = await_registering(t);

    if (!registered(a))
        not_applicable(t, "the device does not register; lwm2m/client-registers-over judges that");
    a = await_redial(a);
    if (a == NULL)
        not_applicable(t, "the device does not dial again by itself");
    serve_good(a);
    expect_registration_anew(a);
}

/* ---- clients: answers from elsewhere --------------------------------------------------------------------------------------- */

enum { WITHOUT_DTLS, EPOCH_0 };

static bool ways(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "clear", .title = "in the clear", .value = WITHOUT_DTLS},
        {.slug = "epoch-0", .title = "in a record of epoch 0", .value = EPOCH_0},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static const char again[] = "the Register again, since nothing answered it over the association";

/* Not-applicable when the device repeats no Register over this association, where nothing answers it. */
static void unless_it_repeats_none(struct assoc *a)
{
    if (!register_comes_again(a, serve_without_answer(a)))
        not_applicable(test_of(a), "the device does not repeat a Register that is not answered");
}

CASE(answer_matched, .id = "lwm2m/client-answer-elsewhere",
     .title = "Client takes no answer that does not come over its association", .dut = CLIENT,
     .requirement = REQ_ANSWER_IN_ASSOCIATION, .negative = true, .members = ways)
{
    struct assoc *a = await_to_register(t);
    struct bytes request = serve_without_answer(a), answer = answer_to_register(a, request);

    deviate(t, "the answer to its Register, 2.01, without protection");
    if (member(t) == EPOCH_0)
        send_payload(a, CONTENT_APPLICATION_DATA, 0, answer);
    else
        send_datagram(a, answer);
    if (register_comes_again(a, request)) {
        say(t, again, "it came");
        return;
    }
    unless_it_repeats_none(await_client(t));
    fail_missed(t, again, "none; it repeats one that nothing answers at all");
}

CASE(answer_of_previous, .id = "lwm2m/client-answer-elsewhere-previous",
     .title = "Client takes no answer that comes over its association before this one", .dut = CLIENT,
     .requirement = REQ_ANSWER_IN_ASSOCIATION, .negative = true)
{
    struct assoc *old = await_client(t);

    serve_good(old);
    if (!registers(old))
        not_applicable(t, "the device does not register; lwm2m/client-registers-over judges that");
    struct assoc *a = await_redial_beside(old);

    if (a == NULL)
        not_applicable(t, "the device does not dial again by itself");
    struct bytes request = serve_without_answer(a);
    struct sealed answer = seal_payload(old, answer_to_register(a, request), .version = 0);

    deviate(t, "the answer to its Register, 2.01, under the keys of the association before");
    send_surely(a, &answer);
    if (register_comes_again(a, request)) {
        say(t, again, "it came");
        return;
    }
    a = await_redial(a);
    if (a == NULL)
        not_judged(t, "the device does not dial again after its Register was not answered");
    unless_it_repeats_none(a);
    fail_missed(t, again, "none; it repeats one that nothing answers at all");
}

/* ---- servers: answers from elsewhere --------------------------------------------------------------------------------------- */

static bool answers(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "ack", .title = "an empty acknowledgement", .value = ANSWER_ACK},
        {.slug = "reset", .title = "a reset", .value = ANSWER_RESET},
        {.slug = "content", .title = "2.05 in an acknowledgement", .value = ANSWER_CONTENT},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* Another association of the same client, that lives beside a's. Not-applicable when the device keeps one at a time. */
static void needs_both(struct assoc *a)
{
    struct sealed probe = good_probe(a);

    send_sealed(a, &probe);
    if (answer_came(a, &probe) == CAME_NOT)
        not_applicable(test_of(a), "the device keeps one association of a client at a time");
}

CASE(server_answer_matched, .id = "lwm2m/answer-elsewhere",
     .title = "Server takes no answer to its message that comes over another association",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_ANSWER_IN_ASSOCIATION, .negative = true,
     .members = answers)
{
    static const char expected[] = "its message again, since nothing answered it over the association";

    if (liveness_of(t) != LIVENESS_PING)
        not_applicable(t, "the device speaks no CoAP (it answers no CoAP ping)");
    struct assoc *other = dial(t), *a = dial(t);

    good_handshake(other);
    good_handshake(a);
    struct bytes message = register_without_answer(a);
    struct sealed answer =
        seal_payload(other, answer_to_message(a, message, (enum coap_answer_kind)member(t)), .version = 0);

    needs_both(other);
    deviate(t, "the answer to its message, over another association of the same client");
    send_surely(other, &answer);
    if (message_comes_again(a, message)) {
        say(t, expected, "it came");
        return;
    }
    hang_up(a);
    a = dial(t);
    good_handshake(a);
    if (!message_comes_again(a, register_without_answer(a)))
        not_applicable(t, "the device does not repeat a message that is not answered");
    fail_missed(t, expected, "none; it repeats one that nothing answers at all");
}

CHAPTER(lwm2m_registration_chapter, "lwm2m", "LwM2M over the association", &registers_again, &answer_matched,
        &answer_of_previous, &server_answer_matched);
