#include <string.h>

#include "run/internal.h"

static struct strings binds_of(struct arena *a, const struct requirement *q)
{
    static const enum role roles[] = {SERVER, BOOTSTRAP_SERVER, CLIENT};
    struct string_list list = {0};

    for (size_t i = 0; i < 3; i++)
        if (q->binds & roles[i])
            string_list_add(a, &list, role_name(roles[i]));
    return list.list;
}

static void copy_clauses(struct arena *a, const struct requirement *q, struct model_requirement *out)
{
    out->clauses = arena_array(a, struct model_clause, CLAUSE_MAX);
    for (; out->clause_count < CLAUSE_MAX && q->clauses[out->clause_count].clause; out->clause_count++)
        out->clauses[out->clause_count] = (struct model_clause){
            q->clauses[out->clause_count].clause, level_name(q->clauses[out->clause_count].level)};
}

static void build_requirement(struct run *r, const struct requirement *q, struct model_requirement *out)
{
    struct string_list cases = {0};

    *out = (struct model_requirement){.id = q->id,
                                      .level = level_name(q->levels[r->config->profile]),
                                      .binds = binds_of(r->arena, q),
                                      .text = q->text,
                                      .note = q->note,
                                      .untestable = q->untestable};
    copy_clauses(r->arena, q, out);
    for (size_t i = 0; i < r->model->case_count; i++)
        if (strcmp(r->model->cases[i].requirement, q->id) == 0)
            string_list_add(r->arena, &cases, r->model->cases[i].id);
    out->cases = cases.list;
}

/* True when a case of another shard judges it. */
static bool is_planned(const struct run *r, const struct requirement *q)
{
    const struct catalogue *whole = r->config->whole;

    for (size_t i = 0; whole && i < whole->n; i++)
        if (&requirements[whole->at[i].requirement] == q)
            return true;
    return false;
}

/* With a selection, what was not selected is no row. */
static void build_requirements(struct run *r)
{
    bool selection = r->config->options->only.n > 0 || r->config->options->skip.n > 0;
    struct model *m = r->model;

    m->requirements = arena_array(r->arena, struct model_requirement, REQ_COUNT);
    for (size_t i = 0; i < REQ_COUNT; i++) {
        struct model_requirement *row = &m->requirements[m->requirement_count];

        if (!(requirements[i].binds & r->config->device->role) ||
            requirements[i].levels[r->config->profile] == NONE)
            continue;
        build_requirement(r, &requirements[i], row);
        m->summary.catalogue_requirements++;
        if (row->cases.n > 0 || !selection || is_planned(r, &requirements[i]))
            m->requirement_count++;
    }
}

void summarize(struct run *r)
{
    r->model->run.stopped = r->why_not ? r->why_not : "";
    build_requirements(r);
    build_ciphers(r);
    model_summarize(r->model, run_signal());
}
