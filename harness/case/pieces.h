/*
 * Verbs for what goes out by hand: messages in pieces, hellos that are not what they should be. Included by case.h.
 */
#ifndef CASE_PIECES_H
#define CASE_PIECES_H

#include "case/language.h"

/* ---- messages in pieces: RFC 6347 4.2.3; flight_message_in_pieces of endpoint/assoc.h takes them ------------------------ */

struct pieces {
    const struct piece *at; /* in the case's arena */
    size_t n;
};

/* n octets in k pieces, as equal as possible; one octet each when there are fewer octets than pieces. */
struct pieces split(struct test *t, size_t n, size_t k);

/* The same pieces, the last first; the third of five first (3 1 5 2 4); each twice. */
struct pieces reversed(struct test *t, struct pieces p);
struct pieces shuffled(struct test *t, struct pieces p);
struct pieces doubled(struct test *t, struct pieces p);

/* Two pieces of n octets that have `common` octets in common, around the middle. */
struct pieces overlapping(struct test *t, size_t n, size_t common);

/* A piece from the beginning, then the whole. */
struct pieces whole_after_piece(struct test *t, size_t n, size_t first);

/* One handshake fragment as its fields say, in a record of the current write epoch; part of no flight and of no transcript. */
void send_fragment(struct assoc *a, const struct fragment *f);

/* ClientKeyExchange with that identity, as a body. */
struct bytes key_exchange_body(struct test *t, struct bytes identity);

/* ---- hellos ------------------------------------------------------------------------------------------------------------- */

/* The body of a hello with the association's last offer and that cookie. */
struct bytes hello_body(struct assoc *a, struct bytes cookie);

#endif
