/* What a run did not select, and why: an auditor asks for the cases that a report does not show as well. */
#include <string.h>

#include "base/arena.h"
#include "run/internal.h"

static const char *role_word(enum role role)
{
    return role == CLIENT ? "a client" : role == SERVER ? "a server" : "a bootstrap server";
}

static bool is_selected(const struct run_config *c, const char *id)
{
    const struct catalogue *selected = c->whole ? c->whole : c->selected;

    return catalogue_find(selected, id) < selected->n;
}

/* Only what the selection was made by: catalogue_select asks in the same order. */
static const char *reason_of(struct run *r, const struct planned *p)
{
    const struct run_config *c = r->config;
    const struct requirement *q = &requirements[p->requirement];
    struct strings skip = c->options->skip;

    if (!(p->dut & c->device->role) || !(q->binds & c->device->role))
        return arena_printf(r->arena, "not for %s", role_word(c->device->role));
    if (q->levels[c->profile] == NONE)
        return arena_printf(r->arena, "not asked by %s", profiles[c->profile].name);
    for (size_t i = 0; i < skip.n; i++)
        if (planned_matches(p, skip.at[i]))
            return arena_printf(r->arena, "left out by --skip %s", r->model->run.skip.at[i]);
    return "not named by --only";
}

static struct model_left_out *row_of(struct model *m, const char *reason)
{
    size_t i = 0;

    while (i < m->run.left_out_count && strcmp(m->run.left_out[i].reason, reason) != 0)
        i++;
    if (i == m->run.left_out_count)
        m->run.left_out[m->run.left_out_count++].reason = reason;
    return &m->run.left_out[i];
}

void model_leave_out(struct run *r)
{
    const struct catalogue *all = r->config->all;
    size_t reasons = 3 + r->config->options->skip.n;
    struct string_list *ids = arena_array(r->arena, struct string_list, reasons);
    struct model *m = r->model;

    m->run.left_out = arena_array(r->arena, struct model_left_out, reasons);
    for (size_t i = 0; i < all->n; i++) {
        if (is_selected(r->config, all->at[i].id))
            continue;
        struct model_left_out *row = row_of(m, reason_of(r, &all->at[i]));
        struct string_list *list = &ids[row - m->run.left_out];
        string_list_add(r->arena, list, all->at[i].id);
        row->cases = list->list;
    }
}
