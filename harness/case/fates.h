/*
 * Verbs for what becomes of an association: what a record did to it, and that it is over. Included by case.h.
 */
#ifndef CASE_FATES_H
#define CASE_FATES_H

#include "case/language.h"

enum life {
    LIFE_ALIVE, /* a good probe is answered */
    LIFE_ENDED, /* an alert came, and nothing is answered after it */
    LIFE_GONE,  /* nothing is answered, and no alert came */
};

struct fate {
    enum life life;
    bool answered;      /* the record's own probe is */
    bool alerted;       /* an alert came, whatever the association did then */
    struct event alert; /* the first one */
};

/* Sends the record (NULL: nothing more than what was sent before) and good probes after it. Judges nothing. Needs liveness. */
struct fate what_became(struct assoc *a, const struct sealed *record);

/* One line: "alive", "ended by fatal alert ...", "gone without a word". */
const char *fate_text(struct test *t, const struct fate *f);

/* [setup] A probe that was answered; its octets are for sending again. */
struct sealed served_probe(struct assoc *a);

/* From here the association's probes are requests (GET of the root) when the device answers one: there are stacks that answer no more
 * than a few pings a second. For cases that send many. Needs liveness. */
void ask_with_requests(struct assoc *a);

/* The record, good in itself, is not answered (again); `what` names it. What became of the association is not asked. */
void expect_not_answered(struct assoc *a, const struct sealed *s, const char *what);

/* What was sent did nothing: a good probe is answered, and no alert came. close_notify is no complaint: the association is gone. */
void expect_undisturbed(struct assoc *a);

/* What was sent did no lasting harm: a good probe is answered; or the device ended the association by a fatal alert, and says why
 * in the note. Gone in silence is missed. `what` names the stimulus. */
void expect_no_harm(struct assoc *a, const char *what);

/* An authenticated record without a place: a good probe after it is answered; or a fatal alert of the list (none: any) came, and
 * nothing is answered after it; or close_notify did that, which is noted. Another alert, or service after a fatal one: shown. Gone in
 * silence: missed, unless `silence`. */
#define expect_alive_or_ended(a, s, silence, ...)                                                            \
    expect_alive_or_ended_((a), (s), (silence), (const enum alert[]){__VA_ARGS__, ALERT_NONE})

/* The association is over: good probes are not answered until patience is over. `what` names what ended it. */
void expect_over(struct assoc *a, const char *what);

/* Sends that alert, protected once there are keys, as often as a probe whose answer must be silence. */
void send_alert_surely(struct assoc *a, uint8_t level, uint8_t description);

/* The device's next alert until patience is over; false: none came. Judges nothing. */
bool alert_comes(struct assoc *a, struct event *out);

/* Two records in one datagram. */
void send_together(struct assoc *a, const struct sealed *first, const struct sealed *second);

/* Carries the handshake on from the ServerHelloDone that came to the device's Finished; judges nothing. False with the alert that came
 * instead, ALERT_NONE for none. */
bool handshake_finishes(struct assoc *a, enum alert *refusal);

/* ---- plumbing that a case never names ------------------------------------------------------------------------------------ */

void expect_alive_or_ended_(struct assoc *a, const struct sealed *s, bool silence,
                            const enum alert *accepted);

#endif
