#include "cmd.h"

#include <fnmatch.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "case/known_bug.h"
#include "device/faults.h"
#include "run/faults.h"

/* One thing that is listed: what --only goes by, a line, and an object. */
struct lister {
    struct arena *arena;
    const struct options *options;
    json_t *array; /* NULL: lines */
};

static bool wanted(const struct lister *l, const char *id)
{
    struct strings only = l->options->only;

    for (size_t i = 0; i < only.n; i++)
        if (fnmatch(only.at[i], id, 0) == 0)
            return true;
    return only.n == 0;
}

/* As a run would select it. */
static bool wanted_case(const struct lister *l, const struct planned *p)
{
    struct strings only = l->options->only;

    for (size_t i = 0; i < only.n; i++)
        if (planned_matches(p, only.at[i]))
            return true;
    return only.n == 0;
}

static json_t *texts(struct strings list)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list.n; i++)
        json_array_append_new(array, json_string(list.at[i]));
    return array;
}

static struct strings roles_of(struct arena *a, unsigned roles)
{
    static const enum role all[] = {SERVER, BOOTSTRAP_SERVER, CLIENT};
    struct string_list out = {0};

    for (size_t i = 0; i < 3; i++)
        if (roles & all[i])
            string_list_add(a, &out, role_name(all[i]));
    return out.list;
}

static const char *joined(struct arena *a, struct strings list)
{
    const char *out = "";

    for (size_t i = 0; i < list.n; i++)
        out = arena_printf(a, "%s%s%s", out, i > 0 ? ", " : "", list.at[i]);
    return out;
}

static int list_cases(struct lister *l)
{
    struct catalogue all = catalogue_all(l->arena);

    for (size_t i = 0; i < all.n; i++) {
        const struct planned *p = &all.at[i];
        const char *fault = fault_of_case(p->id);
        const char *role = joined(l->arena, roles_of(l->arena, p->dut));

        if (!wanted_case(l, p))
            continue;
        if (l->array)
            json_array_append_new(l->array,
                                  json_pack("{s:s, s:s, s:s, s:s, s:b, s:s}", "id", p->id, "title", p->title,
                                            "role", role, "requirement", requirements[p->requirement].id,
                                            "negative", (int)p->negative, "fault", fault));
        else
            printf("%-52s %s\n", p->id, p->title);
    }
    return 0;
}

static struct strings clauses_of(struct arena *a, const struct requirement *r)
{
    struct string_list out = {0};

    for (size_t i = 0; i < CLAUSE_MAX && r->clauses[i].clause; i++)
        string_list_add(a, &out, r->clauses[i].clause);
    return out.list;
}

static int list_requirements(struct lister *l)
{
    struct catalogue all = catalogue_all(l->arena);

    for (size_t i = 0; i < REQ_COUNT; i++) {
        const struct requirement *r = &requirements[i];
        struct string_list cases = {0};

        for (size_t j = 0; j < all.n; j++)
            if (all.at[j].requirement == i)
                string_list_add(l->arena, &cases, all.at[j].id);
        if (!wanted(l, r->id))
            continue;
        if (l->array)
            json_array_append_new(l->array, json_pack("{s:s, s:s, s:o, s:o, s:o, s:s}", "id", r->id, "text",
                                                      r->text, "binds", texts(roles_of(l->arena, r->binds)),
                                                      "clauses", texts(clauses_of(l->arena, r)), "cases",
                                                      texts(cases.list), "untestable", r->untestable));
        else
            printf("%-48s %s\n", r->id, r->text);
    }
    return 0;
}

/* In the form that "class" has in the profiles' table. */
static const char *class_name(enum cipher_class class)
{
    static const char *const names[CLASS_COUNT] = {
        [CLASS_NULL_ENCRYPTION] = "null-encryption",
        [CLASS_EXPORT] = "export",
        [CLASS_ANONYMOUS] = "anonymous",
        [CLASS_RC4] = "rc4",
        [CLASS_MD5] = "md5",
        [CLASS_AES_SHA1] = "aes-sha1",
        [CLASS_DES] = "des",
        [CLASS_3DES] = "3des",
        [CLASS_OTHER_SHA1] = "other-sha1",
        [CLASS_MANDATORY_CCM_8] = "mandatory-ccm-8",
        [CLASS_MANDATORY_CBC] = "mandatory-cbc",
        [CLASS_TLS13] = "tls-1.3",
        [CLASS_AES_CBC_SHA384] = "aes-cbc-sha384",
        [CLASS_AES_AEAD_SHA384] = "aes-aead-sha384",
        [CLASS_CBC] = "cbc",
        [CLASS_AEAD] = "aead",
        [CLASS_OTHER] = "other",
    };

    return names[class];
}

static int list_ciphers(struct lister *l)
{
    enum profile profile;

    if (!profile_chosen(l->arena, l->options, &profile))
        return EXIT_USAGE;
    for (size_t i = 0; i < cipher_count; i++) {
        const struct cipher *c = &ciphers[i];
        const char *code = arena_printf(l->arena, "0x%04X", (unsigned)c->code);
        const char *rule = rule_name(rule_of(c, profile, SERVER));

        if (!wanted(l, c->name) && !wanted(l, code))
            continue;
        if (l->array)
            json_array_append_new(l->array, json_pack("{s:s, s:s, s:s, s:s}", "code", code, "name", c->name,
                                                      "class", class_name(c->class), "rule", rule));
        else
            printf("%s %-48s %-12s %s\n", code, c->name, rule, class_name(c->class));
    }
    return 0;
}

static int list_profiles(struct lister *l)
{
    for (size_t i = 0; i < PROFILE_COUNT; i++) {
        if (!wanted(l, profiles[i].name))
            continue;
        if (l->array)
            json_array_append_new(l->array, json_pack("{s:s, s:s, s:s}", "id", profiles[i].name, "title",
                                                      profiles[i].title, "texts", profiles[i].texts));
        else
            printf("%-12s %s\n", profiles[i].name, profiles[i].title);
    }
    return 0;
}

static int list_faults(struct lister *l)
{
    for (size_t i = 0; i < fault_count; i++) {
        const struct fault *f = &faults[i];
        const char *role = f->role == FAULT_CLIENT ? "client" : "server";

        if (!wanted(l, f->id))
            continue;
        if (l->array)
            json_array_append_new(l->array, json_pack("{s:s, s:s, s:s, s:s}", "id", f->id, "role", role,
                                                      "case", f->case_id, "also", f->also));
        else
            printf("%-40s %s\n", f->id, f->case_id);
    }
    return 0;
}

static int list_bugs(struct lister *l)
{
    for (size_t i = 0; i < known_bug_count; i++) {
        const struct known_bug *b = &known_bugs[i];

        if (!wanted(l, b->id))
            continue;
        if (l->array)
            json_array_append_new(l->array,
                                  json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", b->id, "stack", b->stack,
                                            "text", b->text, "cases", b->cases, "unseen", b->unseen));
        else
            printf("%-4s %-48s %s\n     %s%s\n", b->id, b->stack, b->text,
                   *b->cases ? "" : "no case: ", *b->cases ? b->cases : b->unseen);
    }
    return 0;
}

static const struct {
    const char *name;
    int (*list)(struct lister *l);
} lists[] = {
    {"cases", list_cases},     {"requirements", list_requirements},
    {"ciphers", list_ciphers}, {"profiles", list_profiles},
    {"faults", list_faults},   {"bugs", list_bugs},
};
enum { LISTS = sizeof lists / sizeof *lists };

static int list_named(struct lister *l, const char *word)
{
    const char *names[LISTS];

    for (size_t i = 0; i < LISTS; i++) {
        names[i] = lists[i].name;
        if (strcmp(names[i], word) == 0)
            return lists[i].list(l);
    }
    return complain("list %s: no such list%s", word,
                    nearest_hint(l->arena, word, (struct strings){names, LISTS}));
}

int cmd_list(int argc, char **argv)
{
    struct lister l = {.arena = arena_new()};
    struct options o;
    int code;

    if (read_options(l.arena, VERB_LIST, argc, argv,
                     "[cases|requirements|ciphers|profiles|faults|bugs] [OPTION...]", &o, &code)) {
        l.options = &o;
        l.array = option_given(&o, OPT_JSON) ? json_array() : NULL;
        code = o.rest.n > 1 ? complain("list: %s: one list at a time", o.rest.at[1])
                            : list_named(&l, o.rest.n > 0 ? o.rest.at[0] : "cases");
        if (l.array && code == 0) {
            json_dumpf(l.array, stdout, JSON_INDENT(2));
            putchar('\n');
        }
        json_decref(l.array);
    }
    arena_free(l.arena);
    return code;
}
