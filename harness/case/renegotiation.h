/*
 * Verbs for another handshake inside an association (RFC 5746). Included by case.h.
 */
#ifndef CASE_RENEGOTIATION_H
#define CASE_RENEGOTIATION_H

#include "case/language.h"

/* What became of a protected hello. */
enum renegotiated {
    RENEGOTIATION_SILENT,
    RENEGOTIATION_ALERT, /* any alert: the last event is it */
    RENEGOTIATION_HELLO, /* a ServerHello, taken in */
};

/* Sends a protected ClientHello of that offer, once more when nothing answers it; its renegotiation_info is what the offer's `extensions`
 * say, and the SCSV stands in it only when told so. Judges nothing. */
#define renegotiate(a, ...) renegotiate_((a), &(struct offer){__VA_ARGS__})

/* From here `renegotiate` brings the cookie of the first handshake, as libssl's clients do: its servers pass over a hello without one. */
void keep_cookie(struct test *t);

/* The extension with the right verify_data of this association, and with other octets. */
struct bytes right_info(struct assoc *a);
struct bytes wrong_info(struct assoc *a);

/* One line on what came. */
const char *renegotiated_text(struct assoc *a, enum renegotiated r);

/* After RENEGOTIATION_HELLO: the rest of the handshake under the keys of the association, and an answered probe under the new ones when the device
 * shows life. NULL, or what went wrong, which stays the last event. */
const char *finish_renegotiation(struct assoc *a);

/* ---- playing the server ------------------------------------------------------------------------------------------------ */

/* Sends HelloRequests in the association. True when a protected hello answers, which is *e and begins a handshake; else *e is the alert that came instead, or of
 * kind EVENT_NONE when none did until patience was over. Judges nothing. */
bool ask_for_hello(struct assoc *a, struct event *e);

/* Answers that hello, with both sides' verify_data in renegotiation_info: ServerHello with that message_seq, ServerHelloDone. */
#define answer_protected_hello(a, hello, seq, ...)                                                           \
    answer_protected_hello_((a), (hello), (seq), &(struct answer){__VA_ARGS__})

/* After answer_protected_hello: the rest of the handshake, and an answered probe under the new keys when the device shows life. NULL, or what went
 * wrong. */
const char *finish_inside(struct assoc *a);

/* The same messages sent before they are asked for; part of no flight. */
void send_early_flight(struct assoc *a, uint16_t seq);

/* After ask_for_hello: true when the device's ClientKeyExchange or ChangeCipherSpec comes; false when an alert does, or nothing but the hello
 * again until patience is over. Judges nothing. */
bool goes_on_inside(struct assoc *a);

/* The same as a judgement: a step is shown. */
void expect_no_step(struct assoc *a, const char *expected);

/* ---- plumbing that a case never names ------------------------------------------------------------------------------------ */

enum renegotiated renegotiate_(struct assoc *a, const struct offer *o);
void answer_protected_hello_(struct assoc *a, const struct event *hello, uint16_t seq,
                             const struct answer *answer);

#endif
