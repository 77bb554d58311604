#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "crypto/prf.h"
#include "lwm2m/lwm2m.h"
#include "run/process.h"

static const struct {
    const char *name, *arguments, *help;
    int (*run)(int argc, char **argv);
} verbs[] = {
    {"server", "HOST[:PORT] [options]", "the device is an LwM2M (bootstrap) server; we dial it", cmd_server},
    {"client", "[options]", "the device is an LwM2M client; we listen and it dials us", cmd_client},
    {"diagnose", "server HOST[:PORT] | client [options]", "why no handshake completes, and what to do",
     cmd_diagnose},
    {"init", "server HOST[:PORT] | client [options]",
     "prints a device file with what can be seen of the device", cmd_init},
    {"list", "[cases|requirements|ciphers|profiles|faults|bugs]", "what there is", cmd_list},
    {"explain", "ID", "a case or requirement: text, clause, level per profile", cmd_explain},
    {"matrix", "FILE.ini | DIR... -o OUT", "many devices, one page", cmd_matrix},
    {"merge", "DIR... -o OUT", "the shards of a run, put together", cmd_merge},
    {"selftest", "[--all]", "every planted fault is caught by the case that names it", cmd_selftest},
};
enum { VERBS = sizeof verbs / sizeof *verbs };

static int usage(FILE *out, int code)
{
    fputs("pskgate: a DTLS 1.2 PSK conformance gate for OMA LwM2M\n\n", out);
    for (size_t i = 0; i < VERBS; i++)
        fprintf(out, "  pskgate %-8s %-46s %s\n", verbs[i].name, verbs[i].arguments, verbs[i].help);
    fputs("\n`pskgate VERB --help` lists a verb's options. `pskgate --version` says what a report depends "
          "on.\n",
          out);
    return code;
}

static int version(void)
{
    struct arena *a = arena_new();
    struct catalogue all = catalogue_all(a);

    printf("pskgate %s\ncatalogue %s\nlibcrypto %s\n", PSKGATE_VERSION, catalogue_sum(a, &all),
           crypto_version());
    arena_free(a);
    return 0;
}

static int unknown_verb(const char *word)
{
    const char *names[VERBS];
    struct arena *a = arena_new();
    int code;

    for (size_t i = 0; i < VERBS; i++)
        names[i] = verbs[i].name;
    code = complain("%s: no such verb%s", word, nearest_hint(a, word, (struct strings){names, VERBS}));
    arena_free(a);
    return code;
}

static int run_verb(int argc, char **argv)
{
    if (argc < 2)
        return usage(stderr, EXIT_USAGE);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
        return usage(stdout, 0);
    if (strcmp(argv[1], "--version") == 0)
        return version();
    for (size_t i = 0; i < VERBS; i++)
        if (strcmp(verbs[i].name, argv[1]) == 0)
            return verbs[i].run(argc - 1, argv + 1);
    return unknown_verb(argv[1]);
}

int main(int argc, char **argv)
{
    int code;

    if (!crypto_start()) {
        fputs("pskgate: libcrypto lacks an algorithm that is needed\n", stderr);
        return EXIT_NOT_JUDGED;
    }
    lwm2m_start();
    run_catch_signals();
    code = run_verb(argc, argv);
    if (fflush(stdout) != 0 && code == 0)
        code = EXIT_NOT_JUDGED;
    leftovers_clear();
    if (run_abandoned())
        _exit(code); /* threads of a run that was given up still use what would be freed */
    lwm2m_stop();
    crypto_stop();
    return code;
}
