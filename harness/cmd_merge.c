/* pskgate merge: the shards of a run put together; with --shard one shard taken out of a whole. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"
#include "run/merge.h"

/* Where a report and its captures stand. */
struct source {
    const char *directory;
    struct model *model;
};

struct merge {
    struct arena *arena;
    const struct options *options;
    struct source *sources;
    size_t n;
};

static const char *directory_of(struct arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? arena_printf(a, "%.*s", (int)(slash - path), path) : ".";
}

/* A report.json, or the directory that holds it. */
static bool load(struct merge *g, const char *given, struct source *out, const char **path)
{
    struct stat st;
    bool directory = stat(given, &st) == 0 && S_ISDIR(st.st_mode);
    const char *error = NULL;

    *path = directory ? arena_printf(g->arena, "%s/report.json", given) : given;
    out->directory = directory ? given : directory_of(g->arena, given);
    if (json_load(g->arena, *path, &out->model, &error))
        return true;
    complain("merge: %s", error);
    return false;
}

/* The directory that holds a case's capture: a merged case is one shard's, with its strings. */
static const char *directory_with(const struct merge *g, const struct model_case *c)
{
    for (size_t i = 0; i < g->n; i++) {
        const struct model_case *from = model_case_find(g->sources[i].model, c->id);

        if (from && from->capture == c->capture)
            return g->sources[i].directory;
    }
    return ".";
}

static bool copy_captures(const struct merge *g, const struct model *m, const char *output)
{
    size_t missing = 0;
    const char *example = "";

    for (size_t i = 0; i < m->case_count; i++) {
        const struct model_case *c = &m->cases[i];
        const char *from = arena_printf(g->arena, "%s/%s", directory_with(g, c), c->capture);

        if (!*c->capture)
            continue;
        if (!output_copy(g->arena, from, arena_printf(g->arena, "%s/%s", output, c->capture))) {
            if (errno != ENOENT) {
                complain("%s: %s", from, strerror(errno));
                return false;
            }
            missing++;
            example = from;
        }
    }
    if (missing > 0)
        complain("merge: %zu captures are not beside their reports: %s", missing, example);
    return true;
}

static int finish(const struct merge *g, const struct model *m)
{
    const struct options *o = g->options;
    const char *output = output_directory(o);
    FILE *results = format_of_stdout(o) ? stderr : stdout;
    struct console_style style =
        console_style_of(option_given(o, OPT_COLOR) ? o->value[OPT_COLOR] : "auto", results);
    bool written;

    if (output && !output_make(g->arena, output))
        return EXIT_USAGE;
    if (o->verbosity > 0 || results == stdout)
        console_verdict(&style, m, results);
    written = output ? output_reports(g->arena, o, m, output) &&
                           (!captures_wanted(o) || copy_captures(g, m, output))
                     : output_print(o, m);
    return written || m->summary.exit_code != 0 ? m->summary.exit_code : EXIT_NOT_JUDGED;
}

static int run_merge(struct merge *g)
{
    struct strings given = g->options->rest;
    struct shard *shards = arena_array(g->arena, struct shard, given.n);
    const char *error;
    struct model *m = NULL;

    if (given.n == 0)
        return complain("merge: name the output directories of the shards");
    if (!output_directory(g->options) && !format_of_stdout(g->options))
        return complain("merge: -o DIR is missing: the report has to go somewhere");
    g->sources = arena_array(g->arena, struct source, given.n);
    for (g->n = 0; g->n < given.n; g->n++) {
        if (!load(g, given.at[g->n], &g->sources[g->n], &shards[g->n].path))
            return EXIT_USAGE;
        shards[g->n].model = g->sources[g->n].model;
    }
    if (g->options->shards == 0) {
        error = shards_merge(g->arena, shards, g->n, &m);
        return error ? complain("merge: %s", error) : finish(g, m);
    }
    if (g->n != 1 || *shards[0].model->run.shard)
        return complain("merge: --shard takes a part out of one whole report");
    return finish(g, model_split(g->arena, shards[0].model, g->options->shard, g->options->shards));
}

int cmd_merge(int argc, char **argv)
{
    struct arena *a = arena_new();
    struct options o;
    struct merge g = {.arena = a, .options = &o};
    int code;

    if (read_options(a, VERB_MERGE, argc, argv, "DIR... -o OUT [OPTION...]", &o, &code))
        code = formats_check(a, &o) ? run_merge(&g) : EXIT_USAGE;
    arena_free(a);
    return code;
}
