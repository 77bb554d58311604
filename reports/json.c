/* report.json: the fields of the contract first and in its order, what else the model knows behind them. */
#include "json_write.h"
#include "report.h"

/* The order in which the contract names the verdicts of a summary. */
static const struct {
    enum verdict verdict;
    const char *key;
} counted[] = {
    {VERDICT_PASS, "pass"},
    {VERDICT_FAIL, "fail"},
    {VERDICT_WARNING, "warning"},
    {VERDICT_WAIVED, "waived"},
    {VERDICT_NOT_APPLICABLE, "not_applicable"},
    {VERDICT_NOT_JUDGED, "not_judged"},
};

static void put_tool(struct json *j, const struct model *m)
{
    json_open(j, "tool", '{', false);
    json_text(j, "name", m->tool.name);
    json_text(j, "version", m->tool.version);
    json_text(j, "catalogue", m->tool.catalogue);
    json_text(j, "libcrypto", m->tool.libcrypto);
    json_close(j);
}

static void put_device(struct json *j, const struct model *m)
{
    json_open(j, "device", '{', false);
    json_text(j, "name", m->device.name);
    json_text(j, "make", m->device.make);
    json_text(j, "model", m->device.model);
    json_text(j, "firmware", m->device.firmware);
    json_text(j, "file_sha256", m->device.file_sha256);
    json_text(j, "role", m->device.role);
    json_text(j, "address", m->device.address);
    json_texts(j, "implements", m->device.implements);
    json_text(j, "liveness", m->device.liveness);
    json_number(j, "slots", m->device.slots);
    json_close(j);
}

static void put_left_out(struct json *j, const struct model *m)
{
    json_open(j, "left_out", '[', false);
    for (size_t i = 0; i < m->run.left_out_count; i++) {
        json_open(j, NULL, '{', false);
        json_text(j, "reason", m->run.left_out[i].reason);
        json_texts(j, "cases", m->run.left_out[i].cases);
        json_close(j);
    }
    json_close(j);
}

static void put_run(struct json *j, const struct model *m)
{
    json_open(j, "run", '{', false);
    json_text(j, "started", m->run.started);
    json_number(j, "duration_ms", m->run.duration_ms);
    json_number(j, "jobs", m->run.jobs);
    json_text(j, "seed", m->run.seed);
    json_number(j, "patience_ms", m->run.patience_ms);
    json_number(j, "rtt_us", m->run.rtt_us);
    json_texts(j, "argv", m->run.argv);
    json_text(j, "host", m->run.host);
    json_open(j, "selection", '{', true);
    json_texts(j, "only", m->run.only);
    json_texts(j, "skip", m->run.skip);
    json_close(j);
    json_bool(j, "complete", m->run.complete);
    json_bool(j, "strict", m->run.strict);
    json_text(j, "device_file", m->run.device_file);
    json_texts(j, "notes", m->run.notes);
    json_text(j, "device_path", m->run.device_path);
    json_text(j, "baseline", m->run.baseline);
    json_text(j, "fail_on", m->run.fail_on);
    json_text(j, "stopped", m->run.stopped);
    json_text(j, "shard", m->run.shard);
    json_texts(j, "plan", m->run.plan);
    put_left_out(j, m);
    json_close(j);
}

static void put_counts(struct json *j, const struct model_counts *counts)
{
    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
        json_number(j, counted[i].key, counts->of[counted[i].verdict]);
    }
}

static void put_summary(struct json *j, const struct model *m)
{
    json_open(j, "summary", '{', false);
    json_text(j, "verdict", m->summary.verdict);
    json_number(j, "exit_code", m->summary.exit_code);
    put_counts(j, &m->summary.requirements);
    json_open(j, "cases", '{', true);
    put_counts(j, &m->summary.cases);
    json_close(j);
    json_text(j, "sentence", m->summary.sentence);
    json_number(j, "mandatory_failed", m->summary.mandatory_failed);
    json_number(j, "mandatory_passed", m->summary.mandatory_passed);
    json_number(j, "recommended_missing", m->summary.recommended_missing);
    json_number(j, "mandatory_applicable", m->summary.mandatory_applicable);
    json_number(j, "tested_per_cent", m->summary.tested_per_cent);
    json_number(j, "catalogue_requirements", m->summary.catalogue_requirements);
    json_close(j);
}

static void put_cipher(struct json *j, const struct model_cipher *c)
{
    char code[8];

    snprintf(code, sizeof code, "0x%04X", c->code);
    json_open(j, NULL, '{', true);
    json_text(j, "code", code);
    json_text(j, "name", c->name);
    json_text(j, "rule", c->rule);
    json_text(j, "did", c->did);
    json_text(j, "alert", c->alert);
    json_text(j, "encrypt_then_mac", c->encrypt_then_mac);
    json_text(j, "verdict", verdict_name(c->verdict));
    json_text(j, "guidance", c->guidance);
    json_text(j, "case", c->case_id);
    json_close(j);
}

static void put_clauses(struct json *j, const struct model_requirement *r, const char *key, bool level)
{
    json_open(j, key, '[', true);
    for (size_t i = 0; i < r->clause_count; i++) {
        json_text(j, NULL, level ? r->clauses[i].level : r->clauses[i].clause);
    }
    json_close(j);
}

static void put_requirement(struct json *j, const struct model_requirement *r)
{
    json_open(j, NULL, '{', false);
    json_text(j, "id", r->id);
    put_clauses(j, r, "clauses", false);
    json_text(j, "level", r->level);
    json_texts(j, "binds", r->binds);
    json_text(j, "text", r->text);
    json_text(j, "note", r->note);
    json_text(j, "verdict", verdict_name(r->verdict));
    json_texts(j, "cases", r->cases);
    json_text(j, "untestable", r->untestable);
    put_clauses(j, r, "clause_levels", true);
    json_close(j);
}

static void put_message(struct json *j, const struct model_message *msg)
{
    json_open(j, NULL, '{', true);
    json_number(j, "t_us", msg->t_us);
    json_text(j, "from", msg->from);
    json_text(j, "kind", msg->kind);
    json_text(j, "summary", msg->summary);
    json_text(j, "hex", msg->hex);
    json_text(j, "plaintext", msg->plaintext);
    json_bool(j, "decisive", msg->decisive);
    json_open(j, "fields", '[', true);
    for (size_t i = 0; i < msg->field_count; i++) {
        json_open(j, NULL, '{', true);
        json_text(j, "name", msg->fields[i].name);
        json_text(j, "value", msg->fields[i].value);
        json_number(j, "at", (int64_t)msg->fields[i].at);
        json_number(j, "length", (int64_t)msg->fields[i].length);
        json_close(j);
    }
    json_close(j);
    json_open(j, "marks", '[', true);
    for (size_t i = 0; i < msg->mark_count; i++) {
        json_open(j, NULL, '{', true);
        json_number(j, "at", (int64_t)msg->marks[i].at);
        json_number(j, "length", (int64_t)msg->marks[i].length);
        json_text(j, "text", msg->marks[i].text);
        json_close(j);
    }
    json_close(j);
    json_number(j, "association", msg->association);
    json_close(j);
}

static void put_waiver(struct json *j, const char *key, const struct model_waiver *w)
{
    json_open(j, key, '{', true);
    json_text(j, "id", w->id);
    json_text(j, "reason", w->reason);
    json_text(j, "owner", w->owner);
    json_text(j, "expires", w->expires);
    json_text(j, "matches", w->matches);
    json_text(j, "state", w->state);
    json_text(j, "source", w->source);
    json_text(j, "device", w->device);
    json_close(j);
}

static void put_case(struct json *j, const struct model_case *c)
{
    json_open(j, NULL, '{', false);
    json_text(j, "id", c->id);
    json_text(j, "title", c->title);
    json_text(j, "requirement", c->requirement);
    json_text(j, "level", c->level);
    json_bool(j, "negative", c->negative);
    json_text(j, "verdict", verdict_name(c->verdict));
    json_text(j, "expected", c->expected);
    json_text(j, "got", c->got);
    json_text(j, "reason", c->reason);
    json_text(j, "note", c->note);
    json_text(j, "guidance", c->guidance);
    json_number(j, "duration_ms", c->duration_ms);
    json_number(j, "attempts", c->attempts);
    json_bool(j, "unstable", c->unstable);
    json_text(j, "reproduce", c->reproduce);
    json_text(j, "capture", c->capture);
    if (c->waiver) {
        put_waiver(j, "waiver", c->waiver);
    } else {
        json_null(j, "waiver");
    }
    json_open(j, "messages", '[', false);
    for (size_t i = 0; i < c->message_count; i++) {
        put_message(j, &c->messages[i]);
    }
    json_close(j);
    json_close(j);
}

static void put_change(struct json *j, const struct model_change *c)
{
    json_open(j, NULL, '{', true);
    json_text(j, "case", c->case_id);
    json_text(j, "then", c->then);
    json_text(j, "now", c->now);
    json_close(j);
}

static void put_results(struct json *j, const struct model *m)
{
    json_open(j, "ciphers", '[', false);
    for (size_t i = 0; i < m->cipher_count; i++) {
        put_cipher(j, &m->ciphers[i]);
    }
    json_close(j);
    json_open(j, "requirements", '[', false);
    for (size_t i = 0; i < m->requirement_count; i++) {
        put_requirement(j, &m->requirements[i]);
    }
    json_close(j);
    json_open(j, "cases", '[', false);
    for (size_t i = 0; i < m->case_count; i++) {
        put_case(j, &m->cases[i]);
    }
    json_close(j);
    json_open(j, "waivers", '[', false);
    for (size_t i = 0; i < m->waiver_count; i++) {
        put_waiver(j, NULL, &m->waivers[i]);
    }
    json_close(j);
    json_open(j, "changes", '[', false);
    for (size_t i = 0; i < m->change_count; i++) {
        put_change(j, &m->changes[i]);
    }
    json_close(j);
}

bool render_json(const struct model *m, FILE *out)
{
    struct json j = json_writer(out);

    json_open(&j, NULL, '{', false);
    json_number(&j, "schema_version", 1);
    put_tool(&j, m);
    put_device(&j, m);
    json_text(&j, "profile", m->profile);
    put_run(&j, m);
    put_summary(&j, m);
    put_results(&j, m);
    json_text(&j, "profile_title", m->profile_title);
    json_close(&j);
    fputc('\n', out);
    return !ferror(out);
}
