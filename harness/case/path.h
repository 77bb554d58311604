/*
 * The path between us and the device: what it does to one datagram of a handshake, and the flights that the device repeats.
 * Included by case.h.
 *
 * A schedule is made before the handshake begins. Each of its acts is done once, to the first datagram that holds the message,
 * between endpoint and socket: neither side is told. Every act is a row of the ladder. Nothing is random.
 */
#ifndef CASE_PATH_H
#define CASE_PATH_H

#include "case/language.h"

/* ---- what the path does --------------------------------------------------------------------------------------------------- */

enum way { SENT, RECEIVED }; /* by us, from the device */

/* A datagram, by a message that it holds. */
enum on_path {
    PATH_CLIENT_HELLO, /* the first one, without a cookie */
    PATH_SECOND_HELLO, /* the one that answers a HelloVerifyRequest */
    PATH_VERIFY_REQUEST,
    PATH_SERVER_HELLO,
    PATH_SERVER_HELLO_DONE,
    PATH_KEY_EXCHANGE,
    PATH_CHANGE_CIPHER_SPEC,
    PATH_FINISHED, /* a protected handshake record */
};

/* The first datagram with that message is not delivered. */
void lose(struct test *t, enum way way, enum on_path what);

/* Our first datagram with that message is delivered twice, the same octets. */
void repeat(struct test *t, enum on_path what);

/* Our first datagram with that message is delivered after the next one that is. */
void swap(struct test *t, enum on_path what);

/* True when every act of the schedule was done. */
bool path_did(struct test *t);

/* What must come is waited for with our flight at 1, 3, 7 and 15 times the timer: a device whose own timer begins at 9 s conforms
 * (RFC 7925 11). In the pool up to 7 times; the lone run decides. Holds for associations that are opened after it. */
void be_patient(struct test *t);

/* expect_completes sends a client application data as soon as our Finished is sent, whether that came or not. */
void send_data_at_once(struct test *t);

/* ---- how our flights travel ------------------------------------------------------------------------------------------------ */

enum flight_packing {
    MESSAGE_A_DATAGRAM,
    KEY_EXCHANGE_APART, /* ClientKeyExchange in a datagram of its own */
    SHARED_RECORDS,     /* messages of epoch 0 in one record */
};

/* From here, and for repetitions too. */
void pack_flights(struct assoc *a, enum flight_packing how);

/* ---- whole handshakes over such a path --------------------------------------------------------------------------------------- */

/* The handshake completes, from the first hello on, in either role: Finished comes and verifies, and a device that shows life answers a
 * probe after our last flight, for which it is waited as patiently. A path that did not do its part: not_judged, or
 * not_applicable when the device has no cookie exchange. */
void expect_completes(struct assoc *a);

/* [setup] A server's handshake up to its Finished; our last flight is kept, and is sent again by flight_resend. */
void complete_and_keep_flight(struct assoc *a);

/* [setup] A client's handshake up to its Finished; we say nothing to it. */
void await_client_flight(struct assoc *a);

/* ---- the flight that nothing answers ----------------------------------------------------------------------------------------- */

enum { REPETITIONS = 3 };

/* Repetitions of the device's last flight: what came again within 200 ms is one. What comes within 100 ms of the flight, and the same
 * octets within 100 ms of when they first came, may be the path's copies: the wire cannot tell, and nothing is concluded from them. */
struct repetitions {
    size_t n;
    int64_t after_us[REPETITIONS]; /* after the flight began to come */
    bool disturbed; /* our flight before it went out more than once: it may have been repeated for that */
};

/* Says nothing until the device has repeated its flight `wanted` times (REPETITIONS at most) or `ms` are over, stretched by the timers
 * of the run, 2.5 s at least; an alert or a new hello ends it. */
struct repetitions watch_repetitions(struct assoc *a, size_t wanted, int ms);

/* As watch_repetitions until each message of `types` (n of them) came again, or `ms` are over. */
void watch_whole_repetition(struct assoc *a, const uint8_t *types, size_t n, int ms);

/* NULL when the device's message of that type came again, whole, with its message_seq and body; else what did. */
const char *repeated_badly(struct assoc *a, uint8_t type);

/* True when a record of that content came again: of ChangeCipherSpec, two at least. */
bool repeats_change_cipher_spec(struct assoc *a);

/* The first record of a repetition whose number a record of the flight had: its entry in the trace, epoch and number. False:
 * there is none. */
bool find_used_number(struct assoc *a, struct event *out);

/* Our flight again, new numbers; true when within `ms` something of the device's flight comes again. */
bool repetition_is_answered(struct assoc *a, int ms);

/* Finished of the device came again after our flight was sent again; `tries` with the run's timer between. */
bool last_flight_comes_again(struct assoc *a, unsigned tries);

/* True in the pool, where a late machine may have stretched or shortened what was measured. */
bool is_hasty(struct test *t);

#endif
