#include "run/options.h"

#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

enum {
    RUNS = VERB_SERVER | VERB_CLIENT | VERB_MATRIX,
    ASKS = VERB_DIAGNOSE_SERVER | VERB_DIAGNOSE_CLIENT | VERB_INIT,
    ONE = VERB_SERVER | VERB_CLIENT | ASKS,
    DIALS = VERB_SERVER | VERB_DIAGNOSE_SERVER | VERB_INIT,
    LISTENS = VERB_CLIENT | VERB_DIAGNOSE_CLIENT | VERB_INIT,
    WRITES = RUNS | VERB_MERGE,
    SHARDS_MAX = 1000,
    JOBS_DEFAULT = 16,
    JOBS_MAX = 256,
    PARALLEL_MAX = 64
};

struct row {
    const char *name;
    char letter;
    bool takes_value;
    unsigned verbs;
    const char *help, *value;
};

static const struct row rows[OPT_COUNT] = {
    [OPT_DEVICE] = {"device", 0, true, ONE, "what the device is and declares; options override it",
                    "FILE.ini"},
    [OPT_NAME] = {"name", 0, true, ONE, "the device's name in reports", "TEXT"},
    [OPT_IDENTITY] = {"identity", 0, true, ONE, "PSK identity", "TEXT|hex:.."},
    [OPT_PSK_FILE] = {"psk-file", 0, true, ONE, "file that holds the key in hex", "FILE"},
    [OPT_PSK_ENV] = {"psk-env", 0, true, ONE, "environment variable that holds the key in hex", "VAR"},
    [OPT_IMPLEMENTS] = {"implements", 0, true, ONE, "cipher suites and extensions that the device declares",
                        "LIST"},
    [OPT_PROFILE] = {"profile", 0, true, RUNS | ASKS | VERB_LIST | VERB_EXPLAIN,
                     "what to judge by (lwm2m-1.0)", "NAME"},
    [OPT_ONLY] = {"only", 0, true, RUNS | VERB_LIST,
                  "run cases whose id, requirement or clause matches; repeatable", "GLOB"},
    [OPT_SKIP] = {"skip", 0, true, RUNS, "leave out such cases; repeatable", "GLOB"},
    [OPT_SHARD] = {"shard", 0, true, WRITES,
                   "one part of N of the cases; `pskgate merge` puts the parts together", "K/N"},
    [OPT_STRICT] = {"strict", 0, false, RUNS, "a missed SHOULD fails the gate", NULL},
    [OPT_DRY_RUN] = {"dry-run", 0, false, RUNS, "say what would be run", NULL},
    [OPT_JOBS] = {"jobs", 'j', true, RUNS | VERB_SELFTEST, "cases at a time (16)", "N"},
    [OPT_PARALLEL] = {"parallel", 0, true, VERB_MATRIX, "devices at a time (1)", "N"},
    [OPT_PATIENCE] = {"patience", 0, true, RUNS | VERB_SELFTEST,
                      "how long silence is waited for; measured when not given", "MS"},
    [OPT_DEADLINE] = {"deadline", 0, true, RUNS, "end the run after so long", "S"},
    [OPT_SEED] = {"seed", 0, true, RUNS | VERB_SELFTEST | ASKS, "repeat a run's choices", "HEX"},
    [OPT_REPEAT] = {"repeat", 0, true, RUNS, "run each case so often; the worst counts", "N"},
    [OPT_SPAWN] = {"spawn", 0, true, DIALS,
                   "start the device, and again when it dies; {host} {port} {identity} {psk_file}", "CMD"},
    [OPT_LISTEN] = {"listen", 0, true, LISTENS, "where the device dials us (127.0.0.1:5684)", "ADDR:PORT"},
    [OPT_TRIGGER] = {"trigger", 0, true, LISTENS, "makes the device dial, once an association", "CMD"},
    [OPT_WAIT] = {"wait", 0, false, LISTENS, "attended: a person makes the device dial", NULL},
    [OPT_LEVER] = {"lever", 0, true, LISTENS,
                   "what has a registered LwM2M device dial again: disable, update, reboot, bootstrap",
                   "NAME"},
    [OPT_RESET] = {"reset", 0, true, ONE, "brings the device back when it serves no more", "CMD"},
    [OPT_READY] =
        {"ready", 0, true, ONE,
         "what tells that a started or reset device is ready: a line of its output, or its port (port)",
         "REGEX|port"},
    [OPT_PSK_CMD] = {"psk-cmd", 0, true, ONE, "prints the key of {identity} in hex", "CMD"},
    [OPT_AUTHORISED] = {"i-am-authorised", 0, false, DIALS | VERB_MATRIX,
                        "the device at this public address is mine to test", NULL},
    [OPT_TRIES] = {"tries", 0, true, VERB_DIAGNOSE_SERVER,
                   "handshakes with other forms of the key, at most (48)", "N"},
    [OPT_NO_CREDENTIALS] = {"no-credentials", 0, false, VERB_SERVER,
                            "judge what shows up to the ServerHello, with no key at all", NULL},
    [OPT_RATE] = {"rate", 0, true, VERB_SERVER, "associations begun in a second, at most", "N"},
    [OPT_WAIVERS] = {"waivers", 0, true, RUNS, "findings that are accepted for now", "FILE"},
    [OPT_BASELINE] = {"baseline", 0, true, RUNS, "verdicts.txt, report.json or directory of an earlier run",
                      "FILE"},
    [OPT_FAIL_ON] = {"fail-on", 0, true, RUNS, "what fails the gate (any)", "any|regression"},
    [OPT_OUTPUT] = {"output", 'o', true, WRITES | ASKS,
                    "where reports and captures go; - is stdout, for one format", "DIR"},
    [OPT_FORMAT] = {"format", 0, true, WRITES,
                    "reports to write (html,json,junit,verdicts,pcapng); also sarif,tap,markdown", "LIST"},
    [OPT_QUIET] = {"quiet", 'q', false, WRITES | VERB_SELFTEST | ASKS, "no progress", NULL},
    [OPT_VERBOSE] = {"verbose", 'v', false, RUNS | VERB_SELFTEST | ASKS,
                     "every case; twice: its messages, too", NULL},
    [OPT_COLOR] = {"color", 0, true, WRITES | VERB_SELFTEST, "colour on a terminal (auto)",
                   "auto|always|never"},
    [OPT_NO_SECRETS] = {"no-secrets", 0, false, RUNS, "captures hold no master secrets", NULL},
    [OPT_ALL] = {"all", 0, false, VERB_SELFTEST, "every fault against every case", NULL},
    [OPT_JSON] = {"json", 0, false, VERB_LIST, "as JSON", NULL},
};

static const char *number(struct arena *a, const struct options *o, enum option which, long low, long high,
                          long *out)
{
    const char *text = o->value[which], *dash = rows[which].letter ? "-" : "--";

    if (!text || parse_number(text, low, high, out))
        return NULL;
    return rows[which].letter ? arena_printf(a, "%s%c %s: not a number from %ld to %ld", dash,
                                             rows[which].letter, text, low, high)
                              : arena_printf(a, "%s%s %s: not a number from %ld to %ld", dash,
                                             rows[which].name, text, low, high);
}

static const char *read_seed(struct arena *a, struct options *o)
{
    const char *text = o->value[OPT_SEED];
    char *end;

    if (!text)
        return NULL;
    o->seed = strtoull(text, &end, 16);
    o->seed_given = true;
    return strspn(text, "0123456789abcdefABCDEF") == strlen(text) && *text && strlen(text) <= 16
               ? NULL
               : arena_printf(a, "--seed %s: not 1 to 16 hex digits", text);
}

/* "K/N", with K from 1 to N. */
static const char *read_shard(struct arena *a, struct options *o)
{
    const char *text = o->value[OPT_SHARD], *slash = text ? strchr(text, '/') : NULL;
    long k, n;

    if (!text)
        return NULL;
    if (!slash || !parse_number(slash + 1, 1, SHARDS_MAX, &n) ||
        !parse_number(arena_printf(a, "%.*s", (int)(slash - text), text), 1, n, &k))
        return arena_printf(a, "--shard %s: not K/N, with K from 1 to N and N at most %d", text, SHARDS_MAX);
    o->shard = (unsigned)k;
    o->shards = (unsigned)n;
    return NULL;
}

static const char *read_numbers(struct arena *a, struct options *o)
{
    long jobs = JOBS_DEFAULT, repeat = 1, parallel = 1;
    const char *error = number(a, o, OPT_JOBS, 1, JOBS_MAX, &jobs);

    if (!error)
        error = number(a, o, OPT_REPEAT, 1, 1000, &repeat);
    if (!error)
        error = number(a, o, OPT_PARALLEL, 1, PARALLEL_MAX, &parallel);
    if (!error)
        error = number(a, o, OPT_PATIENCE, 10, 600000, &o->patience_ms);
    if (!error)
        error = number(a, o, OPT_DEADLINE, 1, 1000000, &o->deadline_s);
    if (!error)
        error = read_shard(a, o);
    if (!error)
        error = number(a, o, OPT_TRIES, 0, 1000, &o->tries);
    if (!error)
        error = number(a, o, OPT_RATE, 1, 1000, &o->rate);
    o->jobs = (unsigned)jobs;
    o->repeat = (unsigned)repeat;
    o->parallel = (unsigned)parallel;
    return error ? error : read_seed(a, o);
}

static bool is_one_of(const char *word, const char *a, const char *b, const char *c)
{
    return !word || strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

static const char *check_words(struct arena *a, const struct options *o)
{
    if (!is_one_of(o->value[OPT_COLOR], "auto", "always", "never"))
        return arena_printf(a, "--color %s: not auto, always or never", o->value[OPT_COLOR]);
    if (!is_one_of(o->value[OPT_FAIL_ON], "any", "regression", "any"))
        return arena_printf(a, "--fail-on %s: not any or regression", o->value[OPT_FAIL_ON]);
    return NULL;
}

/* The options of a verb in popt's form; a row's number is its `val`, from 1. */
static struct poptOption *table_of(struct arena *a, enum verb verb)
{
    struct poptOption *table = arena_array(a, struct poptOption, OPT_COUNT + 2);
    size_t n = 0;

    for (int i = 0; i < OPT_COUNT; i++)
        if (rows[i].verbs & verb)
            table[n++] = (struct poptOption){
                rows[i].name, rows[i].letter, rows[i].takes_value ? POPT_ARG_STRING : POPT_ARG_NONE,
                NULL,         i + 1,          rows[i].help,
                rows[i].value};
    table[n++] = (struct poptOption){"help", 'h', POPT_ARG_NONE, NULL, OPT_COUNT + 1, "this list", NULL};
    return table;
}

static const char *bad_option(struct arena *a, poptContext context, enum verb verb, int code)
{
    const char *given = poptBadOption(context, POPT_BADOPTION_NOALIAS);
    struct string_list names = {0};

    if (code != POPT_ERROR_BADOPT)
        return arena_printf(a, "%s: %s", given, poptStrerror(code));
    for (int i = 0; i < OPT_COUNT; i++)
        if (rows[i].verbs & verb)
            string_list_add(a, &names, arena_printf(a, "--%s", rows[i].name));
    return arena_printf(a, "%s: unknown option%s", given, nearest_hint(a, given, names.list));
}

/* The words as popt wants them: the first is what its help calls the program. */
static const char **words_of(struct arena *a, int argc, char **argv)
{
    const char **words = arena_array(a, const char *, (size_t)argc + 1);

    words[0] = arena_printf(a, "pskgate %s", argv[0]);
    for (int i = 1; i < argc; i++)
        words[i] = argv[i];
    return words;
}

struct lists {
    struct string_list only, skip, rest;
};

static void take(struct arena *a, struct options *out, struct lists *lists, enum option which, char *given)
{
    const char *value = given ? arena_strdup(a, given) : "";

    free(given);
    out->value[which] = value;
    if (which == OPT_ONLY)
        string_list_add(a, &lists->only, value);
    if (which == OPT_SKIP)
        string_list_add(a, &lists->skip, value);
    if (which == OPT_VERBOSE && out->verbosity > 0 && out->verbosity < 3)
        out->verbosity++;
    if (which == OPT_QUIET)
        out->verbosity = 0;
}

enum parsed options_parse(struct arena *a, enum verb verb, int argc, char **argv, const char *usage,
                          struct options *out, const char **error)
{
    poptContext context = poptGetContext(NULL, argc, words_of(a, argc, argv), table_of(a, verb), 0);
    struct lists lists = {0};
    enum parsed result = PARSED;
    const char *word;
    int code;

    *out = (struct options){.verbosity = 1};
    poptSetOtherOptionHelp(context, usage);
    while ((code = poptGetNextOpt(context)) > 0 && code <= OPT_COUNT)
        take(a, out, &lists, (enum option)(code - 1), poptGetOptArg(context));
    if (code > OPT_COUNT) {
        poptPrintHelp(context, stdout, 0);
        result = PARSED_HELP;
    } else if (code < -1) {
        *error = bad_option(a, context, verb, code);
        result = PARSED_BAD;
    }
    while (result == PARSED && (word = poptGetArg(context)))
        string_list_add(a, &lists.rest, arena_strdup(a, word));
    poptFreeContext(context);
    out->only = lists.only.list;
    out->skip = lists.skip.list;
    out->rest = lists.rest.list;
    if (result == PARSED && ((*error = read_numbers(a, out)) || (*error = check_words(a, out))))
        result = PARSED_BAD;
    return result;
}
