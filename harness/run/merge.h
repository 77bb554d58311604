/*
 * Shards of a run: taken from a whole model, and put together again.
 *
 * Invariant: what a whole is split into merges to the whole again, octet for octet in report.json. Shards of real runs merge to the
 * cases and the order of a whole run: each case from the shard that ran it, and of a case that several shards judged (the standing
 * ones) the worst.
 */
#ifndef RUN_MERGE_H
#define RUN_MERGE_H

#include "run/model.h"

/* A shard, and the file that it was read from. */
struct shard {
    const char *path;
    const struct model *model;
};

/* Puts all shards of one run together, in any order. NULL and *out, or why they do not belong together, with the file. Both live in
 * the arena; *out shares strings with the shards. */
const char *shards_merge(struct arena *a, const struct shard *shards, size_t n, struct model **out);

/* Shard k of n, k from 1, of a whole. It shares strings with it. */
struct model *model_split(struct arena *a, const struct model *whole, unsigned k, unsigned n);

#endif
