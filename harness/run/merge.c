#include "run/merge.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "run/text.h"

/* Shards in the order of their numbers, and what they become. */
struct merging {
    struct arena *arena;
    const struct shard **shards;
    unsigned n;
    struct model *out;
};

/* ---- do they belong together? ---------------------------------------------------------------------------------------------- */

/* Texts in which all shards agree. */
static const struct {
    const char *what;
    size_t at;
} agreed[] = {
    {"the program's version", offsetof(struct model, tool.version)},
    {"the catalogue", offsetof(struct model, tool.catalogue)},
    {"the device's name", offsetof(struct model, device.name)},
    {"the device's make", offsetof(struct model, device.make)},
    {"the device's model", offsetof(struct model, device.model)},
    {"the device's firmware", offsetof(struct model, device.firmware)},
    {"the device file", offsetof(struct model, device.file_sha256)},
    {"the device's role", offsetof(struct model, device.role)},
    {"the profile", offsetof(struct model, profile)},
    {"--fail-on", offsetof(struct model, run.fail_on)},
};

static const char *text_at(const struct model *m, size_t at)
{
    return *(const char *const *)(const void *)((const char *)m + at);
}

static bool same_texts(struct strings x, struct strings y)
{
    for (size_t i = 0; i < x.n && i < y.n; i++)
        if (strcmp(x.at[i], y.at[i]) != 0)
            return false;
    return x.n == y.n;
}

static bool same_requirements(const struct model *x, const struct model *y)
{
    for (size_t i = 0; i < x->requirement_count && i < y->requirement_count; i++)
        if (strcmp(x->requirements[i].id, y->requirements[i].id) != 0)
            return false;
    return x->requirement_count == y->requirement_count;
}

static const char *what_differs(struct arena *a, const struct model *x, const struct model *y)
{
    for (size_t i = 0; i < sizeof agreed / sizeof *agreed; i++)
        if (strcmp(text_at(x, agreed[i].at), text_at(y, agreed[i].at)) != 0)
            return arena_printf(a, "%s ('%s' and '%s')", agreed[i].what, text_at(y, agreed[i].at),
                                text_at(x, agreed[i].at));
    if (!same_texts(x->device.implements, y->device.implements))
        return "what the device declares";
    if (!same_texts(x->run.plan, y->run.plan) || !same_requirements(x, y) || x->run.strict != y->run.strict)
        return "what was selected";
    return NULL;
}

/* Puts a shard into its place. NULL, or why it has none. */
static const char *place(struct merging *g, const struct shard *s)
{
    unsigned k = 0, n = 0;

    if (sscanf(s->model->run.shard, "%u/%u", &k, &n) != 2 || k < 1 || k > n)
        return arena_printf(g->arena, "%s: is no shard of a run", s->path);
    if (!g->shards) {
        g->n = n;
        g->shards = arena_array(g->arena, const struct shard *, n);
    }
    if (n != g->n)
        return arena_printf(g->arena, "%s: is shard %u of %u, and others are of %u", s->path, k, n, g->n);
    if (g->shards[k - 1])
        return arena_printf(g->arena, "%s: is shard %u of %u, as %s is", s->path, k, n,
                            g->shards[k - 1]->path);
    g->shards[k - 1] = s;
    return NULL;
}

static const char *check(struct merging *g, const struct shard *shards, size_t n)
{
    const char *error = NULL;

    for (size_t i = 0; i < n && !error; i++) {
        const char *differs = i > 0 ? what_differs(g->arena, shards[0].model, shards[i].model) : NULL;

        error = place(g, &shards[i]);
        if (!error && differs)
            error = arena_printf(g->arena, "%s: %s and %s differ in %s", shards[i].path, shards[i].path,
                                 shards[0].path, differs);
    }
    for (unsigned k = 0; k < g->n && !error; k++)
        if (!g->shards[k])
            error = arena_printf(g->arena, "shard %u of %u is missing", k + 1, g->n);
    return error;
}

/* ---- the parts ------------------------------------------------------------------------------------------------------------- */

/* Of the shards' cases of that name the worst, the first of several; NULL: no shard has it. */
static const struct model_case *worst_of(const struct merging *g, const char *id)
{
    const struct model_case *worst = NULL;

    for (unsigned k = 0; k < g->n; k++) {
        const struct model_case *c = model_case_find(g->shards[k]->model, id);

        if (c && (!worst || verdict_rank(c->verdict) > verdict_rank(worst->verdict)))
            worst = c;
    }
    return worst;
}

static void add_unplanned(struct merging *g)
{
    for (unsigned k = 0; k < g->n; k++) {
        const struct model *m = g->shards[k]->model;

        for (size_t i = 0; i < m->case_count; i++)
            if (!model_case_find(g->out, m->cases[i].id))
                g->out->cases[g->out->case_count++] = *worst_of(g, m->cases[i].id);
    }
}

static const char *merge_cases(struct merging *g)
{
    struct strings plan = g->out->run.plan;
    size_t room = plan.n;

    for (unsigned k = 0; k < g->n; k++)
        room += g->shards[k]->model->case_count;
    g->out->cases = arena_array(g->arena, struct model_case, room);
    g->out->case_count = 0;
    for (size_t i = 0; i < plan.n; i++) {
        const struct model_case *c = worst_of(g, plan.at[i]);

        if (!c)
            return arena_printf(g->arena, "%s: no shard has the case %s", g->shards[0]->path, plan.at[i]);
        g->out->cases[g->out->case_count++] = *c;
    }
    add_unplanned(g);
    return NULL;
}

static void merge_requirements(struct merging *g)
{
    struct model *m = g->out;
    struct model_requirement *rows = arena_array(g->arena, struct model_requirement, m->requirement_count);

    for (size_t i = 0; i < m->requirement_count; i++) {
        struct string_list cases = {0};

        rows[i] = m->requirements[i];
        for (size_t j = 0; j < m->case_count; j++)
            if (strcmp(m->cases[j].requirement, rows[i].id) == 0)
                string_list_add(g->arena, &cases, m->cases[j].id);
        rows[i].cases = cases.list;
    }
    m->requirements = rows;
}

static size_t count_offered(const struct model *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->cipher_count; i++)
        n += strcmp(m->ciphers[i].did, "offered") == 0;
    return n;
}

static void improve_cipher(struct model_cipher *row, const struct model *m)
{
    const char *etm = row->encrypt_then_mac;

    for (size_t i = 0; i < m->cipher_count; i++) {
        const struct model_cipher *c = &m->ciphers[i];

        if (c->code != row->code)
            continue;
        if (did_rank(c->did) > did_rank(row->did))
            *row = *c;
        if (!*row->encrypt_then_mac)
            row->encrypt_then_mac = *c->encrypt_then_mac ? c->encrypt_then_mac : etm;
    }
}

/* Of each suite what tells most about it, in the order of the shard that saw most of an offer. */
static void merge_ciphers(struct merging *g)
{
    const struct model *order = g->shards[0]->model;

    for (unsigned k = 1; k < g->n; k++)
        if (count_offered(g->shards[k]->model) > count_offered(order))
            order = g->shards[k]->model;
    g->out->cipher_count = order->cipher_count;
    g->out->ciphers = arena_array(g->arena, struct model_cipher, order->cipher_count);
    for (size_t i = 0; i < order->cipher_count; i++) {
        g->out->ciphers[i] = order->ciphers[i];
        for (unsigned k = 0; k < g->n; k++)
            improve_cipher(&g->out->ciphers[i], g->shards[k]->model);
    }
}

static int state_rank(const char *state)
{
    static const char *const order[] = {"unused", "applied", "expired", "stale"};

    for (int i = 0; i < 4; i++)
        if (strcmp(order[i], state) == 0)
            return i;
    return -1;
}

static void merge_waivers(struct merging *g)
{
    struct model *m = g->out;
    struct model_waiver *rows = arena_array(g->arena, struct model_waiver, m->waiver_count);

    for (size_t i = 0; i < m->waiver_count; i++) {
        rows[i] = m->waivers[i];
        for (unsigned k = 0; k < g->n; k++) {
            const struct model *s = g->shards[k]->model;

            for (size_t j = 0; j < s->waiver_count; j++)
                if (strcmp(s->waivers[j].id, rows[i].id) == 0 &&
                    state_rank(s->waivers[j].state) > state_rank(rows[i].state))
                    rows[i] = s->waivers[j];
        }
    }
    m->waivers = rows;
}

static const struct model_change *change_of(const struct merging *g, const char *id)
{
    for (unsigned k = 0; k < g->n; k++) {
        const struct model *m = g->shards[k]->model;

        for (size_t i = 0; i < m->change_count; i++)
            if (strcmp(m->changes[i].case_id, id) == 0)
                return &m->changes[i];
    }
    return NULL;
}

static void merge_changes(struct merging *g)
{
    struct model *m = g->out;

    m->changes = arena_array(g->arena, struct model_change, m->case_count);
    m->change_count = 0;
    for (size_t i = 0; i < m->case_count; i++) {
        const struct model_change *c = change_of(g, m->cases[i].id);
        const char *now = verdict_name(m->cases[i].verdict);

        if (c && strcmp(c->then, now) != 0)
            m->changes[m->change_count++] = (struct model_change){c->case_id, c->then, now};
    }
}

/* ---- the run --------------------------------------------------------------------------------------------------------------- */

/* Texts that may differ between shards: all that there are. */
static const size_t joined[] = {offsetof(struct model, run.host), offsetof(struct model, run.seed),
                                offsetof(struct model, device.address),
                                offsetof(struct model, tool.libcrypto)};

static bool is_listed(const char *list, const char *text)
{
    size_t n = strlen(text);

    for (const char *at = list; (at = strstr(at, text)); at += n > 0 ? n : 1)
        if ((at == list || at[-1] == ' ') && (at[n] == '\0' || at[n] == ','))
            return true;
    return n == 0;
}

static void join(struct merging *g, size_t at)
{
    const char *all = text_at(g->out, at);

    for (unsigned k = 1; k < g->n; k++) {
        const char *text = text_at(g->shards[k]->model, at);

        if (!is_listed(all, text))
            all = arena_printf(g->arena, "%s, %s", all, text);
    }
    *(const char **)(void *)((char *)g->out + at) = all;
}

static struct strings without_shard(struct arena *a, struct strings argv)
{
    struct string_list out = {0};

    for (size_t i = 0; i < argv.n; i++)
        if (strcmp(argv.at[i], "--shard") == 0)
            i++;
        else if (strncmp(argv.at[i], "--shard=", 8) != 0)
            string_list_add(a, &out, argv.at[i]);
    return out.list;
}

static struct strings all_notes(const struct merging *g)
{
    struct string_list out = {0};

    for (unsigned k = 0; k < g->n; k++) {
        struct strings notes = g->shards[k]->model->run.notes;

        for (size_t i = 0; i < notes.n; i++) {
            size_t j = 0;

            while (j < out.list.n && strcmp(out.list.at[j], notes.at[i]) != 0)
                j++;
            if (j == out.list.n)
                string_list_add(g->arena, &out, notes.at[i]);
        }
    }
    return out.list;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void merge_run(struct merging *g)
{
    struct model *m = g->out;

    for (unsigned k = 0; k < g->n; k++) {
        const struct model *from = g->shards[k]->model;

        m->run.duration_ms = most(m->run.duration_ms, from->run.duration_ms);
        m->run.patience_ms = most(m->run.patience_ms, from->run.patience_ms);
        m->run.rtt_us = most(m->run.rtt_us, from->run.rtt_us);
        m->run.jobs = (unsigned)most(m->run.jobs, from->run.jobs);
        m->summary.exit_code = (int)most(m->summary.exit_code, from->summary.exit_code);
        if (strcmp(from->run.started, m->run.started) < 0)
            m->run.started = from->run.started;
        if (strcmp(m->device.liveness, "none") == 0)
            m->device.liveness = from->device.liveness;
        if (!*m->run.stopped)
            m->run.stopped = from->run.stopped;
        m->run.complete = m->run.complete && from->run.complete;
    }
    for (size_t i = 0; i < sizeof joined / sizeof *joined; i++)
        join(g, joined[i]);
    m->run.argv = without_shard(g->arena, m->run.argv);
    m->run.notes = all_notes(g);
    m->run.shard = "";
}

const char *shards_merge(struct arena *a, const struct shard *shards, size_t n, struct model **out)
{
    struct merging g = {.arena = a, .out = arena_new_of(a, struct model)};
    const char *error = n == 0 ? "no shard is named" : check(&g, shards, n);

    if (error)
        return error;
    *g.out = *g.shards[0]->model;
    g.out->arena = a;
    error = merge_cases(&g);
    if (error)
        return error;
    merge_requirements(&g);
    merge_ciphers(&g);
    merge_waivers(&g);
    merge_changes(&g);
    merge_run(&g);
    g.out->run.plan = (struct strings){0};
    model_summarize(g.out, g.out->summary.exit_code > 128 ? g.out->summary.exit_code - 128 : 0);
    *out = g.out;
    return NULL;
}
