#include "base/rng.h"

#include <assert.h>

/* splitmix64, which xoshiro's authors seed it with. */
static uint64_t split_mix(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15U;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return z ^ z >> 31;
}

/* FNV-1a, 64 bits. */
static uint64_t hash_name(const char *name)
{
    uint64_t h = 0xCBF29CE484222325U;

    for (; *name; name++)
        h = (h ^ (uint8_t)*name) * 0x100000001B3U;
    return h;
}

struct rng rng_of(uint64_t seed, const char *name)
{
    uint64_t state = split_mix(&seed) ^ hash_name(name);
    struct rng r;

    for (size_t i = 0; i < 4; i++)
        r.s[i] = split_mix(&state);
    return r;
}

static uint64_t rotate(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

/* xoshiro256**, Blackman and Vigna. */
uint64_t rng_u64(struct rng *r)
{
    uint64_t result = rotate(r->s[1] * 5, 7) * 9, t = r->s[1] << 17;

    r->s[2] ^= r->s[0];
    r->s[3] ^= r->s[1];
    r->s[1] ^= r->s[2];
    r->s[0] ^= r->s[3];
    r->s[2] ^= t;
    r->s[3] = rotate(r->s[3], 45);
    return result;
}

uint64_t rng_below(struct rng *r, uint64_t limit)
{
    assert(limit > 0);

    /* Values below 2^64 mod limit would make the small remainders likelier. */
    uint64_t least = -limit % limit, v;

    do
        v = rng_u64(r);
    while (v < least);
    return v % limit;
}

void rng_fill(struct rng *r, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint64_t v = rng_u64(r);

        for (unsigned k = 0; k < 8 && i < n; k++, v >>= 8)
            out[i++] = (uint8_t)v;
    }
}
