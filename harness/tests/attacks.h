/*
 * What a hostile device sends beside what a real one sends, for the tests of what the gate bears.
 *
 * Invariant: an attack is its name, its number and the datagram that it follows; nothing else decides its octets.
 */
#ifndef TESTS_ATTACKS_H
#define TESTS_ATTACKS_H

#include <stddef.h>
#include <stdint.h>

enum { ATTACK_MAX = 65507 }; /* octets of a UDP datagram */

/* Makes the nth datagram of an attack, at most ATTACK_MAX octets, after a datagram of the real device; returns its octets. */
typedef size_t attack_function(uint32_t nth, const uint8_t *real, size_t n, uint8_t *out);

/* The attack of that name; NULL when there is none. */
attack_function *find_attack(const char *name);

#endif
