/* What a model adds up to, what a baseline proves to be, and shards: taken from a whole, and put together again. */
#include "tests/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "crypto/prf.h"
#include "run/baseline.h"
#include "run/merge.h"
#include "run/waivers.h"

static struct arena *a;

static void set_up(void)
{
    ck_assert(crypto_start());
    a = arena_new();
}

static void tear_down(void)
{
    arena_free(a);
    crypto_stop();
}

static const char *requirement_ids[] = {"r.first", "r.second", "r.third"};

/* Six cases, two a requirement: the first and second mandatory, the third recommended. */
static struct model *sample(const enum verdict verdicts[6])
{
    static const char *const ids[6] = {"x/a", "x/b", "x/c", "y/d", "y/e", "y/f"};
    struct model *m = arena_new_of(a, struct model);

    m->arena = a;
    m->tool.name = m->tool.version = m->tool.catalogue = m->tool.libcrypto = "t";
    m->device.name = "gw";
    m->device.make = m->device.model = m->device.firmware = m->device.file_sha256 = m->device.address = "";
    m->device.role = "server";
    m->device.liveness = "ping";
    m->profile = "lwm2m-1.0";
    m->run.started = m->run.seed = m->run.host = m->run.stopped = m->run.shard = m->run.baseline = "";
    m->run.fail_on = "any";
    m->run.complete = true;
    m->cases = arena_array(a, struct model_case, 6);
    m->case_count = 6;
    m->requirements = arena_array(a, struct model_requirement, 3);
    m->requirement_count = m->summary.catalogue_requirements = 3;
    for (size_t i = 0; i < 6; i++)
        m->cases[i] = (struct model_case){.id = ids[i],
                                          .title = "",
                                          .requirement = requirement_ids[i / 2],
                                          .level = i < 4 ? "MUST" : "SHOULD",
                                          .verdict = verdicts[i],
                                          .got = "",
                                          .reason = "",
                                          .capture = ""};
    for (size_t i = 0; i < 3; i++) {
        const char **cases = arena_array(a, const char *, 2);

        cases[0] = ids[2 * i];
        cases[1] = ids[2 * i + 1];
        m->requirements[i] = (struct model_requirement){.id = requirement_ids[i],
                                                        .level = i < 2 ? "MUST" : "SHOULD",
                                                        .cases = {cases, 2},
                                                        .untestable = ""};
    }
    return m;
}

#define P VERDICT_PASS
#define F VERDICT_FAIL
#define W VERDICT_WARNING
#define A VERDICT_WAIVED
#define N VERDICT_NOT_JUDGED
#define X VERDICT_NOT_APPLICABLE

static const struct sum {
    enum verdict verdicts[6];
    bool strict;
    const char *state; /* of a waiver; NULL: there is none */
    bool incomplete;
    int signal;
    const char *verdict;
    int code;
} sums[] = {
    {{P, P, P, P, P, P}, false, NULL, false, 0, "conformant", 0},
    {{P, P, P, P, W, P}, false, NULL, false, 0, "conformant", 0},
    {{P, P, P, P, W, P}, true, NULL, false, 0, "not-conformant", 1},
    {{P, F, P, P, P, P}, false, NULL, false, 0, "not-conformant", 1},
    {{P, A, P, P, P, P}, false, "applied", false, 0, "conformant", 0},
    {{P, P, P, P, P, P}, false, "stale", false, 0, "not-conformant", 1},
    {{P, P, P, P, W, P}, false, "expired", false, 0, "not-conformant", 1},
    {{P, P, P, P, P, P}, false, "unused", false, 0, "conformant", 0},
    {{P, N, P, P, P, P}, false, NULL, false, 0, "not-judged", 3},
    {{P, P, P, P, N, P}, false, NULL, false, 0, "conformant", 0},
    {{F, N, P, P, P, P}, false, NULL, false, 0, "not-conformant", 1}, /* 1 outranks 3 */
    {{X, X, X, X, X, X}, false, NULL, false, 0, "not-judged", 3},
    {{P, P, P, P, P, P}, false, NULL, true, 0, "not-judged", 3},
    {{P, P, P, P, P, P}, false, NULL, true, 15, "not-judged", 143},
    {{P, F, P, P, P, P}, false, NULL, true, 2, "not-conformant", 130},
};
enum { SUMS = sizeof sums / sizeof *sums };

START_TEST(verdict_and_exit_code)
{
    const struct sum *s = &sums[_i];
    struct model *m = sample(s->verdicts);
    struct model_waiver waiver = {.id = "x/b", .state = s->state};

    m->run.strict = s->strict;
    m->run.complete = !s->incomplete;
    m->waivers = &waiver;
    m->waiver_count = s->state != NULL;
    model_summarize(m, s->signal);
    ck_assert_str_eq(m->summary.verdict, s->verdict);
    ck_assert_int_eq(m->summary.exit_code, s->code);
}
END_TEST

/* The gate asks for less than conformance; the verdict does not. */
START_TEST(regression_gate)
{
    static const enum verdict verdicts[6] = {P, F, P, P, W, P};
    struct model *m = sample(verdicts);
    struct model_change change = {"x/b", "pass", "fail"};

    m->run.fail_on = "regression";
    model_summarize(m, 0);
    ck_assert_str_eq(m->summary.verdict, "not-conformant");
    ck_assert_int_eq(m->summary.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(m->summary.sentence, "Nothing that passed in the baseline fails now."));
    m->changes = &change;
    m->change_count = 1;
    model_summarize(m, 0);
    ck_assert_int_eq(m->summary.exit_code, 1);
    ck_assert_ptr_nonnull(strstr(m->summary.sentence, "1 case passed in the baseline and fails now."));
}
END_TEST

START_TEST(waived_is_said)
{
    static const enum verdict verdicts[6] = {P, A, P, P, P, P};
    struct model *m = sample(verdicts);

    model_summarize(m, 0);
    ck_assert_uint_eq(m->summary.mandatory_passed, 1);
    ck_assert_uint_eq(m->summary.mandatory_applicable, 2);
    ck_assert_ptr_nonnull(strstr(m->summary.sentence, "1 of them by waiver"));
}
END_TEST

static void check_same(const struct model *x, const struct model *y)
{
    ck_assert_uint_eq(x->case_count, y->case_count);
    for (size_t i = 0; i < x->case_count; i++) {
        ck_assert_str_eq(x->cases[i].id, y->cases[i].id);
        ck_assert_int_eq(x->cases[i].verdict, y->cases[i].verdict);
    }
    for (size_t i = 0; i < x->requirement_count; i++) {
        ck_assert_int_eq(x->requirements[i].verdict, y->requirements[i].verdict);
        ck_assert_uint_eq(x->requirements[i].cases.n, y->requirements[i].cases.n);
    }
    ck_assert_str_eq(x->summary.sentence, y->summary.sentence);
    ck_assert_int_eq(x->summary.exit_code, y->summary.exit_code);
    ck_assert_str_eq(y->run.shard, "");
    ck_assert_uint_eq(y->run.plan.n, 0);
}

/* Into as many shards as there are cases and more, put together backwards. */
START_TEST(split_and_merge)
{
    static const enum verdict verdicts[6] = {P, F, N, P, W, X};
    struct model *whole = sample(verdicts), *again = NULL;
    struct shard shards[8];
    unsigned n = (unsigned)_i + 1;

    model_summarize(whole, 0);
    for (unsigned k = 1; k <= n; k++)
        shards[n - k] = (struct shard){arena_printf(a, "shard-%u", k), model_split(a, whole, k, n)};
    ck_assert_ptr_null(shards_merge(a, shards, n, &again));
    check_same(whole, again);
}
END_TEST

/* A case that several shards judged counts by the worst. */
START_TEST(worst_of_standing_cases)
{
    static const enum verdict good[6] = {P, P, P, P, P, P}, bad[6] = {P, P, F, P, P, P};
    struct model *first = model_split(a, sample(good), 1, 2), *second = model_split(a, sample(bad), 2, 2),
                 *out = NULL;
    struct shard shards[] = {{"1", first}, {"2", second}};

    *first = *model_split(a, sample(good), 1, 1);
    *second = *model_split(a, sample(bad), 1, 1);
    first->run.shard = "1/2";
    second->run.shard = "2/2";
    ck_assert_ptr_null(shards_merge(a, shards, 2, &out));
    ck_assert_uint_eq(out->case_count, 6);
    ck_assert_int_eq(out->cases[2].verdict, VERDICT_FAIL);
    ck_assert_int_eq(out->summary.exit_code, 1);
}
END_TEST

static const char *file_of(const char *content)
{
    char *path = arena_strdup(a, "/tmp/pskgate-model-XXXXXX");
    int fd = mkstemp(path);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    close(fd);
    return path;
}

static const struct past {
    const char *content, *error; /* what the complaint ends with, after file and line; NULL: none */
    bool noted;
} pasts[] = {
    {"pass etm/echoed-for-cbc\r\nfail lwm2m/registers\n",
     "is no case of this catalogue: the baseline is of another catalogue, and "
     "what this one lacks is passed over",
     true},
    {"pass etm/echoed-for-cbc\n", NULL, false},
    {"pass negotiation/client-completes-0x00ae\n",
     "is no case for a server: this is the baseline of another device", false},
    {"pass a/b\n", "is no case of this catalogue, and none of its others is", false},
    {"pass etm/echoed-for-cbc\npass etm/echoed-for-cbc\n", ":2: etm/echoed-for-cbc stands in line 1 already",
     false},
    {"etm/echoed-for-cbc\n", ":1: not a verdict and a case", false},
    {"# nothing\n", ": holds no verdict", false},
};
enum { PASTS = sizeof pasts / sizeof *pasts };

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), of = strlen(end);

    return n >= of && strcmp(text + n - of, end) == 0;
}

START_TEST(baselines)
{
    const struct past *p = &pasts[_i];
    const char *path = file_of(p->content), *note = NULL;
    struct catalogue all = catalogue_all(a);
    struct baseline b;
    const char *error = baseline_read(a, path, &b);

    unlink(path);
    if (!error)
        error = baseline_check(a, &b, &all, SERVER, PROFILE_LWM2M_1_0, &note);
    ck_assert_int_eq(note != NULL, p->noted);
    ck_assert_int_eq(error != NULL, p->error != NULL && !p->noted);
    if (p->error)
        ck_assert_msg(ends_with(p->noted ? note : error, p->error), "said %s", p->noted ? note : error);
    if (error)
        ck_assert_int_eq(strncmp(error, path, strlen(path)), 0);
}
END_TEST

/* A waiver that names a device is not stale at another. */
START_TEST(waivers_of_devices)
{
    static const enum verdict verdicts[6] = {P, F, P, P, P, P};
    struct model *m = sample(verdicts);
    struct model_waiver w[] = {
        {.id = "x/b", .matches = "*", .expires = "2030-01-01", .state = "unused", .device = "modem*"},
        {.id = "x/a", .matches = "*", .expires = "2030-01-01", .state = "unused", .device = "g?"}};

    waivers_apply(m, &(struct waivers){w, 2}, "2026-06-01");
    ck_assert_str_eq(w[0].state, "unused");
    ck_assert_int_eq(m->cases[1].verdict, VERDICT_FAIL);
    ck_assert_str_eq(w[1].state, "stale");
}
END_TEST

Suite *model_suite(void)
{
    Suite *s = suite_create("model");
    TCase *t = tcase_create("model");

    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, verdict_and_exit_code, 0, SUMS);
    tcase_add_test(t, regression_gate);
    tcase_add_test(t, waived_is_said);
    tcase_add_loop_test(t, split_and_merge, 0, 8);
    tcase_add_test(t, worst_of_standing_cases);
    tcase_add_loop_test(t, baselines, 0, PASTS);
    tcase_add_test(t, waivers_of_devices);
    suite_add_tcase(s, t);
    return s;
}
