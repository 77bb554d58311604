/*
 * Silence that must be, waited for: `patience` after the last of the copies of what was sent (design 2.2).
 */
#ifndef CASE_SILENCE_H
#define CASE_SILENCE_H

#include "case/internal.h"

struct silence {
    unsigned copies; /* sent so far */
    int64_t last;    /* when the last one was */
    uint16_t flight; /* which flight they are copies of */
};

/* Begins to listen for silence after the flight that was just sent. */
struct silence silence_of(const struct link *l);

/* The next event; false when the silence is concluded. Sends the further copies meanwhile. */
bool silent_event(struct link *l, struct silence *s, struct event *out);

/* Judges an alert (NULL: silence) against a list ended by ALERT_NONE, and says it. */
void judge_manner(struct test *t, const struct event *e, bool allow_silence, const enum alert *accepted);

#endif
