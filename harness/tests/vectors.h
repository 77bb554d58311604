/*
 * Known answers: text files under VECTORS_DIR of blocks of `key = value` lines, an empty line between two blocks, `#` before
 * a comment. A key may occur often in a block; order is kept.
 */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#include "base/arena.h"
#include "wire/cipher.h"

struct vector_line {
    const char *key, *value;
};

struct vector {
    const char *file;
    unsigned first_line;
    struct vector_line *lines;
    size_t n;
};

/* The blocks of a file, "prf.txt"; a file that is missing, malformed or without a block fails the test. */
struct vector *load_vectors(struct arena *a, const char *file, size_t *count);

/* The first value of that key as text, as octets, as a suite; a key that is missing fails the test. */
const char *vector_text(const struct vector *v, const char *key);
struct bytes vector_octets(struct arena *a, const struct vector *v, const char *key);
const struct cipher *vector_cipher(const struct vector *v);

/* Octets of a value. */
struct bytes octets_of(struct arena *a, const struct vector *v, const char *value);

#endif
