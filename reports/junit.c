/*
 * junit.xml. Names are stable slugs, never titles: GitLab keys a test by classname and name, and drops duplicates.
 * Jenkins, GitLab and Azure read the [[ATTACHMENT|...]] line.
 */
#include <inttypes.h>
#include <string.h>

#include "report.h"
#include "text.h"

/* Jenkins' xUnit plug-in validates against a schema in which `skipped` belongs to a suite, and not to all of them. */
struct tally {
    unsigned tests, failures, errors, skipped;
    int64_t ms;
};

static bool same_chapter(const struct model_case *a, const struct model_case *b)
{
    int length = case_chapter_length(a->id);

    return length == case_chapter_length(b->id) && strncmp(a->id, b->id, (size_t)length) == 0;
}

static bool is_failure(const struct model *m, const struct model_case *c)
{
    return c->verdict == VERDICT_FAIL || (c->verdict == VERDICT_WARNING && m->run.strict);
}

/* Counts the cases of the chapter of `of`, or all when it is NULL. */
static struct tally count(const struct model *m, const struct model_case *of)
{
    struct tally t = {0};

    for (size_t i = 0; i < m->case_count; i++) {
        const struct model_case *c = &m->cases[i];
        if (of && !same_chapter(of, c)) {
            continue;
        }
        t.tests++;
        t.ms += c->duration_ms;
        t.failures += is_failure(m, c);
        t.errors += c->verdict == VERDICT_NOT_JUDGED;
        t.skipped += c->verdict == VERDICT_NOT_APPLICABLE || c->verdict == VERDICT_WAIVED;
    }
    return t;
}

static void put_attribute(FILE *out, const char *name, const char *value)
{
    fprintf(out, " %s=\"", name);
    put_markup_line(out, value);
    fputc('"', out);
}

static void put_time(FILE *out, int64_t ms)
{
    fprintf(out, " time=\"%" PRId64 ".%03d\"", ms / 1000, (int)(ms % 1000));
}

static void put_tally(FILE *out, struct tally t)
{
    fprintf(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\"", t.tests, t.failures, t.errors);
}

static void put_line(FILE *out, const char *label, const char *text)
{
    if (*text != '\0') {
        fprintf(out, "%s: ", label);
        put_markup_line(out, text);
        fputc('\n', out);
    }
}

static void put_clause_lines(FILE *out, const struct model *m, const struct model_case *c)
{
    const struct model_requirement *r = model_requirement_find(m, c->requirement);

    if (!r) {
        return;
    }
    put_line(out, "requirement", r->text);
    for (size_t i = 0; i < r->clause_count; i++) {
        put_line(out, "clause", r->clauses[i].clause);
    }
}

static void put_failure(FILE *out, const struct model *m, const struct model_case *c)
{
    fputs("      <failure", out);
    put_attribute(out, "type", c->level);
    put_attribute(out, "message", c->got);
    fputs(">", out);
    put_clause_lines(out, m, c);
    put_line(out, "expected", c->expected);
    put_line(out, "got", c->got);
    put_line(out, "run again", c->reproduce);
    fputs("</failure>\n", out);
}

static void put_skipped(FILE *out, const struct model_case *c)
{
    fputs("      <skipped", out);
    put_attribute(out, "message", c->verdict == VERDICT_WAIVED && c->waiver ? c->waiver->reason : c->reason);
    fputs("/>\n", out);
}

static void put_output(FILE *out, const struct model *m, const struct model_case *c)
{
    bool warned = c->verdict == VERDICT_WARNING && !m->run.strict;

    if (!warned && *c->note == '\0' && !is_capture_path(c->capture)) {
        return;
    }
    fputs("      <system-out>", out);
    if (warned) {
        put_line(out, "warning", c->got);
        put_clause_lines(out, m, c);
        put_line(out, "expected", c->expected);
        put_line(out, "run again", c->reproduce);
    }
    put_line(out, "note", c->note);
    if (is_capture_path(c->capture)) {
        fputs("\n[[ATTACHMENT|", out);
        put_markup_line(out, c->capture);
        fputs("]]\n", out);
    }
    fputs("</system-out>\n", out);
}

static void put_testcase(FILE *out, const struct model *m, const struct model_case *c)
{
    fputs("    <testcase classname=\"", out);
    put_markup_line(out, m->profile);
    fputc('.', out);
    put_markup_line(out, m->device.role);
    put_markup(out, ".%.*s\"", case_chapter_length(c->id), c->id);
    put_attribute(out, "name", case_slug(c->id));
    put_time(out, c->duration_ms);
    fputs(">\n", out);
    if (is_failure(m, c)) {
        put_failure(out, m, c);
    } else if (c->verdict == VERDICT_NOT_JUDGED) {
        fputs("      <error type=\"not-judged\"", out);
        put_attribute(out, "message", c->reason);
        fputs("/>\n", out);
    } else if (c->verdict == VERDICT_NOT_APPLICABLE || c->verdict == VERDICT_WAIVED) {
        put_skipped(out, c);
    }
    put_output(out, m, c);
    fputs("    </testcase>\n", out);
}

static void put_property(FILE *out, const char *name, const char *value)
{
    fputs("      <property", out);
    put_attribute(out, "name", name);
    put_attribute(out, "value", value);
    fputs("/>\n", out);
}

static void put_suite_head(FILE *out, const struct model *m, const char *name, int name_length,
                           struct tally t)
{
    put_markup(out, "  <testsuite name=\"%.*s\"", name_length, name);
    put_tally(out, t);
    fprintf(out, " skipped=\"%u\"", t.skipped);
    put_time(out, t.ms);
    put_attribute(out, "timestamp", m->run.started);
    put_attribute(out, "hostname", m->run.host);
    fputs(">\n    <properties>\n", out);
    put_property(out, "profile", m->profile);
    put_property(out, "device", m->device.name);
    put_property(out, "address", m->device.address);
    put_property(out, "seed", m->run.seed);
    fputs("    </properties>\n", out);
}

static void put_chapter(FILE *out, const struct model *m, const struct model_case *first)
{
    put_suite_head(out, m, first->id, case_chapter_length(first->id), count(m, first));
    for (size_t i = 0; i < m->case_count; i++) {
        if (same_chapter(first, &m->cases[i])) {
            put_testcase(out, m, &m->cases[i]);
        }
    }
    fputs("  </testsuite>\n", out);
}

/* A run that judged nothing must not look like a green one. */
static void put_nothing_judged(FILE *out, const struct model *m)
{
    put_suite_head(out, m, "run", 3, (struct tally){.tests = 1, .errors = 1});
    fputs("    <testcase classname=\"run\" name=\"judged\" time=\"0.000\">\n      <error type=\"not-judged\"",
          out);
    put_attribute(out, "message", m->summary.sentence);
    fputs("/>\n    </testcase>\n  </testsuite>\n", out);
}

static bool is_first_of_chapter(const struct model *m, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (same_chapter(&m->cases[j], &m->cases[i])) {
            return false;
        }
    }
    return true;
}

bool render_junit(const struct model *m, FILE *out)
{
    struct tally all = m->case_count > 0 ? count(m, NULL) : (struct tally){.tests = 1, .errors = 1};

    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pskgate\"", out);
    put_tally(out, all);
    put_time(out, m->run.duration_ms);
    fputs(">\n", out);
    for (size_t i = 0; i < m->case_count; i++) {
        if (is_first_of_chapter(m, i)) {
            put_chapter(out, m, &m->cases[i]);
        }
    }
    if (m->case_count == 0) {
        put_nothing_judged(out, m);
    }
    fputs("</testsuites>\n", out);
    return !ferror(out);
}
