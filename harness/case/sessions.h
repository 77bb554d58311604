/*
 * Verbs for sessions: kept from one association, taken up by another (RFC 5246 7.3, RFC 5077). Included by case.h.
 */
#ifndef CASE_SESSIONS_H
#define CASE_SESSIONS_H

#include "case/language.h"
#include "endpoint/session.h"

enum session_way { BY_ID, BY_TICKET };

/* ---- playing the client ------------------------------------------------------------------------------------------------ */

/* [setup] The session of a completed handshake of that offer, which is ended politely. Not-applicable when the device gives no session
 * id, or no ticket. */
#define new_session(t, way, ...) new_session_((t), (way), &(struct offer){__VA_ARGS__})

/* [setup] An association on which the device takes such a session (*s) up for the same hello: as after RESUMED. Tried three times with a new session,
 * since a small cache loses one to the cases that run beside; not-applicable when it never does ("does not resume"). */
#define resume_new(t, way, s, ...) resume_new_((t), (way), (s), &(struct offer){__VA_ARGS__})

/* [setup] A session that was taken up so, in a handshake that completed and ended politely. */
#define resumable_session(t, way, ...) resumable_session_((t), (way), &(struct offer){__VA_ARGS__})

/* What became of a hello that offers a session. */
enum resumption {
    RESUMED, /* the ServerHello, and no ServerHelloDone after it: the device goes on under the old master secret */
    FULL,    /* up to ServerHelloDone: ours is the ClientKeyExchange */
    REFUSED, /* an alert or silence */
};

/* Offers the session, with the hello of that offer. Judges nothing. */
#define offer_session(a, s, ...) offer_session_((a), (s), &(struct offer){__VA_ARGS__})

/* One line: "resumed", "a full handshake", "refused: fatal alert ...". */
const char *resumption_text(struct assoc *a, enum resumption r);

/* The ServerHello that came last. */
const struct server_hello *server_hello_of(struct assoc *a);

/* After RESUMED: the device's Finished comes and verifies under the session's master secret, ours is sent, and a probe is answered when the
 * device shows life. Judges nothing: NULL, or what went wrong, which stays the last event. */
const char *finish_resumed(struct assoc *a, const struct session *s);

/* The same up to the device's Finished, which is taken in. */
const char *await_resumed_finished(struct assoc *a, const struct session *s);

/* After FULL: the rest of the handshake and an answered probe, the same way. */
const char *finish_full(struct assoc *a);

/* The order of MAC and encryption of the last record that came, when it opened under the other one only; else AS_NEGOTIATED. */
enum mac_order opened_otherwise(struct test *t);

/* ---- playing the server ------------------------------------------------------------------------------------------------ */

/* [setup] A device that was served with a session id of ours; the association is ended politely. */
struct assoc *serve_session(struct test *t, struct session *out);
#define serve_session_as(t, out, ...) serve_session_on_(await_client(t), (out), &(struct answer){__VA_ARGS__})

/* [setup] The same over an association that the device dialled. */
#define serve_session_on(a, out, ...) serve_session_on_((a), (out), &(struct answer){__VA_ARGS__})

/* [setup] The same with a ticket of ours. Not-applicable when its hello asks for none. With `cbc` the suite is a CBC one that the device
 * offers, with encrypt_then_mac. */
struct assoc *serve_ticket(struct test *t, bool cbc, struct session *out);

/* [setup] The device's next hello, which offers that ticket; as await_session_hello. The session takes over the id that the hello has. */
struct assoc *await_ticket_hello(struct assoc *old, struct session *s);

/* [setup] The device's next hello, whether it dials by itself or is made to, which offers that session; not-applicable when it offers none.
 * The cookie exchange is done. */
struct assoc *await_session_hello(struct assoc *old, const struct session *s);

/* The same without a judgement: NULL when the next hello offers another session or none, or none came in time. */
struct assoc *next_session_hello(struct assoc *old, const struct session *s);

/* Answers the hello with the session taken up: ServerHello with its id (other when told so), ChangeCipherSpec, Finished under its master
 * secret. The suite is the session's unless told. */
#define server_resumes(a, s, ...) server_resumes_((a), (s), &(struct answer){__VA_ARGS__})

/* The same with the Finished's last bit turned. */
void server_resumes_wrongly(struct assoc *a, const struct session *s);

/* The master secret that the key and the hello's random give with 32 zeros as the server's, for a session that never was. */
void psk_master(struct assoc *a, struct session *s, uint16_t cipher);

/* The device's ChangeCipherSpec and Finished come and verify, and it speaks or answers a probe: NULL, or what went wrong. */
const char *client_resumed(struct assoc *a);

/* The device takes no part: neither a Finished that verifies nor application data comes until patience is over. Shown when it does. */
void expect_not_resumed(struct assoc *a, const char *expected);

/* The body of a hello's list of compression methods holds null. */
bool offers_null_compression(struct assoc *a);

/* ---- plumbing that a case never names ------------------------------------------------------------------------------------ */

struct session new_session_(struct test *t, enum session_way way, const struct offer *o);
struct assoc *resume_new_(struct test *t, enum session_way way, struct session *s, const struct offer *o);
struct session resumable_session_(struct test *t, enum session_way way, const struct offer *o);
enum resumption offer_session_(struct assoc *a, const struct session *s, const struct offer *o);
struct assoc *serve_session_on_(struct assoc *a, struct session *out, const struct answer *answer);
void server_resumes_(struct assoc *a, const struct session *s, const struct answer *answer);

#endif
