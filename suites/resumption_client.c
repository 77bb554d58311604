/* Sessions that a client offers again, and what it makes of a server that takes them up: RFC 5246 7.3, 7.4.1, RFC 7627 5.3. */
#include "resumption.h"

/* ---- by id or by ticket ------------------------------------------------------------------------------------------------- */

void taken_up_as_it_was(struct assoc *a, const struct session *s)
{
    static const char expected[] = "a Finished that verifies under the session's master secret, and service";
    struct test *t = test_of(a);

    server_resumes(a, s, .version = 0);
    const char *wrong = client_resumed(a);

    if (wrong != NULL)
        fail_missed(t, expected, "%s", wrong);
    say(t, expected, "both came");
}

void taken_up_with_another_suite(struct assoc *a, const struct session *s)
{
    struct test *t = test_of(a);
    uint16_t other = s->cipher == TLS_PSK_WITH_AES_128_CBC_SHA256 ? TLS_PSK_WITH_AES_128_CCM_8
                                                                  : TLS_PSK_WITH_AES_128_CBC_SHA256;

    if (!offers(a, other))
        not_applicable(t, "the device does not offer %s beside the session's suite", cipher_name(other));
    deviate(t, "the session of %s is taken up with %s", cipher_name(s->cipher), cipher_name(other));
    server_resumes(a, s, .cipher = other);
    expect_not_resumed(a, "the client does not go on with another suite");
}

void taken_up_without_ems(struct assoc *a, const struct session *s)
{
    struct test *t = test_of(a);

    if (!s->extended_master_secret)
        not_applicable(t, "extended_master_secret: not negotiated");
    deviate(t, "no extended_master_secret in the ServerHello that takes up a session with it");
    server_resumes(a, s, .extended_master_secret = WITHOUT);
    expect_not_resumed(a, "the client does not go on without extended_master_secret");
}

/* ---- by id ---------------------------------------------------------------------------------------------------------------- */

/* [setup] The device's next hello with the session that we gave it. */
static struct assoc *offered_again(struct test *t, struct session *s)
{
    return await_session_hello(serve_session(t, s), s);
}

CASE(suite_listed, .id = "extension/client-session-suite-listed",
     .title = "Client that offers a session lists its suite, and null compression", .dut = CLIENT,
     .requirement = REQ_CLIENT_SESSION_LISTED)
{
    static const char expected[] = "the session's suite, and the null method";
    struct session s;
    struct assoc *a = offered_again(t, &s);

    require(t, offers(a, s.cipher), expected, "%s is not listed", cipher_name(s.cipher));
    require(t, offers_null_compression(a), expected, "the null method is not listed");
    say(t, expected, "both");
}

CASE(ready_for_full, .id = "extension/client-session-ready-for-full",
     .title = "Client that offers a session goes along with a full handshake", .dut = CLIENT,
     .requirement = REQ_CLIENT_READY_FOR_FULL)
{
    struct session s;
    struct assoc *a = offered_again(t, &s);

    expect_served(a, .cipher = s.cipher, .session_id = random_bytes(t, 32));
}

CASE(client_completes, .id = "extension/client-session-completes",
     .title = "Client completes the abbreviated handshake that it asked for", .dut = CLIENT,
     .requirement = REQ_RESUMPTION_COMPLETES)
{
    struct session s;
    struct assoc *a = offered_again(t, &s);

    taken_up_as_it_was(a, &s);
}

CASE(client_other_suite, .id = "extension/client-session-other-suite",
     .title = "Client takes no session up with another suite", .dut = CLIENT,
     .requirement = REQ_RESUMED_SUITE_SAME, .negative = true)
{
    struct session s;
    struct assoc *a = offered_again(t, &s);

    taken_up_with_another_suite(a, &s);
}

CASE(client_ems_lost, .id = "extension/client-session-ems-lost",
     .title = "Client takes no session with extended_master_secret up without it", .dut = CLIENT,
     .requirement = REQ_EMS_NOT_LOST, .negative = true)
{
    struct session s;
    struct assoc *a = offered_again(t, &s);

    taken_up_without_ems(a, &s);
}

CASE(client_wrong_finished, .id = "extension/client-session-wrong-finished",
     .title = "Client ends an abbreviated handshake whose Finished is wrong", .dut = CLIENT,
     .requirement = REQ_FINISHED_VERIFIED, .negative = true)
{
    struct session s;
    struct assoc *a = offered_again(t, &s);

    deviate(t, "the last bit of our verify_data is turned");
    server_resumes_wrongly(a, &s);
    expect_not_resumed(a, "the client does not go on after a Finished that does not verify");
}

CASE(client_unknown, .id = "extension/client-session-unknown",
     .title = "Client takes up no session that it does not have", .dut = CLIENT,
     .requirement = REQ_CLIENT_SESSION_KNOWN, .negative = true)
{
    struct session s = {.id_n = SESSION_ID_MAX};
    struct assoc *a = await_client(t);
    struct bytes id = random_bytes(t, SESSION_ID_MAX);

    expect_client_hello(a);
    for (size_t i = 0; i < id.n; i++)
        s.id[i] = id.at[i];
    psk_master(a, &s, good_suite(a));
    deviate(t, "a ServerHello with a random session id, and ChangeCipherSpec and Finished right after it");
    server_resumes(a, &s, .version = 0);
    expect_not_resumed(a, "the client does not go on with a session that never was");
}

CASE(client_declared, .id = "extension/client-session-declared",
     .title = "Client that declares resumption offers its session", .dut = CLIENT,
     .requirement = REQ_CLIENT_RESUMES)
{
    static const char expected[] = "the session in the next hello";
    struct session s;

    if (!declares(t, "resumption"))
        not_applicable(t, "the device does not declare resumption");
    require(t, next_session_hello(serve_session(t, &s), &s) != NULL, expected, "it is not there");
    say(t, expected, "it is there");
}

CHAPTER(resumption_client_chapter, "extension", "Extensions", &suite_listed, &ready_for_full,
        &client_completes, &client_other_suite, &client_ems_lost, &client_wrong_finished, &client_unknown,
        &client_declared);
