/* "What to fix": one entry a requirement, what the device did first. Then what could not be judged, by reason, and what
 * is only recommended. */
#include <string.h>

#include "html_page.h"
#include "text.h"

enum { LINKS_SHOWN = 4 };

static const struct model_change *change_of(const struct model *m, const char *case_id)
{
    for (size_t i = 0; i < m->change_count; i++) {
        if (strcmp(m->changes[i].case_id, case_id) == 0) {
            return &m->changes[i];
        }
    }
    return NULL;
}

static void put_history(FILE *out, const struct model *m, const char *case_id)
{
    const struct model_change *change = change_of(m, case_id);

    if (change) {
        put_markup(out, "<span class=\"new\">%s</span>",
                   *change->then == '\0' ? "new in the catalogue" : "new since the baseline");
    }
}

/* Links to the cases of r with that verdict: a few, and how many more there are. */
static void put_links(FILE *out, const struct model *m, const struct model_requirement *r, enum verdict v)
{
    size_t n = 0;

    fputs("<span class=\"links\">", out);
    for (size_t i = 0; i < r->cases.n; i++) {
        const struct model_case *c = model_case_find(m, r->cases.at[i]);
        if (!c || c->verdict != v) {
            continue;
        }
        if (n++ < LINKS_SHOWN) {
            html_case_link(out, c->id);
            fputc(' ', out);
        }
    }
    if (n > LINKS_SHOWN) {
        put_markup(out, "and %zu more", n - LINKS_SHOWN);
    }
    fputs("</span>", out);
}

static const struct model_case *first_case(const struct model *m, const struct model_requirement *r,
                                           enum verdict v)
{
    for (size_t i = 0; i < r->cases.n; i++) {
        const struct model_case *c = model_case_find(m, r->cases.at[i]);
        if (c && c->verdict == v) {
            return c;
        }
    }
    return NULL;
}

static void put_finding(FILE *out, const struct model *m, const struct model_requirement *r)
{
    const struct model_case *c = first_case(m, r, r->verdict);

    if (!c) {
        return;
    }
    put_markup(out, "<li class=\"%s\"><p class=\"did\">%s", verdict_name(r->verdict), c->got);
    put_history(out, m, c->id);
    put_markup(out, "</p>\n<p><b>%s</b> %s</p>\n<p class=\"meta\"><span class=\"level\">%s</span> ",
               r->verdict == VERDICT_FAIL ? "Required:" : "Recommended:", r->text, r->level);
    html_clauses(out, r);
    fputs(" ", out);
    put_links(out, m, r, r->verdict);
    fputs("</p></li>\n", out);
}

static void put_findings(FILE *out, const struct model *m, enum verdict v)
{
    fputs("<ol class=\"fix\">\n", out);
    for (size_t i = 0; i < m->requirement_count; i++) {
        if (m->requirements[i].verdict == v) {
            put_finding(out, m, &m->requirements[i]);
        }
    }
    fputs("</ol>\n", out);
}

/* Waivers that fail the gate. */
static void put_bad_waivers(FILE *out, const struct model *m)
{
    for (size_t i = 0; i < m->waiver_count; i++) {
        const struct model_waiver *w = &m->waivers[i];
        bool expired = strcmp(w->state, "expired") == 0;
        if (!expired && strcmp(w->state, "stale") != 0) {
            continue;
        }
        put_markup(out, "<p class=\"caveat\"><b>The waiver of %s %s.</b> ", w->id,
                   expired ? "has expired" : "is stale");
        put_markup(out,
                   expired ? "It ended on %s.</p>\n"
                           : "The case passes now, or fails otherwise than \"%s\".</p>\n",
                   expired ? w->expires : w->matches);
    }
}

/* Cases that share a reason, told once: an unreachable device has one reason and hundreds of cases. */
static void put_reason(FILE *out, const struct model *m, size_t first)
{
    const char *reason = m->cases[first].reason;
    size_t n = 0;

    for (size_t i = 0; i < m->case_count; i++) {
        if (m->cases[i].verdict == VERDICT_NOT_JUDGED && strcmp(m->cases[i].reason, reason) == 0) {
            if (i < first) {
                return;
            }
            n++;
        }
    }
    put_markup(out,
               "<li class=\"not-judged\"><p class=\"did\">%s</p>\n<p class=\"meta\">%zu case%s <span "
               "class=\"links\">",
               reason, n, n == 1 ? "" : "s");
    for (size_t i = first, shown = 0; i < m->case_count && shown < LINKS_SHOWN; i++) {
        if (m->cases[i].verdict == VERDICT_NOT_JUDGED && strcmp(m->cases[i].reason, reason) == 0) {
            html_case_link(out, m->cases[i].id);
            fputc(' ', out);
            shown++;
        }
    }
    if (n > LINKS_SHOWN) {
        put_markup(out, "and %zu more", n - LINKS_SHOWN);
    }
    fputs("</span></p></li>\n", out);
}

static void put_not_judged(FILE *out, const struct model *m)
{
    if (m->summary.cases.of[VERDICT_NOT_JUDGED] == 0) {
        return;
    }
    fputs("<h3>Could not be judged</h3>\n<ol class=\"fix\">\n", out);
    for (size_t i = 0; i < m->case_count; i++) {
        if (m->cases[i].verdict == VERDICT_NOT_JUDGED) {
            put_reason(out, m, i);
        }
    }
    fputs("</ol>\n", out);
}

void html_findings(FILE *out, const struct model *m)
{
    fputs("<section aria-labelledby=\"fix\">\n<h2 id=\"fix\">What to fix</h2>\n", out);
    put_bad_waivers(out, m);
    if (m->summary.requirements.of[VERDICT_FAIL] > 0) {
        put_findings(out, m, VERDICT_FAIL);
    } else {
        put_markup(out, "<p class=\"nothing\">%s</p>\n",
                   m->summary.mandatory_passed > 0
                       ? "Nothing: every mandatory requirement that was judged is met."
                       : "No mandatory requirement was judged.");
    }
    put_not_judged(out, m);
    if (m->summary.requirements.of[VERDICT_WARNING] > 0) {
        fputs("<h3>Recommended, and missing</h3>\n", out);
        put_findings(out, m, VERDICT_WARNING);
    }
    fputs("</section>\n", out);
}
