/*
 * index.html: devices by requirements and by cipher suites. A row is what two or more reports may say something about; a
 * device whose report does not know it has an empty cell.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "html_page.h"
#include "look.h"
#include "report.h"
#include "text.h"

/* One row of a table: a requirement or a cipher suite, as the first report that has it puts it. */
struct row {
    const char *id, *text, *level;
    const struct model_requirement *requirement;
    uint16_t code;
};

struct rows {
    struct row *at;
    size_t n, cap;
};

struct matrix {
    FILE *out;
    struct arena *arena;
    const struct matrix_device *devices;
    size_t n;
};

static void put_device_link(FILE *out, const struct matrix_device *d)
{
    put_markup(out, "<a href=\"%s/report.html\">%s</a>", d->directory, d->model->device.name);
}

/* The verdict stands beside it as a sign and a word already. */
static const char *after_first_sentence(const char *sentence)
{
    const char *stop = strstr(sentence, ". ");

    return stop ? stop + 2 : sentence;
}

static void put_devices(struct matrix *x)
{
    fputs("<ul class=\"devices\">\n", x->out);
    for (size_t i = 0; i < x->n; i++) {
        const struct model *m = x->devices[i].model;
        enum verdict v = run_verdict(m);
        put_markup(x->out, "<li><span class=\"v %s\"><span aria-hidden=\"true\">%s</span> %s</span><span>",
                   verdict_name(v), look_of(v)->sign,
                   v == VERDICT_PASS   ? "Conformant"
                   : v == VERDICT_FAIL ? "Not conformant"
                                       : "Not judged");
        put_device_link(x->out, &x->devices[i]);
        put_markup(x->out, " <span class=\"meta\">%s, <span class=\"mono\">%s</span></span>", html_role(m),
                   m->profile);
        if (v == VERDICT_NOT_JUDGED) {
            put_markup(x->out, "<br>%s", after_first_sentence(m->summary.sentence));
        }
        fputs("</span>", x->out);
        put_markup(x->out,
                   "<span class=\"figures\">%u failed, %u passed, %u recommended missing</span></li>\n",
                   m->summary.mandatory_failed, m->summary.mandatory_passed, m->summary.recommended_missing);
    }
    fputs("</ul>\n", x->out);
}

static struct row *find_row(const struct rows *rows, const char *id)
{
    for (size_t i = 0; i < rows->n; i++) {
        if (strcmp(rows->at[i].id, id) == 0) {
            return &rows->at[i];
        }
    }
    return NULL;
}

static void add_row(struct matrix *x, struct rows *rows, struct row row)
{
    if (!find_row(rows, row.id)) {
        *(struct row *)arena_grow(x->arena, &rows->at, &rows->cap, rows->n, sizeof row) = row;
        rows->n++;
    }
}

static struct rows requirement_rows(struct matrix *x)
{
    struct rows rows = {0};

    for (size_t d = 0; d < x->n; d++) {
        const struct model *m = x->devices[d].model;
        for (size_t i = 0; i < m->requirement_count; i++) {
            const struct model_requirement *r = &m->requirements[i];
            add_row(x, &rows,
                    (struct row){.id = r->id, .text = r->text, .level = r->level, .requirement = r});
        }
    }
    return rows;
}

static void put_head(struct matrix *x, const char *what, const char *caption)
{
    put_markup(x->out,
               "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s by device\"><table "
               "class=\"matrix\">"
               "<caption class=\"vh\">%s</caption>\n<thead><tr><th scope=\"col\">%s</th>",
               what, caption, what);
    for (size_t i = 0; i < x->n; i++) {
        enum verdict v = run_verdict(x->devices[i].model);
        put_markup(x->out, "<th scope=\"col\" data-role=\"%s\"><span class=\"v %s\" title=\"%s\">%s</span> ",
                   x->devices[i].model->device.role, verdict_name(v), look_of(v)->word, look_of(v)->sign);
        put_device_link(x->out, &x->devices[i]);
        put_markup(x->out, "<span class=\"meta\">%s</span></th>", html_role(x->devices[i].model));
    }
    fputs("</tr></thead>\n<tbody>\n", x->out);
}

/* There are thousands of cells: each is a link and nothing else. */
static void open_cell(struct matrix *x, const struct matrix_device *d, enum verdict v, const char *fragment)
{
    put_markup(x->out, "<td class=\"%s\"><a href=\"%s/report.html#%s\">%s %s", verdict_name(v), d->directory,
               fragment, look_of(v)->sign, v == VERDICT_NOT_APPLICABLE ? "n/a" : look_of(v)->word);
}

static void put_empty_cell(struct matrix *x)
{
    fputs("<td></td>", x->out);
}

static void put_requirement_cell(struct matrix *x, const struct matrix_device *d, const char *id)
{
    const struct model_requirement *r = model_requirement_find(d->model, id);

    if (!r) {
        put_empty_cell(x);
    } else if (is_untested(r)) {
        fputs("<td class=\"meta\">not tested</td>", x->out);
    } else {
        open_cell(x, d, r->verdict, html_deciding_case(d->model, r));
        fputs("</a></td>", x->out);
    }
}

/* The chapters of a requirement's cases, each once, separated by blanks. */
static const char *chapters_of(struct matrix *x, const struct model_requirement *r)
{
    const char *all = "";

    for (size_t i = 0; i < r->cases.n; i++) {
        const char *one =
            arena_printf(x->arena, " %.*s ", case_chapter_length(r->cases.at[i]), r->cases.at[i]);
        if (!strstr(all, one)) {
            all = arena_printf(x->arena, "%s%s", all, one);
        }
    }
    return all;
}

static void put_requirement_rows(struct matrix *x, const struct rows *rows)
{
    put_head(x, "Requirements", "The verdict of each requirement on each device");
    for (size_t i = 0; i < rows->n; i++) {
        const struct row *row = &rows->at[i];
        put_markup(x->out,
                   "<tr data-chapter=\"%s\" data-level=\"%s\"><th scope=\"row\">%s<span class=\"meta\"><span "
                   "class=\"level\">"
                   "%s</span>",
                   chapters_of(x, row->requirement), row->level, row->text, row->level);
        html_clauses(x->out, row->requirement);
        fputs("</span></th>", x->out);
        for (size_t d = 0; d < x->n; d++) {
            put_requirement_cell(x, &x->devices[d], row->id);
        }
        fputs("</tr>\n", x->out);
    }
    fputs("</tbody></table></div>\n", x->out);
}

static const struct model_cipher *find_cipher(const struct model *m, uint16_t code)
{
    for (size_t i = 0; i < m->cipher_count; i++) {
        if (m->ciphers[i].code == code) {
            return &m->ciphers[i];
        }
    }
    return NULL;
}

static bool is_taken(const struct model_cipher *c)
{
    return strcmp(c->did, "accepted") == 0 || strcmp(c->did, "offered") == 0;
}

static void add_ciphers(struct matrix *x, struct rows *rows, bool required)
{
    for (size_t d = 0; d < x->n; d++) {
        const struct model *m = x->devices[d].model;
        for (size_t i = 0; i < m->cipher_count; i++) {
            const struct model_cipher *c = &m->ciphers[i];
            bool wanted = strcmp(c->rule, "required") == 0;
            if (required ? wanted : is_taken(c) || c->verdict == VERDICT_FAIL) {
                add_row(x, rows,
                        (struct row){.id = c->name, .text = c->name, .level = c->rule, .code = c->code});
            }
        }
    }
}

/* Suites that some device must take, takes, or is blamed for; what all refuse says nothing about any. */
static struct rows cipher_rows(struct matrix *x)
{
    struct rows rows = {0};

    add_ciphers(x, &rows, true);
    add_ciphers(x, &rows, false);
    return rows;
}

static void put_cipher_rows(struct matrix *x, const struct rows *rows)
{
    put_head(x, "Cipher suites", "What each device does with each cipher suite, and the verdict");
    for (size_t i = 0; i < rows->n; i++) {
        put_markup(
            x->out,
            "<tr><th scope=\"row\"><span class=\"mono\">%s</span><span class=\"meta\">0x%04X, %s</span></th>",
            rows->at[i].text, (unsigned)rows->at[i].code, rows->at[i].level);
        for (size_t d = 0; d < x->n; d++) {
            const struct model_cipher *c = find_cipher(x->devices[d].model, rows->at[i].code);
            if (c) {
                open_cell(x, &x->devices[d], c->verdict, c->case_id);
                fputs(" <span>", x->out);
                html_did(x->out, c);
                fputs("</span></a></td>", x->out);
            } else {
                put_empty_cell(x);
            }
        }
        fputs("</tr>\n", x->out);
    }
    fputs("</tbody></table></div>\n", x->out);
}

static void put_option(FILE *out, const char *value, const char *label)
{
    put_markup(out, "<option value=\"%s\">%s</option>", value, label);
}

static void put_chapter_options(struct matrix *x, const struct rows *rows)
{
    struct rows chapters = {0};

    for (size_t i = 0; i < rows->n; i++) {
        const struct strings *cases = &rows->at[i].requirement->cases;
        for (size_t j = 0; j < cases->n; j++) {
            int length = case_chapter_length(cases->at[j]);
            add_row(x, &chapters, (struct row){.id = arena_printf(x->arena, "%.*s", length, cases->at[j])});
        }
    }
    for (size_t i = 0; i < chapters.n; i++) {
        put_option(x->out, chapters.at[i].id, chapters.at[i].id);
    }
}

/* Which of the columns: of servers, of clients; only where there are both. */
static void put_role_filter(struct matrix *x)
{
    struct rows roles = {0};

    for (size_t i = 0; i < x->n; i++) {
        add_row(x, &roles,
                (struct row){.id = x->devices[i].model->device.role, .text = html_role(x->devices[i].model)});
    }
    if (roles.n < 2) {
        return;
    }
    fputs("<label>Role <select name=\"role\"><option value=\"\">all</option>", x->out);
    for (size_t i = 0; i < roles.n; i++) {
        put_option(x->out, roles.at[i].id, roles.at[i].text);
    }
    fputs("</select></label>\n", x->out);
}

static void put_filter(struct matrix *x, const struct rows *rows)
{
    fputs("<form class=\"filter\" role=\"search\" aria-label=\"Filter the requirements\" hidden>\n", x->out);
    put_role_filter(x);
    fputs("<label>Chapter <select name=\"chapter\"><option value=\"\">all</option>", x->out);
    put_chapter_options(x, rows);
    fputs("</select></label>\n<label>Level <select name=\"level\"><option value=\"\">all</option>"
          "<option value=\"MUST\">mandatory</option><option value=\"SHOULD\">recommended</option></select>"
          "</label>\n<label>Verdict <select name=\"verdict\"><option value=\"\">all</option>",
          x->out);
    for (enum verdict v = VERDICT_PASS; v < VERDICT_COUNT; v++) {
        put_option(x->out, verdict_name(v), look_of(v)->word);
    }
    fputs("</select></label>\n<label>Findings of <select name=\"shared\"><option value=\"\">all</option>"
          "<option value=\"any\">any device</option><option value=\"several\">two devices or more</option>"
          "<option value=\"one\">one device alone</option></select></label>\n"
          "<input type=\"search\" aria-label=\"Search clause or text\" placeholder=\"Search clause or text\" "
          "autocomplete=\"off\" spellcheck=\"false\">\n<span class=\"count\" "
          "role=\"status\"></span>\n</form>\n",
          x->out);
}

/* Verdict of the whole page, in a sentence. */
static void put_top(struct matrix *x)
{
    size_t of[VERDICT_COUNT] = {0};
    enum verdict worst = VERDICT_NOT_JUDGED;

    for (size_t i = 0; i < x->n; i++) {
        of[run_verdict(x->devices[i].model)]++;
    }
    if (of[VERDICT_FAIL] > 0) {
        worst = VERDICT_FAIL;
    } else if (x->n > 0 && of[VERDICT_PASS] == x->n) {
        worst = VERDICT_PASS;
    }
    put_markup(x->out,
               "<header class=\"top %s\"><div class=\"wrap wide\">\n<p class=\"kicker\">DTLS cipher-suite "
               "conformance <span>LwM2M "
               "PSK mode</span></p>\n",
               verdict_name(worst));
    html_sentence(x->out, worst,
                  arena_printf(x->arena,
                               "%zu of %zu conformant. %zu not conformant, %zu could not be judged.",
                               of[VERDICT_PASS], x->n, of[VERDICT_FAIL], of[VERDICT_NOT_JUDGED]));
    fputs("</div></header>\n", x->out);
}

bool render_matrix(const struct matrix_device *devices, size_t n, FILE *out)
{
    struct matrix x = {out, arena_new(), devices, n};
    struct rows requirements = requirement_rows(&x);
    struct rows ciphers = cipher_rows(&x);

    html_begin(out, arena_printf(x.arena, "DTLS PSK conformance of %zu devices", n), "requirements");
    put_top(&x);
    fputs(
        "<main class=\"wrap wide\">\n<section aria-labelledby=\"devices\"><h2 id=\"devices\">Devices</h2>\n",
        out);
    put_devices(&x);
    fputs("</section>\n", out);
    html_shared(out, devices, n);
    fputs("<section aria-labelledby=\"ciphers\"><h2 id=\"ciphers\">Cipher suites</h2>\n<p "
          "class=\"lead\">Those that a "
          "device takes or must take. What the others did with each of the rest stands in each report.</p>\n",
          out);
    put_cipher_rows(&x, &ciphers);
    fputs("</section>\n<section aria-labelledby=\"requirements\"><h2 id=\"requirements\">Requirements</h2>\n",
          out);
    put_filter(&x, &requirements);
    put_requirement_rows(&x, &requirements);
    fputs("</section>\n</main>\n<footer class=\"wrap wide\">A cell leads to that device's evidence; an "
          "empty one: not in its report, as what binds the other role. Requirements are paraphrased; the "
          "clause "
          "is authoritative.</footer>\n",
          out);
    html_matrix_script(out);
    html_end(out);
    arena_free(x.arena);
    return !ferror(out);
}
