/*
 * Renderers against golden files, byte for byte, and the promises that hold for any model. GOLDEN=write in the environment
 * writes the files anew: look at the difference before it is committed.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "reports/report.h"
#include "reports/text.h"
#include "sample.h"
#include "tests/unit.h"

#define DIRECTORY "reports/tests/golden/"

/* What a renderer wrote; freed by the caller. */
struct output {
    char *at;
    size_t n;
};

static struct output render(bool (*renderer)(const struct model *m, FILE *out), const struct model *m)
{
    struct output o = {0};
    FILE *out = open_memstream(&o.at, &o.n);

    ck_assert(renderer(m, out));
    fclose(out);
    return o;
}

static struct output read_file(const char *path)
{
    struct output o = {0};
    FILE *in = fopen(path, "rb");
    FILE *out = open_memstream(&o.at, &o.n);

    for (int c; in && (c = getc(in)) != EOF;) {
        putc(c, out);
    }
    fclose(out);
    if (in) {
        fclose(in);
    }
    return o;
}

/* The page's own style and script stand in their files: a golden page names them in place of their text. */
static void name_asset(struct output *o, const char *path)
{
    struct output asset = read_file(path), named = {0};
    char *at = o->n > 0 && asset.n > 0 ? memmem(o->at, o->n, asset.at, asset.n) : NULL;

    if (at) {
        FILE *out = open_memstream(&named.at, &named.n);
        fwrite(o->at, 1, (size_t)(at - o->at), out);
        fprintf(out, "{%s}\n", path);
        fwrite(at + asset.n, 1, o->n - (size_t)(at - o->at) - asset.n, out);
        fclose(out);
        free(o->at);
        *o = named;
    }
    free(asset.at);
}

static void compare(const char *name, struct output got)
{
    name_asset(&got, "reports/assets/report.css");
    name_asset(&got, "reports/assets/report.js");

    char path[256];
    snprintf(path, sizeof path, DIRECTORY "%s", name);

    if (getenv("GOLDEN") && strcmp(getenv("GOLDEN"), "write") == 0) {
        FILE *out = fopen(path, "wb");
        ck_assert_ptr_nonnull(out);
        fwrite(got.at, 1, got.n, out);
        fclose(out);
    }
    struct output want = read_file(path);
    size_t same = 0;
    while (same < want.n && same < got.n && want.at[same] == got.at[same]) {
        same++;
    }
    ck_assert_msg(same == want.n && same == got.n, "%s differs at octet %zu of %zu", path, same, want.n);
    free(want.at);
    free(got.at);
}

static bool console_plain(const struct model *m, FILE *out)
{
    const struct console_style style = {.colour = false, .utf8 = false};

    for (size_t i = 0; i < m->case_count; i++) {
        console_case(&style, &m->cases[i], out);
    }
    return console_summary(&style, m, out);
}

static bool console_coloured(const struct model *m, FILE *out)
{
    const struct console_style style = {.colour = true, .utf8 = true};

    return console_summary(&style, m, out);
}

static bool annotations(const struct model *m, FILE *out)
{
    return render_annotations(&m, 1, out);
}

static bool first_capture(const struct model *m, FILE *out)
{
    return render_pcapng(m, &m->cases[0], out);
}

static bool last_capture(const struct model *m, FILE *out)
{
    return render_pcapng(m, model_case_find(m, "etm/bad-mac-in-silence"), out);
}

static bool matrix(const struct model *m, FILE *out)
{
    const struct matrix_device devices[] = {{m, "acme-gw-server"},
                                            {sample_client(m->arena), "lwm2m-client"},
                                            {sample_unreachable(m->arena), "basement-meter"}};

    return render_matrix(devices, 3, out);
}

static bool hostile_capture(const struct model *m, FILE *out)
{
    return render_pcapng(m, &m->cases[0], out);
}

static bool hostile_matrix(const struct model *m, FILE *out)
{
    const struct matrix_device devices[] = {{m, "hostile"}, {m, "hostile-2"}};

    return render_matrix(devices, 2, out);
}

static struct model *server(struct arena *a)
{
    return sample_server(a, 9, false);
}

static const struct golden {
    const char *file;
    struct model *(*sample)(struct arena *a);
    bool (*renderer)(const struct model *m, FILE *out);
} goldens[] = {
    {"server.json", server, render_json},
    {"server.verdicts.txt", server, render_verdicts},
    {"server.junit.xml", server, render_junit},
    {"server.html", server, render_html},
    {"server.console.txt", server, console_plain},
    {"server.colour.txt", server, console_coloured},
    {"server.ccm8.pcapng", server, first_capture},
    {"server.bad-mac.pcapng", server, last_capture},
    {"client.json", sample_client, render_json},
    {"client.html", sample_client, render_html},
    {"unreachable.html", sample_unreachable, render_html},
    {"unreachable.junit.xml", sample_unreachable, render_junit},
    {"unreachable.console.txt", sample_unreachable, console_plain},
    {"hostile.json", sample_hostile, render_json},
    {"hostile.verdicts.txt", sample_hostile, render_verdicts},
    {"hostile.junit.xml", sample_hostile, render_junit},
    {"hostile.html", sample_hostile, render_html},
    {"hostile.pcapng", sample_hostile, hostile_capture},
    {"hostile-matrix.html", sample_hostile, hostile_matrix},
    {"hostile.console.txt", sample_hostile, console_plain},
    {"matrix.html", server, matrix},
    {"server.sarif", server, render_sarif},
    {"server.tap", server, render_tap},
    {"server.md", server, render_markdown},
    {"server.github.txt", server, annotations},
    {"unreachable.tap", sample_unreachable, render_tap},
    {"unreachable.md", sample_unreachable, render_markdown},
    {"unreachable.github.txt", sample_unreachable, annotations},
    {"client.sarif", sample_client, render_sarif},
    {"client.tap", sample_client, render_tap},
    {"hostile.sarif", sample_hostile, render_sarif},
    {"hostile.tap", sample_hostile, render_tap},
    {"hostile.md", sample_hostile, render_markdown},
    {"hostile.github.txt", sample_hostile, annotations},
};
enum { GOLDENS = sizeof goldens / sizeof *goldens };

START_TEST(golden_files)
{
    struct arena *a = arena_new();

    compare(goldens[_i].file, render(goldens[_i].renderer, goldens[_i].sample(a)));
    arena_free(a);
}
END_TEST

/* A full disk is told, whatever is rendered. */
START_TEST(full_disk)
{
    struct arena *a = arena_new();
    struct model *m = goldens[_i].sample(a);
    FILE *full = fopen("/dev/full", "w");

    ck_assert_ptr_nonnull(full);
    setvbuf(full, NULL, _IONBF, 0);
    ck_assert(!goldens[_i].renderer(m, full));
    fclose(full);
    arena_free(a);
}
END_TEST

/* Nothing that could end a terminal's line, change its colours or pose as a command of a CI system. */
START_TEST(hostile_is_inert)
{
    struct arena *a = arena_new();
    const struct model *m = sample_hostile(a);
    struct output o = render(console_plain, m);

    for (size_t i = 0; i < o.n; i++) {
        ck_assert_msg(o.at[i] == '\n' || (o.at[i] >= 0x20 && o.at[i] < 0x7F), "octet %02x",
                      (unsigned char)o.at[i]);
    }
    ck_assert_ptr_null(strstr(o.at, "\n::"));
    free(o.at);
    o = render(render_html, m);
    ck_assert_ptr_null(strstr(o.at, "<script>alert"));
    ck_assert_ptr_null(strstr(o.at, "javascript:alert(1)\""));
    free(o.at);
    o = render(render_junit, m);
    ck_assert_ptr_null(strstr(o.at, "\n[[ATTACHMENT|/etc"));
    free(o.at);
    arena_free(a);
}
END_TEST

/* Neither locale nor time zone nor the number of the rendering changes an octet. */
START_TEST(same_model_same_octets)
{
    static const char *const places[][2] = {
        {"C", "UTC"}, {"de_DE.UTF-8", "Asia/Kathmandu"}, {"tr_TR.UTF-8", "America/St_Johns"}};
    struct arena *a = arena_new();
    const struct model *m = goldens[_i].sample(a);
    struct output first = render(goldens[_i].renderer, m);

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        setenv("TZ", places[i][1], 1);
        setlocale(LC_ALL, places[i][0]);
        struct output again = render(goldens[_i].renderer, m);
        ck_assert_uint_eq(again.n, first.n);
        ck_assert_int_eq(memcmp(again.at, first.at, first.n), 0);
        free(again.at);
    }
    free(first.at);
    arena_free(a);
}
END_TEST

/* Keys are for the capture alone. */
START_TEST(key_log_stays_in_the_capture)
{
    static const char secret[] = "6928bdad27531aac23e377b4b0a3aff6";
    struct arena *a = arena_new();
    const struct model *m = server(a);

    ck_assert_ptr_nonnull(strstr(m->cases[0].key_log, secret));
    for (size_t i = 0; i < renderer_count; i++) {
        struct output o = render(renderers[i].render, m);
        ck_assert_ptr_null(strstr(o.at, secret));
        free(o.at);
    }
    arena_free(a);
}
END_TEST

START_TEST(markup_formats)
{
    char *at = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&at, &n);

    put_markup(out, "<%s>%.*s|%u|0x%04X|%zu|%ld%%", "a&b", 2, "\xc3\xa9\xff", 7U, 0xC0A8U, (size_t)9, -3L);
    fclose(out);
    ck_assert_str_eq(at, "<a&amp;b>\xc3\xa9|7|0xC0A8|9|-3%");
    free(at);
}
END_TEST

START_TEST(colour_policy)
{
    FILE *file = fopen("/dev/null", "w");

    unsetenv("NO_COLOR");
    unsetenv("FORCE_COLOR");
    unsetenv("CLICOLOR_FORCE");
    ck_assert(console_style_of("always", file).colour);
    ck_assert(!console_style_of("auto", file).colour);
    setenv("FORCE_COLOR", "1", 1);
    ck_assert(console_style_of("auto", file).colour);
    ck_assert(!console_style_of("never", file).colour);
    setenv("NO_COLOR", "1", 1);
    ck_assert(!console_style_of("auto", file).colour);
    ck_assert(console_style_of("always", file).colour);
    setenv("NO_COLOR", "", 1);
    ck_assert(console_style_of("auto", file).colour);
    setenv("LC_ALL", "C", 1);
    ck_assert(!console_style_of("auto", file).utf8);
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    ck_assert(console_style_of("auto", file).utf8);
    fclose(file);
}
END_TEST

Suite *golden_suite(void)
{
    Suite *s = suite_create("golden");
    TCase *files = tcase_create("files");
    TCase *promises = tcase_create("promises");

    tcase_add_loop_test(files, golden_files, 0, GOLDENS);
    tcase_add_loop_test(files, full_disk, 0, GOLDENS);
    tcase_add_loop_test(files, same_model_same_octets, 0, GOLDENS);
    tcase_add_test(promises, hostile_is_inert);
    tcase_add_test(promises, key_log_stays_in_the_capture);
    tcase_add_test(promises, markup_formats);
    tcase_add_test(promises, colour_policy);
    suite_add_tcase(s, files);
    suite_add_tcase(s, promises);
    return s;
}
