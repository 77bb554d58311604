/*
 * Verbs for many datagrams at once. Included by case.h.
 *
 * What is sent so is counted in the trace, not kept. A path that is not loopback carries 64 of them at most.
 */
#ifndef CASE_FLOODS_H
#define CASE_FLOODS_H

#include "case/language.h"

/* Sends n datagrams from the association's port, the i-th as `make` says; what the device answers is served meanwhile. */
void flood(struct assoc *a, size_t n, struct bytes (*make)(struct assoc *a, size_t i), const char *what);

/* What became of handshakes that were left where they are. */
struct half_open {
    size_t begun, answered;
    size_t shut_out; /* the longest row of them that were not answered */
};

/* n handshakes of well-behaved clients, each from a port of its own, left where they are: at the first answer to their hello, or
 * `with_cookie` at the ServerHello. Begins none after 10 s. Not-applicable for a device with so few places that this only fills them. */
struct half_open leave_half_open(struct test *t, size_t n, bool with_cookie);

/* They took no place: when some were answered no 30 in a row were left in silence, and the next good handshake is served. Missed when
 * not, but service is waited for, up to 60 s, so that what follows meets a device that serves. */
void expect_place_for_all(struct test *t, struct half_open left);

/* The device serves a good handshake again, within 60 s: a device may wait for peers that went away. Missed when it does not. */
void expect_recovery(struct test *t);

#endif
