/* The catalogue: ids, requirements, levels and the families that come from the table of suites agree with each other. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "case/known_bug.h"
#include "case/run_case.h"
#include "run/catalogue.h"
#include "suites/sweep.h"
#include "tests/unit.h"

enum { CASES_MAX = 2000 };

struct listed {
    const char *id, *title, *chapter;
    enum requirement_id requirement;
    unsigned dut;
};

static struct arena *arena;
static struct listed listed[CASES_MAX];
static size_t listed_n;

static void list_members(const struct chapter *chapter, const struct test_case *c)
{
    struct listed row = {.chapter = chapter->name, .dut = c->dut};

    for (size_t i = 0; case_member(c, i, arena, &row.id, &row.title, &row.requirement); i++) {
        ck_assert_uint_lt(listed_n, CASES_MAX);
        listed[listed_n++] = row;
    }
}

static void list_cases(void)
{
    arena = arena_new();
    listed_n = 0;
    for (size_t i = 0; chapters[i] != NULL; i++)
        for (size_t k = 0; chapters[i]->cases[k] != NULL; k++)
            list_members(chapters[i], chapters[i]->cases[k]);
}

static void forget_cases(void)
{
    arena_free(arena);
}

static size_t count_prefix(const char *prefix)
{
    size_t n = 0;

    for (size_t i = 0; i < listed_n; i++)
        n += strncmp(listed[i].id, prefix, strlen(prefix)) == 0;
    return n;
}

/* ---- ids ---------------------------------------------------------------------------------------------------------------- */

static int compare_ids(const void *a, const void *b)
{
    return strcmp(((const struct listed *)a)->id, ((const struct listed *)b)->id);
}

START_TEST(ids_are_unique)
{
    qsort(listed, listed_n, sizeof *listed, compare_ids);
    for (size_t i = 1; i < listed_n; i++)
        ck_assert_str_ne(listed[i - 1].id, listed[i].id);
}
END_TEST

START_TEST(ids_have_their_form)
{
    static const char slug_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";

    for (size_t i = 0; i < listed_n; i++) {
        const char *id = listed[i].id, *slash = strchr(id, '/');

        ck_assert_msg(slash != NULL && strncmp(id, listed[i].chapter, (size_t)(slash - id)) == 0 &&
                          strlen(listed[i].chapter) == (size_t)(slash - id),
                      "%s does not begin with its chapter %s", id, listed[i].chapter);
        ck_assert_msg(slash[1] != '\0' && strspn(slash + 1, slug_letters) == strlen(slash + 1), "%s: no slug",
                      id);
        ck_assert_msg(listed[i].title[0] != '\0', "%s has no title", id);
    }
}
END_TEST

/* ---- requirements ------------------------------------------------------------------------------------------------------- */

START_TEST(requirements_are_unique)
{
    for (size_t i = 0; i < REQ_COUNT; i++) {
        ck_assert_uint_eq(requirement_find(requirements[i].id), i);
        ck_assert_msg(requirements[i].clauses[0].clause != NULL, "%s names no clause", requirements[i].id);
        ck_assert_msg(requirements[i].text[0] != '\0', "%s says nothing", requirements[i].id);
    }
}
END_TEST

START_TEST(cases_test_whom_the_requirement_binds)
{
    for (size_t i = 0; i < listed_n; i++)
        ck_assert_msg(listed[i].dut != 0 && (listed[i].dut & ~requirements[listed[i].requirement].binds) == 0,
                      "%s tests a role that %s does not bind", listed[i].id,
                      requirements[listed[i].requirement].id);
}
END_TEST

START_TEST(every_requirement_is_tested_or_says_why_not)
{
    unsigned tested[REQ_COUNT] = {0};

    for (size_t i = 0; i < listed_n; i++)
        tested[listed[i].requirement] |= listed[i].dut;
    for (size_t i = 0; i < REQ_COUNT; i++) {
        bool untestable = requirements[i].untestable[0] != '\0';

        ck_assert_msg(untestable != (tested[i] != 0), "%s has %s", requirements[i].id,
                      untestable ? "cases, and a reason why it has none" : "neither a case nor a reason");
        ck_assert_msg(untestable || (tested[i] & CLIENT) == (requirements[i].binds & CLIENT),
                      "%s: clients are bound, not tested", requirements[i].id);
        ck_assert_msg(untestable || !(requirements[i].binds & (SERVER | BOOTSTRAP_SERVER)) ||
                          (tested[i] & (SERVER | BOOTSTRAP_SERVER)),
                      "%s: servers are bound, not tested", requirements[i].id);
    }
}
END_TEST

/* ---- known bugs --------------------------------------------------------------------------------------------------------- */

START_TEST(known_bugs_name_cases_that_exist)
{
    struct catalogue all = catalogue_all(arena);
    for (size_t i = 0; i < known_bug_count; i++) {
        const struct known_bug *b = &known_bugs[i];

        ck_assert_msg((*b->cases == '\0') != (*b->unseen == '\0'), "%s: cases, or a reason", b->id);
        for (const char *at = b->cases; *at != '\0';) {
            size_t n = strcspn(at, ",");

            ck_assert_msg(catalogue_find(&all, arena_printf(arena, "%.*s", (int)n, at)) < all.n,
                          "%s: no case %.*s", b->id, (int)n, at);
            at += n + (at[n] == ',');
        }
    }
}
END_TEST

/* ---- levels and rules --------------------------------------------------------------------------------------------------- */

static const struct cipher *one_of(enum cipher_class class)
{
    for (size_t i = 0; i < cipher_count; i++)
        if (ciphers[i].class == class)
            return &ciphers[i];
    ck_abort_msg("class %d has no suite", (int)class);
}

/* The level that a rule asks of the requirement that speaks of the class. */
static bool level_says(enum level level, enum cipher_rule rule)
{
    switch (rule) {
    case RULE_REQUIRED: return level == MUST;
    case RULE_FORBIDDEN: return level == MUST_NOT;
    case RULE_DISCOURAGED: return level == SHOULD_NOT;
    default: return level == MAY || level == NONE;
    }
}

static bool rule_is_founded(const struct cipher *c, enum profile p)
{
    enum cipher_rule rule = rule_of(c, p, SERVER);
    bool aead_only = cipher_is_cbc(c) && requirements[REQ_AEAD_ONLY].levels[p] == MUST;

    if (rule == RULE_FORBIDDEN && aead_only)
        return true;
    if (aead_only)
        return false;
    return level_says(requirements[class_requirement(c->class)].levels[p], rule);
}

START_TEST(levels_agree_with_rules)
{
    for (int class = 0; class < CLASS_COUNT; class ++)
        for (int p = 0; p < PROFILE_COUNT; p++)
            ck_assert_msg(rule_is_founded(one_of((enum cipher_class) class), (enum profile)p),
                          "%s in %s: rule and level differ", one_of((enum cipher_class) class)->name,
                          profiles[p].name);
}
END_TEST

START_TEST(levels_agree_with_client_rules)
{
    const struct cipher *ccm_8 = cipher_find(TLS_PSK_WITH_AES_128_CCM_8),
                        *cbc = cipher_find(TLS_PSK_WITH_AES_128_CBC_SHA256);

    for (int i = 0; i < PROFILE_COUNT; i++) {
        enum profile p = (enum profile)i;
        enum cipher_rule rule = rule_of(cbc, p, CLIENT);

        ck_assert(level_says(requirements[REQ_CLIENT_CCM8_SUPPORTED].levels[p], rule_of(ccm_8, p, CLIENT)));
        ck_assert_int_eq(rule == RULE_FORBIDDEN, requirements[REQ_AEAD_ONLY].levels[p] == MUST);
        if (rule != RULE_FORBIDDEN)
            ck_assert(level_says(requirements[REQ_CLIENT_AVOIDS_CBC].levels[p], rule));
    }
}
END_TEST

/* ---- the table of suites ------------------------------------------------------------------------------------------------- */

START_TEST(table_has_the_registry)
{
    size_t iana = 0, aes_sha1 = 0, md5 = 0;

    for (size_t i = 0; i < cipher_count; i++) {
        iana += ciphers[i].iana;
        aes_sha1 += ciphers[i].iana && is_aes_sha1(&ciphers[i]);
        md5 += ciphers[i].iana && is_md5(&ciphers[i]);
        ck_assert(i == 0 || ciphers[i - 1].code < ciphers[i].code);
    }
    ck_assert_uint_eq(iana, 350);
    ck_assert_uint_eq(aes_sha1, 36);
    ck_assert_uint_eq(md5, 13);
}
END_TEST

/* How many cases offer the suite of that code alone. */
static size_t offered_alone(uint16_t code)
{
    static const char *const families[] = {"negotiation/alone", "negotiation/draft", "hash/aes-sha1",
                                           "hash/md5"};
    size_t n = 0;

    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        const char *id = arena_printf(arena, "%s-0x%04x", families[i], code);

        for (size_t k = 0; k < listed_n; k++)
            n += strcmp(listed[k].id, id) == 0;
    }
    return n;
}

START_TEST(every_suite_is_offered_alone_once)
{
    for (size_t i = 0; i < cipher_count; i++)
        ck_assert_msg(offered_alone(ciphers[i].code) == 1, "%s is offered alone by %zu cases",
                      ciphers[i].name, offered_alone(ciphers[i].code));
}
END_TEST

START_TEST(families_are_complete)
{
    ck_assert_uint_eq(count_prefix("negotiation/alone-0x"), 350 - 36 - 13);
    ck_assert_uint_eq(count_prefix("negotiation/draft-0x"), 9);
    ck_assert_uint_eq(count_prefix("hash/aes-sha1-0x"), 36);
    ck_assert_uint_eq(count_prefix("hash/md5-0x"), 13);
    ck_assert_uint_eq(count_prefix("hash/with-good-0x"), 147);
    ck_assert_uint_eq(count_prefix("negotiation/completes-0x"), 21);
    ck_assert_uint_eq(count_prefix("negotiation/client-completes-0x"), 21);
}
END_TEST

Suite *catalogue_suite(void)
{
    Suite *s = suite_create("catalogue");
    TCase *t = tcase_create("agreement");

    tcase_add_checked_fixture(t, list_cases, forget_cases);
    tcase_add_test(t, ids_are_unique);
    tcase_add_test(t, ids_have_their_form);
    tcase_add_test(t, requirements_are_unique);
    tcase_add_test(t, cases_test_whom_the_requirement_binds);
    tcase_add_test(t, every_requirement_is_tested_or_says_why_not);
    tcase_add_test(t, known_bugs_name_cases_that_exist);
    tcase_add_test(t, levels_agree_with_rules);
    tcase_add_test(t, levels_agree_with_client_rules);
    tcase_add_test(t, table_has_the_registry);
    tcase_add_test(t, every_suite_is_offered_alone_once);
    tcase_add_test(t, families_are_complete);
    suite_add_tcase(s, t);
    return s;
}
