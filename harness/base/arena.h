/*
 * Arena: memory that is released all at once. One case has one arena; whatever its association, trace or evidence needs
 * is taken from there, so a case that leaves by longjmp leaks nothing.
 *
 * Invariant: memory handed out is zeroed, aligned for any type, and stays valid until arena_free. An arena has one
 * owner thread at a time. Exhaustion of the system's memory ends the program with a message: nothing here returns NULL.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/bytes.h"

struct arena;

/* A new, empty arena. The caller ends it with arena_free. */
struct arena *arena_new(void);

/* Wipes and releases everything the arena handed out. NULL is allowed. */
void arena_free(struct arena *a);

/* n octets, zeroed. n may be 0. */
void *arena_alloc(struct arena *a, size_t n);

/* A copy of b in the arena. */
struct bytes arena_copy(struct arena *a, struct bytes b);

/* A copy of the string s. */
char *arena_strdup(struct arena *a, const char *s);

/* Formatted text in the arena. */
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *format, va_list args);

/* Lower-case hex of b. */
char *arena_hex(struct arena *a, struct bytes b);

/* b as text that is safe anywhere: printable ASCII as it is, every other octet as \xHH, the backslash doubled. */
char *arena_escape(struct arena *a, struct bytes b);

#define arena_new_of(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, type, n) ((type *)arena_alloc((arena), sizeof(type) * (n)))

/* Grows an array in the arena: returns room for one more element after `n`, moving to twice the capacity when full.
 * `*at` is the array, `*cap` its capacity in elements, `size` the element's size in octets. */
void *arena_grow(struct arena *a, void *at_ptr, size_t *cap, size_t n, size_t size);

#endif
