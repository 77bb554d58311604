/*
 * What a device refuses in silence, remembered over a run. Silence under load may be loss, so only a lone run, which waits for
 * every retransmission, says that a set-up is refused; cases after it need not wait for the same silence again.
 *
 * Invariant: entries are only added; any thread may ask and add at any time.
 */
#ifndef CASE_REFUSALS_H
#define CASE_REFUSALS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { REFUSALS_MAX = 64 };

/* Zero-initialised at the start of a run. */
struct refusals {
    atomic_uint_least32_t keys[REFUSALS_MAX];
};

/* Remembers that the set-up of that description is refused; forgets it when there is no room. */
void refusals_add(struct refusals *r, const char *what);

/* True when it is remembered. r may be NULL. */
bool refusals_have(struct refusals *r, const char *what);

#endif
