/* Either role: alerts that are not obeyed, or too well, and alerts that nobody should send. */
#include "device/faulty_record.h"

static bool in_association(const struct talk *t, const struct event *e)
{
    return t->stage == STAGE_ESTABLISHED && e->epoch > 0;
}

static bool is_close_notify(const struct talk *t, const struct event *e)
{
    return in_association(t, e) && e->description == ALERT_CLOSE_NOTIFY;
}

void close_notify_unanswered(struct talk *t, const struct event *e)
{
    if (is_close_notify(t, e))
        t->stage = STAGE_OVER;
    else
        conforming.on_alert(t, e);
}

/* Answers close_notify and goes on. */
void open_after_close_notify(struct talk *t, const struct event *e)
{
    if (is_close_notify(t, e))
        send_alert(t->assoc, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
    else
        conforming.on_alert(t, e);
}

void fatal_alert_ignored(struct talk *t, const struct event *e)
{
    if (!in_association(t, e) || e->level != ALERT_FATAL)
        conforming.on_alert(t, e);
}

void warning_kills(struct talk *t, const struct event *e)
{
    if (in_association(t, e) && e->level == ALERT_WARNING && e->description != ALERT_CLOSE_NOTIFY)
        t->stage = STAGE_OVER;
    else
        conforming.on_alert(t, e);
}

void warning_kills_handshake(struct talk *t, const struct event *e)
{
    if (t->stage != STAGE_ESTABLISHED && e->level == ALERT_WARNING)
        t->stage = STAGE_OVER;
    else
        conforming.on_alert(t, e);
}

void plaintext_alert_obeyed(struct talk *t, const struct event *e)
{
    if (t->stage == STAGE_ESTABLISHED && e->epoch == 0)
        t->stage = STAGE_OVER;
    else
        conforming.on_alert(t, e);
}

void handshake_alert_ignored(struct talk *t, const struct event *e)
{
    if (t->stage == STAGE_ESTABLISHED)
        conforming.on_alert(t, e);
}

void malformed_alert_kills(struct talk *t, const struct event *e)
{
    if (in_association(t, e) && e->content == CONTENT_ALERT)
        t->stage = STAGE_OVER;
}

/* Its other half: a level that does not exist is answered by a warning. */
void unknown_level_warned(struct talk *t, const struct event *e)
{
    if (in_association(t, e) && e->level > ALERT_FATAL)
        send_alert(t->assoc, ALERT_WARNING, ALERT_ILLEGAL_PARAMETER);
    else
        conforming.on_alert(t, e);
}

void refusal_by_warning(struct talk *t, enum alert why)
{
    send_alert(t->assoc, ALERT_WARNING, (uint8_t)why);
    t->stage = STAGE_OVER;
}

/* Every refusal is the alert of the parameter. */
void refuses_by_number(struct talk *t, enum alert why)
{
    (void)why;
    end_with(t, (enum alert)t->device->number);
}

/* Its other half: records that do not open. */
void bad_record_by_number(struct talk *t, const struct event *e)
{
    (void)e;
    end_with(t, (enum alert)t->device->number);
}
