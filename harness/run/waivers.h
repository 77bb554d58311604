/*
 * Waivers: findings that somebody answers for until a day, one section a case (id in brackets; reason, owner, expires,
 * matches; in a file for several devices also device, a glob on their names).
 *
 * Invariant: a waiver is applied only to a fail or warning whose `got` it matches; expired and stale ones are left in the
 * model and fail the gate.
 */
#ifndef RUN_WAIVERS_H
#define RUN_WAIVERS_H

#include "run/catalogue.h"

struct waivers {
    struct model_waiver *at;
    size_t n;
};

/* Reads a waivers file; every id is one of the catalogue's. NULL, or what is wrong, with file and line. */
const char *waivers_read(struct arena *a, const char *path, const struct catalogue *all, struct waivers *out);

/* Applies waivers to the cases of a model, and puts them into it with their state. `today` is "YYYY-MM-DD". */
void waivers_apply(struct model *m, const struct waivers *w, const char *today);

/* Today in UTC, "YYYY-MM-DD"; a year later with `next_year`. */
const char *today_text(struct arena *a, bool next_year);

#endif
