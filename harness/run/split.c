#include <string.h>

#include "base/arena.h"
#include "run/merge.h"
#include "run/text.h"

static struct strings ids_of(struct arena *a, const struct model *m)
{
    struct string_list ids = {0};

    for (size_t i = 0; i < m->case_count; i++)
        string_list_add(a, &ids, m->cases[i].id);
    return ids.list;
}

static void split_requirements(struct model *out, const struct model *whole)
{
    out->requirements = arena_array(out->arena, struct model_requirement, whole->requirement_count);
    for (size_t i = 0; i < whole->requirement_count; i++) {
        struct model_requirement *r = &out->requirements[i];
        struct string_list kept = {0};

        *r = whole->requirements[i];
        for (size_t j = 0; j < r->cases.n; j++)
            if (model_case_find(out, r->cases.at[j]))
                string_list_add(out->arena, &kept, r->cases.at[j]);
        r->cases = kept.list;
    }
}

/* What another shard's case observed of a suite is not known here. */
static void split_ciphers(struct model *out, const struct model *whole)
{
    out->ciphers = arena_array(out->arena, struct model_cipher, whole->cipher_count);
    for (size_t i = 0; i < whole->cipher_count; i++) {
        struct model_cipher *c = &out->ciphers[i];

        *c = whole->ciphers[i];
        if (!model_case_find(whole, c->case_id) || model_case_find(out, c->case_id))
            continue;
        c->did = "not-judged";
        c->alert = c->encrypt_then_mac = c->case_id = "";
        c->verdict = VERDICT_NOT_JUDGED;
    }
}

static void split_waivers(struct model *out, const struct model *whole)
{
    out->waivers = arena_array(out->arena, struct model_waiver, whole->waiver_count);
    for (size_t i = 0; i < whole->waiver_count; i++) {
        out->waivers[i] = whole->waivers[i];
        if (!model_case_find(out, whole->waivers[i].id))
            out->waivers[i].state = "unused";
    }
}

static void split_changes(struct model *out, const struct model *whole)
{
    out->changes = arena_array(out->arena, struct model_change, whole->change_count);
    out->change_count = 0;
    for (size_t i = 0; i < whole->change_count; i++)
        if (model_case_find(out, whole->changes[i].case_id))
            out->changes[out->change_count++] = whole->changes[i];
}

struct model *model_split(struct arena *a, const struct model *whole, unsigned k, unsigned n)
{
    struct model *out = arena_new_of(a, struct model);

    *out = *whole;
    out->arena = a;
    out->run.shard = arena_printf(a, "%u/%u", k, n);
    out->run.plan = ids_of(a, whole);
    out->cases = arena_array(a, struct model_case, whole->case_count);
    out->case_count = 0;
    for (size_t i = k - 1; i < whole->case_count; i += n)
        out->cases[out->case_count++] = whole->cases[i];
    split_requirements(out, whole);
    split_ciphers(out, whole);
    split_waivers(out, whole);
    split_changes(out, whole);
    model_summarize(out, whole->summary.exit_code > 128 ? whole->summary.exit_code - 128 : 0);
    return out;
}
