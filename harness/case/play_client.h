/*
 * Verbs for devices that are servers: we play the client. Included by case.h.
 */
#ifndef CASE_PLAY_CLIENT_H
#define CASE_PLAY_CLIENT_H

#include "case/language.h"

/* ---- playing the client: the device is a server ---------------------------------------------------------------------- */

/* A new association from a fresh port. Nothing is sent. */
struct assoc *dial(struct test *t);

/* As dial, with another key. */
struct assoc *dial_with_key(struct test *t, struct bytes psk);

/* Sends a ClientHello and answers HelloVerifyRequests (same offer, cookie added, RFC 6347 4.2.1), until a ServerHello, an
 * alert, or nothing more comes; does not judge. The expectations below read on from there. */
#define client_hello(a, ...) client_hello_((a), &(struct offer){__VA_ARGS__})

/* Sends a ClientHello and does not answer HelloVerifyRequests. */
#define client_hello_once(a, ...) client_hello_once_((a), &(struct offer){__VA_ARGS__})

/* [setup] The cookie of the device's HelloVerifyRequest to a hello of that offer; empty when it answers with a ServerHello at once. */
#define ask_cookie(a, ...) ask_cookie_((a), &(struct offer){__VA_ARGS__})

/* Sends a ClientHello with that cookie: message_seq 1, same random. */
#define client_hello_with_cookie(a, cookie, ...)                                                             \
    client_hello_with_cookie_((a), (cookie), &(struct offer){__VA_ARGS__})

/* A ServerHello comes; its fields. Alert: shown. Nothing: missed. */
const struct server_hello *expect_server_hello(struct assoc *a);

/* Finds out what the hello comes to, and judges nothing: the ServerHello, taken in; or NULL with the alert that came instead,
 * ALERT_NONE for silence until patience is over. */
const struct server_hello *await_server_hello(struct assoc *a, enum alert *refusal);

/* Fails by the ServerHello that came last, its version and suite marked; `more` is added to what is got. */
_Noreturn void show_server_hello(struct assoc *a, const char *expected, const char *more);

/* No ServerHello comes: an alert (returned), or silence until patience is over (ALERT_NONE). A ServerHello is shown, with its
 * suite marked. HelloVerifyRequest is no ServerHello. */
enum alert expect_refusal(struct assoc *a);

/* The manner of a refusal: passes on one of the alerts, ended by ALERT_NONE in the list; silence and every other alert are failures
 * (missed, shown). Include ALERT_NONE explicitly via `allow_silence`. A ServerHello ends the case as not_applicable (judged
 * elsewhere). */
#define expect_refusal_alert(a, allow_silence, ...)                                                          \
    expect_refusal_alert_((a), (allow_silence), (const enum alert[]){__VA_ARGS__, ALERT_NONE})

/* ServerHelloDone comes, perhaps after a ServerKeyExchange with a hint (returned; at == NULL: none). Anything else: shown. */
struct bytes expect_server_hello_done(struct assoc *a);

/* Sends ClientKeyExchange (identity_of), ChangeCipherSpec, Finished. */
void client_finish(struct assoc *a);
void client_finish_as(struct assoc *a, struct bytes identity);

/* The device's ChangeCipherSpec and Finished come, and the Finished verifies. Alert, bad record: shown. Nothing: missed. */
void expect_finished(struct assoc *a);

/* The handshake does not complete: no Finished that verifies, no readable record in epoch 1. Returns the alert or ALERT_NONE. */
enum alert expect_no_finished(struct assoc *a);

/* [setup] A whole good handshake with that offer. The association is ready for records. */
#define handshake(a, ...) handshake_((a), &(struct offer){__VA_ARGS__})

/* [setup] The handshake of the run's good offer: nothing is special. */
void good_handshake(struct assoc *a);

/* [setup] A good offer, and the device's flight up to ServerHelloDone: it waits for our ClientKeyExchange. */
void good_hello(struct assoc *a);

/* A whole handshake as the subject of the case: whatever stops it is a failure. */
#define expect_handshake(a, ...) expect_handshake_((a), &(struct offer){__VA_ARGS__})

/* The device registers us: POST /rd is answered 2.01 with a Location-Path, which is returned ("rd/5a"). */
const char *expect_register(struct assoc *a);

/* The device registers us by our identity: POST /rd without an endpoint name is answered 2.01. */
void expect_register_without_name(struct assoc *a);

/* The endpoint name that goes with the identity. */
const char *endpoint_of(struct test *t);

/* The code that answers a Register, or on a bootstrap server a Bootstrap-Request, with that endpoint name (0x41 is 2.01). Missed when
 * nothing does. */
uint8_t code_for_name(struct assoc *a, const char *name);

/* Update and De-register of that location; what the device answers is noted. */
void note_update(struct assoc *a, const char *location);
void note_deregister(struct assoc *a, const char *location);

/* True when the device asks for that path until patience is over; the responder answers it. */
bool read_comes(struct assoc *a, const char *path);

/* POST /bs is answered 2.04. On a bootstrap server only. */
void expect_bootstrap_request(struct assoc *a);

/* ---- plumbing that a case never names ------------------------------------------------------------------------------------ */

void client_hello_(struct assoc *a, const struct offer *o);
void client_hello_once_(struct assoc *a, const struct offer *o);
struct bytes ask_cookie_(struct assoc *a, const struct offer *o);
void client_hello_with_cookie_(struct assoc *a, struct bytes cookie, const struct offer *o);
void expect_refusal_alert_(struct assoc *a, bool allow_silence, const enum alert *accepted);
void handshake_(struct assoc *a, const struct offer *o);
void expect_handshake_(struct assoc *a, const struct offer *o);

#endif
