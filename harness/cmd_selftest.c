#include "cmd_selftest.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "run/process.h"

enum { SIDE_BY_SIDE = 8, PATH_LENGTH = 4096 };

#define FAULT(id, role, base, decision, parameter, case_id, also) {id, base, parameter, case_id, also, role},
static const struct fault_line lines[] = {
#include "peers/faults.def"
};
#undef FAULT
enum { LINES = sizeof lines / sizeof *lines };

#define CIPHERS(...) 0
#define BASE(name, profile, traits, ...) {name, profile},
static const struct {
    const char *name, *profile;
} bases[] = {
#include "peers/bases.def"
};
#undef BASE
#undef CIPHERS

static enum profile profile_of_base(const char *base)
{
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
        for (size_t p = 0; strcmp(bases[i].name, base) == 0 && p < PROFILE_COUNT; p++)
            if (strcmp(profiles[p].name, bases[i].profile) == 0)
                return (enum profile)p;
    return PROFILE_LWM2M_1_0;
}

/* A case that only a bootstrap server has is tried on one. */
static enum role role_of(const struct selftest *s, const struct fault_line *l)
{
    size_t i = catalogue_find(&s->all, l->case_id);
    unsigned dut = i < s->all.n ? s->all.at[i].dut : SERVER;

    return l->role == SERVER && !(dut & SERVER) && (dut & BOOTSTRAP_SERVER) ? BOOTSTRAP_SERVER : l->role;
}

static struct trial *add_trial(struct selftest *s, const char *base, enum role role, const char *device)
{
    struct trial *t = arena_grow(s->arena, &s->trials, &s->cap, s->n, sizeof *s->trials);

    s->n++;
    *t = (struct trial){
        .base = base, .role = role, .profile = profile_of_base(base), .device = device, .report = ""};
    t->verdicts = arena_array(s->arena, enum verdict, s->all.n);
    return t;
}

const struct trial *faultless(const struct selftest *s, const char *base, enum role role)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->trials[i].row_n == 0 && s->trials[i].role == role && strcmp(s->trials[i].base, base) == 0)
            return &s->trials[i];
    return NULL;
}

static bool same_chapter(const char *a, const char *b)
{
    size_t n = strcspn(a, "/");

    return strncmp(a, b, n) == 0 && b[n] == '/';
}

/* The trial that the row can share. */
static struct trial *trial_for(struct selftest *s, const struct fault_line *l, enum role role,
                               const char *device)
{
    for (size_t i = 0; i < s->n; i++) {
        struct trial *t = &s->trials[i];

        if (t->row_n > 0 && t->row_n < ROWS_A_TRIAL && t->role == role && strcmp(t->base, l->base) == 0 &&
            strcmp(t->device, device) == 0 && (s->cross || same_chapter(t->rows[0]->case_id, l->case_id)))
            return t;
    }
    return add_trial(s, l->base, role, device);
}

/* The first pattern after the verb that fits no row, or NULL. */
static const char *idle_pattern(const struct strings *globs)
{
    for (size_t g = 0; g < globs->n; g++) {
        size_t i = 0;

        while (i < LINES && fnmatch(globs->at[g], lines[i].case_id, 0) != 0)
            i++;
        if (i == LINES)
            return globs->at[g];
    }
    return NULL;
}

/* Patterns after the verb choose among the faults by the case that must notice. */
static bool is_chosen(const struct selftest *s, const struct fault_line *l)
{
    const struct strings *globs = &s->options->rest;

    for (size_t i = 0; i < globs->n; i++)
        if (fnmatch(globs->at[i], l->case_id, 0) == 0)
            return true;
    return globs->n == 0;
}

/* The faultless devices come first: what they pass is what the others are compared with. */
static size_t plan(struct selftest *s)
{
    size_t faultless_n;

    for (size_t i = 0; i < LINES; i++)
        if (is_chosen(s, &lines[i]) && !faultless(s, lines[i].base, role_of(s, &lines[i])))
            add_trial(s, lines[i].base, role_of(s, &lines[i]), "no fault");
    faultless_n = s->n;
    for (size_t i = 0; i < LINES; i++) {
        if (!is_chosen(s, &lines[i]))
            continue;
        const char *device = *lines[i].parameter
                                 ? arena_printf(s->arena, "%s:%s", lines[i].id, lines[i].parameter)
                                 : lines[i].id;
        struct trial *t = trial_for(s, &lines[i], role_of(s, &lines[i]), device);

        t->rows[t->row_n++] = &lines[i];
    }
    return faultless_n;
}

/* ---- the table itself ---- */

static bool has_fault(const char *case_id)
{
    for (size_t i = 0; i < LINES; i++)
        if (strcmp(lines[i].case_id, case_id) == 0)
            return true;
    return false;
}

/* MAY and information say nothing that a device could break. */
static bool can_fail(const struct planned *p)
{
    for (size_t i = 0; i < PROFILE_COUNT; i++) {
        enum level level = requirements[p->requirement].levels[i];

        if (level != NONE && level != MAY)
            return true;
    }
    return false;
}

bool runs_in_selftest(const struct selftest *s, const struct planned *p)
{
    size_t members = 0;

    for (size_t i = 0; i < s->all.n; i++)
        members += p->test_case && s->all.at[i].test_case == p->test_case;
    return members < 4 || p->index == 0 || p->index == members / 2 || p->index == members - 1;
}

/* A case that can fail and has no fault was never seen to fail; a fault without its case is seen by nobody. */
static unsigned check_table(const struct selftest *s)
{
    unsigned wrong = 0;

    for (size_t i = 0; i < s->all.n; i++) {
        const struct planned *p = &s->all.at[i];

        if (!can_fail(p) || !runs_in_selftest(s, p) || has_fault(p->id))
            continue;
        printf("NO FAULT %s\n", p->id);
        wrong++;
    }
    for (size_t i = 0; i < LINES; i++) {
        if (catalogue_find(&s->all, lines[i].case_id) < s->all.n)
            continue;
        printf("NO CASE  %s: %s\n", lines[i].id, lines[i].case_id);
        wrong++;
    }
    return wrong;
}

struct share {
    struct selftest *selftest;
    size_t until;
};

static void *work(void *context)
{
    struct share *share = context;
    struct selftest *s = share->selftest;

    for (;;) {
        struct trial *t;

        pthread_mutex_lock(&s->lock);
        t = s->next < share->until && !run_signal() ? &s->trials[s->next++] : NULL;
        pthread_mutex_unlock(&s->lock);
        if (!t)
            return NULL;
        trial_run(s, t);
    }
}

static void run_trials(struct selftest *s, size_t until)
{
    pthread_t threads[SIDE_BY_SIDE];
    struct share share = {s, until};
    size_t n = 0;

    while (n < SIDE_BY_SIDE && pthread_create(&threads[n], NULL, work, &share) == 0)
        n++;
    if (n == 0)
        work(&share);
    for (size_t i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
}

/* The programs stand beside this one, or, for a variant, beside its directory. */
static const char *find_peers(struct arena *a)
{
    static const char *const places[] = {"peers", "../peers"};
    char self[PATH_LENGTH] = "";

    if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
        return NULL;
    *strrchr(self, '/') = '\0';
    for (size_t i = 0; i < 2; i++)
        if (access(arena_printf(a, "%s/%s/faulty-server", self, places[i]), X_OK) == 0)
            return arena_printf(a, "%s/%s", self, places[i]);
    return NULL;
}

struct tally {
    unsigned caught, faults, unclaimed, clean, devices;
};

static struct tally add_up(const struct selftest *s)
{
    struct tally sum = {0};

    for (size_t i = 0; i < s->n; i++) {
        const struct trial *t = &s->trials[i];

        sum.caught += t->caught;
        sum.faults += (unsigned)t->row_n;
        sum.unclaimed += t->unclaimed;
        sum.devices += t->row_n == 0;
        sum.clean += t->clean;
        if (t->missed > 0 || t->unclaimed > 0 || (t->row_n == 0 && !t->clean))
            fputs(t->report, stdout);
    }
    return sum;
}

/* The last line is what README quotes. */
static int score(const struct selftest *s)
{
    struct tally sum = add_up(s);

    printf(
        "self-test%s %s: %u of %u faults caught by the case that names them, %u of %u faultless devices pass "
        "everything, %u verdicts changed that no fault claims",
        s->cross ? " --all" : "", today_text(s->arena, false), sum.caught, sum.faults, sum.clean, sum.devices,
        sum.unclaimed);
    if (s->table_wrong > 0)
        printf(", %u lacks in the table of faults", s->table_wrong);
    puts(run_signal() ? ", interrupted" : "");
    fflush(stdout); /* a run that was abandoned ends without */
    if (run_signal())
        return 128 + run_signal();
    return sum.caught == sum.faults && sum.clean == sum.devices && sum.unclaimed == 0 && s->table_wrong == 0
               ? 0
               : EXIT_NOT_CONFORMANT;
}

static int run_selftest(struct selftest *s)
{
    static const uint8_t key[] = "a throw-away key";
    const char *idle = idle_pattern(&s->options->rest);
    bool opened;

    if (idle)
        return complain("selftest: %s: no fault has such a case", idle);
    s->psk = (struct bytes){key, sizeof key - 1};
    s->peers = find_peers(s->arena);
    if (!s->peers)
        return complain("selftest: no faulty-server beside this program: run `make all`");
    s->key_file = key_file_new(s->arena, s->psk);
    if (!s->key_file)
        return complain("selftest: no temporary file for the key can be written");
    s->all = catalogue_all(s->arena);
    s->cross = option_given(s->options, OPT_ALL);
    s->table_wrong = check_table(s);
    opened = clients_open(s);
    if (opened) {
        run_trials(s, plan(s));
        run_trials(s, s->n);
    }
    key_file_remove(s->key_file);
    if (!opened)
        return complain("selftest: %s/faulty-client cannot be started", s->peers);
    if (!clients_close(s))
        return complain("selftest: %s/faulty-client failed", s->peers);
    return score(s);
}

int cmd_selftest(int argc, char **argv)
{
    struct arena *a = arena_new();
    struct options o;
    struct selftest s = {.arena = a, .options = &o, .lock = PTHREAD_MUTEX_INITIALIZER};
    int code;

    if (read_options(a, VERB_SELFTEST, argc, argv, "[--all] [OPTION...] [CASE-PATTERN...]", &o, &code))
        code = run_selftest(&s);
    if (!run_abandoned())
        arena_free(a);
    return code;
}
