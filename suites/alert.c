/* Alerts in an association: what ends it, what does not, and what is no alert: RFC 5246 7.2. */
#include "record.h"

/* ---- close_notify --------------------------------------------------------------------------------------------------------- */

static void close_answered(struct test *t)
{
    static const char expected[] = "close_notify in answer to close_notify";
    struct assoc *a = established(t);
    struct event e;

    send_alert_surely(a, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
    if (!alert_comes(a, &e))
        fail_missed(t, expected, "silence");
    require(t, e.description == ALERT_CLOSE_NOTIFY, expected, "alert %s (%u)", alert_name(e.description),
            e.description);
}

static void closed_after(struct test *t)
{
    struct assoc *a = established(t);
    struct event e;

    served_probe(a);
    send_alert_surely(a, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
    alert_comes(a, &e);
    expect_over(a, "close_notify");
}

/* ---- fatal alerts ----------------------------------------------------------------------------------------------------------- */

static bool fatal_alerts(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "10", .title = "unexpected_message", .value = ALERT_UNEXPECTED_MESSAGE},
        {.slug = "40", .title = "handshake_failure", .value = ALERT_HANDSHAKE_FAILURE},
        {.slug = "80", .title = "internal_error", .value = ALERT_INTERNAL_ERROR},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static void fatal_ends(struct test *t)
{
    struct assoc *a = established(t);

    served_probe(a);
    deviate(t, "a protected fatal alert, without a reason");
    send_alert_surely(a, ALERT_FATAL, (uint8_t)member(t));
    wait_ms(t, 50, "the alert is to come first");
    expect_over(a, "a fatal alert");
}

/* ---- warnings ----------------------------------------------------------------------------------------------------------------- */

static bool warnings(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "90", .title = "user_canceled", .value = ALERT_USER_CANCELED},
        {.slug = "100", .title = "no_renegotiation", .value = ALERT_NO_RENEGOTIATION},
        {.slug = "112", .title = "unrecognized_name", .value = 112},
        {.slug = "200", .title = "an unassigned description", .value = 200},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* RFC 5246 7.2.2: a side that does not want to go on says so by a fatal alert, or closes. */
static void warning_survived(struct test *t)
{
    static const char expected[] =
        "an answer to the good probe that follows, or an alert of the device's own";
    struct assoc *a = established(t);

    needs_liveness(t);
    deviate(t, "a protected alert of level warning, description %u", (unsigned)member(t));
    send_alert(a, ALERT_WARNING, (uint8_t)member(t));
    struct fate f = what_became(a, NULL);

    if (f.life == LIFE_GONE)
        fail_missed(t, expected, "no answer and no alert: the association is gone");
    say(t, expected, "%s", fate_text(t, &f));
}

/* ---- what is no alert ------------------------------------------------------------------------------------------------------------ */

enum malformed { ONE_OCTET, THREE_OCTETS, LEVEL_3 };

static bool malformed(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "one-octet", .title = "one octet", .value = ONE_OCTET},
        {.slug = "three-octets", .title = "three octets", .value = THREE_OCTETS},
        {.slug = "level-3", .title = "level 3", .value = LEVEL_3},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static void malformed_alert(struct test *t)
{
    static const uint8_t octets_of[] = {ALERT_WARNING, ALERT_USER_CANCELED, 0};
    static const uint8_t level_3[] = {3, ALERT_USER_CANCELED};
    struct assoc *a = established(t);
    struct bytes body = member(t) == LEVEL_3
                            ? BYTES(level_3)
                            : bytes_slice(BYTES(octets_of), 0, member(t) == ONE_OCTET ? 1 : 3);
    struct sealed s = seal_payload(a, body, .type = CONTENT_ALERT);
    struct member row = {0};

    malformed(member(t), &row);
    deviate(t, "a protected alert: %s", row.title);
    expect_alive_or_ended(a, &s, member(t) == LEVEL_3, ALERT_NONE);
}

/* ---- the cases -------------------------------------------------------------------------------------------------------------------- */

PAIR(answered, "alert", "close-notify-answered", "answers close_notify by close_notify",
     REQ_CLOSE_NOTIFY_ANSWERED, false, NULL, close_answered(t))
PAIR(closed, "alert", "closed-after-close-notify", "serves nothing more on an association after close_notify",
     REQ_CLOSED_AFTER_CLOSE_NOTIFY, true, NULL, closed_after(t))
PAIR(fatal, "alert", "fatal-ends", "serves nothing more on an association after a fatal alert",
     REQ_FATAL_ENDS_ASSOCIATION, true, fatal_alerts, fatal_ends(t))
PAIR(warning, "alert", "warning-survived", "goes on after a warning alert, or says that it does not",
     REQ_WARNING_SURVIVED, false, warnings, warning_survived(t))
PAIR(no_alert, "alert", "malformed", "drops an alert that is none, or ends the association by one",
     REQ_UNEXPECTED_MESSAGE_MANNER, true, malformed, malformed_alert(t))

CHAPTER(alert_chapter, "alert", "Alerts", &answered, &closed, &fatal, &warning, &no_alert, &client_answered,
        &client_closed, &client_fatal, &client_warning, &client_no_alert);
