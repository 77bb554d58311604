/*
 * What GitHub Actions shows of a run: annotations (workflow commands on the job's log) and a step summary in Markdown. What a device
 * said stands behind a word of ours and is escaped, so that it is no command and no markup.
 */
#include <string.h>

#include "look.h"
#include "report.h"
#include "text.h"

enum { SHOWN = 10, ROWS_SHOWN = 200 };

/* One line of the log that is to be shown. */
struct annotation {
    const struct model *model;
    const struct model_case *about;    /* a case, or */
    const struct model_waiver *waiver; /* a waiver that fails the gate, or neither: the whole run */
};

/* The annotations of one kind, the first ten of which are kept. */
struct annotations {
    const char *kind;
    struct annotation at[SHOWN];
    size_t n;
};

static void add(struct annotations *all, struct annotation one)
{
    if (all->n < SHOWN) {
        all->at[all->n] = one;
    }
    all->n++;
}

static void add_cases(struct annotations *all, const struct model *m, enum verdict v)
{
    for (size_t i = 0; i < m->case_count; i++) {
        if (m->cases[i].verdict == v) {
            add(all, (struct annotation){m, &m->cases[i], NULL});
        }
    }
}

/* Hundreds of cases that share a reason are one line. What is recommended and could not be judged fails no gate. */
static void add_not_judged(struct annotations *errors, struct annotations *warnings, const struct model *m)
{
    if (*m->run.stopped != '\0') {
        add(errors, (struct annotation){m, NULL, NULL});
    }
    for (size_t i = 0; i < m->case_count && *m->run.stopped == '\0'; i++) {
        const struct model_case *c = &m->cases[i];
        if (c->verdict == VERDICT_NOT_JUDGED) {
            add(level_word_is_mandatory(c->level) ? errors : warnings, (struct annotation){m, c, NULL});
        }
    }
}

static bool fails_gate(const struct model_waiver *w)
{
    return strcmp(w->state, "expired") == 0 || strcmp(w->state, "stale") == 0;
}

static void add_waivers(struct annotations *all, const struct model *m)
{
    for (size_t i = 0; i < m->waiver_count; i++) {
        if (fails_gate(&m->waivers[i])) {
            add(all, (struct annotation){m, NULL, &m->waivers[i]});
        }
    }
}

static const char *what_was_found(const struct model_case *c)
{
    return c->verdict == VERDICT_NOT_JUDGED ? c->reason : c->got;
}

static void put_message(FILE *out, const struct annotation *one)
{
    if (one->about) {
        const struct model_requirement *r = model_requirement_find(one->model, one->about->requirement);
        put_workflow_text(out, one->about->title, false);
        fputs(one->about->verdict == VERDICT_NOT_JUDGED ? "%0Anot judged: " : "%0Agot: ", out);
        put_workflow_text(out, what_was_found(one->about), false);
        fputs("%0A", out);
        put_workflow_text(out, one->about->level, false);
        for (size_t i = 0; r && i < r->clause_count; i++) {
            fputs(", ", out);
            put_workflow_text(out, r->clauses[i].clause, false);
        }
    } else if (!one->waiver) {
        put_workflow_text(out, one->model->summary.sentence, false);
    } else {
        fputs("the waiver at ", out);
        put_workflow_text(out, one->waiver->source, false);
        fprintf(out, " is %s", one->waiver->state);
    }
}

static void put_annotation(FILE *out, const struct annotations *all, size_t i)
{
    const struct annotation *one = &all->at[i];

    fprintf(out, "::%s title=", all->kind);
    put_workflow_text(out, one->model->device.name, true);
    if (one->about || one->waiver) {
        fputs("%3A ", out);
        put_workflow_text(out, one->about ? one->about->id : one->waiver->id, true);
    }
    fputs("::", out);
    put_message(out, one);
    if (i + 1 == SHOWN && all->n > SHOWN) {
        fprintf(out, "%%0Aand %zu more, in the report", all->n - SHOWN);
    }
    fputc('\n', out);
}

bool render_annotations(const struct model *const *models, size_t n, FILE *out)
{
    struct annotations errors = {.kind = "error"}, warnings = {.kind = "warning"};

    for (size_t i = 0; i < n; i++) {
        add_cases(&errors, models[i], VERDICT_FAIL);
        add_waivers(&errors, models[i]);
    }
    for (size_t i = 0; i < n; i++) {
        add_cases(models[i]->run.strict ? &errors : &warnings, models[i], VERDICT_WARNING);
    }
    for (size_t i = 0; i < n; i++) {
        add_not_judged(&errors, &warnings, models[i]);
    }
    for (size_t i = 0; i < errors.n && i < SHOWN; i++) {
        put_annotation(out, &errors, i);
    }
    for (size_t i = 0; i < warnings.n && i < SHOWN; i++) {
        put_annotation(out, &warnings, i);
    }
    return !ferror(out);
}

/* ---- the step summary ------------------------------------------------------------------------------------------------------ */

static void put_facts(FILE *out, const struct model *m)
{
    const unsigned *of = m->summary.requirements.of;

    fputs("| device | role | profile | exit code |\n|---|---|---|---|\n| ", out);
    put_markdown(out, m->device.name);
    fputs(" | ", out);
    put_markdown(out, m->device.role);
    fputs(" | ", out);
    put_markdown(out, m->profile);
    fprintf(out, " | %d |\n\n", m->summary.exit_code);
    fputs("| mandatory failed | mandatory passed | recommended missing | waived | not applicable | could not "
          "be "
          "judged | of the catalogue tested |\n|--:|--:|--:|--:|--:|--:|--:|\n",
          out);
    fprintf(out, "| %u | %u | %u | %u | %u | %u | %u %% |\n\n", m->summary.mandatory_failed,
            m->summary.mandatory_passed, m->summary.recommended_missing, of[VERDICT_WAIVED],
            of[VERDICT_NOT_APPLICABLE], of[VERDICT_NOT_JUDGED], m->summary.tested_per_cent);
}

static void put_clauses(FILE *out, const struct model *m, const struct model_case *c)
{
    const struct model_requirement *r = model_requirement_find(m, c->requirement);

    for (size_t i = 0; r && i < r->clause_count; i++) {
        fputs(i > 0 ? ", " : "", out);
        put_markdown(out, r->clauses[i].clause);
    }
}

static void put_row(FILE *out, const struct model *m, const struct model_case *c)
{
    fprintf(out, "| %s %s | ", look_of(c->verdict)->sign, look_of(c->verdict)->word);
    put_markdown(out, c->id);
    fputs(" | ", out);
    put_markdown(out, c->title);
    fputs(" | ", out);
    put_markdown(out, what_was_found(c));
    fputs(" | ", out);
    put_markdown(out, c->level);
    fputs(", ", out);
    put_clauses(out, m, c);
    fputs(" |\n", out);
}

/* What a reader is to look at, worst first; a summary has room for some hundred rows. */
static void put_findings(FILE *out, const struct model *m)
{
    static const enum verdict order[] = {VERDICT_FAIL, VERDICT_NOT_JUDGED, VERDICT_WARNING, VERDICT_WAIVED};
    size_t n = 0;

    for (size_t v = 0; v < sizeof order / sizeof *order; v++) {
        for (size_t i = 0; i < m->case_count; i++) {
            if (m->cases[i].verdict != order[v] || n++ >= ROWS_SHOWN) {
                continue;
            }
            if (n == 1) {
                fputs("| verdict | case | requirement | found | clause |\n|---|---|---|---|---|\n", out);
            }
            put_row(out, m, &m->cases[i]);
        }
    }
    if (n > ROWS_SHOWN) {
        fprintf(out, "\n%zu more rows are in the report.\n", n - ROWS_SHOWN);
    }
}

static void put_changes(FILE *out, const struct model *m)
{
    if (m->change_count == 0) {
        return;
    }
    fputs("\n| since the baseline | then | now |\n|---|---|---|\n", out);
    for (size_t i = 0; i < m->change_count && i < ROWS_SHOWN; i++) {
        fputs("| ", out);
        put_markdown(out, m->changes[i].case_id);
        fputs(" | ", out);
        put_markdown(out, *m->changes[i].then ? m->changes[i].then : "new in the catalogue");
        fputs(" | ", out);
        put_markdown(out, m->changes[i].now);
        fputs(" |\n", out);
    }
}

bool render_markdown(const struct model *m, FILE *out)
{
    fprintf(out, "## %s ", look_of(run_verdict(m))->sign);
    put_markdown(out, m->summary.sentence);
    fputs("\n\n", out);
    put_facts(out, m);
    put_findings(out, m);
    for (size_t i = 0; i < m->waiver_count; i++) {
        if (fails_gate(&m->waivers[i])) {
            fputs("\n- The waiver of ", out);
            put_markdown(out, m->waivers[i].id);
            fputs(" (", out);
            put_markdown(out, m->waivers[i].source);
            fprintf(out, ") is %s.\n", strcmp(m->waivers[i].state, "stale") == 0 ? "stale" : "expired");
        }
    }
    put_changes(out, m);
    fputc('\n', out);
    return !ferror(out);
}
