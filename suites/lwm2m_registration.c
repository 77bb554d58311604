/* What a client makes of its registration: RFC 7252 9.1, LwM2M 1.0 8.2.4. */
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

enum { WITHOUT_DTLS, EPOCH_0 };

static bool ways(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "clear", .title = "in the clear", .value = WITHOUT_DTLS},
        {.slug = "epoch-0", .title = "in a record of epoch 0", .value = EPOCH_0},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(answer_matched, .id = "lwm2m/client-answer-elsewhere",
     .title = "Client takes no answer that does not come over its association", .dut = CLIENT,
     .requirement = REQ_ANSWER_IN_ASSOCIATION, .negative = true, .members = ways)
{
    static const char expected[] = "the Register again, since nothing answered it over the association";
    struct assoc *a = await_to_register(t);
    struct bytes request = serve_without_answer(a), answer = answer_to_register(a, request);

    deviate(t, "the answer to its Register, 2.01, without protection");
    if (member(t) == EPOCH_0)
        send_payload(a, CONTENT_APPLICATION_DATA, 0, answer);
    else
        send_datagram(a, answer);
    if (register_comes_again(a, request)) {
        say(t, expected, "it came");
        return;
    }
    a = await_client(t);
    if (!register_comes_again(a, serve_without_answer(a)))
        not_applicable(t, "the device does not repeat a Register that is not answered");
    fail_missed(t, expected, "none; it repeats one that nothing answers at all");
}

CHAPTER(lwm2m_registration_chapter, "lwm2m", "LwM2M over the association", &registers_again, &answer_matched);
