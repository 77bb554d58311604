#include <stdio.h>
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

/* The worst of its cases. Without any it is not judged; what no black box can judge applies to none. */
static void build_requirement(struct run *r, const struct requirement *q, struct model_requirement *out)
{
    struct string_list cases = {0};

    *out =
        (struct model_requirement){.id = q->id,
                                   .level = level_name(q->levels[r->config->profile]),
                                   .binds = binds_of(r->arena, q),
                                   .text = q->text,
                                   .note = q->note,
                                   .untestable = q->untestable,
                                   .verdict = *q->untestable ? VERDICT_NOT_APPLICABLE : VERDICT_NOT_JUDGED};
    copy_clauses(r->arena, q, out);
    for (size_t i = 0; i < r->model->case_count; i++) {
        const struct model_case *c = &r->model->cases[i];

        if (strcmp(c->requirement, q->id) != 0)
            continue;
        if (cases.list.n == 0 || verdict_rank(c->verdict) > verdict_rank(out->verdict))
            out->verdict = c->verdict;
        string_list_add(r->arena, &cases, c->id);
    }
    out->cases = cases.list;
}

/* With a selection, what was not selected is no row. */
static void build_requirements(struct run *r)
{
    bool selection = r->config->options->only.n > 0 || r->config->options->skip.n > 0;
    unsigned judged = 0, of = 0;
    struct model *m = r->model;

    m->requirements = arena_array(r->arena, struct model_requirement, REQ_COUNT);
    for (size_t i = 0; i < REQ_COUNT; i++) {
        struct model_requirement *row = &m->requirements[m->requirement_count];

        if (!(requirements[i].binds & r->config->device->role) ||
            requirements[i].levels[r->config->profile] == NONE)
            continue;
        build_requirement(r, &requirements[i], row);
        of++;
        judged += row->cases.n > 0 && row->verdict != VERDICT_NOT_JUDGED;
        if (row->cases.n > 0 || !selection)
            m->requirement_count++;
    }
    m->summary.tested_per_cent = of > 0 ? judged * 100 / of : 0;
}

static bool is_mandatory(const char *level)
{
    return strncmp(level, "MUST", 4) == 0;
}

static void count(struct run *r)
{
    struct model *m = r->model;

    for (size_t i = 0; i < m->case_count; i++)
        m->summary.cases.of[m->cases[i].verdict]++;
    for (size_t i = 0; i < m->requirement_count; i++) {
        const struct model_requirement *q = &m->requirements[i];
        bool mandatory = is_mandatory(q->level),
             met = q->verdict == VERDICT_PASS || q->verdict == VERDICT_WAIVED;

        m->summary.requirements.of[q->verdict]++;
        m->summary.mandatory_failed += mandatory && q->verdict == VERDICT_FAIL;
        m->summary.mandatory_passed += mandatory && met;
        m->summary.recommended_missing += !mandatory && q->verdict == VERDICT_WARNING;
        m->summary.mandatory_applicable +=
            mandatory && q->cases.n > 0 && q->verdict != VERDICT_NOT_APPLICABLE;
    }
}

/* How many mandatory cases failed, or could not be judged. */
static unsigned mandatory_cases(const struct model *m, enum verdict v)
{
    unsigned n = 0;

    for (size_t i = 0; i < m->case_count; i++)
        n += m->cases[i].verdict == v && is_mandatory(m->cases[i].level);
    return n;
}

static bool waiver_fails(const struct model *m)
{
    for (size_t i = 0; i < m->waiver_count; i++)
        if (strcmp(m->waivers[i].state, "expired") == 0 || strcmp(m->waivers[i].state, "stale") == 0)
            return true;
    return false;
}

/* With --fail-on regression only what passed then, and fails now. */
static bool regressed(const struct run *r)
{
    const struct model *m = r->model;

    for (size_t i = 0; i < m->change_count; i++) {
        bool worse = strcmp(m->changes[i].now, "fail") == 0 ||
                     (m->run.strict && strcmp(m->changes[i].now, "warning") == 0);

        if (worse && strcmp(m->changes[i].then, "pass") == 0)
            return true;
    }
    return false;
}

static bool fails_gate(const struct run *r)
{
    const char *on = r->config->options->value[OPT_FAIL_ON];
    const struct model *m = r->model;

    if (on && strcmp(on, "regression") == 0)
        return regressed(r);
    return mandatory_cases(m, VERDICT_FAIL) > 0 || waiver_fails(m) ||
           (m->run.strict && m->summary.cases.of[VERDICT_WARNING] > 0);
}

static int exit_code(const struct run *r)
{
    const struct model *m = r->model;

    if (!m->run.complete && run_signal())
        return 128 + run_signal();
    if (fails_gate(r))
        return 1;
    if (!m->run.complete || mandatory_cases(m, VERDICT_NOT_JUDGED) > 0)
        return 3;
    return m->summary.mandatory_applicable > 0 ||
                   m->summary.cases.of[VERDICT_PASS] + m->summary.cases.of[VERDICT_WARNING] > 0
               ? 0
               : 3;
}

static const char *plural(unsigned n)
{
    return n == 1 ? "" : "s";
}

static const char *sentence_failed(struct run *r)
{
    const struct model *m = r->model;
    unsigned n = m->summary.mandatory_failed, of = m->summary.mandatory_applicable;

    if (n == 0)
        return arena_printf(r->arena,
                            "Not conformant. %s meets what is mandatory, but the gate asks for more: %u "
                            "recommendation%s missed, "
                            "or a waiver that is expired or stale.",
                            m->device.name, m->summary.recommended_missing,
                            plural(m->summary.recommended_missing));
    if (of == 1)
        return arena_printf(
            r->arena, "Not conformant. %s does not meet the one mandatory requirement that applies to it.",
            m->device.name);
    return arena_printf(
        r->arena, "Not conformant. %s does not meet %u of the %u mandatory requirements that apply to it.",
        m->device.name, n, of);
}

static const char *sentence_not_judged(struct run *r)
{
    const struct model *m = r->model;
    unsigned n = 0;

    for (size_t i = 0; i < m->requirement_count; i++)
        n += is_mandatory(m->requirements[i].level) && m->requirements[i].cases.n > 0 &&
             m->requirements[i].verdict == VERDICT_NOT_JUDGED;
    if (r->why_not)
        return arena_printf(r->arena, "Not judged. %s: %s.", m->device.name, r->why_not);
    return arena_printf(
        r->arena, "Not judged. %u of the %u mandatory requirement%s that apply to %s could not be judged.", n,
        m->summary.mandatory_applicable, plural(m->summary.mandatory_applicable), m->device.name);
}

static const char *sentence_met(struct run *r)
{
    const struct model *m = r->model;
    unsigned warnings = m->summary.recommended_missing;
    const char *more =
        warnings > 0 ? arena_printf(r->arena, " It misses %u recommendation%s.", warnings, plural(warnings))
                     : "";

    return arena_printf(
        r->arena, "Conformant. %s meets %s%u mandatory requirement%s that appl%s to it%s.%s", m->device.name,
        m->summary.mandatory_applicable == 1 ? "the " : "all ", m->summary.mandatory_applicable,
        plural(m->summary.mandatory_applicable), m->summary.mandatory_applicable == 1 ? "ies" : "y",
        r->config->options->only.n > 0 || r->config->options->skip.n > 0 ? " and were selected" : "", more);
}

void summarize(struct run *r)
{
    struct model *m = r->model;

    build_requirements(r);
    build_ciphers(r);
    count(r);
    m->summary.exit_code = exit_code(r);
    if (fails_gate(r)) {
        m->summary.verdict = "not-conformant";
        m->summary.sentence = sentence_failed(r);
    } else if (m->summary.exit_code != 0) {
        m->summary.verdict = "not-judged";
        m->summary.sentence = sentence_not_judged(r);
    } else {
        m->summary.verdict = "conformant";
        m->summary.sentence = sentence_met(r);
    }
}
