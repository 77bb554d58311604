#include <inttypes.h>
#include <string.h>

#include "html_page.h"
#include "look.h"
#include "report.h"
#include "text.h"

void html_sentence(FILE *out, enum verdict v, const char *sentence)
{
    const char *stop = strstr(sentence, ". ");
    char first[80] = "";

    if (stop && (size_t)(stop - sentence) + 2 < sizeof first) {
        memcpy(first, sentence, (size_t)(stop - sentence) + 1);
        sentence = stop + 2;
    }
    put_markup(out,
               "<h1><span class=\"say\"><span class=\"sign\" aria-hidden=\"true\">%s</span> %s</span> "
               "<span class=\"rest\">%s</span></h1>\n",
               look_of(v)->sign, first, sentence);
}

static void put_row(FILE *out, const char *term, const char *text, bool mono)
{
    if (*text != '\0') {
        put_markup(out, "<dt>%s</dt><dd%s>%s</dd>\n", term, mono ? " class=mono" : "", text);
    }
}

/* "2025-11-24T02:10:00Z" as people write it. */
static void put_started(FILE *out, const char *started)
{
    if (strlen(started) >= 16 && started[10] == 'T') {
        char day[11], minute[6];
        snprintf(day, sizeof day, "%.10s", started);
        snprintf(minute, sizeof minute, "%.5s", started + 11);
        put_markup(out, "<time datetime=\"%s\">%s %s UTC</time>", started, day, minute);
    } else {
        put_markup_text(out, started);
    }
}

static void put_identity(FILE *out, const struct model *m)
{
    char catalogue[20]; /* "sha256:" and 12 digits */

    snprintf(catalogue, sizeof catalogue, "%s", m->tool.catalogue);
    fputs("<dl class=\"id\">\n", out);
    put_markup(out, "<dt>Device</dt><dd><b>%s</b>", m->device.name);
    if (*m->device.make || *m->device.model || *m->device.firmware) {
        put_markup(out, "<br>%s %s %s", m->device.make, m->device.model, m->device.firmware);
    }
    fputs("</dd>\n", out);
    put_row(out, "Role", html_role(m), false);
    put_row(out, "Address", m->device.address, true);
    put_row(out, "Profile", m->profile, true);
    fputs("<dt>Run</dt><dd>", out);
    put_started(out, m->run.started);
    fprintf(out, ", took %" PRId64 ".%d&nbsp;s</dd>\n", m->run.duration_ms / 1000,
            (int)(m->run.duration_ms % 1000 / 100));
    put_markup(out, "<dt>Tool</dt><dd>%s %s</dd>\n", m->tool.name, m->tool.version);
    put_markup(out, "<dt>Catalogue</dt><dd class=\"mono\" title=\"%s\">%s</dd>\n", m->tool.catalogue,
               catalogue);
    fputs("<dt>Gate</dt><dd>", out);
    html_gate(out, m);
    fputs("</dd>\n</dl>\n", out);
}

static void put_number(FILE *out, unsigned n, const char *unit, const char *class, const char *label)
{
    put_markup(out, "<li><b class=\"%s\">%u%s</b><span>%s</span></li>\n", n > 0 ? class : "none", n, unit,
               label);
}

static void put_numbers(FILE *out, const struct model *m)
{
    const unsigned *of = m->summary.requirements.of;

    fputs("<ul class=\"tally\" aria-label=\"Requirements in numbers\">\n", out);
    put_number(out, m->summary.mandatory_failed, "", "fail", "mandatory, failed");
    put_number(out, m->summary.mandatory_passed, "", "pass", "mandatory, passed");
    put_number(out, m->summary.recommended_missing, "", "warning", "recommended, missing");
    put_number(out, of[VERDICT_WAIVED], "", "waived", "waived");
    put_number(out, of[VERDICT_NOT_APPLICABLE], "", "plain", "not applicable");
    put_number(out, of[VERDICT_NOT_JUDGED], "", "not-judged", "could not be judged");
    put_number(out, m->summary.tested_per_cent, " %", "plain", "of the catalogue tested");
    fputs("</ul>\n", out);
}

static void put_texts(FILE *out, const char *before, struct strings texts)
{
    for (size_t i = 0; i < texts.n; i++) {
        put_markup(out, " <code>%s %s</code>", before, texts.at[i]);
    }
}

/* What a reader must know before believing the numbers. */
static void put_caveats(FILE *out, const struct model *m)
{
    if (!m->run.complete) {
        fputs("<p class=\"caveat\"><b>Incomplete.</b> The run was interrupted; cases that had not begun were "
              "not "
              "judged.</p>\n",
              out);
    }
    if (m->run.only.n + m->run.skip.n > 0) {
        fputs("<p class=\"caveat\"><b>A selection.</b> Only a part of the catalogue was asked for:", out);
        put_texts(out, "--only", m->run.only);
        put_texts(out, "--skip", m->run.skip);
        fputs("</p>\n", out);
    }
    for (size_t i = 0; i < m->run.notes.n; i++) {
        put_markup(out, "<p class=\"caveat\">%s</p>\n", m->run.notes.at[i]);
    }
}

void html_header(FILE *out, const struct model *m)
{
    enum verdict v = run_verdict(m);

    put_markup(
        out,
        "<header class=\"top %s\"><div class=\"wrap\">\n<p class=\"kicker\">DTLS cipher-suite conformance "
        "<span>%s</span> <span>PSK mode, %s</span></p>\n<div class=\"head\">\n<div>\n",
        verdict_name(v), *m->profile_title ? m->profile_title : m->profile, html_role(m));
    html_sentence(out, v, m->summary.sentence);
    put_caveats(out, m);
    fputs("</div>\n", out);
    put_identity(out, m);
    fputs("</div>\n", out);
    put_numbers(out, m);
    fputs("</div></header>\n", out);
}

void html_filter(FILE *out, const unsigned counts[VERDICT_COUNT])
{
    static const enum verdict order[] = {VERDICT_FAIL,   VERDICT_NOT_JUDGED, VERDICT_WARNING,
                                         VERDICT_WAIVED, VERDICT_PASS,       VERDICT_NOT_APPLICABLE};

    fputs("<form class=\"filter\" role=\"search\" aria-label=\"Filter\" hidden>\n<fieldset><legend "
          "class=\"vh\">Show "
          "verdicts</legend>\n",
          out);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (counts[order[i]] > 0) {
            put_markup(out, "<label class=\"chip\"><input type=\"checkbox\" value=\"%s\" checked>",
                       verdict_name(order[i]));
            html_verdict(out, order[i]);
            fputs("</label>\n", out);
        }
    }
    fputs("</fieldset>\n<input type=\"search\" aria-label=\"Search clause, text, suite or id\" "
          "placeholder=\"Search clause, "
          "text, suite or id\" autocomplete=\"off\" spellcheck=\"false\">\n<span class=\"count\" "
          "role=\"status\"></span>\n"
          "</form>\n",
          out);
}

/* Which verdicts occur, in requirements, cipher suites or cases: the boxes of the filter. */
static void count_verdicts(const struct model *m, unsigned counts[VERDICT_COUNT])
{
    for (size_t i = 0; i < m->requirement_count; i++) {
        counts[m->requirements[i].verdict]++;
    }
    for (size_t i = 0; i < m->cipher_count; i++) {
        counts[m->ciphers[i].verdict]++;
    }
    for (size_t i = 0; i < m->case_count; i++) {
        counts[m->cases[i].verdict]++;
    }
}

void html_bar(FILE *out, const struct model *m)
{
    unsigned counts[VERDICT_COUNT] = {0};

    count_verdicts(m, counts);
    fputs("<div class=\"bar\"><div class=\"wrap\">\n<nav aria-label=\"Sections\"><a href=\"#fix\">What to "
          "fix</a> "
          "<a href=\"#ciphers\">Cipher suites</a> <a href=\"#requirements\">Requirements</a> "
          "<a href=\"#evidence\">Evidence</a> ",
          out);
    if (html_has_changes(m)) {
        fputs("<a href=\"#changes\">Changes</a> ", out);
    }
    if (m->waiver_count > 0) {
        fputs("<a href=\"#waivers\">Waivers</a> ", out);
    }
    fputs("<a href=\"#run\">Run</a> <a href=\"#method\">Method</a></nav>\n", out);
    html_filter(out, counts);
    fputs("</div></div>\n", out);
}

bool render_html(const struct model *m, FILE *out)
{
    html_begin(out, m->summary.sentence, "requirements");
    html_header(out, m);
    html_bar(out, m);
    fputs("<main class=\"wrap\">\n", out);
    html_findings(out, m);
    html_ciphers(out, m);
    html_requirements(out, m);
    html_evidence(out, m);
    html_changes(out, m);
    html_waivers(out, m);
    html_run(out, m);
    html_method(out);
    fputs(
        "</main>\n<footer class=\"wrap\">Everything on this page is in <code>report.json</code>, the record. "
        "Requirements are paraphrased; the clause is authoritative.</footer>\n",
        out);
    html_script(out);
    html_end(out);
    return !ferror(out);
}
