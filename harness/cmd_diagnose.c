#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "run/diagnosis.h"
#include "run/process.h"

enum { WIDTH = 96 };

/* Prints text in lines of WIDTH columns, each indented. */
static void put_paragraph(const char *indent, const char *text)
{
    size_t column = 0;

    while (*text) {
        size_t n = strcspn(text, " ");

        if (column > 0 && column + 1 + n > WIDTH) {
            putchar('\n');
            column = 0;
        }
        column += (size_t)printf("%s%.*s", column ? " " : indent, (int)n, text);
        text += n;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static void put_finding(struct arena *a, const struct finding *f)
{
    put_paragraph("", f->what);
    put_paragraph("  ", arena_printf(a, "Next: %s.", f->next));
}

/* "device: Acme GW-2, firmware 2.4.1", of what it tells. */
static void put_name(const struct nameplate *n)
{
    bool named = *n->make || *n->model;

    if (!named && !*n->firmware)
        return;
    printf("device: %s%s%s%s%s%s\n", n->make, *n->make && *n->model ? " " : "", n->model,
           named && *n->firmware ? ", " : "", *n->firmware ? "firmware " : "", n->firmware);
}

void put_diagnosis(struct arena *a, const struct options *o, const struct diagnosis *d)
{
    put_name(&d->nameplate);
    printf("cause: %s\n", cause_name(d->found[0].cause));
    put_finding(a, &d->found[0]);
    for (size_t i = 1; i < d->n; i++) {
        printf("\nand: %s\n", cause_name(d->found[i].cause));
        put_finding(a, &d->found[i]);
    }
    if (o->verbosity == 0)
        return;
    printf("\nwhat was tried (%u handshakes):\n", d->handshakes);
    for (size_t i = 0; i < d->seen_n; i++)
        put_paragraph("  ", d->seen[i]);
}

static int diagnose_it(struct arena *a, const struct options *o, const struct dut *d)
{
    const char *output = o->value[OPT_OUTPUT];
    struct diagnosis_setup how = {.tries = o->tries ? (unsigned)o->tries : TRIES_USUAL};
    struct diagnosis found;
    char why[WHY_MAX] = "";

    if (!profile_chosen(a, o, &how.profile) || (output && !output_make(a, output)))
        return EXIT_USAGE;
    how.seed = o->seed_given ? o->seed : random_seed();
    how.log = output ? arena_printf(a, "%s/device.log", output) : NULL;
    if (!diagnose_device(a, d, &how, &found, why)) {
        complain("%s", why);
        return EXIT_NOT_JUDGED;
    }
    put_diagnosis(a, o, &found);
    if (run_signal())
        return 128 + run_signal();
    return found.served ? EXIT_CONFORMANT : EXIT_NOT_JUDGED;
}

static int diagnose_verb(int argc, char **argv, enum verb verb, const char *usage,
                         const char *(*device_of)(struct arena *a, const struct options *o, struct dut *d))
{
    struct arena *a = arena_new();
    struct options o;
    struct dut d;
    int code;

    if (read_options(a, verb, argc, argv, usage, &o, &code)) {
        const char *error = device_of(a, &o, &d);

        code = error ? complain("diagnose: %s", error) : diagnose_it(a, &o, &d);
    }
    arena_free(a);
    return code;
}

int cmd_diagnose(int argc, char **argv)
{
    const char *role = argc > 1 ? argv[1] : "";

    if (strcmp(role, "server") == 0)
        return diagnose_verb(argc - 1, argv + 1, VERB_DIAGNOSE_SERVER, "HOST[:PORT] [OPTION...]",
                             server_of_options);
    if (strcmp(role, "client") == 0)
        return diagnose_verb(argc - 1, argv + 1, VERB_DIAGNOSE_CLIENT, "[OPTION...]", client_of_options);
    return complain("diagnose: say what the device is: `pskgate diagnose server HOST[:PORT]` or `pskgate "
                    "diagnose client`");
}
