#include "html_page.h"
#include "look.h"
#include "text.h"

enum { CASES_SHOWN = 3 };

static void put_case_links(FILE *out, const struct model_requirement *r, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        html_case_link(out, r->cases.at[i]);
        fputs(i + 1 < to ? "<br>" : "", out);
    }
}

/* A family has a case per cipher suite: its members are folded. */
static void put_cases(FILE *out, const struct model_requirement *r)
{
    if (is_untested(r)) {
        put_markup_text(out, *r->untestable ? r->untestable : "no case of this run judges it");
    } else if (r->cases.n <= CASES_SHOWN) {
        put_case_links(out, r, 0, r->cases.n);
    } else {
        put_markup(out, "<details><summary>%zu cases</summary>", r->cases.n);
        put_case_links(out, r, 0, r->cases.n);
        fputs("</details>", out);
    }
}

static void put_row(FILE *out, const struct model_requirement *r)
{
    put_markup(out, "<tr data-v=\"%s\" id=\"%s\"><td>", verdict_name(r->verdict), r->id);
    if (is_untested(r)) {
        fputs("<span class=\"v not-applicable\"><span aria-hidden=\"true\">–</span> Not tested</span>", out);
    } else {
        html_verdict(out, r->verdict);
    }
    fputs("</td><td class=\"clauses\">", out);
    html_clauses(out, r);
    put_markup(out, "</td><td class=\"level\">%s</td><th scope=\"row\" class=\"req\">%s", r->level, r->text);
    if (*r->note != '\0') {
        put_markup(out, "<span class=\"meta\">%s</span>", r->note);
    }
    put_markup(out, "<span class=\"meta mono\">%s</span></th><td class=\"cases\">", r->id);
    put_cases(out, r);
    fputs("</td></tr>\n", out);
}

void html_requirements(FILE *out, const struct model *m)
{
    fputs("<section aria-labelledby=\"requirements\">\n<h2 id=\"requirements\">Requirements</h2>\n"
          "<table class=\"reqs\"><caption>Each is phrased as the behaviour of a conforming device. A "
          "requirement's verdict is "
          "the worst of its cases.</caption>\n<thead><tr><th scope=\"col\">Verdict</th><th "
          "scope=\"col\">Clause</th>"
          "<th scope=\"col\">Level</th><th scope=\"col\">Requirement</th><th "
          "scope=\"col\">Case</th></tr></thead>\n<tbody>\n",
          out);
    for (size_t i = 0; i < m->requirement_count; i++) {
        put_row(out, &m->requirements[i]);
    }
    fputs("</tbody></table>\n</section>\n", out);
}
