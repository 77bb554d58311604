/*
 * Verbs for what a client device makes of its registration, and for messages of either role that are answered from where they were not
 * sent. Included by case.h.
 */
#ifndef CASE_REGISTRATIONS_H
#define CASE_REGISTRATIONS_H

#include "case/language.h"

/* [setup] Ends the association; the device's next hello at the same port, to which nothing but the end, and a lever, made it. NULL when none
 * comes. */
struct assoc *await_redial(struct assoc *old);

/* The same, and the old association's keys are kept: it is over, and records can still be made with them. */
struct assoc *await_redial_beside(struct assoc *old);

/* The device's Register comes over the association. An Update alone is shown; nothing is missed. */
void expect_registration_anew(struct assoc *a);

/* [setup] A good handshake, and the Register that follows it, which is not answered: its octets. Not-applicable when none comes. */
struct bytes serve_without_answer(struct assoc *a);

/* 2.01 to that Register, with a Location-Path. */
struct bytes answer_to_register(struct assoc *a, struct bytes request);

/* True when that Register comes again, as it does when nothing answered it (RFC 7252 4.2). */
bool register_comes_again(struct assoc *a, struct bytes request);

/* ---- playing the client ---------------------------------------------------------------------------------------------------- */

/* [setup] Registers, or asks a bootstrap server for bootstrap, and then leaves all that the device sends unanswered: its first confirmable
 * message. Not-applicable when it sends none. */
struct bytes register_without_answer(struct assoc *a);

/* An answer to a confirmable message of the device's: an empty acknowledgement, a reset, or 2.05 in an acknowledgement. */
enum coap_answer_kind { ANSWER_ACK, ANSWER_RESET, ANSWER_CONTENT };
struct bytes answer_to_message(struct assoc *a, struct bytes confirmable, enum coap_answer_kind kind);

/* True when that message comes again over its association, as it does when nothing answered it. */
bool message_comes_again(struct assoc *a, struct bytes confirmable);

#endif
