#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "run/credentials.h"
#include "run/process.h"

enum { SUITES_A_LINE = 3, LTE_M_MS = 1500, NB_IOT_MS = 5000 };

static void put_key(const char *key, const char *value)
{
    if (*value)
        printf("%s = %s\n", key, value);
}

/* What is known, or the device says of itself; or else room for it. */
static void put_said(const char *key, const char *known, const char *said)
{
    if (*known || *said)
        put_key(key, *known ? known : said);
    else
        printf("; %s =\n", key);
}

static void put_credentials(struct arena *a, const struct dut *d)
{
    char *path = *d->psk_file ? realpath(d->psk_file, NULL) : NULL;

    puts("\n[credentials]");
    if (d->identity.n > 0)
        put_key("identity", identity_text(a, d->identity));
    put_key("psk_file", path != NULL ? path : d->psk_file);
    put_key("psk_env", d->psk_env);
    free(path);
}

static void put_capabilities(const struct dut *d, const struct survey *s)
{
    static const char *const lives[] = {
        [LIVENESS_PING] = "ping", [LIVENESS_ECHO] = "echo", [LIVENESS_NONE] = "none"};
    const char *extensions[] = {s->encrypt_then_mac ? " encrypt_then_mac" : "",
                                s->extended_master_secret ? " extended_master_secret" : "",
                                s->verify_request && d->role != CLIENT ? " hello_verify_request" : ""};

    puts("\n[capabilities]");
    for (size_t i = 0; i < s->suite_n; i++)
        printf("%s%s",
               i % SUITES_A_LINE ? " "
               : i               ? "\nimplements = "
                                 : "implements = ",
               cipher_name(s->suites[i]));
    if (s->suite_n > 0)
        putchar('\n');
    if (*extensions[0] || *extensions[1] || *extensions[2])
        printf("implements =%s%s%s\n", extensions[0], extensions[1], extensions[2]);
    put_key("liveness", lives[s->liveness]);
}

static void put_limits(const struct dut *d, const struct survey *s)
{
    long long ms = s->handshake_us / MS;
    bool program = *d->spawn || *d->trigger; /* its start is in the time, and it is near */

    puts("\n[limits]");
    if (s->one_slot || d->slots)
        printf("slots = %u\n", d->slots ? d->slots : 1);
    put_key("timers", *d->timers                 ? d->timers
                      : program || ms < LTE_M_MS ? "lan"
                      : ms < NB_IOT_MS           ? "lte-m"
                                                 : "nb-iot");
}

/* The file holds what was found, and what the device is held to from now on. */
static void put_file(struct arena *a, const struct dut *d, const struct survey *s)
{
    puts("; What pskgate saw of the device. A run holds the device to what stands under [capabilities]: take "
         "out what it does\n"
         "; not claim, and add what could not be seen (resumption, renegotiation, lwm2m-1.0, -1.1 or -1.2).");
    puts("[device]");
    put_key("name", d->name);
    put_said("make", d->make, s->make);
    put_said("model", d->model, s->model);
    put_said("firmware", d->firmware, s->firmware);
    put_key("role", role_name(d->role));
    put_key("address", d->address);
    put_credentials(a, d);
    put_capabilities(d, s);
    put_limits(d, s);
    if (*d->spawn || *d->trigger || *d->lever_word || *d->reset || *d->ready || *d->psk_cmd)
        puts("\n[hooks]");
    put_key("spawn", d->spawn);
    put_key("trigger", d->trigger);
    put_key("lever", d->lever_word);
    put_key("reset", d->reset);
    put_key("ready", d->ready);
    put_key("psk_cmd", d->psk_cmd);
}

static int survey_it(struct arena *a, const struct options *o, const struct dut *d)
{
    struct diagnosis_setup how = {
        .tries = TRIES_IN_RUN, .brief = true, .seed = o->seed_given ? o->seed : random_seed()};
    struct diagnosis why_not;
    struct survey found = {0};
    char why[WHY_MAX] = "";

    if (!profile_chosen(a, o, &how.profile))
        return EXIT_USAGE;
    if (!survey_device(a, d, &how, &found, &why_not, why)) {
        complain("init: %s", why);
        return EXIT_NOT_JUDGED;
    }
    if (found.served)
        put_file(a, d, &found);
    else
        put_diagnosis(a, o, &why_not);
    return found.served ? EXIT_CONFORMANT : EXIT_NOT_JUDGED;
}

int cmd_init(int argc, char **argv)
{
    const char *role = argc > 1 ? argv[1] : "";
    bool client = strcmp(role, "client") == 0;
    struct arena *a;
    struct options o;
    struct dut d;
    int code;

    if (!client && strcmp(role, "server") != 0)
        return complain(
            "init: say what the device is: `pskgate init server HOST[:PORT]` or `pskgate init client`");
    a = arena_new();
    if (read_options(a, VERB_INIT, argc - 1, argv + 1, client ? "[OPTION...]" : "HOST[:PORT] [OPTION...]", &o,
                     &code)) {
        const char *error = client ? client_of_options(a, &o, &d) : server_of_options(a, &o, &d);

        code = error ? complain("init: %s", error) : survey_it(a, &o, &d);
    }
    arena_free(a);
    return code;
}
