/*
 * The generator of every choice that a case makes: randoms, IVs, cookies, Message IDs. It is keyed by the run's seed and
 * the case's id, so the same seed gives the same choices whatever the schedule (design 2.11). It is no source of
 * secrets: an endpoint that tests others has none beyond the PSK it was given.
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
    uint64_t s[4];
};

/* Keyed by a run's seed and a name. */
struct rng rng_of(uint64_t seed, const char *name);

uint64_t rng_u64(struct rng *r);

/* A value below `limit`; limit is at least 1. */
uint64_t rng_below(struct rng *r, uint64_t limit);

void rng_fill(struct rng *r, uint8_t *out, size_t n);

#endif
