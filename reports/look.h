/*
 * How a verdict looks to a person: a sign and a word always stand together, and colour only beside them, so that nothing
 * is told by colour alone.
 */
#ifndef REPORTS_LOOK_H
#define REPORTS_LOOK_H

#include "run/model.h"

struct look {
    const char *sign;  /* UTF-8, in text presentation */
    const char *ascii; /* where the locale is not UTF-8 */
    const char *word;  /* "Pass" */
    const char *ansi;  /* SGR sequence that begins its colour */
};

const struct look *look_of(enum verdict v);

/* The whole run's verdict in the terms of a case's: pass, fail or not-judged. */
enum verdict run_verdict(const struct model *m);

/* True for a requirement that no case judges. */
bool is_untested(const struct model_requirement *r);

#endif
