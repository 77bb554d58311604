/*
 * Verbs for hellos that are special: written over, answered in one way or another, from another address, beside an association
 * that is there. Included by case.h.
 */
#ifndef CASE_HELLOS_H
#define CASE_HELLOS_H

#include "case/language.h"

/* The suite of the run's good offer, which an offer has that names none: what is refused beside it is refused for another reason. */
uint16_t good_cipher_of(struct test *t);

/* As client_hello, but every body, with a cookie or without, passes `rewrite` first; what that returns is sent. */
#define client_hello_as(a, rewrite, ...) client_hello_as_((a), (rewrite), &(struct offer){__VA_ARGS__})

/* What a hello came to. */
enum hello_answer { ANSWER_NONE, ANSWER_VERIFY_REQUEST, ANSWER_SERVER_HELLO, ANSWER_ALERT };

/* After client_hello_once or client_hello_with_cookie: what answers it, until patience is over; `came` is the event (kind
 * EVENT_NONE: silence). A HelloVerifyRequest counts when no ServerHello follows on its heels. Judges nothing. */
enum hello_answer await_hello_answer(struct assoc *a, struct event *came);

/* One line on what came: "fatal alert handshake_failure (40)", "silence". */
const char *answer_text(struct assoc *a, const struct event *came);

/* A new association from that address of ours ("127.0.0.2"). Not-applicable when the device is not on the IPv4 loopback or the
 * address cannot be had. */
struct assoc *dial_from(struct test *t, const char *address);

/* A new association from the port of an old one, which may still send and read: a datagram goes to the old one when its keys
 * open a record in it, else to the new one. Once for an association. */
struct assoc *dial_again(struct assoc *old);

/* Leaves an association without a word, as a client that lost power does; nothing is sent on it at the end of the case. */
void abandon(struct assoc *a);

/* A good record is not answered until patience is over, under no keys of ours: its association must be over. Needs liveness. */
void expect_unanswered(struct assoc *a, const struct sealed *probe);

/* A handshake fragment or a ChangeCipherSpec of the device. */
struct device_fragment {
    struct fragment f; /* handshake */
    bool change_cipher_spec;
    uint16_t epoch;
    uint64_t seq; /* of the record */
    int64_t t_us;
    size_t trace_at;
    bool copy; /* the path's copy, or a message of that number and type came before */
};

/* All of them so far, in the order in which they came; those of protected records that opened too. */
size_t fragments_of(struct assoc *a, const struct device_fragment **out);

/* ---- plumbing that a case never names ------------------------------------------------------------------------------------ */

void client_hello_as_(struct assoc *a, struct bytes (*rewrite)(struct test *t, struct bytes body),
                      const struct offer *o);

#endif
