/*
 * Verbs for either role, once there is an association: records, probes, messages by hand. Included by case.h.
 */
#ifndef CASE_RECORDS_H
#define CASE_RECORDS_H

#include "case/language.h"

/* ---- either role: how far it goes -------------------------------------------------------------------------------------------- */

/* Carries the handshake on from the ServerHello or the ClientKeyExchange that came, to Finished and, when the device shows life,
 * an answered probe. Judges nothing: NULL when all of it went well, else what did not. That message stays the last event. */
const char *carry_on(struct assoc *a);

/* ---- either role: what was negotiated ------------------------------------------------------------------------------------ */

/* [setup] Ends the case as not_applicable ("offered, not negotiated") unless the completed handshake negotiated encrypt_then_mac;
 * when the device declares it, that is a fail of what it declares, judged elsewhere. */
void needs_encrypt_then_mac(struct assoc *a);

/* ---- either role: records ------------------------------------------------------------------------------------------------- */

/* A probe: a record whose application data shows by the device's reaction whether it was processed (a CoAP ping with a
 * Message ID of its own, or octets to be echoed). Needs liveness. `struct seal` fields say what is special: type, version, epoch,
 * seq, nonce, pad, padding, order; 0 is "as it should be" (seq too: the next number). */
#define seal_probe(a, ...) seal_probe_((a), &(struct seal){__VA_ARGS__})

/* A probe with nothing special. */
struct sealed good_probe(struct assoc *a);

/* A record of any plaintext, same defaults; content type application data when 0. */
#define seal_payload(a, octets, ...) seal_payload_((a), (octets), &(struct seal){__VA_ARGS__})

/* The application data of a new probe, for records that a case makes by hand; its id goes into `message_id` of what carries it. */
struct bytes probe_octets(struct assoc *a, uint16_t *message_id);

/* A probe in a plaintext record of epoch 0, where no application data belongs. */
struct sealed plain_probe(struct assoc *a);

/* Changes the record's octets: flips the lowest bit of the octet at `at`. */
void flip_bit(struct sealed *s, size_t at);

/* Replaces an encrypt-then-MAC record's MAC by one over `input`. */
void set_mac(struct assoc *a, struct sealed *s, struct bytes input);

/* The octets that the MAC of an encrypt-then-MAC record covers, RFC 7366 3, as parts to leave out or to change. */
struct mac_input {
    uint16_t epoch;
    uint64_t seq;
    uint8_t type;
    uint16_t version, length;
    struct bytes iv, ciphertext;
};
struct mac_input mac_input_of(struct assoc *a, const struct sealed *s);
struct bytes mac_input_bytes(struct test *t, const struct mac_input *m);

/* A mac-then-encrypt record: the plaintext block (content, MAC, padding) is the caller's; it is encrypted as it is. */
struct sealed seal_blocks(struct assoc *a, struct bytes blocks);

/* The MAC of a mac-then-encrypt record, RFC 6347 4.1.2.1. */
struct bytes mac_of(struct assoc *a, uint64_t seq, uint8_t type, uint16_t version, struct bytes content);

/* Sends the record in a datagram of its own. */
void send_sealed(struct assoc *a, const struct sealed *s);

/* The bad record is never processed: a good probe follows, and no answer to the bad one comes. What became of the
 * association is not asked. [MUST of every bad record] */
void expect_not_processed(struct assoc *a, const struct sealed *bad);

/* The bad record is dropped in silence and the association lives: exactly one answer, to the good probe that follows. */
void expect_dropped(struct assoc *a, const struct sealed *bad);

/* If the device answers the bad record with an alert, it is fatal bad_record_mac and the association ends. Silence passes. */
void expect_only_bad_record_mac(struct assoc *a, const struct sealed *bad);

/* The record, unusual but right, is processed: its answer comes. */
void expect_processed(struct assoc *a, const struct sealed *good);

/* The association serves: a good probe is answered. */
void expect_alive(struct assoc *a);

/* n probes, each answered: what the device sends is in the trace, for expectations on records. */
void exchange_probes(struct assoc *a, size_t n);

/* The device's records of epoch 1 so far, in the order they came. */
size_t device_records(struct assoc *a, const struct trace_record **out);

/* Every record that came was opened with that order of MAC and encryption (proof, not inference). */
void expect_mac_order(struct assoc *a, enum mac_order order);

/* A plaintext record: content type, version, epoch and number as given (seq UINT64_MAX: the next). */
void send_plain_record(struct assoc *a, uint8_t content, uint16_t version, uint16_t epoch, uint64_t seq,
                       struct bytes payload);

/* ---- either role: messages by hand ------------------------------------------------------------------------------------------ */

/* A flight by hand: begin, messages, [change_cipher_spec], send. flight_* of endpoint/assoc.h may be used by cases too. */

/* The next event of that association within patience, whatever it is; kind EVENT_NONE when nothing came. With `required`
 * the wait is the long one, with retransmission. LwM2M traffic that the responder serves is not an event. */
struct event await_event(struct assoc *a, bool required);

/* The octets of the datagram that an event came in. */
struct bytes datagram_of(struct assoc *a, const struct event *e);

/* Waits while serving the LwM2M responder, `ms` milliseconds stretched by nothing; a row of the ladder. */
void wait_ms(struct test *t, int ms, const char *why);

/* The LwM2M responder behind the association is silent from here. */
void silence_lwm2m(struct assoc *a);

/* Politely ends an association that the case needs no more, so that the device frees its place: close_notify when it is
 * established, else a fatal alert. The runner does the same for all that are left. */
void hang_up(struct assoc *a);

/* The test an association belongs to. */
struct test *test_of(struct assoc *a);

/* ---- plumbing that a case never names ------------------------------------------------------------------------------------ */

struct sealed seal_probe_(struct assoc *a, const struct seal *recipe);
struct sealed seal_payload_(struct assoc *a, struct bytes payload, const struct seal *recipe);

#endif
