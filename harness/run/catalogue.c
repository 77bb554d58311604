#include "run/catalogue.h"

#include <fnmatch.h>
#include <string.h>

#include "crypto/prf.h"

const char *standing_id(struct arena *a, enum role role, const char *slug)
{
    return arena_printf(a, "invariant/%s%s", role == CLIENT ? "client-" : "", slug);
}

static struct planned *add(struct arena *a, struct catalogue *c, size_t *cap)
{
    struct planned *p = arena_grow(a, &c->at, cap, c->n, sizeof *c->at);

    c->n++;
    return p;
}

static void add_case(struct arena *a, const struct test_case *t, struct catalogue *c, size_t *cap)
{
    struct planned p = {.test_case = t, .dut = t->dut, .negative = t->negative};

    for (size_t i = 0; case_member(t, i, a, &p.id, &p.title, &p.requirement); i++) {
        p.index = i;
        *add(a, c, cap) = p;
        if (!t->members)
            break;
    }
}

/* What the runner judges by itself: that the device serves after whatever it was sent. */
static void add_standing(struct arena *a, enum role role, struct catalogue *c, size_t *cap)
{
    *add(a, c, cap) = (struct planned){.id = standing_id(a, role, SURVIVES_SLUG),
                                       .title = requirements[REQ_SURVIVES_BAD_INPUT].text,
                                       .dut = role == CLIENT ? CLIENT : SERVER | BOOTSTRAP_SERVER,
                                       .requirement = REQ_SURVIVES_BAD_INPUT};
}

struct catalogue catalogue_all(struct arena *a)
{
    struct catalogue c = {0};
    size_t cap = 0;

    for (size_t i = 0; chapters[i]; i++)
        for (size_t j = 0; chapters[i]->cases[j]; j++)
            add_case(a, chapters[i]->cases[j], &c, &cap);
    add_standing(a, SERVER, &c, &cap);
    add_standing(a, CLIENT, &c, &cap);
    return c;
}

const char *catalogue_sum(struct arena *a, const struct catalogue *all)
{
    uint8_t sum[DIGEST_MAX];
    struct string_list parts = {0};
    size_t n = 0;
    char *text, *p;

    for (size_t i = 0; i < all->n; i++)
        string_list_add(a, &parts,
                        arena_printf(a, "%s %s\n", all->at[i].id, requirements[all->at[i].requirement].id));
    for (size_t i = 0; i < REQ_COUNT; i++)
        for (size_t j = 0; j < PROFILE_COUNT; j++)
            string_list_add(a, &parts,
                            arena_printf(a, "%s %s %s\n", requirements[i].id, profiles[j].name,
                                         level_name(requirements[i].levels[j])));
    for (size_t i = 0; i < parts.list.n; i++)
        n += strlen(parts.list.at[i]);
    p = text = arena_alloc(a, n + 1);
    for (size_t i = 0; i < parts.list.n; i++)
        p = stpcpy(p, parts.list.at[i]);
    n = digest(HASH_SHA256, (struct bytes){(uint8_t *)text, n}, sum);
    return arena_printf(a, "sha256:%s", arena_hex(a, (struct bytes){sum, n}));
}

static bool is_glob(const char *pattern)
{
    return strpbrk(pattern, "*?[") != NULL;
}

/* The chapter of a case id, alone. */
static bool names_chapter(const char *id, const char *pattern)
{
    size_t n = strcspn(id, "/");

    return strlen(pattern) == n && strncmp(id, pattern, n) == 0;
}

bool planned_matches(const struct planned *p, const char *pattern)
{
    const struct requirement *r = &requirements[p->requirement];

    if (fnmatch(pattern, p->id, 0) == 0 || fnmatch(pattern, r->id, 0) == 0)
        return true;
    if (names_chapter(p->id, pattern) || (p->test_case && strcmp(p->test_case->id, pattern) == 0))
        return true;
    for (size_t i = 0; i < CLAUSE_MAX && r->clauses[i].clause; i++)
        if (fnmatch(pattern, r->clauses[i].clause, 0) == 0)
            return true;
    return false;
}

struct strings catalogue_names(struct arena *a, const struct catalogue *all)
{
    struct string_list names = {0};

    for (size_t i = 0; i < all->n; i++)
        string_list_add(a, &names, all->at[i].id);
    for (size_t i = 0; i < REQ_COUNT; i++)
        string_list_add(a, &names, requirements[i].id);
    return names.list;
}

size_t catalogue_find(const struct catalogue *c, const char *id)
{
    size_t i = 0;

    while (i < c->n && strcmp(c->at[i].id, id) != 0)
        i++;
    return i;
}

static bool any_matches(const struct planned *p, struct strings patterns)
{
    for (size_t i = 0; i < patterns.n; i++)
        if (planned_matches(p, patterns.at[i]))
            return true;
    return false;
}

/* An exact name must name something: a typing error would else leave out what somebody relies on. */
static const char *unknown_name(struct arena *a, const struct catalogue *all, const char *option,
                                struct strings patterns)
{
    for (size_t i = 0; i < patterns.n; i++) {
        size_t j = 0;

        if (!*patterns.at[i])
            return arena_printf(a, "%s: is empty", option);
        while (j < all->n && !planned_matches(&all->at[j], patterns.at[i]))
            j++;
        if (j == all->n && !is_glob(patterns.at[i]) && requirement_find(patterns.at[i]) == REQ_COUNT)
            return arena_printf(a, "%s %s: no case, requirement or clause of that name%s", option,
                                patterns.at[i], nearest_hint(a, patterns.at[i], catalogue_names(a, all)));
    }
    return NULL;
}

enum selected catalogue_select(struct arena *a, const struct catalogue *all, enum role role,
                               enum profile profile, struct strings only, struct strings skip,
                               struct catalogue *out, const char **error)
{
    size_t cap = 0;

    *out = (struct catalogue){0};
    if ((*error = unknown_name(a, all, "--only", only)) || (*error = unknown_name(a, all, "--skip", skip)))
        return SELECTED_UNKNOWN;
    for (size_t i = 0; i < all->n; i++) {
        const struct planned *p = &all->at[i];
        const struct requirement *r = &requirements[p->requirement];

        if ((p->dut & role) && (r->binds & role) && r->levels[profile] != NONE &&
            (only.n == 0 || any_matches(p, only)) && !any_matches(p, skip))
            *add(a, out, &cap) = *p;
    }
    if (out->n > 0)
        return SELECTED;
    *error = only.n > 0 ? arena_printf(a, "--only %s: selects no case for a %s in %s", only.at[0],
                                       role == CLIENT ? "client" : "server", profiles[profile].name)
                        : "nothing is left to run";
    return SELECTED_NOTHING;
}

void catalogue_shard(struct arena *a, const struct catalogue *whole, unsigned k, unsigned n,
                     struct catalogue *out)
{
    size_t cap = 0, i = 0;

    *out = (struct catalogue){0};
    for (size_t at = 0; at < whole->n; at++)
        if (!whole->at[at].test_case || i++ % n == k - 1)
            *add(a, out, &cap) = whole->at[at];
}
