#include "cmd_selftest.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"

/* The devices are ours and near: silence is sure after so long. */
enum { PATIENCE_MS = 150, TIMER_MS = 100 };

/* What a device of each base declares, so that everything it has is judged. */
#define CIPHERS(...) #__VA_ARGS__
#define BASE(name, profile, traits, ...) {name, __VA_ARGS__},
static const struct {
    const char *name, *ciphers;
} bases[] = {
#include "peers/bases.def"
};
#undef BASE
#undef CIPHERS

/* Findings that a faultless device of a base is there for (peers/bases.def). */
static bool is_expected(const char *base, const struct model_case *c)
{
    static const struct {
        const char *base, *warned;
    } expected[] = {{"*mte", "etm/*cbc-only-with-etm"},
                    {"renegotiation*", "extension/renegotiation-refused"},
                    {"renegotiation*", "extension/client-hello-request"},
                    {"bootstrap-1.1", "negotiation/client-avoids-cbc"}};
    bool found = false;

    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        found =
            found || (fnmatch(expected[i].base, base, 0) == 0 && fnmatch(expected[i].warned, c->id, 0) == 0);
    return found && c->verdict == VERDICT_WARNING;
}

/* True when a base's list of suites, as the table writes it, has that name. */
static bool names_cipher(const char *list, const char *name)
{
    size_t n = strlen(name);

    for (const char *at = list; (at = strstr(at, name)); at += n)
        if (at[n] == ',' || at[n] == '\0' || at[n] == ' ')
            return true;
    return false;
}

static void declare(struct arena *a, const char *base, struct dut *d)
{
    bool cbc = false;

    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
        for (size_t j = 0; j < cipher_count && strcmp(bases[i].name, base) == 0; j++)
            if (names_cipher(bases[i].ciphers, ciphers[j].name)) {
                string_list_add(a, &d->implements, ciphers[j].name);
                cbc = cbc || cipher_is_cbc(&ciphers[j]);
            }
    if (cbc)
        string_list_add(a, &d->implements, "encrypt_then_mac");
    string_list_add(a, &d->implements, "extended_master_secret");
    if (strcmp(base, "resumption") == 0)
        string_list_add(a, &d->implements, "resumption");
}

static void device_of(struct arena *a, const struct selftest *s, const struct trial *t, struct dut *d)
{
    bool client = t->role == CLIENT;
    const char *fault =
        t->row_n > 0 ? arena_printf(a, "--fault %s", t->device) : arena_printf(a, "--base %s", t->base);
    const char *command =
        arena_printf(a, "%s/faulty-%s --host {host} --port {port} --identity {identity} --psk-file %s %s%s",
                     shell_word(a, s->peers), client ? "client" : "server", shell_word(a, s->key_file), fault,
                     t->role == BOOTSTRAP_SERVER ? " --bootstrap" : "");

    *d = device_unknown();
    d->name = t->device;
    d->role = t->role;
    d->role_name = role_name(t->role);
    d->address = d->host = "127.0.0.1";
    d->identity_word = SELFTEST_IDENTITY;
    d->identity = bytes_of_text(d->identity_word);
    d->psk = s->psk;
    d->liveness = "ping";
    d->key_from = "--psk-file KEY";
    d->spawn = client ? "" : command;
    d->trigger = client ? command : "";
    declare(a, t->base, d);
}

static const char *chapter_glob(struct arena *a, const char *id)
{
    return arena_printf(a, "%.*s/*", (int)strcspn(id, "/"), id);
}

static void options_of(struct arena *a, const struct selftest *s, const struct trial *t, struct options *o)
{
    struct string_list only = {0};

    *o = *s->options;
    o->verbosity = 0;
    o->repeat = 1;
    o->patience_ms = s->options->patience_ms ? s->options->patience_ms : PATIENCE_MS;
    if (t->row_n > 0 && !s->cross) {
        string_list_add(a, &only, chapter_glob(a, t->rows[0]->case_id));
        string_list_add(a, &only, "invariant/*");
    }
    o->only = only.list;
}

static bool is_claimed(struct arena *a, const struct fault_line *l, const char *id)
{
    char *also = arena_strdup(a, l->also), *rest = NULL;

    if (fnmatch(l->case_id, id, 0) == 0)
        return true;
    for (char *glob = strtok_r(also, ", ", &rest); glob; glob = strtok_r(NULL, ", ", &rest))
        if (fnmatch(glob, id, 0) == 0)
            return true;
    return false;
}

/* The case that names the fault must fail, or warn. */
static const char *judge_row(struct arena *a, struct trial *t, const struct fault_line *l,
                             const struct model *m)
{
    const struct model_case *c = model_case_find(m, l->case_id);
    bool caught = c && (c->verdict == VERDICT_FAIL || c->verdict == VERDICT_WARNING);

    t->caught += caught;
    t->missed += !caught;
    if (!c)
        return arena_printf(a, "MISSED  %-40s %s: no such case for this device\n", t->device, l->case_id);
    return arena_printf(a, "%s  %-40s %s: %s: %s\n", caught ? "caught" : "MISSED", t->device, l->case_id,
                        verdict_name(c->verdict), *c->reason ? c->reason : c->got);
}

/* Verdicts that differ from the faultless device's, and that no row of the fault claims. */
static const char *judge_others(struct arena *a, const struct selftest *s, struct trial *t,
                                const struct model *m, const char *report)
{
    const struct trial *without = faultless(s, t->base, t->role);

    for (size_t i = 0; i < m->case_count; i++) {
        const struct model_case *c = &m->cases[i];
        size_t at = catalogue_find(&s->all, c->id);
        bool claimed = !without || without->verdicts[at] == c->verdict;

        for (size_t j = 0; j < t->row_n && !claimed; j++)
            claimed = is_claimed(a, t->rows[j], c->id);
        if (claimed)
            continue;
        t->unclaimed++;
        report = arena_printf(a, "%schanged %-40s %s: %s, without a fault %s: %s\n", report, t->device, c->id,
                              verdict_name(c->verdict), verdict_name(without->verdicts[at]),
                              *c->reason ? c->reason : c->got);
    }
    return report;
}

static const char *judge_faultless(struct arena *a, const struct selftest *s, struct trial *t,
                                   const struct model *m)
{
    const char *report = "";

    t->clean = true;
    for (size_t i = 0; i < m->case_count; i++) {
        const struct model_case *c = &m->cases[i];

        t->verdicts[catalogue_find(&s->all, c->id)] = c->verdict;
        if (c->verdict == VERDICT_PASS || c->verdict == VERDICT_NOT_APPLICABLE || is_expected(t->base, c))
            continue;
        t->clean = false;
        report = arena_printf(a, "%sNOT CLEAN %s, base %s: %s: %s: %s\n", report, role_name(t->role), t->base,
                              c->id, verdict_name(c->verdict), *c->reason ? c->reason : c->got);
    }
    return t->clean ? arena_printf(a, "clean   %s, base %s: %zu cases, no finding\n", role_name(t->role),
                                   t->base, m->case_count)
                    : report;
}

static void judge_trial(struct arena *a, struct selftest *s, struct trial *t, const struct model *m)
{
    const char *report = "";

    if (t->row_n == 0)
        report = judge_faultless(a, s, t, m);
    for (size_t i = 0; i < t->row_n; i++)
        report = arena_printf(a, "%s%s", report, judge_row(a, t, t->rows[i], m));
    if (t->row_n > 0)
        report = judge_others(a, s, t, m, report);
    pthread_mutex_lock(&s->lock);
    t->report = arena_strdup(s->arena, report);
    if (s->options->verbosity > 0)
        fputs(report, s->options->verbosity > 1 ? stdout : stderr);
    pthread_mutex_unlock(&s->lock);
}

static bool is_named(const struct trial *t, const char *id)
{
    for (size_t i = 0; i < t->row_n; i++)
        if (strcmp(t->rows[i]->case_id, id) == 0)
            return true;
    return false;
}

/* Of a family its first, middle and last member run, and those that a row names. */
static void thin_out(const struct selftest *s, const struct trial *t, struct catalogue *selected)
{
    size_t kept = 0;

    for (size_t i = 0; i < selected->n; i++)
        if (runs_in_selftest(s, &selected->at[i]) || is_named(t, selected->at[i].id))
            selected->at[kept++] = selected->at[i];
    selected->n = kept;
}

/* A device that dies of its fault has a process of its own. */
static bool dies(const struct trial *t)
{
    return strstr(t->device, "dies-on-") != NULL;
}

void trial_run(struct selftest *s, struct trial *t)
{
    struct arena *a = arena_new();
    struct catalogue selected;
    struct options o;
    struct dut d;
    const char *error;
    struct client_trial *client = arena_new_of(a, struct client_trial);
    struct client_hooks hooks = clients_of(client);
    struct run_config config = {.device = &d,
                                .all = &s->all,
                                .selected = &selected,
                                .profile = t->profile,
                                .options = &o,
                                .seed = s->options->seed_given ? s->options->seed : random_seed(),
                                .timer_us = TIMER_MS * MS,
                                .client = t->role == CLIENT && !dies(t) ? &hooks : NULL,
                                .insist = true};

    *client = (struct client_trial){s, t};
    device_of(a, s, t, &d);
    options_of(a, s, t, &o);
    if (catalogue_select(a, &s->all, t->role, t->profile, o.only, o.skip, &selected, &error) == SELECTED) {
        if (t->row_n > 0 && !s->cross)
            thin_out(s, t, &selected);
        judge_trial(a, s, t, run_device(a, &config));
    } else {
        pthread_mutex_lock(&s->lock);
        t->missed += (unsigned)t->row_n;
        t->report = arena_printf(s->arena, "MISSED  %s: %s\n", t->device, error);
        pthread_mutex_unlock(&s->lock);
    }
    if (!run_abandoned())
        arena_free(a);
}
