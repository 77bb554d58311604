/*
 * Bugs that stacks had in the field, as data: suites/known_bugs.def has a row a bug. Each names the cases that report it,
 * or says why there is none.
 */
#ifndef CASE_KNOWN_BUG_H
#define CASE_KNOWN_BUG_H

#include <stddef.h>

struct known_bug {
    const char *id, *stack, *text;
    const char *cases;  /* ids, commas between; "" where unseen says why */
    const char *unseen; /* why there is no case; "" where there is one */
};

extern const struct known_bug known_bugs[];
extern const size_t known_bug_count;

#endif
