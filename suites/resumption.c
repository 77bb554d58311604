/* Sessions that a server takes up again, by id and by ticket: RFC 5246 7.3, RFC 5077, RFC 7627 5.3. */
#include "suites/sweep.h"

enum { SERVERS = SERVER | BOOTSTRAP_SERVER };

static bool ways(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "id", .title = "by its id", .value = BY_ID},
        {.slug = "ticket", .title = "by its ticket", .value = BY_TICKET},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* A mandatory suite that is not the good one, and that the device completes too. */
static uint16_t other_suite(struct test *t)
{
    uint16_t code = good_cipher_of(t) == TLS_PSK_WITH_AES_128_CBC_SHA256 ? TLS_PSK_WITH_AES_128_CCM_8
                                                                         : TLS_PSK_WITH_AES_128_CBC_SHA256;
    struct assoc *a = dial(t);

    handshake(a, .ciphers = {code});
    hang_up(a);
    return code;
}

/* ---- what is taken up is taken up right -------------------------------------------------------------------------------- */

CASE(completes, .id = "extension/resumption-completes",
     .title = "Server completes the abbreviated handshake that it begins", .dut = SERVERS,
     .requirement = REQ_RESUMPTION_COMPLETES, .members = ways)
{
    static const char expected[] = "a Finished that verifies under the session's master secret, and service";
    struct session s;
    struct assoc *a = resume_new(t, member(t), &s, .version = 0);
    const char *wrong = finish_resumed(a, &s);

    require(t, wrong == NULL, expected, "%s", wrong);
    say(t, expected, "%s, and both came", resumption_text(a, RESUMED));
}

CASE(other_cipher, .id = "extension/resumption-other-suite",
     .title = "Server resumes a session with the session's suite alone", .dut = SERVERS,
     .requirement = REQ_RESUMED_SUITE_SAME, .negative = true, .members = ways)
{
    static const char expected[] = "the session's suite, or a full handshake";
    uint16_t good = good_cipher_of(t), other = other_suite(t);
    struct session s = resumable_session(t, member(t), .ciphers = {good}, .encrypt_then_mac = WITH);
    struct assoc *a = dial(t);

    deviate(t, "%s is preferred to %s, the suite of the session", cipher_name(other), cipher_name(good));
    enum resumption r = offer_session(a, &s, .ciphers = {other, good}, .encrypt_then_mac = WITH);

    if (r == RESUMED && server_hello_of(a)->cipher != s.cipher)
        fail_shown(t, expected, "%s, a session of %s", resumption_text(a, r), cipher_name(s.cipher));
    say(t, expected, "%s", resumption_text(a, r));
}

CASE(suite_not_offered, .id = "extension/resumption-suite-not-offered",
     .title = "Server resumes no session whose suite is not offered", .dut = SERVERS,
     .requirement = REQ_SELECTED_SUITE_WAS_OFFERED, .negative = true, .members = ways)
{
    static const char expected[] = "a full handshake with what is offered, or a refusal";
    uint16_t good = good_cipher_of(t), other = other_suite(t);
    struct session s = resumable_session(t, member(t), .ciphers = {good}, .encrypt_then_mac = WITH);
    struct assoc *a = dial(t);

    deviate(t, "%s, the suite of the session, is not offered", cipher_name(good));
    enum resumption r = offer_session(a, &s, .ciphers = {other}, .encrypt_then_mac = WITH);

    if (r != REFUSED && server_hello_of(a)->cipher != other)
        fail_shown(t, expected, "%s", resumption_text(a, r));
    say(t, expected, "%s", resumption_text(a, r));
}

CASE(wrong_finished, .id = "extension/resumption-wrong-finished",
     .title = "Server does not serve a client whose Finished of a resumption is wrong", .dut = SERVERS,
     .requirement = REQ_FINISHED_VERIFIED, .negative = true)
{
    needs_liveness(t);
    struct session s;
    struct assoc *a = resume_new(t, BY_ID, &s, .version = 0);
    uint8_t data[VERIFY_DATA];

    if (await_resumed_finished(a, &s) != NULL)
        not_applicable(t, "its resumption does not complete; extension/resumption-completes judges that");
    flight_begin(a);
    flight_change_cipher_spec(a);
    assoc_verify_data(a, SIDE_CLIENT, a->transcript_n, data);
    data[VERIFY_DATA - 1] ^= 1;
    deviate(t, "the last bit of our verify_data is turned");
    flight_message(a, FINISHED, BYTES(data));
    flight_send(a, false);
    struct sealed probe = good_probe(a);

    expect_not_answered(a, &probe, "a probe after a Finished that does not verify");
}

/* ---- extended_master_secret: RFC 7627 5.3 ------------------------------------------------------------------------------ */

CASE(gains_ems, .id = "extension/resumption-gains-ems",
     .title = "Server resumes no session that was made without extended_master_secret for a hello with it",
     .dut = SERVERS, .requirement = REQ_EMS_NOT_GAINED, .negative = true, .members = ways)
{
    static const char expected[] = "a full handshake, or a refusal";
    enum alert refusal;

    resumable_session(t, member(t), .version = 0);
    struct assoc *plain = dial(t);

    client_hello(plain, .extended_master_secret = WITHOUT);
    if (await_server_hello(plain, &refusal) == NULL)
        not_applicable(t, "the device makes no session without extended_master_secret: %s",
                       refusal_text(t, refusal));
    hang_up(plain);
    struct session s = new_session(t, member(t), .extended_master_secret = WITHOUT);
    struct assoc *a = dial(t);

    deviate(t, "the session was made without extended_master_secret");
    enum resumption r = offer_session(a, &s, .version = 0);

    require(t, r != RESUMED, expected, "%s", resumption_text(a, r));
    say(t, expected, "%s", resumption_text(a, r));
}

CASE(loses_ems, .id = "extension/resumption-loses-ems",
     .title = "Server resumes no session with extended_master_secret for a hello without it", .dut = SERVERS,
     .requirement = REQ_EMS_NOT_LOST, .negative = true, .members = ways)
{
    static const char expected[] = "a refusal, or a full handshake at least";
    struct session s = resumable_session(t, member(t), .extended_master_secret = WITH);

    if (!s.extended_master_secret)
        not_applicable(t, "extended_master_secret: offered, not negotiated");
    struct assoc *a = dial(t);

    deviate(t, "no extended_master_secret, which the session had");
    enum resumption r = offer_session(a, &s, .extended_master_secret = WITHOUT);

    require(t, r != RESUMED, expected, "%s", resumption_text(a, r));
    if (r == FULL)
        note(
            t,
            "A full handshake came instead of an end: RFC 7627 5.3 asks to abort the abbreviated handshake.");
    say(t, expected, "%s", resumption_text(a, r));
}

CASE(says_ems, .id = "extension/resumption-says-ems",
     .title = "Server answers extended_master_secret when it resumes", .dut = SERVERS,
     .requirement = REQ_EMS_SAID_ON_RESUMPTION, .members = ways)
{
    static const char expected[] = "extended_master_secret in the ServerHello that resumes";
    struct session s;
    struct assoc *a = resume_new(t, member(t), &s, .version = 0);

    if (!s.extended_master_secret)
        not_applicable(t, "extended_master_secret: offered, not negotiated");
    require(t, a->extended_master_secret, expected, "it is not there");
    say(t, expected, "it is there");
}

/* ---- encrypt_then_mac -------------------------------------------------------------------------------------------------- */

/* An association on which a session of a CBC suite under encrypt-then-MAC is taken up. */
static struct assoc *resume_etm(struct test *t, struct session *s)
{
    struct assoc *a = resume_new(t, member(t), s, .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256});

    if (!s->encrypt_then_mac)
        not_applicable(t, "encrypt_then_mac: offered, not negotiated");
    return a;
}

CASE(loses_etm, .id = "extension/resumption-loses-etm",
     .title = "Server does not take an encrypt-then-MAC session up with MAC-then-encrypt", .dut = SERVERS,
     .requirement = REQ_ETM_NOT_LOST, .negative = true, .members = ways)
{
    static const char expected[] = "no abbreviated handshake, or encrypt-then-MAC";
    struct session s;

    hang_up(resume_etm(t, &s));
    s = new_session(t, member(t), .ciphers = {s.cipher}); /* what was left half-way may be forgotten */
    struct assoc *a = dial(t);

    deviate(t, "no encrypt_then_mac, which the session had");
    enum resumption r = offer_session(a, &s, .ciphers = {s.cipher}, .encrypt_then_mac = WITHOUT);

    if (r == RESUMED && await_resumed_finished(a, &s) == NULL)
        fail_shown(t, expected, "%s, and its Finished is MAC-then-encrypt", resumption_text(a, r));
    if (r == RESUMED && opened_otherwise(t) == ENCRYPT_THEN_MAC)
        note(t, "It resumed, and its records stay encrypt-then-MAC though its ServerHello does not say so.");
    say(t, expected, "%s", resumption_text(a, r));
}

CASE(etm_as_said, .id = "extension/resumption-etm-as-said",
     .title = "Server that answers encrypt_then_mac when it resumes uses it", .dut = SERVERS,
     .requirement = REQ_ETM_APPLIED, .members = ways)
{
    static const char expected[] = "a Finished that opens as encrypt-then-MAC";
    struct session s;
    struct assoc *a = resume_etm(t, &s);

    if (!a->encrypt_then_mac)
        not_applicable(t, "the ServerHello that resumes does not answer encrypt_then_mac");
    const char *wrong = await_resumed_finished(a, &s);

    require(t, wrong == NULL, expected, "%s", wrong);
    say(t, expected, "it does");
}

/* ---- sessions that are over, tickets that are not ---------------------------------------------------------------------- */

CASE(after_fatal, .id = "extension/resumption-after-fatal",
     .title = "Server forgets a session that a fatal alert ended", .dut = SERVERS,
     .requirement = REQ_FATAL_ENDS_SESSION, .negative = true,
     .alone = true) /* a small cache loses the session to what runs beside */
{
    static const char expected[] = "a full handshake, or a refusal";
    struct session s;
    struct assoc *a = resume_new(t, BY_ID, &s, .version = 0);

    if (finish_resumed(a, &s) != NULL)
        not_applicable(t, "its resumption does not complete; extension/resumption-completes judges that");
    deviate(t, "a fatal alert ends the association of the session that is offered next");
    send_alert_surely(a, ALERT_FATAL, ALERT_HANDSHAKE_FAILURE);
    if (liveness_of(t) != LIVENESS_NONE && what_became(a, NULL).life == LIFE_ALIVE)
        not_applicable(t, "the association goes on after a fatal alert; alert/* judges that");
    abandon(a);
    struct assoc *b = dial(t);
    enum resumption r = offer_session(b, &s, .version = 0);

    require(t, r != RESUMED, expected, "%s", resumption_text(b, r));
    say(t, expected, "%s", resumption_text(b, r));
}

static bool ticket_ends(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "first", .title = "in its first octet", .value = 0},
        {.slug = "last", .title = "in its last octet", .value = 1},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* Offers a ticket with one bit turned. */
static enum resumption offer_changed(struct test *t, struct assoc **out)
{
    struct session s = resumable_session(t, BY_TICKET, .version = 0);

    s.ticket[member(t) == 0 ? 0 : s.ticket_n - 1] ^= 1;
    *out = dial(t);
    deviate(t, "one bit of the ticket is turned");
    return offer_session(*out, &s, .version = 0);
}

CASE(ticket_changed, .id = "extension/resumption-ticket-changed",
     .title = "Server does not take up a ticket that was changed", .dut = SERVERS,
     .requirement = REQ_TICKET_VERIFIED, .negative = true, .members = ticket_ends)
{
    static const char expected[] = "no abbreviated handshake";
    struct assoc *a;
    enum resumption r = offer_changed(t, &a);

    require(t, r != RESUMED, expected, "%s", resumption_text(a, r));
    say(t, expected, "%s", resumption_text(a, r));
}

CASE(ticket_full, .id = "extension/resumption-ticket-falls-back",
     .title = "Server does a full handshake when a ticket does not verify", .dut = SERVERS,
     .requirement = REQ_UNKNOWN_SESSION_FULL, .negative = true, .members = ticket_ends)
{
    static const char expected[] = "a full handshake that completes";
    struct assoc *a;
    enum resumption r = offer_changed(t, &a);

    if (r == RESUMED)
        not_applicable(t, "the changed ticket is taken up; extension/resumption-ticket-changed judges that");
    if (r == REFUSED)
        fail_missed(t, expected, "%s", resumption_text(a, r));
    const char *wrong = finish_full(a);

    require(t, wrong == NULL, expected, "%s", wrong);
    say(t, expected, "it does");
}

CHAPTER(resumption_chapter, "extension", "Extensions", &completes, &other_cipher, &suite_not_offered,
        &wrong_finished, &gains_ems, &loses_ems, &says_ems, &loses_etm, &etm_as_said, &after_fatal,
        &ticket_changed, &ticket_full);
