/*
 * The catalogue: every case there is, families expanded, and what a run selects from it.
 *
 * A standing case is one that no code runs: the runner judges it beside all others, that the device survives bad input
 * (design 2.1).
 */
#ifndef RUN_CATALOGUE_H
#define RUN_CATALOGUE_H

#include "case/run_case.h"
#include "run/text.h"

struct planned {
    const struct test_case *test_case; /* NULL: a standing case */
    size_t index;                      /* member of its family */
    const char *id, *title;
    unsigned dut; /* roles */
    enum requirement_id requirement;
    bool negative;
};

struct catalogue {
    struct planned *at;
    size_t n;
};

/* Every case, chapter by chapter, standing cases at the end. */
struct catalogue catalogue_all(struct arena *a);

/* "sha256:..." over every case and requirement with its levels: what a verdict depends on beside the program. */
const char *catalogue_sum(struct arena *a, const struct catalogue *all);

enum selected { SELECTED, SELECTED_NOTHING, SELECTED_UNKNOWN };

/* What --only and --skip choose of the cases for a role in a profile. Globs and exact names stand for case ids, families,
 * chapters, requirement ids and clauses. SELECTED_UNKNOWN: an exact name that names nothing; SELECTED_NOTHING: nothing is
 * left; *error says so. */
enum selected catalogue_select(struct arena *a, const struct catalogue *all, enum role role,
                               enum profile profile, struct strings only, struct strings skip,
                               struct catalogue *out, const char **error);

/* Shard k of n (from 1) of a selection: every nth case, and all standing ones, which each shard judges beside its own. */
void catalogue_shard(struct arena *a, const struct catalogue *whole, unsigned k, unsigned n,
                     struct catalogue *out);

/* True when the case is one of those that the pattern stands for. */
bool planned_matches(const struct planned *p, const char *pattern);

/* The ids of all cases and requirements. */
struct strings catalogue_names(struct arena *a, const struct catalogue *all);

/* A case's place in the catalogue, or n. */
size_t catalogue_find(const struct catalogue *c, const char *id);

/* The standing case that only a death of the device breaks. */
#define SURVIVES_SLUG "survives-bad-input"

/* The id of a standing case for a role, "invariant/SLUG" or "invariant/client-SLUG". */
const char *standing_id(struct arena *a, enum role role, const char *slug);

#endif
