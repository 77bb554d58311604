/*
 * One sealed record after the other, for the tests of record protection: f holds the keys, the record and what it opened to.
 */
#ifndef TESTS_SEALING_H
#define TESTS_SEALING_H

#include "crypto/protect.h"

enum { ROOM = 1024 };

extern struct sealing {
    struct record_keys client, server;
    struct rng rng;
    uint8_t wire[ROOM], plaintext[ROOM], opened[RECORD_FRAGMENT_MAX];
    struct sealed layout;
    size_t n; /* octets opened */
} f;

/* Starts and stops libcrypto, once for all tests of a case; sets the generator. */
void sealing_set_up(void);
void sealing_tear_down(void);

/* Makes, and wipes, keys of a suite. */
void use(const struct cipher *c, bool etm);
void end_use(void);

/* A record of n octets that a correct sealer makes. */
struct seal recipe_of(size_t n);

/* Seals under the client's keys into f.wire; opens f.wire under the same keys. */
bool seal(const struct seal *recipe);
enum opened open_wire(enum mac_order order);

#endif
