/* Tickets that a client was given, and sessions that it should not offer again: RFC 5077 3.4, RFC 5246 7.2.2, RFC 7627 5.3. */
#include "resumption.h"

/* [setup] The device's next hello with the ticket that we gave it. */
static struct assoc *ticket_again(struct test *t, bool cbc, struct session *s)
{
    struct assoc *old = serve_ticket(t, cbc, s);

    if (cbc && !s->encrypt_then_mac)
        not_applicable(t, "encrypt_then_mac: answered, where the device did not offer it");
    return await_ticket_hello(old, s);
}

CASE(ticket_completes, .id = "extension/client-ticket-completes",
     .title = "Client completes the abbreviated handshake that it asked for by a ticket", .dut = CLIENT,
     .requirement = REQ_RESUMPTION_COMPLETES)
{
    struct session s;
    struct assoc *a = ticket_again(t, false, &s);

    taken_up_as_it_was(a, &s);
}

CASE(ticket_full, .id = "extension/client-ticket-ready-for-full",
     .title = "Client that offers a ticket goes along with a full handshake", .dut = CLIENT,
     .requirement = REQ_CLIENT_READY_FOR_FULL)
{
    struct session s;
    struct assoc *a = ticket_again(t, false, &s);

    expect_served(a, .cipher = s.cipher);
}

CASE(ticket_other_suite, .id = "extension/client-ticket-other-suite",
     .title = "Client takes no ticket's session up with another suite", .dut = CLIENT,
     .requirement = REQ_RESUMED_SUITE_SAME, .negative = true)
{
    struct session s;
    struct assoc *a = ticket_again(t, false, &s);

    taken_up_with_another_suite(a, &s);
}

CASE(ticket_ems_lost, .id = "extension/client-ticket-ems-lost",
     .title = "Client takes no ticket's session with extended_master_secret up without it", .dut = CLIENT,
     .requirement = REQ_EMS_NOT_LOST, .negative = true)
{
    struct session s;
    struct assoc *a = ticket_again(t, false, &s);

    taken_up_without_ems(a, &s);
}

static void etm_lost(struct assoc *a, const struct session *s)
{
    deviate(test_of(a), "no encrypt_then_mac in the ServerHello that takes up a session with it");
    server_resumes(a, s, .encrypt_then_mac = WITHOUT);
    expect_not_resumed(a, "the client does not go on with MAC-then-encrypt");
}

CASE(ticket_etm_lost, .id = "extension/client-ticket-etm-lost",
     .title = "Client does not take a ticket's encrypt-then-MAC session up with MAC-then-encrypt",
     .dut = CLIENT, .requirement = REQ_ETM_NOT_LOST, .negative = true)
{
    struct session s;
    struct assoc *a = ticket_again(t, true, &s);

    etm_lost(a, &s);
}

/* ---- sessions with an id ------------------------------------------------------------------------------------------------- */

CASE(session_etm_lost, .id = "extension/client-session-etm-lost",
     .title = "Client does not take an encrypt-then-MAC session up with MAC-then-encrypt", .dut = CLIENT,
     .requirement = REQ_ETM_NOT_LOST, .negative = true)
{
    struct session s;
    struct assoc *old = serve_session_as(t, &s, .cipher = TLS_PSK_WITH_AES_128_CBC_SHA256);

    if (!s.encrypt_then_mac)
        not_applicable(t, "encrypt_then_mac: not negotiated");
    etm_lost(await_session_hello(old, &s), &s);
}

CASE(session_ems_gained, .id = "extension/client-session-ems-gained",
     .title = "Client takes no session without extended_master_secret up with it", .dut = CLIENT,
     .requirement = REQ_EMS_NOT_GAINED, .negative = true)
{
    struct session s;
    struct assoc *a = next_session_hello(serve_session_as(t, &s, .extended_master_secret = WITHOUT), &s);

    if (a == NULL)
        not_applicable(t, "the device offers no session without extended_master_secret, as is advised");
    if (!find_extension(expect_client_hello(a)->extensions, EXT_EXTENDED_MASTER_SECRET, NULL))
        not_applicable(t, "the device does not offer extended_master_secret");
    deviate(t, "extended_master_secret in the ServerHello that takes up a session without it");
    server_resumes(a, &s, .extended_master_secret = WITH);
    expect_not_resumed(a, "the client does not go on with extended_master_secret");
}

CASE(after_fatal, .id = "extension/client-session-after-fatal",
     .title = "Client does not offer a session that a fatal alert ended", .dut = CLIENT,
     .requirement = REQ_FATAL_ENDS_SESSION, .negative = true)
{
    static const char expected[] = "a hello without that session";
    struct session s;
    struct assoc *a = await_session_hello(serve_session(t, &s), &s);

    server_resumes(a, &s, .version = 0);
    if (client_resumed(a) != NULL)
        not_applicable(t, "its resumption does not complete; extension/client-session-completes judges that");
    deviate(t, "a fatal alert ends the association of the session");
    send_alert_surely(a, ALERT_FATAL, ALERT_HANDSHAKE_FAILURE);
    abandon(a);
    require(t, next_session_hello(a, &s) == NULL, expected, "the session is offered again");
    say(t, expected, "it is");
}

CHAPTER(resumption_ticket_client_chapter, "extension", "Extensions", &ticket_completes, &ticket_full,
        &ticket_other_suite, &ticket_ems_lost, &ticket_etm_lost, &session_etm_lost, &session_ems_gained,
        &after_fatal);
