#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"

int complain(const char *format, ...)
{
    struct arena *a = arena_new();
    va_list args;
    char *text;

    va_start(args, format);
    text = arena_vprintf(a, format, args);
    va_end(args);
    fprintf(stderr, "pskgate: %.1000s\n", arena_escape(a, bytes_of_text(text)));
    arena_free(a);
    return EXIT_USAGE;
}

bool read_options(struct arena *a, enum verb verb, int argc, char **argv, const char *usage,
                  struct options *o, int *code)
{
    const char *error = NULL;
    enum parsed parsed = options_parse(a, verb, argc, argv, usage, o, &error);
    struct string_list given = {0};

    string_list_add(a, &given, "pskgate");
    for (int i = 0; i < argc; i++)
        string_list_add(a, &given, arena_strdup(a, argv[i]));
    o->argv = given.list;
    *code = parsed == PARSED_BAD ? complain("%s: %s", argv[0], error) : 0;
    return parsed == PARSED;
}

bool profile_chosen(struct arena *a, const struct options *o, enum profile *out)
{
    const char *names[PROFILE_COUNT], *word = o->value[OPT_PROFILE];

    *out = PROFILE_LWM2M_1_0;
    for (size_t i = 0; i < PROFILE_COUNT; i++) {
        names[i] = profiles[i].name;
        if (word && strcmp(word, names[i]) == 0) {
            *out = (enum profile)i;
            return true;
        }
    }
    if (word)
        complain("--profile %s: no such profile%s; `pskgate list profiles` names them", word,
                 nearest_hint(a, word, (struct strings){names, PROFILE_COUNT}));
    return !word;
}

static void tell_estimate(void *context, const char *text)
{
    const struct telling *told = context;

    if (told->verbosity > 0)
        fprintf(stderr, "%s\n", text);
}

static int dry_run(const struct catalogue *selected)
{
    for (size_t i = 0; i < selected->n; i++)
        printf("%s  %s\n", selected->at[i].id, selected->at[i].title);
    printf("%zu cases\n", selected->n);
    return 0;
}

/* Results on stdout; with a machine format there they stand on stderr. */
static void print_results(const struct options *o, const struct telling *told, const struct model *m,
                          bool brief)
{
    if (told->results == stderr && o->verbosity == 0)
        return;
    flockfile(told->results);
    if (brief)
        console_verdict(&told->out, m, told->results);
    else
        console_summary(&told->out, m, told->results);
    fflush(told->results);
    funlockfile(told->results);
}

static int run_selected(struct arena *a, const struct run_config *config, const char *output,
                        const char *among, struct model **out)
{
    const struct options *o = config->options;
    struct telling told =
        telling_of(o, o->parallel > 1 ? among : NULL, format_of_stdout(o) ? stderr : stdout);
    struct run_config c = *config;
    bool written;

    c.progress = tell_case;
    c.message = o->verbosity >= 3 ? tell_message : NULL;
    c.estimated = tell_estimate;
    c.context = &told;
    c.output = output;
    c.captures = output && captures_wanted(o);
    *out = run_device(a, &c);
    print_results(o, &told, *out, among != NULL);
    written = output ? output_write(a, o, *out, output) : output_print(o, *out);
    return written || (*out)->summary.exit_code != 0 ? (*out)->summary.exit_code : EXIT_NOT_JUDGED;
}

/* The cases to run: a shard of them, when that is asked for. */
static enum selected choose(struct arena *a, const struct options *o, struct run_config *config)
{
    struct catalogue *whole = arena_new_of(a, struct catalogue), *shard = arena_new_of(a, struct catalogue);
    const char *error = NULL;
    enum selected choice = catalogue_select(a, config->all, config->device->role, config->profile, o->only,
                                            o->skip, whole, &error);

    if (choice != SELECTED) {
        complain("%s", error);
        return choice;
    }
    config->selected = whole;
    if (o->shards == 0)
        return SELECTED;
    catalogue_shard(a, whole, o->shard, o->shards, shard);
    config->selected = shard;
    config->whole = whole;
    return SELECTED;
}

int judge_device(struct arena *a, const struct options *o, const struct dut *d, const char *output,
                 const char *among, struct model **out)
{
    struct catalogue *all = arena_new_of(a, struct catalogue);
    struct run_config config = {.device = d, .all = all, .options = o};
    enum selected choice;

    *out = NULL;
    if (!profile_chosen(a, o, &config.profile) || !formats_check(a, o))
        return EXIT_USAGE;
    *all = catalogue_all(a);
    choice = choose(a, o, &config);
    if (choice != SELECTED)
        return choice == SELECTED_UNKNOWN ? EXIT_USAGE : EXIT_NOT_JUDGED;
    if (option_given(o, OPT_DRY_RUN))
        return dry_run(config.selected);
    if (!past_read(a, &config) || (output && !output_make(a, output)))
        return EXIT_USAGE;
    config.seed = o->seed_given ? o->seed : random_seed();
    if (o->verbosity > 0 && !o->seed_given)
        fprintf(stderr, "seed %016llx\n", (unsigned long long)config.seed);
    return run_selected(a, &config, output, among, out);
}
