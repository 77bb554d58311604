#include <string.h>

#include "run/internal.h"

struct standing_found *standing_of(struct run *r, const char *id)
{
    size_t i = catalogue_find(r->config->all, id);

    return i < r->config->all->n ? &r->standing[i] : NULL;
}

static void take_breach(struct run *r, const struct planned *by, const struct case_result *result,
                        const struct breach *b)
{
    struct standing_found *found = standing_of(r, b->case_id);
    struct model_case *e;

    if (!found) {
        add_note(r, "internal error: a trace breaks %s, which the catalogue does not know", b->case_id);
        return;
    }
    if (found->breached)
        return;
    found->breached = true;
    e = &found->evidence;
    e->expected = arena_strdup(r->arena, b->expected);
    e->got = arena_strdup(r->arena, b->got);
    e->reason = e->guidance = e->reproduce = "";
    e->note = arena_printf(r->arena, "seen in %s", by ? by->id : "a good handshake of the runner's own");
    e->duration_ms = (result->ended_us - result->began_us) / MS;
    e->attempts = 1;
    e->key_log = r->env.key_log && result->key_log ? arena_strdup(r->arena, result->key_log) : "";
    e->capture = r->config->captures ? arena_printf(r->arena, "captures/%s.pcapng", b->case_id) : "";
    if (by)
        e->reproduce = reproduce_command(r, by->id);
    evidence_of(r->arena, result->trace, &r->evidence, e);
    for (size_t i = 0; i < e->message_count; i++)
        e->messages[i].decisive = i == b->trace_at;
}

static void take_observation(struct run *r, const struct planned *by, const struct cipher_observation *o)
{
    const struct cipher *c = cipher_find(o->code);
    struct cipher_seen *seen = c ? &r->ciphers[c - ciphers] : NULL;

    if (!seen)
        return;
    if (!seen->encrypt_then_mac && o->encrypt_then_mac && *o->encrypt_then_mac)
        seen->encrypt_then_mac = arena_strdup(r->arena, o->encrypt_then_mac);
    if (did_rank(o->did) <= did_rank(seen->did))
        return;
    if (!seen->did)
        seen->order = ++r->observed;
    seen->did = arena_strdup(r->arena, o->did);
    seen->alert = o->alert;
    seen->case_id = by ? by->id : "";
}

void take_findings(struct run *r, const struct planned *by, const struct case_result *result)
{
    if (r->closed)
        return;
    for (size_t i = 0; i < result->breach_count; i++)
        take_breach(r, by, result, &result->breaches[i]);
    for (size_t i = 0; i < result->observation_count; i++)
        take_observation(r, by, &result->observations[i]);
    if (by && by->negative)
        r->stimulated = true;
}

/* The case is broken by a trace of the run. */
static void show_breach(struct run *r, const struct planned *p, struct model_case *out)
{
    const struct model_case blank = *out;
    enum level level = requirements[p->requirement].levels[r->config->profile];

    *out = r->standing[catalogue_find(r->config->all, p->id)].evidence;
    out->id = blank.id;
    out->title = blank.title;
    out->requirement = blank.requirement;
    out->level = blank.level;
    out->negative = blank.negative;
    out->verdict = level_is_mandatory(level) ? VERDICT_FAIL : VERDICT_WARNING;
    if (!*out->reproduce)
        out->reproduce = blank.reproduce;
}

static void settle_standing(struct run *r, struct job *j)
{
    const char *nothing = r->stimulated ? NULL : "no bad input was sent in this run";
    struct model_case *out = j->out;

    if (r->standing[catalogue_find(r->config->all, j->planned->id)].breached) {
        show_breach(r, j->planned, out);
    } else if (!r->completed || r->why_not) {
        out->reason = r->why_not ? r->why_not : "no association was completed";
    } else {
        out->verdict = nothing ? VERDICT_NOT_APPLICABLE : VERDICT_PASS;
        out->reason = nothing ? nothing : "";
        out->expected = requirements[j->planned->requirement].text;
        out->got = nothing ? "" : "a good handshake completed after every case";
    }
    j->settled = true;
    out->attempts = out->attempts ? out->attempts : 1;
    r->settled++;
    tell_progress(r, out);
}

/* A breach is reported even when its standing case was not selected. */
static void add_unselected(struct run *r)
{
    for (size_t i = 0; i < r->config->all->n; i++) {
        const struct planned *p = &r->config->all->at[i];
        struct job j = {.planned = p, .out = &r->model->cases[r->model->case_count]};

        if (!r->standing[i].breached || catalogue_find(r->config->selected, p->id) < r->config->selected->n ||
            requirements[p->requirement].levels[r->config->profile] == NONE)
            continue;
        model_case_begin(r, p, j.out);
        settle_standing(r, &j);
        r->model->case_count++;
    }
}

void judge_rest(struct run *r)
{
    for (size_t i = 0; i < r->job_n; i++) {
        struct job *j = &r->jobs[i];

        if (j->settled && j->planned->test_case && j->out->verdict != VERDICT_FAIL &&
            r->standing[catalogue_find(r->config->all, j->planned->id)].breached)
            show_breach(r, j->planned, j->out);
        if (j->settled)
            continue;
        if (!j->planned->test_case)
            settle_standing(r, j);
        else if (j->prior == PRIOR_SHOWN)
            judge_shown(r, j);
        else
            judge_not(r, j, NULL,
                      j->prior == PRIOR_MISSED ? "missed once, and there was no lone run to confirm it"
                      : r->why_not             ? r->why_not
                                               : "the run ended before this case");
    }
    add_unselected(r);
}
