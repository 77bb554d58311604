/* report.json -> model: the mirror of json.c. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "json_read.h"
#include "report.h"

static uint16_t get_code(struct load *l, const json_t *o)
{
    const char *text = load_text(l, o, "code");

    if (strlen(text) != 6 || strncmp(text, "0x", 2) != 0 || strspn(text + 2, "0123456789ABCDEF") != 4) {
        load_fail(l, "code", "is not 0xHHHH");
        return 0;
    }
    return (uint16_t)strtoul(text + 2, NULL, 16);
}

static void load_tool(struct load *l, const json_t *o, struct model *m)
{
    m->tool.name = load_text(l, o, "name");
    m->tool.version = load_text(l, o, "version");
    m->tool.catalogue = load_text(l, o, "catalogue");
    m->tool.libcrypto = load_text(l, o, "libcrypto");
}

static void load_device(struct load *l, const json_t *o, struct model *m)
{
    m->device.name = load_text(l, o, "name");
    m->device.make = load_text(l, o, "make");
    m->device.model = load_text(l, o, "model");
    m->device.firmware = load_text(l, o, "firmware");
    m->device.file_sha256 = load_text(l, o, "file_sha256");
    m->device.role = load_text(l, o, "role");
    m->device.address = load_text(l, o, "address");
    m->device.implements = load_texts(l, o, "implements");
    m->device.liveness = load_text(l, o, "liveness");
    m->device.slots = load_unsigned(l, o, "slots");
}

static void load_left_out(struct load *l, const json_t *o, void *element)
{
    struct model_left_out *row = element;

    row->reason = load_text(l, o, "reason");
    row->cases = load_texts(l, o, "cases");
}

static void load_run(struct load *l, const json_t *o, struct model *m)
{
    const json_t *selection = load_member(l, o, "selection", JSON_OBJECT, "is not an object");

    m->run.started = load_text(l, o, "started");
    m->run.duration_ms = load_number(l, o, "duration_ms", 0, INT64_MAX);
    m->run.jobs = load_unsigned(l, o, "jobs");
    m->run.seed = load_text(l, o, "seed");
    m->run.patience_ms = load_number(l, o, "patience_ms", 0, INT64_MAX);
    m->run.rtt_us = load_number(l, o, "rtt_us", 0, INT64_MAX);
    m->run.argv = load_texts(l, o, "argv");
    m->run.host = load_text(l, o, "host");
    m->run.only = load_texts(l, selection, "only");
    m->run.skip = load_texts(l, selection, "skip");
    m->run.complete = load_bool(l, o, "complete");
    m->run.strict = load_bool(l, o, "strict");
    m->run.device_file = load_text(l, o, "device_file");
    m->run.notes = load_texts(l, o, "notes");
    m->run.device_path = load_text_or(l, o, "device_path", "");
    m->run.baseline = load_text_or(l, o, "baseline", "");
    m->run.fail_on = load_text_or(l, o, "fail_on", "any");
    m->run.stopped = load_text_or(l, o, "stopped", "");
    m->run.shard = load_text_or(l, o, "shard", "");
    m->run.plan = json_object_get(o, "plan") ? load_texts(l, o, "plan") : (struct strings){0};
    if (json_object_get(o, "left_out")) {
        m->run.left_out =
            load_array(l, o, "left_out", sizeof *m->run.left_out, load_left_out, &m->run.left_out_count);
    }
}

static void load_counts(struct load *l, const json_t *o, struct model_counts *counts)
{
    counts->of[VERDICT_PASS] = load_unsigned(l, o, "pass");
    counts->of[VERDICT_FAIL] = load_unsigned(l, o, "fail");
    counts->of[VERDICT_WARNING] = load_unsigned(l, o, "warning");
    counts->of[VERDICT_WAIVED] = load_unsigned(l, o, "waived");
    counts->of[VERDICT_NOT_APPLICABLE] = load_unsigned(l, o, "not_applicable");
    counts->of[VERDICT_NOT_JUDGED] = load_unsigned(l, o, "not_judged");
}

static void load_summary(struct load *l, const json_t *o, struct model *m)
{
    m->summary.verdict = load_text(l, o, "verdict");
    m->summary.exit_code = (int)load_number(l, o, "exit_code", 0, 255);
    load_counts(l, o, &m->summary.requirements);
    load_counts(l, load_member(l, o, "cases", JSON_OBJECT, "is not an object"), &m->summary.cases);
    m->summary.sentence = load_text(l, o, "sentence");
    m->summary.mandatory_failed = load_unsigned(l, o, "mandatory_failed");
    m->summary.mandatory_passed = load_unsigned(l, o, "mandatory_passed");
    m->summary.recommended_missing = load_unsigned(l, o, "recommended_missing");
    m->summary.mandatory_applicable = load_unsigned(l, o, "mandatory_applicable");
    m->summary.tested_per_cent = (unsigned)load_number(l, o, "tested_per_cent", 0, 100);
    m->summary.catalogue_requirements =
        json_object_get(o, "catalogue_requirements") ? load_unsigned(l, o, "catalogue_requirements") : 0;
}

static void load_cipher(struct load *l, const json_t *o, void *element)
{
    struct model_cipher *c = element;

    c->code = get_code(l, o);
    c->name = load_text(l, o, "name");
    c->rule = load_text(l, o, "rule");
    c->did = load_text(l, o, "did");
    c->alert = load_text(l, o, "alert");
    c->encrypt_then_mac = load_text(l, o, "encrypt_then_mac");
    c->verdict = load_verdict(l, o, "verdict");
    c->guidance = load_text(l, o, "guidance");
    c->case_id = load_text(l, o, "case");
}

static void load_requirement(struct load *l, const json_t *o, void *element)
{
    struct model_requirement *r = element;
    struct strings clauses = load_texts(l, o, "clauses");
    struct strings levels = load_texts(l, o, "clause_levels");

    r->id = load_text(l, o, "id");
    if (levels.n != clauses.n) {
        load_fail(l, "clause_levels", "is not as long as clauses");
        return;
    }
    r->clauses = arena_array(l->arena, struct model_clause, clauses.n);
    r->clause_count = clauses.n;
    for (size_t i = 0; i < clauses.n; i++) {
        r->clauses[i] = (struct model_clause){clauses.at[i], levels.at[i]};
    }
    r->level = load_text(l, o, "level");
    r->binds = load_texts(l, o, "binds");
    r->text = load_text(l, o, "text");
    r->note = load_text(l, o, "note");
    r->verdict = load_verdict(l, o, "verdict");
    r->cases = load_texts(l, o, "cases");
    r->untestable = load_text(l, o, "untestable");
}

static void load_field(struct load *l, const json_t *o, void *element)
{
    struct model_field *f = element;

    f->name = load_text(l, o, "name");
    f->value = load_text(l, o, "value");
    f->at = load_unsigned(l, o, "at");
    f->length = load_unsigned(l, o, "length");
}

static void load_mark(struct load *l, const json_t *o, void *element)
{
    struct model_mark *mark = element;

    mark->at = load_unsigned(l, o, "at");
    mark->length = load_unsigned(l, o, "length");
    mark->text = load_text(l, o, "text");
}

static void load_message(struct load *l, const json_t *o, void *element)
{
    struct model_message *msg = element;

    msg->t_us = load_number(l, o, "t_us", INT64_MIN, INT64_MAX);
    msg->from = load_text(l, o, "from");
    msg->kind = load_text(l, o, "kind");
    msg->summary = load_text(l, o, "summary");
    msg->hex = load_hex(l, o, "hex");
    msg->plaintext = load_hex(l, o, "plaintext");
    msg->decisive = load_bool(l, o, "decisive");
    msg->fields = load_array(l, o, "fields", sizeof *msg->fields, load_field, &msg->field_count);
    msg->marks = load_array(l, o, "marks", sizeof *msg->marks, load_mark, &msg->mark_count);
    msg->association = load_unsigned(l, o, "association");
}

static void load_waiver(struct load *l, const json_t *o, void *element)
{
    struct model_waiver *w = element;

    w->id = load_text(l, o, "id");
    w->reason = load_text(l, o, "reason");
    w->owner = load_text(l, o, "owner");
    w->expires = load_text(l, o, "expires");
    w->matches = load_text(l, o, "matches");
    w->state = load_text(l, o, "state");
    w->source = load_text_or(l, o, "source", "");
    w->device = load_text_or(l, o, "device", "");
}

static const struct model_waiver *get_waiver(struct load *l, const json_t *o)
{
    const json_t *value = json_object_get(o, "waiver");
    struct model_waiver *w;

    if (json_is_null(value)) {
        return NULL;
    }
    w = arena_new_of(l->arena, struct model_waiver);
    value = load_member(l, o, "waiver", JSON_OBJECT, "is neither null nor an object");
    load_enter(l, "waiver", 0);
    load_waiver(l, value, w);
    load_leave(l);
    return w;
}

static void load_case(struct load *l, const json_t *o, void *element)
{
    struct model_case *c = element;

    c->id = load_text(l, o, "id");
    c->title = load_text(l, o, "title");
    c->requirement = load_text(l, o, "requirement");
    c->level = load_text(l, o, "level");
    c->negative = load_bool(l, o, "negative");
    c->verdict = load_verdict(l, o, "verdict");
    c->expected = load_text(l, o, "expected");
    c->got = load_text(l, o, "got");
    c->reason = load_text(l, o, "reason");
    c->note = load_text(l, o, "note");
    c->guidance = load_text(l, o, "guidance");
    c->duration_ms = load_number(l, o, "duration_ms", 0, INT64_MAX);
    c->attempts = load_unsigned(l, o, "attempts");
    c->unstable = load_bool(l, o, "unstable");
    c->reproduce = load_text(l, o, "reproduce");
    c->capture = load_text(l, o, "capture");
    c->key_log = "";
    c->waiver = get_waiver(l, o);
    c->messages = load_array(l, o, "messages", sizeof *c->messages, load_message, &c->message_count);
}

static void load_change(struct load *l, const json_t *o, void *element)
{
    struct model_change *c = element;

    c->case_id = load_text(l, o, "case");
    c->then = load_text(l, o, "then");
    c->now = load_text(l, o, "now");
}

static void load_object(struct load *l, const json_t *root, const char *key,
                        void (*part)(struct load *l, const json_t *o, struct model *m), struct model *m)
{
    const json_t *o = load_member(l, root, key, JSON_OBJECT, "is not an object");

    load_enter(l, key, 0);
    part(l, o, m);
    load_leave(l);
}

static void load_model(struct load *l, const json_t *root, struct model *m)
{
    if (load_number(l, root, "schema_version", 0, INT_MAX) != 1) {
        load_fail(l, "schema_version", "is not 1, the only version this program reads");
        return;
    }
    load_object(l, root, "tool", load_tool, m);
    load_object(l, root, "device", load_device, m);
    m->profile = load_text(l, root, "profile");
    m->profile_title = load_text(l, root, "profile_title");
    load_object(l, root, "run", load_run, m);
    load_object(l, root, "summary", load_summary, m);
    m->ciphers = load_array(l, root, "ciphers", sizeof *m->ciphers, load_cipher, &m->cipher_count);
    m->requirements =
        load_array(l, root, "requirements", sizeof *m->requirements, load_requirement, &m->requirement_count);
    m->cases = load_array(l, root, "cases", sizeof *m->cases, load_case, &m->case_count);
    m->waivers = load_array(l, root, "waivers", sizeof *m->waivers, load_waiver, &m->waiver_count);
    m->changes = load_array(l, root, "changes", sizeof *m->changes, load_change, &m->change_count);
}

bool json_load(struct arena *a, const char *path, struct model **out, const char **error)
{
    struct load l = {.arena = a};
    json_error_t parse;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &parse);
    struct model *m = arena_new_of(a, struct model);

    if (!root) {
        *error = arena_printf(a, "%s:%d:%d: %s", path, parse.line, parse.column, parse.text);
        return false;
    }
    m->arena = a;
    load_model(&l, root, m);
    json_decref(root);
    if (l.error) {
        *error = arena_printf(a, "%s: %s", path, l.error);
        return false;
    }
    *out = m;
    return true;
}
