/*
 * Small text helpers of the runner: lists that grow in an arena, the nearest known name for a typing error, and words
 * quoted for a shell.
 */
#ifndef RUN_TEXT_H
#define RUN_TEXT_H

#include "base/arena.h"
#include "run/model.h"

/* A list of strings under construction; `list` is valid at any time. */
struct string_list {
    struct strings list;
    size_t cap;
};

/* Adds a string; it is not copied. */
void string_list_add(struct arena *a, struct string_list *l, const char *s);

/* The name nearest to `word`, or NULL when none is near (more than a third of it would have to change). */
const char *nearest_name(const char *word, struct strings names);

/* ", did you mean 'NAME'?", or "" when nothing is near. */
const char *nearest_hint(struct arena *a, const char *word, struct strings names);

/* s as one word of a shell's command line. */
const char *shell_word(struct arena *a, const char *s);

/* text with every occurrence of `secret` (as octets or as hex, whatever its case) replaced by "[key]". */
const char *mask_secret(struct arena *a, const char *text, struct bytes secret);

/* A whole decimal number from low to high. */
bool parse_number(const char *text, long low, long high, long *out);

#endif
