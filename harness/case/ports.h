/*
 * The UDP ports of ours that a run has used. What a server still holds of an abandoned association (a flight that it repeats for a
 * minute), and the hello that a client repeats to where it was told to dial before, would be taken for the answer of another case.
 *
 * Invariant: any thread may take one, at any time.
 */
#ifndef CASE_PORTS_H
#define CASE_PORTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct ports {
    _Atomic uint8_t used[65536 / 8];
};

/* Marks the port as used; false: it was. */
bool ports_take(struct ports *p, uint16_t port);

#endif
