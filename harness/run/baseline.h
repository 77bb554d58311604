/*
 * A baseline: the verdicts of an earlier run, which this one is compared with. Its form is verdicts.txt, one line a case.
 *
 * Invariant: a baseline that was accepted is one of this role in this profile, as far as its cases tell; a case that the
 * catalogue no longer has is passed over, and said.
 */
#ifndef RUN_BASELINE_H
#define RUN_BASELINE_H

#include "run/catalogue.h"

struct baseline_row {
    const char *id;
    enum verdict verdict;
    unsigned line; /* 0: it has none */
};

struct baseline {
    const char *path;
    struct baseline_row *at;
    size_t n;
};

/* Reads a verdicts.txt; comments (#) and empty lines are passed over. NULL, or what is wrong, with file and line. */
const char *baseline_read(struct arena *a, const char *path, struct baseline *out);

/* The verdicts of a loaded report. */
void baseline_of(struct arena *a, const char *path, const struct model *m, struct baseline *out);

/* Proves that the baseline is one of this role in this profile: NULL, or what is wrong, with file and line. *note is what is only worth
 * saying (cases that the catalogue no longer has), or NULL. */
const char *baseline_check(struct arena *a, const struct baseline *b, const struct catalogue *all,
                           enum role role, enum profile profile, const char **note);

/* Notes in the model which cases changed since. */
void baseline_compare(struct model *m, const struct baseline *b);

#endif
