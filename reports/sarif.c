/*
 * report.sarif, SARIF 2.1.0. Rules are the requirements, tested or not; results are findings alone, for there are consumers that
 * turn whatever is a result into an alert. A waived finding is a suppressed result.
 */
#include <string.h>

#include "base/arena.h"
#include "json_write.h"
#include "report.h"
#include "text.h"

static bool is_finding(const struct model_case *c)
{
    return c->verdict == VERDICT_FAIL || c->verdict == VERDICT_WARNING || c->verdict == VERDICT_WAIVED;
}

static const char *level_of(const char *level)
{
    return level_word_is_mandatory(level) ? "error" : "warning";
}

static void put_message(struct json *j, const char *key, const char *text)
{
    json_open(j, key, '{', true);
    json_plain(j, "text", text);
    json_close(j);
}

static void put_rule(struct json *j, const struct model_requirement *r)
{
    json_open(j, NULL, '{', false);
    json_plain(j, "id", r->id);
    put_message(j, "shortDescription", r->text);
    put_message(j, "fullDescription", *r->note ? r->note : r->text);
    json_open(j, "defaultConfiguration", '{', true);
    json_text(j, "level", level_of(r->level));
    json_close(j);
    json_open(j, "properties", '{', true);
    json_plain(j, "level", r->level);
    json_open(j, "clauses", '[', true);
    for (size_t i = 0; i < r->clause_count; i++) {
        json_plain(j, NULL, r->clauses[i].clause);
    }
    json_close(j);
    json_plain(j, "verdict", r->cases.n > 0 ? verdict_name(r->verdict) : "not-tested");
    json_close(j);
    json_close(j);
}

static void put_tool(struct json *j, const struct model *m)
{
    json_open(j, "tool", '{', false);
    json_open(j, "driver", '{', false);
    json_plain(j, "name", m->tool.name);
    json_plain(j, "version", m->tool.version);
    json_open(j, "properties", '{', true);
    json_plain(j, "catalogue", m->tool.catalogue);
    json_plain(j, "libcrypto", m->tool.libcrypto);
    json_plain(j, "profile", m->profile);
    json_close(j);
    json_open(j, "rules", '[', false);
    for (size_t i = 0; i < m->requirement_count; i++) {
        put_rule(j, &m->requirements[i]);
    }
    json_close(j);
    json_close(j);
    json_close(j);
}

/* What SARIF calls successful is that the tool came to a result, whatever it is. */
static void put_invocation(struct json *j, const struct model *m)
{
    json_open(j, "invocations", '[', false);
    json_open(j, NULL, '{', true);
    json_bool(j, "executionSuccessful",
              m->run.complete && (m->summary.exit_code == 0 || m->summary.exit_code == 1));
    json_number(j, "exitCode", m->summary.exit_code);
    json_plain(j, "exitCodeDescription", m->summary.sentence);
    json_open(j, "arguments", '[', true);
    for (size_t i = 1; i < m->run.argv.n; i++) {
        json_plain(j, NULL, m->run.argv.at[i]);
    }
    json_close(j);
    json_close(j);
    json_close(j);
}

/* The device file; without one the report itself, for there has to be a file. */
static void put_location(struct json *j, const struct model *m, const struct model_case *c)
{
    json_open(j, "locations", '[', true);
    json_open(j, NULL, '{', true);
    json_open(j, "physicalLocation", '{', true);
    json_open(j, "artifactLocation", '{', true);
    json_path(j, "uri", *m->run.device_path ? m->run.device_path : "report.json");
    json_close(j);
    json_open(j, "region", '{', true);
    json_number(j, "startLine", 1);
    json_close(j);
    json_close(j);
    json_open(j, "logicalLocations", '[', true);
    json_open(j, NULL, '{', true);
    json_plain(j, "fullyQualifiedName", c->id);
    json_text(j, "kind", "function");
    json_close(j);
    json_close(j);
    json_close(j);
    json_close(j);
}

static void put_suppressions(struct json *j, const struct model_case *c)
{
    json_open(j, "suppressions", '[', true);
    if (c->verdict == VERDICT_WAIVED) {
        json_open(j, NULL, '{', true);
        json_text(j, "kind", "external");
        json_text(j, "status", "accepted");
        json_plain(j, "justification", c->waiver ? c->waiver->reason : "");
        json_close(j);
    }
    json_close(j);
}

/* Against the baseline: a finding that was none is new, one that was another kind of finding is updated. */
static const char *baseline_state(const struct model *m, const struct model_case *c)
{
    for (size_t i = 0; i < m->change_count; i++) {
        if (strcmp(m->changes[i].case_id, c->id) == 0) {
            enum verdict then;
            bool was = verdict_parse(m->changes[i].then, &then) &&
                       (then == VERDICT_FAIL || then == VERDICT_WARNING || then == VERDICT_WAIVED);
            return was ? "updated" : "new";
        }
    }
    return "unchanged";
}

static void put_fingerprint(struct json *j, const struct model_case *c)
{
    json_open(j, "partialFingerprints", '{', true);
    json_plain(j, "case/v1", c->id);
    json_plain(j, "requirement/v1", c->requirement);
    json_close(j);
}

/* The four parts of a message, of which the clause stands in the rule and the command in the properties. */
static void put_said(struct json *j, struct arena *a, const struct model_case *c)
{
    put_message(j, "message", arena_printf(a, "%s. Expected: %s. Got: %s.", c->title, c->expected, c->got));
}

static void put_result(struct json *j, struct arena *a, const struct model *m, const struct model_case *c)
{
    const struct model_requirement *r = model_requirement_find(m, c->requirement);

    json_open(j, NULL, '{', false);
    json_plain(j, "ruleId", c->requirement);
    if (r) {
        json_number(j, "ruleIndex", r - m->requirements);
    }
    json_text(j, "kind", "fail");
    json_text(j, "level", level_of(c->level));
    put_said(j, a, c);
    put_location(j, m, c);
    put_fingerprint(j, c);
    if (*m->run.baseline) {
        json_text(j, "baselineState", baseline_state(m, c));
    }
    put_suppressions(j, c);
    json_open(j, "properties", '{', true);
    json_plain(j, "verdict", verdict_name(c->verdict));
    json_plain(j, "expected", c->expected);
    json_plain(j, "got", c->got);
    json_plain(j, "reproduce", c->reproduce);
    json_plain(j, "capture", is_capture_path(c->capture) ? c->capture : "");
    json_close(j);
    json_close(j);
}

bool render_sarif(const struct model *m, FILE *out)
{
    struct json j = json_writer(out);
    struct arena *a = arena_new();

    json_open(&j, NULL, '{', false);
    json_text(&j, "$schema",
              "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json");
    json_text(&j, "version", "2.1.0");
    json_open(&j, "runs", '[', false);
    json_open(&j, NULL, '{', false);
    put_tool(&j, m);
    put_invocation(&j, m);
    json_open(&j, "results", '[', false);
    for (size_t i = 0; i < m->case_count; i++) {
        if (is_finding(&m->cases[i])) {
            put_result(&j, a, m, &m->cases[i]);
        }
    }
    json_close(&j);
    json_text(&j, "columnKind", "unicodeCodePoints");
    json_close(&j);
    json_close(&j);
    json_close(&j);
    fputc('\n', out);
    arena_free(a);
    return !ferror(out);
}
