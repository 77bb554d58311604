#include <inttypes.h>
#include <string.h>

#include "html_page.h"
#include "text.h"

enum { QUIET_IN_THE_OPEN = 8 };

static void put_requirement(FILE *out, const struct model *m, const struct model_case *c)
{
    const struct model_requirement *r = model_requirement_find(m, c->requirement);

    fputs("<div><h4>Requirement</h4>", out);
    if (r) {
        put_markup(out, "<p>%s</p><p class=\"meta\"><span class=\"level\">%s</span> ", r->text, c->level);
        html_clauses(out, r);
        put_markup(out, " <code>%s</code></p>", r->id);
        if (*r->note != '\0') {
            put_markup(out, "<p class=\"meta\">Interpretation: %s</p>", r->note);
        }
    } else {
        put_markup(out, "<p class=\"meta\"><span class=\"level\">%s</span> <code>%s</code></p>", c->level,
                   c->requirement);
    }
    fputs("</div>\n", out);
}

static void put_pair(FILE *out, const char *term, const char *text)
{
    if (*text != '\0') {
        put_markup(out, "<dt>%s</dt><dd>%s</dd>", term, text);
    }
}

static void put_pairs(FILE *out, const struct model_case *c)
{
    fputs("<dl class=\"saw\">", out);
    put_pair(out, "Expected", c->expected);
    put_pair(out, "Got", c->got);
    put_pair(out, c->verdict == VERDICT_NOT_APPLICABLE ? "Not applicable" : "Reason", c->reason);
    put_pair(out, "Note", c->note);
    put_pair(out, "Security", c->guidance);
    if (c->waiver) {
        put_markup(out, "<dt>Waiver</dt><dd>%s %s, until %s.</dd>", c->waiver->reason, c->waiver->owner,
                   c->waiver->expires);
    }
    fputs("</dl>", out);
}

static void put_observed(FILE *out, const struct model_case *c)
{
    fputs("<div><h4>Observed</h4>", out);
    put_pairs(out, c);
    fputs("</div>\n", out);
}

static void put_time(FILE *out, const struct model_case *c)
{
    if (c->duration_ms > 0) {
        fprintf(out, " <span>%" PRId64 " ms</span>", c->duration_ms);
    } else if (c->message_count > 0) {
        fputs(" <span>under 1 ms</span>", out);
    }
    if (c->unstable) {
        put_markup(out, " <span><b>Unstable:</b> %u runs differed</span>", c->attempts);
    } else if (c->attempts > 1) {
        put_markup(out, " <span>%u runs</span>", c->attempts);
    }
}

static void put_record(FILE *out, const struct model_case *c)
{
    fputs("<p class=\"meta record\">", out);
    if (is_capture_path(c->capture)) {
        put_markup(out, "<span>Capture <a href=\"%s\">%s</a></span>", c->capture, c->capture);
    }
    put_time(out, c);
    fputs("</p>\n", out);
}

/* Passed, or not asked: told in short, so that hundreds of them do not bury the rest. */
static bool is_quiet(const struct model_case *c)
{
    return c->verdict == VERDICT_PASS || c->verdict == VERDICT_NOT_APPLICABLE;
}

static void put_summary(FILE *out, const struct model_case *c)
{
    put_markup(out, "<details class=\"case\" data-v=\"%s\"%s><summary>", verdict_name(c->verdict),
               c->verdict == VERDICT_FAIL ? " open" : "");
    html_verdict(out, c->verdict);
    put_markup(out,
               " <b class=\"title\">%s</b> <span class=\"mono name\">%s</span></summary>\n"
               "<div class=\"body\" id=\"%s\">\n",
               c->title, c->id, c->id);
}

/* A reader who asks for more of it finds the bytes in the capture and the requirement in its table. */
static void put_quiet_case(FILE *out, const struct model *m, const struct model_case *c)
{
    put_summary(out, c);
    put_pairs(out, c);
    put_markup(out, "<p class=\"meta\"><span class=\"level\">%s</span>", c->level);
    if (model_requirement_find(m, c->requirement)) {
        put_markup(out, "<a href=\"#%s\">%s</a>", c->requirement, c->requirement);
    } else {
        put_markup_text(out, c->requirement);
    }
    if (is_capture_path(c->capture)) {
        put_markup(out, " <a href=\"%s\">capture</a>", c->capture);
    }
    put_time(out, c);
    fputs("</p>\n", out);
    html_ladder_in_short(out, c);
    html_dumps(out, c);
    fputs("</div></details>\n", out);
}

static void put_case(FILE *out, const struct model *m, const struct model_case *c)
{
    put_summary(out, c);
    fputs("<div class=\"two\">\n", out);
    put_requirement(out, m, c);
    put_observed(out, c);
    fputs("</div>\n", out);
    html_ladder(out, m, c);
    html_dumps(out, c);
    if (*c->reproduce != '\0') {
        put_markup(out, "<h4>Run it again</h4><pre class=\"again\" tabindex=\"0\">%s</pre>\n", c->reproduce);
    }
    put_record(out, c);
    fputs("</div></details>\n", out);
}

static bool in_chapter(const struct model_case *c, const struct model_case *of)
{
    int length = case_chapter_length(of->id);

    return case_chapter_length(c->id) == length && strncmp(c->id, of->id, (size_t)length) == 0;
}

/* "2 failed, 40 passed": the cases of a chapter, the quiet ones, the others, or both. */
static void put_counts(FILE *out, const struct model *m, const struct model_case *first, bool quiet,
                       bool others)
{
    static const struct {
        enum verdict verdict;
        const char *word;
    } parts[] = {{VERDICT_FAIL, "failed"},    {VERDICT_NOT_JUDGED, "not judged"},
                 {VERDICT_WARNING, "missed"}, {VERDICT_WAIVED, "waived"},
                 {VERDICT_PASS, "passed"},    {VERDICT_NOT_APPLICABLE, "not applicable"}};
    unsigned counts[VERDICT_COUNT] = {0};

    for (size_t i = 0; i < m->case_count; i++) {
        if (in_chapter(&m->cases[i], first) && (is_quiet(&m->cases[i]) ? quiet : others)) {
            counts[m->cases[i].verdict]++;
        }
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (counts[parts[i].verdict] > 0) {
            put_markup(out, " <span>%u %s</span>", counts[parts[i].verdict], parts[i].word);
        }
    }
}

static bool is_folded(const struct model *m, const struct model_case *first)
{
    unsigned n = 0;

    for (size_t i = 0; i < m->case_count; i++) {
        n += in_chapter(&m->cases[i], first) && is_quiet(&m->cases[i]);
    }
    return n > QUIET_IN_THE_OPEN;
}

static void put_cases(FILE *out, const struct model *m, const struct model_case *first, bool quiet)
{
    for (size_t i = 0; i < m->case_count; i++) {
        const struct model_case *c = &m->cases[i];
        if (in_chapter(c, first) && is_quiet(c) == quiet) {
            (quiet ? put_quiet_case : put_case)(out, m, c);
        }
    }
}

/* What wants attention first; then the rest, folded when it is much. */
static void put_chapter(FILE *out, const struct model *m, const struct model_case *first)
{
    for (const struct model_case *c = m->cases; c < first; c++) {
        if (in_chapter(c, first)) {
            return;
        }
    }
    bool folded = is_folded(m, first);
    put_markup(out, "<section class=\"chapter\" data-group>\n<h3>%.*s", case_chapter_length(first->id),
               first->id);
    put_counts(out, m, first, !folded, true);
    fputs("</h3>\n", out);
    put_cases(out, m, first, false);
    if (folded) {
        fputs("<details class=\"quiet\" data-group><summary>", out);
        put_counts(out, m, first, true, false);
        fputs("</summary>\n", out);
    }
    put_cases(out, m, first, true);
    fputs(folded ? "</details>\n</section>\n" : "</section>\n", out);
}

/* One command serves for every case: they differ in the name. */
static void put_again(FILE *out, const struct model *m)
{
    for (size_t i = 0; i < m->case_count; i++) {
        const struct model_case *c = &m->cases[i];
        const char *only = strstr(c->reproduce, "--only ");
        if (only && strncmp(only + 7, c->id, strlen(c->id)) == 0) {
            only += 7;
            put_markup(out,
                       "<p class=\"lead\">Any case runs again by itself, CASE being its name:</p>\n"
                       "<pre class=\"again\" tabindex=\"0\">%.*sCASE%s</pre>\n",
                       (int)(only - c->reproduce), c->reproduce, only + strlen(c->id));
            return;
        }
    }
}

void html_evidence(FILE *out, const struct model *m)
{
    fputs("<section aria-labelledby=\"evidence\">\n<h2 id=\"evidence\">Evidence</h2>\n"
          "<p class=\"lead\">Every case, passed ones too, with the messages that were exchanged: → to the "
          "device, ← from it, times in ms. The bytes of all of them are in the captures and in "
          "<code>report.json</code>.</p>\n",
          out);
    put_again(out, m);
    for (size_t i = 0; i < m->case_count; i++) {
        put_chapter(out, m, &m->cases[i]);
    }
    if (m->case_count == 0) {
        fputs("<p class=\"nothing\">No case was run.</p>\n", out);
    }
    fputs("</section>\n", out);
}
