/* report.tap, TAP version 14: the plan, a test point a case, a YAML block with what a reader needs, and where the device is gone a bail-out. */
#include <string.h>

#include "report.h"
#include "text.h"

/* A description or a reason: a number sign begins a directive, and a backslash escapes it. */
static void put_words(FILE *out, const char *s)
{
    while (*s != '\0') {
        char one[5] = "";
        unsigned octets = text_first(s).octets;
        memcpy(one, s, octets);
        fputs(*s == '#' || *s == '\\' ? "\\" : "", out);
        put_terminal_text(out, one, true);
        s += octets;
    }
}

/* A double-quoted scalar of YAML; JSON's strings are some. */
static void put_pair(FILE *out, const char *key, const char *value)
{
    if (*value != '\0') {
        fprintf(out, "  %s: ", key);
        put_json_plain(out, value);
        fputc('\n', out);
    }
}

static void put_clauses(FILE *out, const struct model *m, const struct model_case *c)
{
    const struct model_requirement *r = model_requirement_find(m, c->requirement);

    put_pair(out, "requirement", c->requirement);
    if (r && r->clause_count > 0) {
        fputs("  clauses:\n", out);
        for (size_t i = 0; i < r->clause_count; i++) {
            fputs("    - ", out);
            put_json_plain(out, r->clauses[i].clause);
            fputc('\n', out);
        }
    }
}

static void put_block(FILE *out, const struct model *m, const struct model_case *c)
{
    fputs("  ---\n", out);
    put_pair(out, "message", c->verdict == VERDICT_NOT_JUDGED ? c->reason : c->got);
    put_pair(out, "severity", verdict_name(c->verdict));
    put_pair(out, "title", c->title);
    put_pair(out, "level", c->level);
    put_clauses(out, m, c);
    put_pair(out, "expected", c->expected);
    put_pair(out, "got", c->got);
    put_pair(out, "reproduce", c->reproduce);
    put_pair(out, "capture", is_capture_path(c->capture) ? c->capture : "");
    fputs("  ...\n", out);
}

static bool is_ok(const struct model *m, const struct model_case *c)
{
    return c->verdict == VERDICT_PASS || c->verdict == VERDICT_NOT_APPLICABLE ||
           (c->verdict == VERDICT_WARNING && !m->run.strict);
}

static void put_case(FILE *out, const struct model *m, const struct model_case *c, size_t number)
{
    fprintf(out, "%sok %zu - ", is_ok(m, c) ? "" : "not ", number);
    put_words(out, c->id);
    if (c->verdict == VERDICT_NOT_APPLICABLE) {
        fputs(" # SKIP ", out);
        put_words(out, c->reason);
    } else if (c->verdict == VERDICT_WAIVED && c->waiver) {
        fputs(" # TODO waived until ", out);
        put_words(out, c->waiver->expires);
        fputs(": ", out);
        put_words(out, c->waiver->reason);
    }
    fputc('\n', out);
    if (c->verdict != VERDICT_PASS && c->verdict != VERDICT_NOT_APPLICABLE) {
        put_block(out, m, c);
    }
}

/* Left over when the run stopped. */
static bool is_left(const struct model *m, const struct model_case *c)
{
    return *m->run.stopped != '\0' && c->verdict == VERDICT_NOT_JUDGED &&
           strcmp(c->reason, m->run.stopped) == 0;
}

bool render_tap(const struct model *m, FILE *out)
{
    size_t number = 0;

    fprintf(out, "TAP version 14\n1..%zu", m->case_count);
    fputs(m->case_count == 0 ? " # SKIP no case was run\n" : "\n", out);
    fputs("# ", out);
    put_words(out, m->summary.sentence);
    fputc('\n', out);
    for (size_t i = 0; i < m->case_count; i++) {
        if (!is_left(m, &m->cases[i])) {
            put_case(out, m, &m->cases[i], ++number);
        }
    }
    if (*m->run.stopped != '\0') {
        fputs("Bail out! ", out);
        put_words(out, m->run.stopped);
        fputc('\n', out);
    }
    return !ferror(out);
}
