/*
 * Verbs for devices that are clients: we play the server. Included by case.h.
 */
#ifndef CASE_PLAY_SERVER_H
#define CASE_PLAY_SERVER_H

#include "case/language.h"

/* ---- playing the server: the device is a client ------------------------------------------------------------------------ */

/* Has the device dial us (trigger) and waits for its first ClientHello. No hello in 30 s: not_judged. With `psk` another key. An
 * earlier association of the case is ended first. */
struct assoc *await_client(struct test *t);
struct assoc *await_client_with_key(struct test *t, struct bytes psk);

/* The hello that the device stands by: after a cookie exchange of ours (its second one). [setup] */
const struct client_hello *expect_client_hello(struct assoc *a);

/* The first hello, as it came; no HelloVerifyRequest is sent. */
const struct client_hello *first_client_hello(struct assoc *a);

/* Sends a HelloVerifyRequest of those versions (0: DTLS 1.0) and waits for the hello with the cookie; missed when it does not come. */
const struct client_hello *expect_verified_hello(struct assoc *a, uint16_t version, uint16_t record_version,
                                                 struct bytes cookie);

/* Properties of a suite that the device offered, for `offered`. */
enum usable {
    ANY_PLAIN_PSK, /* that this endpoint completes */
    USABLE_AT_DTLS_1_0,
    ONLY_AT_DTLS_1_2, /* AEAD */
    PLAIN_PSK_CBC,
    PLAIN_PSK_AEAD,
};

/* The first plain-PSK suite of the device's hello with that property. not_applicable when there is none. */
uint16_t offered(struct assoc *a, enum usable property);

/* True when the device's hello offers that suite. */
bool offers(struct assoc *a, uint16_t code);

/* Sends ServerHello and ServerHelloDone (one flight, with the timer). */
#define server_hello(a, ...) server_hello_((a), &(struct answer){__VA_ARGS__})

/* The same with a ServerKeyExchange holding the hint. */
#define server_hello_hint(a, hint, ...) server_hello_hint_((a), (hint), &(struct answer){__VA_ARGS__})

/* The device goes on: its ClientKeyExchange comes; the identity in it. Alert: shown. Nothing: missed. */
struct bytes expect_client_key_exchange(struct assoc *a);

/* The device's ChangeCipherSpec and Finished come and verify. */
void expect_client_finished(struct assoc *a);

/* Sends ChangeCipherSpec and Finished. */
void server_finish(struct assoc *a);

/* Finds out whether the device goes on after our flight, and judges nothing: true with its ClientKeyExchange taken in; false
 * with the alert that came instead, ALERT_NONE for silence until patience is over or a new hello. */
bool client_goes_on(struct assoc *a, enum alert *refusal);

/* The device gives up: no ClientKeyExchange, no record of epoch 1 comes; an alert (returned), a new hello, or silence (ALERT_NONE). */
enum alert expect_abort(struct assoc *a);

/* The manner of giving up, as expect_refusal_alert. */
#define expect_abort_alert(a, allow_silence, ...)                                                            \
    expect_abort_alert_((a), (allow_silence), (const enum alert[]){__VA_ARGS__, ALERT_NONE})

/* After a refusal: the client_version of the device's next ClientHello, from its port or from another, until patience is over; 0 when
 * none comes. Judges nothing. */
uint16_t next_hello_version(struct assoc *a);

/* Refuses the device's handshake with that alert at its ClientKeyExchange, and every further one that it begins by itself within so many
 * milliseconds, `most` at most: how many these were. Judges nothing; each interval is a row of the ladder. */
unsigned dials_again(struct assoc *a, enum alert refusal, int ms, unsigned most);

/* True when the device is made to dial by a trigger: await_client may be called again. */
bool dials_on_demand(struct test *t);

/* [setup] A whole good handshake as server with that answer (cipher 0: offered(a, ANY_PLAIN_PSK)). */
#define serve(a, ...) serve_((a), &(struct answer){__VA_ARGS__})

/* [setup] The same with nothing special. */
void serve_good(struct assoc *a);

/* A whole handshake as the subject of the case. */
#define expect_served(a, ...) expect_served_((a), &(struct answer){__VA_ARGS__})

/* The device's Register comes over the association and is answered 2.01. */
void expect_registration(struct assoc *a);

/* True when the device registers (or asks for bootstrap); false when nothing of the kind came in time. */
bool registers(struct assoc *a);

/* True when the device asks for bootstrap; false when it registers, or does neither in time. */
bool asks_for_bootstrap(struct assoc *a);

/* True when what came first was a Register, after one of the two above. */
bool registered(struct assoc *a);

/* GET of that path is answered 2.05. */
void expect_read(struct assoc *a, const char *path);

/* GET of that path discloses nothing: any 4.xx, a Reset or no answer. A 2.05 is shown, its content never copied. */
void expect_not_readable(struct assoc *a, const char *path);

/* PUT of that value (text) to that path is refused: any 4.xx, a Reset or no answer. */
void expect_not_writable(struct assoc *a, const char *path, struct bytes value);

/* Discover of that path is answered by links (RFC 6690), one of them at least to it or to what is beneath. Not-applicable when the device
 * refuses Discover. */
void expect_links(struct assoc *a, const char *path);

/* Discover of that path names nothing of it: any 4.xx or 5.xx, no answer, or no link that leads there. */
void expect_not_discoverable(struct assoc *a, const char *path);

/* What Discover of that path is answered holds the key neither as it is nor as hex. */
void expect_key_not_discovered(struct assoc *a, const char *path, struct bytes key);

/* The device sends no application data that it should keep to itself: none comes until patience is over. */
void expect_no_application_data(struct assoc *a);

/* No CoAP request in the clear comes to our port, from any port of the device's, until its patience is over twice. */
void expect_no_plain_coap(struct assoc *a);

/* ---- plumbing that a case never names ------------------------------------------------------------------------------------ */

void server_hello_(struct assoc *a, const struct answer *answer);
void server_hello_hint_(struct assoc *a, struct bytes hint, const struct answer *answer);
void expect_abort_alert_(struct assoc *a, bool allow_silence, const enum alert *accepted);
void serve_(struct assoc *a, const struct answer *answer);
void expect_served_(struct assoc *a, const struct answer *answer);

#endif
