/*
 * Verbs for what a client device makes of its registration: when it dials again, and when its Register is answered from where it was not
 * sent. Included by case.h.
 */
#ifndef CASE_REGISTRATIONS_H
#define CASE_REGISTRATIONS_H

#include "case/language.h"

/* [setup] Ends the association; the device's next hello at the same port, to which nothing but the end, and a lever, made it. NULL when none
 * comes. */
struct assoc *await_redial(struct assoc *old);

/* The device's Register comes over the association. An Update alone is shown; nothing is missed. */
void expect_registration_anew(struct assoc *a);

/* [setup] A good handshake, and the Register that follows it, which is not answered: its octets. Not-applicable when none comes. */
struct bytes serve_without_answer(struct assoc *a);

/* 2.01 to that Register, with a Location-Path. */
struct bytes answer_to_register(struct assoc *a, struct bytes request);

/* True when that Register comes again, as it does when nothing answered it (RFC 7252 4.2). */
bool register_comes_again(struct assoc *a, struct bytes request);

#endif
