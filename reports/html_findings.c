/* "What to fix": an entry a requirement, the findings in words first; the members of a family are one finding. Then what could not
 * be judged, by reason, and what is only recommended. */
#include <stdlib.h>
#include <string.h>

#include "html_page.h"
#include "text.h"

enum { LINKS_SHOWN = 4, MEMBERS_SHOWN = 16 };

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
    } else if (*m->run.baseline != '\0') {
        fputs("<span class=\"new old\">as in the baseline</span>", out);
    }
}

/* How far two titles of one family agree: "Server passes over extensions: of 1 octet" up to the colon. A subject alone
 * ("Server: every nonce differs") is no family. */
static size_t family_length(const char *title)
{
    const char *colon = strstr(title, ": ");

    return colon && memchr(title, ' ', (size_t)(colon - title)) ? (size_t)(colon - title) : strlen(title);
}

static bool is_kin(const struct model_case *a, const struct model_case *b)
{
    size_t length = family_length(a->title);

    return a->verdict == b->verdict && strcmp(a->requirement, b->requirement) == 0 &&
           family_length(b->title) == length && strncmp(a->title, b->title, length) == 0;
}

static bool says(const char *text, const char *words)
{
    return strncmp(text, words, strlen(words)) == 0;
}

/* True when the first `length` octets of a text hold the words. */
static bool holds(const char *text, size_t length, const char *words)
{
    const char *at = strstr(text, words);

    return at && (size_t)(at - text) + strlen(words) <= length;
}

/* "refuses" as "does not refuse": a verb in the third person, denied. */
static void put_denied(FILE *out, const char *verb, size_t n)
{
    static const char *const sibilants[] = {"sses", "shes", "ches", "xes", "oes"};
    size_t cut = 1;

    if (n > 3 && says(verb + n - 3, "ies")) {
        put_markup(out, "does not %.*sy", (int)n - 3, verb);
        return;
    }
    for (size_t i = 0; i < sizeof sibilants / sizeof *sibilants; i++) {
        size_t length = strlen(sibilants[i]);
        cut = n > length && says(verb + n - length, sibilants[i]) ? 2 : cut;
    }
    put_markup(out, "does not %.*s", (int)(n - cut), verb);
}

/* "refuse" as "refuses". */
static void put_third_person(FILE *out, const char *verb, size_t n)
{
    static const char *const sibilants[] = {"s", "sh", "ch", "x", "o"};
    const char *end = "s";

    for (size_t i = 0; i < sizeof sibilants / sizeof *sibilants; i++) {
        size_t length = strlen(sibilants[i]);
        end = n > length && strncmp(verb + n - length, sibilants[i], length) == 0 ? "es" : end;
    }
    put_markup(out, "%.*s%s", (int)n, verb, end);
}

/* The contrary of what a title claims of its subject, from the verb on. False, and nothing is written: it has no simple one. */
static bool put_contrary(FILE *out, const char *verb, size_t length)
{
    size_t n = strcspn(verb, " ");

    if (says(verb, "does not ")) {
        verb += strlen("does not ");
        length -= strlen("does not ");
        n = strcspn(verb, " ");
        put_third_person(out, verb, n);
        put_markup(out, "%.*s", (int)(length - n), verb + n);
    } else if (says(verb, "is not ")) {
        put_markup(out, "is %.*s", (int)(length - strlen("is not ")), verb + strlen("is not "));
    } else if (n >= length || n < 3 || verb[n - 1] != 's' || verb[n - 2] == '\'') {
        return false;
    } else if (says(verb + n, " no ") && !holds(verb, length, " and no ")) {
        const char *object = verb + n + strlen(" no ");
        put_markup(out, "%.*s %s %.*s", (int)n, verb, strchr("AEIOaeiou", *object) ? "an" : "a",
                   (int)(length - n - strlen(" no ")), object);
    } else if (holds(verb, length, " and ") || holds(verb, length, " no ") ||
               holds(verb, length, " nothing ") || holds(verb, length, " only ")) {
        return false;
    } else {
        put_denied(out, verb, n);
        put_markup(out, "%.*s", (int)(length - n), verb + n);
    }
    return true;
}

/* The finding in words: the contrary of what the case's title claims, less what tells it from its kin when it has some. */
static void put_headline(FILE *out, const struct model_case *c, bool alone)
{
    size_t length = alone ? strlen(c->title) : family_length(c->title);
    char *at = NULL;
    size_t n = 0;
    FILE *words = open_memstream(&at, &n);
    bool plain = says(c->title, "Server ") || says(c->title, "Client ");
    bool denied = words && plain && put_contrary(words, c->title + 7, length - 7);

    if (words) {
        fclose(words);
    }
    if (denied) {
        fprintf(out, "%.6s %s", c->title, at);
    } else {
        put_markup(out, "Not met: %.*s", (int)length, c->title);
    }
    free(at);
}

static void put_compared(FILE *out, const struct model_case *c, bool alone)
{
    if (*c->expected != '\0') {
        put_markup(out, "<p class=\"fact\"><b>Expected:</b> %s</p>\n", c->expected);
    }
    if (*c->got != '\0' || alone) {
        put_markup(out, "<p class=\"fact\"><b>Got:</b> %s", c->got);
        if (alone) {
            fputs(" <span class=\"links\">", out);
            html_case_link(out, c->id);
            fputs("</span>", out);
        }
        fputs("</p>\n", out);
    }
}

/* The members of a family by what tells them apart, with what the device did where it did not do the same. */
static void put_members(FILE *out, const struct model *m, const struct model_case *first, size_t n)
{
    fputs("<ul class=\"members\">", out);
    for (size_t i = (size_t)(first - m->cases), shown = 0; i < m->case_count && shown < MEMBERS_SHOWN; i++) {
        const struct model_case *c = &m->cases[i];
        const char *apart = c->title + family_length(c->title);
        if (!is_kin(first, c)) {
            continue;
        }
        shown++;
        put_markup(out, "<li><a href=\"#%s\">%s</a>", c->id, *apart == ':' ? apart + 2 : c->id);
        if (strcmp(c->got, first->got) != 0) {
            put_markup(out, " <span>got: %s</span>", c->got);
        }
        fputs("</li>", out);
    }
    if (n > MEMBERS_SHOWN) {
        put_markup(out, "<li>and %zu more</li>", n - MEMBERS_SHOWN);
    }
    fputs("</ul>\n", out);
}

/* A case and its kin; the first of them stands for all. */
static void put_family(FILE *out, const struct model *m, const struct model_case *c)
{
    size_t n = 0;

    for (size_t i = 0; i < m->case_count; i++) {
        if (is_kin(c, &m->cases[i])) {
            if (&m->cases[i] < c) {
                return;
            }
            n++;
        }
    }
    fputs("<p class=\"did\">", out);
    put_headline(out, c, n == 1);
    put_history(out, m, c->id);
    fputs("</p>\n", out);
    put_compared(out, c, n == 1);
    if (n > 1) {
        put_members(out, m, c, n);
    }
}

/* One entry a requirement, so that there are as many as the numbers at the top of the page say. */
static void put_finding(FILE *out, const struct model *m, const struct model_requirement *r)
{
    put_markup(out, "<li class=\"%s\">", verdict_name(r->verdict));
    for (size_t i = 0; i < r->cases.n; i++) {
        const struct model_case *c = model_case_find(m, r->cases.at[i]);
        if (c && c->verdict == r->verdict) {
            put_family(out, m, c);
        }
    }
    put_markup(out,
               "<p class=\"fact asked\"><b>%s</b> %s</p>\n<p class=\"meta\"><span class=\"level\">%s</span> ",
               r->verdict == VERDICT_FAIL ? "Required:" : "Recommended:", r->text, r->level);
    html_clauses(out, r);
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
