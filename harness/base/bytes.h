/*
 * Spans and sticky cursors.
 *
 * A span names octets it does not own. A reader or a writer that overran stays bad: every later read gives zeros, every
 * later write is dropped, and one check of `bad` at the end tells whether all of it fitted. A codec then reads like the
 * RFC's presentation language. Integers are big-endian (network order) throughout.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* n octets at `at`; at may be NULL when n is 0. */
struct bytes {
    const uint8_t *at;
    size_t n;
};

#define BYTES(array) ((struct bytes){(array), sizeof(array)})
#define NO_BYTES ((struct bytes){NULL, 0})

/* The span of a string, without its NUL. */
struct bytes bytes_of_text(const char *text);

/* n octets of b from `from`; what lies beyond the end is left out. */
struct bytes bytes_slice(struct bytes b, size_t from, size_t n);

/* True when both spans hold the same octets. Not for secrets. */
bool bytes_equal(struct bytes a, struct bytes b);

/* True when every octet of b is `value`; true for an empty span. */
bool bytes_all(struct bytes b, uint8_t value);

/* Reads a span from the front. */
struct reader {
    const uint8_t *at;
    size_t left;
    bool bad; /* something was read that was not there */
};

struct reader reader_of(struct bytes b);
uint8_t get_u8(struct reader *r);
uint16_t get_u16(struct reader *r);
uint32_t get_u24(struct reader *r);
uint32_t get_u32(struct reader *r);
uint64_t get_u48(struct reader *r);
uint64_t get_u64(struct reader *r);

/* The next n octets, or an empty span and bad. */
struct bytes get_bytes(struct reader *r, size_t n);

/* A vector with a length prefix of 1, 2 or 3 octets: its content, or an empty span and bad. */
struct bytes get_block(struct reader *r, unsigned prefix_octets);

/* All that is left. */
struct bytes get_rest(struct reader *r);

/* Writes into a buffer of the caller's. */
struct writer {
    uint8_t *at;
    size_t n, cap;
    bool bad; /* something did not fit, or a block was longer than its prefix can say */
};

struct writer writer_of(uint8_t *at, size_t cap);
#define WRITER(array) writer_of((array), sizeof(array))
void put_u8(struct writer *w, uint8_t v);
void put_u16(struct writer *w, uint16_t v);
void put_u24(struct writer *w, uint32_t v);
void put_u32(struct writer *w, uint32_t v);
void put_u48(struct writer *w, uint64_t v);
void put_u64(struct writer *w, uint64_t v);
void put_bytes(struct writer *w, struct bytes b);
void put_fill(struct writer *w, uint8_t value, size_t n);

/* Opens a vector with a length prefix of 1, 2 or 3 octets; the mark goes to put_block_end, which fills the prefix in. */
size_t put_block_begin(struct writer *w, unsigned prefix_octets);
void put_block_end(struct writer *w, size_t mark, unsigned prefix_octets);

/* What was written so far; an empty span when bad. */
struct bytes written(const struct writer *w);

/* Stores hex digits (blanks between octets allowed) in out; false when text is no hex, odd, or longer than cap octets. */
bool hex_decode(const char *text, uint8_t *out, size_t cap, size_t *n);

/* Overwrites n octets so that a compiler cannot leave it out. */
void wipe(void *at, size_t n);

#endif
