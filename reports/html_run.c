/* What stands behind the results: changes since the baseline, waivers, how it was run, and how verdicts come about. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "html_page.h"
#include "text.h"

static void put_word(FILE *out, const char *word, const char *otherwise)
{
    enum verdict v;

    if (verdict_parse(word, &v)) {
        html_verdict(out, v);
    } else {
        put_markup_text(out, *word != '\0' ? word : otherwise);
    }
}

/* How a case moved: worse first, then better, then what is new in the catalogue. */
enum move { MOVE_WORSE, MOVE_BETTER, MOVE_NEW, MOVES };

static enum move move_of(const struct model_change *c)
{
    enum verdict then, now;

    if (!verdict_parse(c->then, &then)) {
        return MOVE_NEW;
    }
    return verdict_parse(c->now, &now) && verdict_rank(now) < verdict_rank(then) ? MOVE_BETTER : MOVE_WORSE;
}

static void put_moves(FILE *out, const struct model *m)
{
    static const char *const words[MOVES] = {"worse", "better", "new in the catalogue"};
    size_t n[MOVES] = {0};

    for (size_t i = 0; i < m->change_count; i++) {
        n[move_of(&m->changes[i])]++;
    }
    fputs("<p class=\"lead\">", out);
    for (size_t i = 0; i < MOVES; i++) {
        if (n[i] > 0) {
            put_markup(out, "<span class=\"nw\"><b>%zu</b> %s</span> ", n[i], words[i]);
        }
    }
    fputs("</p>\n", out);
}

static void put_change(FILE *out, const struct model_change *c)
{
    fputs("<tr><th scope=\"row\">", out);
    html_case_link(out, c->case_id);
    fputs("</th><td>", out);
    put_word(out, c->then, "new in the catalogue");
    fputs("</td><td>", out);
    put_word(out, c->now, "not run");
    fputs("</td></tr>\n", out);
}

static void put_changes(FILE *out, const struct model *m)
{
    put_moves(out, m);
    fputs("<table class=\"plain\"><caption>Only cases whose verdict differs.</caption>\n<thead><tr><th "
          "scope=\"col\">Case</th>"
          "<th scope=\"col\">Then</th><th scope=\"col\">Now</th></tr></thead>\n<tbody>\n",
          out);
    for (size_t move = 0; move < MOVES; move++) {
        for (size_t i = 0; i < m->change_count; i++) {
            if (move_of(&m->changes[i]) == move) {
                put_change(out, &m->changes[i]);
            }
        }
    }
    fputs("</tbody></table>\n", out);
}

bool html_has_changes(const struct model *m)
{
    return m->change_count > 0 || *m->run.baseline != '\0';
}

void html_changes(FILE *out, const struct model *m)
{
    if (!html_has_changes(m)) {
        return;
    }
    fputs("<section aria-labelledby=\"changes\">\n<h2 id=\"changes\">Changes since the baseline</h2>\n", out);
    if (m->change_count > 0) {
        put_changes(out, m);
    } else {
        put_markup(out, "<p class=\"nothing\">None: every verdict is as in <code>%s</code>.</p>\n",
                   m->run.baseline);
    }
    fputs("</section>\n", out);
}

/* Days from the civil epoch of a date YYYY-MM-DD (proleptic Gregorian); false when text does not begin with one. */
static bool day_number(const char *text, long *out)
{
    int year, month, day;

    if (strlen(text) < 10 || sscanf(text, "%4d-%2d-%2d", &year, &month, &day) != 3) {
        return false;
    }
    if (month <= 2) {
        year--;
        month += 12;
    }
    *out = 365L * year + year / 4 - year / 100 + year / 400 + (153L * (month - 3) + 2) / 5 + day;
    return true;
}

/* Counted from the start of the run, so that the page does not change with the day it is rendered. */
static void put_days_left(FILE *out, const struct model *m, const char *expires)
{
    long from, to;

    if (!day_number(m->run.started, &from) || !day_number(expires, &to)) {
        return;
    }
    if (to >= from) {
        put_markup(out, "<span class=\"meta\">%ld days left</span>", to - from);
    } else {
        put_markup(out, "<span class=\"meta\">%ld days ago</span>", from - to);
    }
}

void html_waivers(FILE *out, const struct model *m)
{
    if (m->waiver_count == 0) {
        return;
    }
    fputs("<section aria-labelledby=\"waivers\">\n<h2 id=\"waivers\">Waivers</h2>\n<table "
          "class=\"plain\"><caption>An expired "
          "or stale waiver fails the gate.</caption>\n<thead><tr><th scope=\"col\">Case</th><th "
          "scope=\"col\">State</th>"
          "<th scope=\"col\">Reason</th><th scope=\"col\">Owner</th><th scope=\"col\">Ends</th><th "
          "scope=\"col\">Must match"
          "</th></tr></thead>\n<tbody>\n",
          out);
    for (size_t i = 0; i < m->waiver_count; i++) {
        const struct model_waiver *w = &m->waivers[i];
        fputs("<tr><th scope=\"row\">", out);
        html_case_link(out, w->id);
        put_markup(out, "</th><td>%s<span class=\"meta mono\">%s</span></td><td>%s</td><td>%s</td><td>%s",
                   w->state, w->source, w->reason, w->owner, w->expires);
        put_days_left(out, m, w->expires);
        put_markup(out, "</td><td class=\"mono\">%s</td></tr>\n", w->matches);
    }
    fputs("</tbody></table>\n</section>\n", out);
}

static void put_fact(FILE *out, const char *term, const char *text)
{
    if (*text != '\0') {
        put_markup(out, "<dt>%s</dt><dd class=\"mono\">%s</dd>\n", term, text);
    }
}

static void put_list(FILE *out, const char *term, struct strings texts, const char *none)
{
    if (texts.n == 0 && *none == '\0') {
        return;
    }
    put_markup(out, "<dt>%s</dt><dd class=\"mono\">", term);
    for (size_t i = 0; i < texts.n; i++) {
        put_markup(out, "%s%s", i > 0 ? " " : "", texts.at[i]);
    }
    put_markup(out, "%s</dd>\n", texts.n == 0 ? none : "");
}

/* A word of a command as a shell takes it for one. */
static void put_word_quoted(FILE *out, const char *word)
{
    bool plain =
        *word != '\0' && word[strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                           "_@%+=:,./-")] == '\0';

    fputs(plain ? "" : "'", out);
    for (const char *quote; !plain && (quote = strchr(word, '\'')); word = quote + 1) {
        put_markup(out, "%.*s'\\''", (int)(quote - word), word);
    }
    put_markup(out, "%s%s", word, plain ? "" : "'");
}

static void put_command(FILE *out, struct strings argv)
{
    fputs("<dt>Command</dt><dd class=\"mono\">", out);
    for (size_t i = 0; i < argv.n; i++) {
        fputs(i > 0 ? " " : "", out);
        put_word_quoted(out, argv.at[i]);
    }
    fputs("</dd>\n", out);
}

static void put_ids(FILE *out, struct strings ids)
{
    for (size_t i = 0; i < ids.n; i++) {
        put_markup(out, "%s%s", i > 0 ? " " : "", ids.at[i]);
    }
}

/* What was not selected and why, by name. */
static void put_left_out(FILE *out, const struct model *m)
{
    if (m->run.left_out_count == 0) {
        return;
    }
    fputs("<dt>Not selected</dt><dd>", out);
    for (size_t i = 0; i < m->run.left_out_count; i++) {
        const struct model_left_out *row = &m->run.left_out[i];
        put_markup(out, "<details><summary>%zu case%s %s</summary><p class=\"meta mono\">", row->cases.n,
                   row->cases.n == 1 ? "" : "s", row->reason);
        put_ids(out, row->cases);
        fputs("</p></details>", out);
    }
    fputs("</dd>\n", out);
}

static unsigned count_retried(const struct model *m, bool unstable)
{
    unsigned n = 0;

    for (size_t i = 0; i < m->case_count; i++) {
        n += unstable ? m->cases[i].unstable : m->cases[i].attempts > 1;
    }
    return n;
}

/* The cases whose runs differed, by name. */
static void put_unstable(FILE *out, const struct model *m)
{
    if (count_retried(m, true) == 0) {
        return;
    }
    fputs("<dt>Unstable</dt><dd>", out);
    for (size_t i = 0; i < m->case_count; i++) {
        if (m->cases[i].unstable) {
            html_case_link(out, m->cases[i].id);
            fputc(' ', out);
        }
    }
    fputs("</dd>\n", out);
}

static void put_pace(FILE *out, const struct model *m)
{
    put_markup(out, "<dt>Jobs</dt><dd>%u at a time, %u cases run more than once, %u unstable</dd>\n",
               m->run.jobs, count_retried(m, false), count_retried(m, true));
    put_markup(out, "<dt>Patience</dt><dd>%ld ms; measured round trip ", (long)m->run.patience_ms);
    html_ms(out, m->run.rtt_us);
    fputs(" ms</dd>\n", out);
}

void html_run(FILE *out, const struct model *m)
{
    fputs("<section aria-labelledby=\"run\">\n<h2 id=\"run\">Run</h2>\n<dl class=\"facts\">\n", out);
    put_command(out, m->run.argv);
    put_pace(out, m);
    put_unstable(out, m);
    put_fact(out, "Seed", m->run.seed);
    put_fact(out, "Host", m->run.host);
    put_markup(out, "<dt>Versions</dt><dd>%s %s, %s</dd>\n", m->tool.name, m->tool.version,
               m->tool.libcrypto);
    put_fact(out, "Catalogue", m->tool.catalogue);
    put_list(out, "Selected", m->run.only, "the whole catalogue");
    put_list(out, "Left out", m->run.skip, "");
    put_left_out(out, m);
    put_fact(out, "Shard", m->run.shard);
    put_fact(out, "Stopped", m->run.stopped);
    put_list(out, "Declared", m->device.implements, "nothing beyond the profile");
    put_fact(out, "Shows life by", m->device.liveness);
    put_fact(out, "Device file", m->run.device_path);
    put_fact(out, "Its digest", m->device.file_sha256);
    put_fact(out, "Baseline", m->run.baseline);
    fputs("<dt>Gate</dt><dd>", out);
    html_gate(out, m);
    put_markup(out, "%s%s</dd>\n</dl>\n", m->run.strict ? "; strict: a missed SHOULD fails it" : "",
               strcmp(m->run.fail_on, "regression") == 0 ? "; only what passed in the baseline counts" : "");
    if (*m->run.device_file != '\0') {
        put_markup(out,
                   "<details class=\"file\"><summary>Device file as read, less secrets</summary><pre "
                   "tabindex=\"0\">%s</pre>"
                   "</details>\n",
                   m->run.device_file);
    }
    fputs("</section>\n", out);
}

void html_method(FILE *out)
{
    fputs("<section aria-labelledby=\"method\" class=\"method\">\n<h2 id=\"method\">Method</h2>\n"
          "<dl class=\"facts\">\n"
          "<dt>Levels</dt><dd>MUST and MUST NOT are mandatory, SHOULD and SHOULD NOT recommended, as RFC "
          "2119 has it. A level "
          "belongs to a requirement in a profile.</dd>\n"
          "<dt>Pass</dt><dd>The device behaved as required. Where the required behaviour is to refuse or to "
          "stay silent, a good "
          "handshake before and after showed that it was alive.</dd>\n"
          "<dt>Fail</dt><dd>A mandatory requirement is broken: shown by bytes that a conforming device never "
          "sends, or by "
          "something that did not come, also when the case ran alone.</dd>\n"
          "<dt>Warning</dt><dd>A recommended behaviour is missing.</dd>\n"
          "<dt>Waived</dt><dd>Failed, and accepted for a stated time and reason by a named owner.</dd>\n"
          "<dt>Not applicable</dt><dd>The requirement has a condition that the device does not meet. That is "
          "never concluded "
          "from a failure.</dd>\n"
          "<dt>Not judged</dt><dd>This run could not find out. It is never counted as passed.</dd>\n"
          "<dt>Exit code</dt><dd>0 conformant; 1 not conformant; 2 usage or configuration; 3 not judged; 130 "
          "or 143 "
          "interrupted.</dd>\n</dl>\n</section>\n",
          out);
}
