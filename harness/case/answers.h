/*
 * Verbs for the server that we play when its answers are special: written over, beside the numbering, without what belongs before
 * them. Included by case.h.
 */
#ifndef CASE_ANSWERS_H
#define CASE_ANSWERS_H

#include "case/language.h"

/* ---- HelloVerifyRequest --------------------------------------------------------------------------------------------------- */

/* The body of a HelloVerifyRequest for DTLS 1.0 with that cookie, at most 255 octets. */
struct bytes verify_request_body(struct test *t, struct bytes cookie);

/* Sends a HelloVerifyRequest of that body, as it is, numbered next; repeated as a probe is. */
void verify_request_as(struct assoc *a, struct bytes body);

/* The cookie in the device's next hello that holds one, until patience is over; no octets: none came, or an alert did. Judges nothing. */
struct bytes await_cookie(struct assoc *a);

/* ---- ServerHello ------------------------------------------------------------------------------------------------------------ */

/* The suite of the run's good handshake when the device's hello offers it, else the first plain-PSK suite in it. not_applicable when
 * there is none. */
uint16_t good_suite(struct assoc *a);

/* The body of a ServerHello to be sent by hand (cipher 0: the good suite); what it says is agreed from here. */
#define server_hello_body(a, ...) server_hello_body_((a), &(struct answer){__VA_ARGS__})

/* As server_hello, with the good suite, but the body passes `rewrite` first; what that returns is sent. */
void server_hello_as(struct assoc *a, struct bytes (*rewrite)(struct test *t, struct bytes body));

/* Adds a message to the flight that is no part of the numbering nor of the transcript: it has that message_seq. */
void flight_message_aside(struct assoc *a, uint8_t type, uint16_t message_seq, struct bytes body);

/* ---- the end of a handshake -------------------------------------------------------------------------------------------------- */

/* [setup] A device that sent its Finished; ours is the next flight. */
struct assoc *await_client_finished(struct test *t);

/* Sends our last flight with a ChangeCipherSpec of those octets; `at` NULL: without one. */
void server_finish_after(struct assoc *a, struct bytes change_cipher_spec);

/* The device completes: its ClientKeyExchange and its Finished come and verify, and with ours it begins to speak: it answers a probe, when
 * it shows life, or sends application data of its own. Waited for as progress is: the device may have to repeat its flight. */
void expect_completed_client(struct assoc *a);

/* The same from our Finished on, which was sent. */
void expect_served_client(struct assoc *a);

/* Notes what comes next, waited for over two repetitions of our flight: a good message that follows what was odd shows that the device
 * saw it. That the device lives is told by the good handshake after the case. */
void note_what_comes(struct assoc *a);

/* ---- plumbing that a case never names ------------------------------------------------------------------------------------ */

struct bytes server_hello_body_(struct assoc *a, const struct answer *answer);

#endif
