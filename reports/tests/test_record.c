/* report.json read back: the same model, and for a damaged file a line that says where. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "reports/report.h"
#include "sample.h"
#include "tests/unit.h"

static char *render(const struct model *m, size_t *n)
{
    char *at = NULL;
    FILE *out = open_memstream(&at, n);

    ck_assert(render_json(m, out));
    fclose(out);
    return at;
}

/* Loads n octets of text; false and *error as json_load has them. */
static bool load(struct arena *a, const char *text, size_t n, struct model **m, const char **error)
{
    char path[] = "/tmp/pskgate-record-XXXXXX";
    int fd = mkstemp(path);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq((int)write(fd, text, n), (int)n);
    close(fd);
    bool loaded = json_load(a, path, m, error);
    unlink(path);
    return loaded;
}

static struct model *server(struct arena *a)
{
    return sample_server(a, 40, false);
}

START_TEST(round_trip)
{
    static struct model *(*const samples[])(struct arena *) = {server, sample_client, sample_unreachable,
                                                               sample_hostile};
    struct arena *a = arena_new();
    struct model *m = NULL;
    const char *error = "";
    size_t n, again_n;
    char *text = render(samples[_i](a), &n);

    ck_assert_msg(load(a, text, n, &m, &error), "%s", error);
    char *again = render(m, &again_n);
    ck_assert_uint_eq(n, again_n);
    ck_assert_int_eq(memcmp(text, again, n), 0);
    free(text);
    free(again);
    arena_free(a);
}
END_TEST

static const struct damage {
    const char *from, *to; /* the first occurrence is replaced */
    const char *error;     /* and the error then ends so */
} damages[] = {
    {"\"schema_version\": 1", "\"schema_version\": 2",
     "schema_version: is not 1, the only version this program reads"},
    {"\"schema_version\": 1,", "", "schema_version: is missing"},
    {"\"catalogue\": ", "\"catalog\": ", "tool.catalogue: is missing"},
    {"\"slots\": 16", "\"slots\": \"16\"", "device.slots: is not an integer"},
    {"\"slots\": 16", "\"slots\": -1", "device.slots: is out of range"},
    {"\"slots\": 16", "\"slots\": 99999999999", "device.slots: is out of range"},
    {"\"complete\": true", "\"complete\": 1", "run.complete: is not true or false"},
    {"\"code\": \"0x008C\"", "\"code\": \"140\"", "ciphers[3].code: is not 0xHHHH"},
    {"\"verdict\": \"fail\"", "\"verdict\": \"perfect\"", "verdict: is not a verdict"},
    {"\"hex\": \"16feff", "\"hex\": \"16FEFF", "cases[0].messages[0].hex: is not lower-case hex"},
    {"\"hex\": \"16feff", "\"hex\": \"6feff", "cases[0].messages[0].hex: is not lower-case hex"},
    {"\"waiver\": null", "\"waiver\": 0", "cases[0].waiver: is neither null nor an object"},
    {"\"cases\": [\"negotiation/ccm8-completes\"]", "\"cases\": [7]",
     "requirements[0].cases: holds something that is not a string"},
    {"\"clause_levels\": [\"MUST\", \"MUST\"]", "\"clause_levels\": [\"MUST\"]",
     "requirements[0].clause_levels: is not as long as clauses"},
    {"\"name\": \"pskgate\"", "\"name\": \"a\", \"name\": \"b\"", "duplicate object key near '\"name\"'"},
};
enum { DAMAGES = sizeof damages / sizeof *damages };

START_TEST(damage_is_named)
{
    struct arena *a = arena_new();
    struct model *m = NULL;
    const char *error = "nothing";
    size_t n;
    char *text = render(server(a), &n);
    const struct damage *d = &damages[_i];
    char *at = strstr(text, d->from);

    ck_assert_msg(at != NULL, "the record holds no %s", d->from);
    const char *damaged = arena_printf(a, "%.*s%s%s", (int)(at - text), text, d->to, at + strlen(d->from));
    ck_assert(!load(a, damaged, strlen(damaged), &m, &error));
    ck_assert_msg(strlen(error) >= strlen(d->error) &&
                      strcmp(error + strlen(error) - strlen(d->error), d->error) == 0,
                  "said %s", error);
    ck_assert_ptr_null(strchr(error, '\n'));
    free(text);
    arena_free(a);
}
END_TEST

/* A file cut anywhere is refused. */
START_TEST(cut_short)
{
    struct arena *a = arena_new();
    size_t n;
    char *text = render(server(a), &n);

    for (size_t cut = 0; cut + 2 < n; cut += n / 50) {
        struct model *m = NULL;
        const char *error = NULL;
        ck_assert(!load(a, text, cut, &m, &error));
        ck_assert_ptr_null(m);
        ck_assert_ptr_nonnull(error);
    }
    free(text);
    arena_free(a);
}
END_TEST

START_TEST(missing_file)
{
    struct arena *a = arena_new();
    struct model *m = NULL;
    const char *error = NULL;

    ck_assert(!json_load(a, "/nonexistent/report.json", &m, &error));
    ck_assert_ptr_nonnull(strstr(error, "/nonexistent/report.json"));
    arena_free(a);
}
END_TEST

Suite *record_suite(void)
{
    Suite *s = suite_create("record");
    TCase *t = tcase_create("record");

    tcase_add_loop_test(t, round_trip, 0, 4);
    tcase_add_loop_test(t, damage_is_named, 0, DAMAGES);
    tcase_add_test(t, cut_short);
    tcase_add_test(t, missing_file);
    suite_add_tcase(s, t);
    return s;
}
