#include "html_page.h"

#include <inttypes.h>
#include <string.h>

#include "look.h"
#include "text.h"

static const unsigned char report_css[] = {
#include "reports/assets/report.css.inc"
};

static const unsigned char report_js[] = {
#include "reports/assets/report.js.inc"
};

static const unsigned char matrix_js[] = {
#include "reports/assets/matrix.js.inc"
};

/* Nothing is ever fetched: the page is one file, and what a device sent could not make it fetch anything either. */
static const char policy[] =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

void html_begin(FILE *out, const char *title, const char *skip)
{
    put_markup(out,
               "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
               "<meta http-equiv=\"Content-Security-Policy\" content=\"%s\">\n"
               "<meta name=\"color-scheme\" content=\"light dark\">\n<title>%s</title>\n<style>\n",
               policy, title);
    fwrite(report_css, 1, sizeof report_css, out);
    put_markup(out,
               "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#%s\">Skip to the requirements</a>\n",
               skip);
}

void html_script(FILE *out)
{
    fputs("<script>\n", out);
    fwrite(report_js, 1, sizeof report_js, out);
    fputs("</script>\n", out);
}

void html_matrix_script(FILE *out)
{
    fputs("<script>\n", out);
    fwrite(matrix_js, 1, sizeof matrix_js, out);
    fputs("</script>\n", out);
}

void html_end(FILE *out)
{
    fputs("</body>\n</html>\n", out);
}

void html_verdict(FILE *out, enum verdict v)
{
    put_markup(out, "<span class=\"v %s\"><span aria-hidden=\"true\">%s</span> %s</span>", verdict_name(v),
               look_of(v)->sign, look_of(v)->word);
}

void html_clauses(FILE *out, const struct model_requirement *r)
{
    for (size_t i = 0; i < r->clause_count; i++) {
        put_markup(out, "<span class=\"nw\">%s%s</span> ", r->clauses[i].clause,
                   i + 1 < r->clause_count ? "," : "");
    }
}

void html_case_link(FILE *out, const char *id)
{
    put_markup(out, "<a class=\"mono\" href=\"#%s\">%s</a>", id, id);
}

void html_did(FILE *out, const struct model_cipher *c)
{
    const char *hyphen = strchr(c->did, '-');

    if (hyphen) {
        put_markup(out, "%.*s %s", (int)(hyphen - c->did), c->did, hyphen + 1);
    } else {
        put_markup_text(out, c->did);
    }
}

void html_ms(FILE *out, int64_t us)
{
    uint64_t size = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;

    fprintf(out, "%s%" PRIu64 ".%02d", us < 0 ? "-" : "", size / 1000, (int)(size % 1000 / 10));
}

void html_gate(FILE *out, const struct model *m)
{
    int code = m->summary.exit_code;
    const char *word = code == 0     ? "passed"
                       : code == 1   ? "failed"
                       : code >= 128 ? "interrupted"
                                     : "not judged";
    bool known = code == 0 && run_verdict(m) == VERDICT_FAIL;

    put_markup(out, "%s%s, exit code %u", word, known ? " (known findings alone)" : "", (unsigned)code);
}

const char *html_deciding_case(const struct model *m, const struct model_requirement *r)
{
    for (size_t i = 0; i < r->cases.n; i++) {
        const struct model_case *c = model_case_find(m, r->cases.at[i]);
        if (c && c->verdict == r->verdict) {
            return c->id;
        }
    }
    return r->cases.n > 0 ? r->cases.at[0] : "requirements";
}

const char *html_role(const struct model *m)
{
    return strcmp(m->device.role, "bootstrap-server") == 0 ? "bootstrap server" : m->device.role;
}
