/*
 * What the two halves of chapter fragment share: in which ways a message is cut, and in which ways its pieces contradict each other.
 */
#ifndef SUITES_FRAGMENT_H
#define SUITES_FRAGMENT_H

#include "case/case.h"

enum cut { TWO, FIVE, TWENTY, EACH_OCTET, REVERSED, SHUFFLED, OWN_DATAGRAMS, REPEATED };
enum { MANY = 65536 }; /* pieces: more than any message has octets */

/* Members: the ways of enum cut. */
bool fragment_cuts(size_t i, struct member *out);

/* n octets cut so; that they travel in datagrams of their own is the flight's packing. */
struct pieces cut_as(struct test *t, size_t n, enum cut how);

enum lie {
    OTHER_LENGTH,
    OTHER_TYPE,
    BEYOND_END,
    OFFSET_BEYOND,
    OFFSET_ONE,
    LENGTH_ZERO,
    HEADER_LONG,
    HEADER_SHORT
};

/* Members: the ways of enum lie. */
bool fragment_lies(size_t i, struct member *out);

/* Sends the body as fragments of that message that do not agree. */
void send_lie(struct assoc *a, uint8_t type, uint16_t seq, struct bytes body, enum lie lie);

#endif
