#include <stdlib.h>
#include <string.h>

#include "run/internal.h"

static enum verdict verdict_of(enum cipher_rule rule, const char *did)
{
    bool uses = strcmp(did, "accepted") == 0 || strcmp(did, "offered") == 0;

    if (strcmp(did, "not-judged") == 0)
        return VERDICT_NOT_JUDGED;
    if (uses && rule == RULE_FORBIDDEN)
        return VERDICT_FAIL;
    if (uses && rule == RULE_DISCOURAGED)
        return VERDICT_WARNING;
    return !uses && rule == RULE_REQUIRED ? VERDICT_FAIL : VERDICT_PASS;
}

/* What is waived for the case is waived here. */
static enum verdict waived(const struct run *r, const char *case_id, enum verdict v)
{
    const struct model_case *c = model_case_find(r->model, case_id);

    return c && c->verdict == VERDICT_WAIVED && (v == VERDICT_FAIL || v == VERDICT_WARNING) ? VERDICT_WAIVED
                                                                                            : v;
}

static void build_row(struct run *r, size_t i, struct model_cipher *out)
{
    const struct cipher *c = &ciphers[i];
    const struct cipher_seen *seen = &r->ciphers[i];
    enum cipher_rule rule = rule_of(c, r->config->profile, r->config->device->role);

    *out = (struct model_cipher){.code = c->code,
                                 .name = c->name,
                                 .rule = rule_name(rule),
                                 .did = seen->did ? seen->did : "not-judged",
                                 .alert = "",
                                 .encrypt_then_mac = seen->encrypt_then_mac ? seen->encrypt_then_mac : "",
                                 .guidance = guidance_of(c),
                                 .case_id = seen->case_id ? seen->case_id : ""};
    if (seen->did && strcmp(seen->did, "refused") == 0 && seen->alert != ALERT_NONE)
        out->alert =
            arena_printf(r->arena, "%s (%u)", alert_name((uint8_t)seen->alert), (unsigned)seen->alert);
    out->verdict = waived(r, out->case_id, verdict_of(rule, out->did));
}

struct place {
    size_t order;
    struct model_cipher row;
};

static int by_order(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    return x->order < y->order ? -1 : x->order > y->order;
}

/* A server's suites stand in code order; a client's offer stands first, in its order. */
void build_ciphers(struct run *r)
{
    struct place *places = arena_array(r->arena, struct place, cipher_count);
    struct model *m = r->model;

    m->ciphers = arena_array(r->arena, struct model_cipher, cipher_count);
    m->cipher_count = cipher_count;
    for (size_t i = 0; i < cipher_count; i++) {
        build_row(r, i, &places[i].row);
        places[i].order = i;
        if (r->config->device->role == CLIENT)
            places[i].order =
                strcmp(places[i].row.did, "offered") == 0 ? r->ciphers[i].order : cipher_count + i;
    }
    qsort(places, cipher_count, sizeof *places, by_order);
    for (size_t i = 0; i < cipher_count; i++)
        m->ciphers[i] = places[i].row;
}
