#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* How a run is told of on stderr, and with -v on stdout. */
struct telling {
    struct console_style err, out;
    bool redraw;
    unsigned verbosity, failed;
};

static void tell(void *context, const struct model_case *c, size_t settled, size_t of)
{
    struct telling *t = context;

    t->failed += c->verdict == VERDICT_FAIL;
    if (t->verbosity >= 2)
        console_case(&t->out, c, stdout);
    for (size_t i = 0; t->verbosity >= 3 && i < c->message_count; i++)
        printf("    %10.3f ms  %-8s %s\n", (double)c->messages[i].t_us / 1000, c->messages[i].from,
               c->messages[i].summary);
    if (t->verbosity == 0)
        return;
    if (t->redraw)
        fprintf(stderr, "\r\033[K%zu of %zu cases, %u failed: %.60s", settled, of, t->failed, c->id);
    else if (t->verbosity == 1)
        console_case(&t->err, c, stderr);
    if (t->redraw && settled == of)
        fputs("\r\033[K", stderr);
}

static void tell_estimate(void *context, const char *text)
{
    struct telling *t = context;

    if (t->verbosity > 0)
        fprintf(stderr, "%s\n", text);
}

static struct telling telling_of(const struct options *o)
{
    const char *colour = option_given(o, OPT_COLOR) ? o->value[OPT_COLOR] : "auto";

    return (struct telling){.err = console_style_of(colour, stderr),
                            .out = console_style_of(colour, stdout),
                            .redraw = o->verbosity == 1 && isatty(STDERR_FILENO),
                            .verbosity = o->verbosity};
}

static int dry_run(const struct catalogue *selected)
{
    for (size_t i = 0; i < selected->n; i++)
        printf("%s  %s\n", selected->at[i].id, selected->at[i].title);
    printf("%zu cases\n", selected->n);
    return 0;
}

static int run_selected(struct arena *a, const struct run_config *config, const char *output, bool brief,
                        struct model **out)
{
    const struct options *o = config->options;
    struct telling told = telling_of(o);
    struct run_config c = *config;
    struct model *m;

    c.progress = tell;
    c.estimated = tell_estimate;
    c.context = &told;
    c.output = output;
    c.captures = output && captures_wanted(o);
    *out = m = run_device(a, &c);
    if (brief)
        console_verdict(&told.out, m, stdout);
    else
        console_summary(&told.out, m, stdout);
    if (output && !output_write(a, o, m, output) && m->summary.exit_code == 0)
        return EXIT_NOT_JUDGED;
    return m->summary.exit_code;
}

/* Waivers and baseline. False: complained. */
static bool read_past(struct arena *a, struct run_config *config)
{
    const struct options *o = config->options;
    struct baseline *baseline = arena_new_of(a, struct baseline);
    struct waivers *waivers = arena_new_of(a, struct waivers);
    const char *on = o->value[OPT_FAIL_ON], *error = NULL;

    if (option_given(o, OPT_WAIVERS)) {
        error = waivers_read(a, o->value[OPT_WAIVERS], config->all, waivers);
        config->waivers = waivers;
    }
    if (!error && option_given(o, OPT_BASELINE)) {
        error = baseline_read(a, o->value[OPT_BASELINE], baseline);
        config->baseline = baseline;
    }
    if (!error && on && strcmp(on, "regression") == 0 && !config->baseline)
        error = "--fail-on regression: needs --baseline FILE";
    if (error)
        complain("%s", error);
    return error == NULL;
}

int judge_device(struct arena *a, const struct options *o, const struct dut *d, const char *output,
                 bool brief, struct model **out)
{
    struct catalogue *all = arena_new_of(a, struct catalogue), *selected = arena_new_of(a, struct catalogue);
    struct run_config config = {.device = d, .all = all, .selected = selected, .options = o};
    const char *error = NULL;
    enum selected choice;

    *out = NULL;
    if (!profile_chosen(a, o, &config.profile) || !formats_check(a, o))
        return EXIT_USAGE;
    *all = catalogue_all(a);
    choice = catalogue_select(a, all, d->role, config.profile, o->only, o->skip, selected, &error);
    if (choice != SELECTED) {
        complain("%s", error);
        return choice == SELECTED_UNKNOWN ? EXIT_USAGE : EXIT_NOT_JUDGED;
    }
    if (option_given(o, OPT_DRY_RUN))
        return dry_run(selected);
    if (!read_past(a, &config) || (output && !output_make(a, output)))
        return EXIT_USAGE;
    config.seed = o->seed_given ? o->seed : random_seed();
    if (o->verbosity > 0 && !o->seed_given)
        fprintf(stderr, "seed %016llx\n", (unsigned long long)config.seed);
    return run_selected(a, &config, output, brief, out);
}
