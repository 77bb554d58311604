/*
 * Why no good handshake can be had with a device, or what spoils one: in words, from the bytes, with a next step.
 *
 * The device is asked, not guessed at: handshakes that differ in one thing each tell what the thing is. Invariant: the first
 * finding is the one to act on; what is found further down is true, too. No text holds an octet of the key, and whatever the
 * device sent is escaped. Against a device that refuses, the number of handshakes is bounded by `tries`.
 */
#ifndef DIAGNOSE_DIAGNOSE_H
#define DIAGNOSE_DIAGNOSE_H

#include "case/run_case.h"

enum cause {
    CAUSE_NONE, /* a good handshake completes, and nothing spoils it */
    CAUSE_NOTHING_LISTENS,
    CAUSE_NO_ROUTE,
    CAUSE_SILENCE,
    CAUSE_PLAIN_COAP,
    CAUSE_NOT_DTLS,
    CAUSE_STALE_ASSOCIATION,
    CAUSE_NO_HELLO,
    CAUSE_TRIGGER,
    CAUSE_HARNESS,
    CAUSE_OLD_VERSION,
    CAUSE_NO_COMMON_SUITE,
    CAUSE_SUITE_INTOLERANT,
    CAUSE_EXTENSION_INTOLERANT,
    CAUSE_EXTENSION_REQUIRED,
    CAUSE_SIZE_LIMIT,
    CAUSE_COOKIE,
    CAUSE_FRAGMENTS,
    CAUSE_ALERT,
    CAUSE_HELLO_REFUSED,
    CAUSE_UNEXPECTED,
    CAUSE_UNKNOWN_IDENTITY,
    CAUSE_IDENTITY_FORM,
    CAUSE_IDENTITY_DIFFERS,
    CAUSE_KEY_FORM,
    CAUSE_SWAPPED,
    CAUSE_WRONG_KEY,
    CAUSE_KEY_OR_IDENTITY,
    CAUSE_WRONG_RECORDS,
    CAUSE_WRONG_FINISHED,
    CAUSE_SUITE_MISSING,
    CAUSE_LOSSY,
    CAUSE_BUSY,
    CAUSE_SLOW_PATH,
    CAUSE_TIMER_EARLY,
    CAUSE_TIMER_LATE,
    CAUSE_COUNT,
};

enum { FINDINGS_MAX = 12, SEEN_MAX = 64 };

struct finding {
    enum cause cause;
    const char *what; /* what was seen and what it means, a paragraph */
    const char *next; /* what to do, a sentence */
};

struct diagnosis {
    struct finding found[FINDINGS_MAX]; /* the first is the one to act on; at least one */
    size_t n;
    const char *seen[SEEN_MAX]; /* what was tried and what came, a line each */
    size_t seen_n;
    bool served; /* a good handshake completes */
    struct nameplate
        nameplate; /* what a client that registers says it is, after a good handshake; empty texts else */
    unsigned handshakes;
};

struct diagnose_how {
    const char *where;              /* the device's address, or ours when it dials us */
    int64_t settle_us;              /* to wait between handshakes */
    unsigned tries;                 /* handshakes with other credentials, at most */
    bool brief;                     /* only why no handshake completes, not what spoils one */
    bool (*stopped)(void *context); /* true: come to an end; NULL: never */
    void *context;
};

/* The word that stands for a cause: "key-form". */
const char *cause_name(enum cause c);

/* Asks the device. Strings go to the arena. */
void diagnose(struct arena *a, const struct case_env *env, const struct diagnose_how *how,
              struct diagnosis *out);

#endif
