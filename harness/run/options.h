/*
 * The command line of the verbs: one table of options, each with the verbs that take it.
 *
 * Invariant: what options_parse accepted is well-formed (numbers in their range, seeds in hex); whether it fits together
 * is the verb's business. Every complaint is one line that says what and where. Strings live in the arena.
 */
#ifndef RUN_OPTIONS_H
#define RUN_OPTIONS_H

#include "run/text.h"

enum verb {
    VERB_SERVER = 1,
    VERB_CLIENT = 2,
    VERB_LIST = 4,
    VERB_EXPLAIN = 8,
    VERB_MATRIX = 16,
    VERB_SELFTEST = 32,
    VERB_MERGE = 64,
    VERB_DIAGNOSE_SERVER = 128,
    VERB_DIAGNOSE_CLIENT = 256,
    VERB_INIT = 512,
};

enum option {
    OPT_DEVICE,
    OPT_NAME,
    OPT_IDENTITY,
    OPT_PSK_FILE,
    OPT_PSK_ENV,
    OPT_IMPLEMENTS,
    OPT_PROFILE,
    OPT_ONLY,
    OPT_SKIP,
    OPT_SHARD,
    OPT_STRICT,
    OPT_DRY_RUN,
    OPT_JOBS,
    OPT_PARALLEL,
    OPT_PATIENCE,
    OPT_DEADLINE,
    OPT_SEED,
    OPT_REPEAT,
    OPT_SPAWN,
    OPT_LISTEN,
    OPT_TRIGGER,
    OPT_WAIT,
    OPT_LEVER,
    OPT_RESET,
    OPT_READY,
    OPT_PSK_CMD,
    OPT_AUTHORISED,
    OPT_TRIES,
    OPT_NO_CREDENTIALS,
    OPT_RATE,
    OPT_WAIVERS,
    OPT_BASELINE,
    OPT_FAIL_ON,
    OPT_OUTPUT,
    OPT_FORMAT,
    OPT_QUIET,
    OPT_VERBOSE,
    OPT_COLOR,
    OPT_NO_SECRETS,
    OPT_ALL,
    OPT_JSON,
    OPT_COUNT,
};

struct options {
    const char *value[OPT_COUNT]; /* the last one given; NULL: not given; "" for switches */
    struct strings only, skip;    /* every one given */
    struct strings rest;          /* what is no option */
    struct strings argv;          /* as given, from the program's name on */
    unsigned jobs, repeat;
    unsigned parallel;                   /* devices at a time */
    long patience_ms, deadline_s, tries; /* 0: not given */
    long rate;                           /* associations a second; 0: any */
    bool seed_given;
    uint64_t seed;
    unsigned shard, shards; /* --shard K/N; 0: not given */
    unsigned verbosity;     /* 0: -q, 1: as usual, 2: -v, 3: -vv */
};

enum parsed { PARSED, PARSED_HELP, PARSED_BAD };

/* Reads the arguments of a verb; argv[0] is its name. PARSED_HELP: help was asked for and printed. PARSED_BAD: *error says why. */
enum parsed options_parse(struct arena *a, enum verb verb, int argc, char **argv, const char *usage,
                          struct options *out, const char **error);

static inline bool option_given(const struct options *o, enum option which)
{
    return o->value[which] != NULL;
}

#endif
