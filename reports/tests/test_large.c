/*
 * Pages of much evidence: they stay small, and what the environment names is left for the browser, which opens it and types.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "reports/report.h"
#include "sample.h"
#include "sample_data.h"
#include "tests/unit.h"

/* What a renderer wrote; freed by the caller. */
struct output {
    char *at;
    size_t n;
};

static struct output render_page(const struct model *m)
{
    struct output o = {0};
    FILE *out = open_memstream(&o.at, &o.n);

    ck_assert(render_html(m, out));
    fclose(out);
    return o;
}

/* For the browser: the page in the file that the environment names. */
static void keep_for_browser(const char *variable, struct output o)
{
    FILE *out = getenv(variable) ? fopen(getenv(variable), "wb") : NULL;

    ck_assert(out || !getenv(variable));
    if (out) {
        fwrite(o.at, 1, o.n, out);
        fclose(out);
    }
    free(o.at);
}

/* 200 cases with a whole handshake each stay under 1 MB. */
START_TEST(page_size)
{
    struct arena *a = arena_new();
    struct model *m = sample_server(a, 1, true);

    ck_assert_uint_ge(m->case_count, 200);
    m->case_count = 200;
    struct output o = render_page(m);
    ck_assert_uint_lt(o.n, 1000000);
    free(o.at);
    arena_free(a);
}
END_TEST

/* A failed case of 10,000 messages with 10 MB in them: the page shows what decides, and leaves the rest to the capture. */
START_TEST(much_evidence)
{
    enum { MESSAGES_SENT = 10000, OCTETS = 1000 };
    struct arena *a = arena_new();
    struct model *m = sample_server(a, 9, false);
    struct model_case *c = &m->cases[7];
    char *hex = arena_alloc(a, 2 * OCTETS + 1);

    for (size_t i = 0; i < 2 * OCTETS; i++) {
        hex[i] = "17fefd0001"[i % 10];
    }
    ck_assert_int_eq(c->verdict, VERDICT_FAIL);
    c->message_count = MESSAGES_SENT;
    c->messages = arena_array(a, struct model_message, MESSAGES_SENT);
    for (size_t i = 0; i < MESSAGES_SENT; i++) {
        c->messages[i] = (struct model_message){.t_us = (int64_t)i * 100,
                                                .from = i % 2 ? "device" : "harness",
                                                .kind = "datagram",
                                                .summary = "Application data, 1000 octets",
                                                .hex = hex,
                                                .plaintext = hex,
                                                .decisive = i == 5000 || i > 9000};
    }
    struct output o = render_page(m);
    ck_assert_uint_lt(o.n, 400000);
    keep_for_browser("MUCH_EVIDENCE", o);
    arena_free(a);
}
END_TEST

enum { MANY_CASES = 1400, MANY_REQUIREMENTS = 240, MANY_DEVICES = 22 };

/* As large as a whole run of the catalogue: cases with a handshake's messages each, some failed, in a dozen chapters. */
static struct model *sample_many(struct arena *a, unsigned device)
{
    struct model *m = sample_server(a, 1, true);
    struct model_case *cases = arena_array(a, struct model_case, MANY_CASES);
    struct model_requirement *rows = arena_array(a, struct model_requirement, MANY_REQUIREMENTS);

    for (size_t i = 0; i < MANY_CASES; i++) {
        cases[i] = m->cases[i % m->case_count];
        cases[i].id = arena_printf(a, "chapter-%zu/case-%zu", i / 120, i);
        cases[i].requirement = arena_printf(a, "rfc0000-%zu.behaves", i % MANY_REQUIREMENTS);
        cases[i].verdict = (i + device) % 70 == 0 ? VERDICT_FAIL : VERDICT_PASS;
    }
    for (size_t i = 0; i < MANY_REQUIREMENTS; i++) {
        rows[i] = m->requirements[i % m->requirement_count];
        rows[i].id = cases[i].requirement;
        rows[i].verdict = cases[i].verdict;
        rows[i].cases = TEXTS(a, cases[i].id);
    }
    m->device.name = arena_printf(a, "gateway-%u", device);
    m->cases = cases;
    m->case_count = MANY_CASES;
    m->requirements = rows;
    m->requirement_count = MANY_REQUIREMENTS;
    return m;
}

START_TEST(many_cases)
{
    struct arena *a = arena_new();
    struct output o = render_page(sample_many(a, 0));

    ck_assert_uint_lt(o.n, 5000000);
    keep_for_browser("MANY_CASES", o);
    arena_free(a);
}
END_TEST

START_TEST(many_devices)
{
    struct arena *a = arena_new();
    struct matrix_device devices[MANY_DEVICES];
    struct output o = {0};

    for (unsigned i = 0; i < MANY_DEVICES; i++) {
        devices[i] = (struct matrix_device){sample_many(a, i), arena_printf(a, "gateway-%u", i)};
    }
    FILE *out = open_memstream(&o.at, &o.n);
    ck_assert(render_matrix(devices, MANY_DEVICES, out));
    fclose(out);
    ck_assert_uint_lt(o.n, 2000000);
    keep_for_browser("MANY_DEVICES", o);
    arena_free(a);
}
END_TEST

Suite *large_suite(void)
{
    Suite *s = suite_create("large");
    TCase *pages = tcase_create("pages");

    tcase_add_test(pages, page_size);
    tcase_add_test(pages, much_evidence);
    tcase_add_test(pages, many_cases);
    tcase_add_test(pages, many_devices);
    suite_add_tcase(s, pages);
    return s;
}
