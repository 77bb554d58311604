#include <inttypes.h>
#include <string.h>

#include "html_page.h"
#include "text.h"

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

static void put_observed(FILE *out, const struct model_case *c)
{
    fputs("<div><h4>Observed</h4><dl class=\"saw\">", out);
    put_pair(out, "Expected", c->expected);
    put_pair(out, "Got", c->got);
    put_pair(out, c->verdict == VERDICT_NOT_APPLICABLE ? "Not applicable" : "Reason", c->reason);
    put_pair(out, "Note", c->note);
    put_pair(out, "Security", c->guidance);
    if (c->waiver) {
        put_markup(out, "<dt>Waiver</dt><dd>%s %s, until %s.</dd>", c->waiver->reason, c->waiver->owner,
                   c->waiver->expires);
    }
    fputs("</dl></div>\n", out);
}

static void put_record(FILE *out, const struct model_case *c)
{
    fputs("<p class=\"meta record\">", out);
    if (is_capture_path(c->capture)) {
        put_markup(out, "<span>Capture <a href=\"%s\">%s</a></span> ", c->capture, c->capture);
    }
    fprintf(out, "<span>%" PRId64 " ms</span>", c->duration_ms);
    if (c->unstable) {
        put_markup(out, " <span><b>Unstable:</b> %u runs differed</span>", c->attempts);
    } else if (c->attempts > 1) {
        put_markup(out, " <span>%u runs</span>", c->attempts);
    }
    fputs("</p>\n", out);
}

static void put_case(FILE *out, const struct model *m, const struct model_case *c)
{
    put_markup(out, "<details class=\"case\" data-v=\"%s\"%s><summary>", verdict_name(c->verdict),
               c->verdict == VERDICT_FAIL ? " open" : "");
    html_verdict(out, c->verdict);
    put_markup(out,
               " <b class=\"title\">%s</b> <span class=\"mono name\">%s</span></summary>\n"
               "<div class=\"body\" id=\"%s\">\n<div class=\"two\">\n",
               c->title, c->id, c->id);
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

static void put_chapter_head(FILE *out, const struct model *m, const struct model_case *first)
{
    static const struct {
        enum verdict verdict;
        const char *word;
    } parts[] = {{VERDICT_FAIL, "failed"},    {VERDICT_NOT_JUDGED, "not judged"},
                 {VERDICT_WARNING, "missed"}, {VERDICT_WAIVED, "waived"},
                 {VERDICT_PASS, "passed"},    {VERDICT_NOT_APPLICABLE, "not applicable"}};
    unsigned counts[VERDICT_COUNT] = {0};

    for (size_t i = 0; i < m->case_count; i++) {
        if (in_chapter(&m->cases[i], first)) {
            counts[m->cases[i].verdict]++;
        }
    }
    put_markup(out, "<section class=\"chapter\" data-group>\n<h3>%.*s", case_chapter_length(first->id),
               first->id);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (counts[parts[i].verdict] > 0) {
            put_markup(out, " <span>%u %s</span>", counts[parts[i].verdict], parts[i].word);
        }
    }
    fputs("</h3>\n", out);
}

static void put_chapter(FILE *out, const struct model *m, const struct model_case *first)
{
    for (const struct model_case *c = m->cases; c < first; c++) {
        if (in_chapter(c, first)) {
            return;
        }
    }
    put_chapter_head(out, m, first);
    for (size_t i = 0; i < m->case_count; i++) {
        if (in_chapter(&m->cases[i], first)) {
            put_case(out, m, &m->cases[i]);
        }
    }
    fputs("</section>\n", out);
}

void html_evidence(FILE *out, const struct model *m)
{
    fputs("<section aria-labelledby=\"evidence\">\n<h2 id=\"evidence\">Evidence</h2>\n"
          "<p class=\"lead\">Every case, passed ones too, with the messages that were exchanged. The bytes "
          "of all of them are in "
          "the captures and in <code>report.json</code>.</p>\n",
          out);
    for (size_t i = 0; i < m->case_count; i++) {
        put_chapter(out, m, &m->cases[i]);
    }
    if (m->case_count == 0) {
        fputs("<p class=\"nothing\">No case was run.</p>\n", out);
    }
    fputs("</section>\n", out);
}
