/*
 * What the parts of the diagnosis share: a doctor who tries handshakes, notes what was seen and writes down findings.
 *
 * Invariant: attempts live until the diagnosis is over; every one of them is counted and leaves a line in `seen`.
 */
#ifndef DIAGNOSE_INTERNAL_H
#define DIAGNOSE_INTERNAL_H

#include "case/attempt.h"
#include "diagnose/diagnose.h"

struct doctor {
    struct arena *arena;
    struct case_env env; /* with the waits of the moment */
    const struct diagnose_how *how;
    struct diagnosis *out;
    int64_t timer_us; /* the device's usual retransmission time, by its timer profile */
    unsigned tries;   /* with other credentials, so far */
    bool lossy;
    struct attempt **attempts;
    size_t attempt_n, attempt_cap;
};

enum haste { PATIENT, QUICK };

/* One attempt, with a line in `seen` that begins with what was tried (as printf). QUICK: one retransmission. */
struct attempt *try_it(struct doctor *d, enum haste haste, const struct attempt_plan *plan, const char *what,
                       ...) __attribute__((format(printf, 4, 5)));

/* True when the diagnosis is to come to an end. */
bool is_over(const struct doctor *d);

/* Writes a finding down; `what` and `next` in the arena. */
void find_cause(struct doctor *d, enum cause c, const char *what, const char *next);

void saw(struct doctor *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "fatal alert handshake_failure (40)", "silence", "a ServerHello ...": what ended it. */
const char *ending(struct doctor *d, const struct attempt *t);

/* What an alert says, in words. */
const char *alert_meaning(uint8_t description);

/* Names of at most `most` suites of a list of two octets a suite, and how many more there are. */
const char *suite_names(struct doctor *d, struct bytes list, size_t most);

/* True when a datagram is a CoAP message in the clear. */
bool looks_like_coap(struct bytes datagram);

/* Sends a CoAP ping in the clear; true when it is answered as CoAP. */
bool answers_plain_coap(const struct case_env *env);

/* ---- the two roles, and their parts ------------------------------------------------------------------------------------- */

void diagnose_server(struct doctor *d);
void diagnose_client(struct doctor *d);

/* The hello is not answered, or refused: which part of it. `first` is the usual hello's attempt. */
void explain_hello(struct doctor *d, const struct attempt *first);

/* True when the device takes suites, and none of the usual ones. */
bool explain_suites(struct doctor *d, const struct attempt *first);

/* A ServerHello came, and never a Finished that verifies. */
void explain_credentials(struct doctor *d, const struct attempt *first);

/* A good handshake completes: what spoils others. */
void examine_server(struct doctor *d, const struct attempt *first);

/* A handshake more, over which a client that registers is asked for its Device object. */
void read_name(struct doctor *d);

/* Loss and delays, from all attempts so far. */
void examine_path(struct doctor *d);

/* Records or a Finished that are wrong though the key is right. True when that is it. */
bool explain_records(struct doctor *d, const struct attempt *t);

/* The first attempt that forms a message only in part. True when that is it. */
bool explain_fragments(struct doctor *d, const struct attempt *t);

/* The time after which a device repeats its flight. */
void examine_timer(struct doctor *d, const struct attempt *stalled, int stall_ms);

#endif
