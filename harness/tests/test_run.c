#include "tests/unit.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "case/internal.h"
#include "crypto/prf.h"
#include "run/baseline.h"
#include "run/catalogue.h"
#include "run/credentials.h"
#include "run/device_file.h"
#include "run/ini.h"
#include "run/internal.h"
#include "run/process.h"
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

/* A file of that content; its path is in the arena. */
static const char *file_of(const char *content)
{
    char *path = arena_strdup(a, "/tmp/pskgate-test-XXXXXX");
    int fd = mkstemp(path);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    close(fd);
    return path;
}

static const char *read_device(const char *content, struct dut *d)
{
    const char *path = file_of(content), *error;

    *d = device_unknown();
    error = device_read(a, path, d);
    unlink(path);
    return error;
}

START_TEST(verdict_words)
{
    enum verdict v;

    for (int i = 0; i < VERDICT_COUNT; i++) {
        ck_assert(verdict_parse(verdict_name((enum verdict)i), &v));
        ck_assert_int_eq(v, i);
    }
    ck_assert(!verdict_parse("passed", &v));
    ck_assert_int_gt(verdict_rank(VERDICT_FAIL), verdict_rank(VERDICT_NOT_JUDGED));
    ck_assert_int_gt(verdict_rank(VERDICT_NOT_JUDGED), verdict_rank(VERDICT_WAIVED));
    ck_assert_int_gt(verdict_rank(VERDICT_WAIVED), verdict_rank(VERDICT_WARNING));
    ck_assert_int_gt(verdict_rank(VERDICT_PASS), verdict_rank(VERDICT_NOT_APPLICABLE));
}
END_TEST

START_TEST(shell_words)
{
    ck_assert_str_eq(shell_word(a, "plain-1.0"), "plain-1.0");
    ck_assert_str_eq(shell_word(a, "two words"), "'two words'");
    ck_assert_str_eq(shell_word(a, "it's"), "'it'\\''s'");
    ck_assert_str_eq(shell_word(a, ""), "''");
}
END_TEST

START_TEST(secrets_are_masked)
{
    static const uint8_t key[] = "Sixteen-byte-key";
    struct bytes psk = {key, 16};

    ck_assert_str_eq(mask_secret(a, "x 5369787465656E2d627974652d6b6579 y", psk), "x [key] y");
    ck_assert_str_eq(mask_secret(a, "-k Sixteen-byte-key", psk), "-k [key]");
    ck_assert_str_eq(mask_secret(a, "nothing", psk), "nothing");
}
END_TEST

START_TEST(names_nearby)
{
    const char *names[] = {"etm/echoed-for-cbc", "etm/not-echoed", "psk/wrong-key"};
    struct strings list = {names, 3};

    ck_assert_str_eq(nearest_name("etm/echoed-for-cdc", list), "etm/echoed-for-cbc");
    ck_assert_ptr_null(nearest_name("x", list));
}
END_TEST

START_TEST(device_file)
{
    struct dut d;

    ck_assert_ptr_null(read_device("[device]\nname = gw\nrole = client\n[capabilities]\nimplements = A, B\n"
                                   "implements = C\n[limits]\nslots = 2\n",
                                   &d));
    ck_assert_str_eq(d.name, "gw");
    ck_assert_uint_eq(d.slots, 2);
    ck_assert_uint_eq(d.implements.list.n, 3);
    ck_assert_str_eq(d.implements.list.at[2], "C");
    ck_assert_uint_eq(strlen(d.sha256), 64);
}
END_TEST

START_TEST(device_file_errors)
{
    char line[400];
    struct dut d;

    ck_assert_ptr_nonnull(
        strstr(read_device("[device]\n\nnmae = gw\n", &d), ":3: unknown key 'nmae', did you mean 'name'?"));
    ck_assert_ptr_nonnull(strstr(read_device("[devices]\nname = gw\n", &d), "unknown section 'devices'"));
    ck_assert_ptr_nonnull(strstr(read_device("[limits]\nslots = many\n", &d), ":2: slots: 'many'"));
    ck_assert_ptr_nonnull(strstr(read_device("[device]\nnonsense\n", &d), ":2:"));
    memset(line, 'x', sizeof line);
    memcpy(line, "[device]\nname = ", 16);
    line[399] = '\0';
    ck_assert_ptr_nonnull(strstr(read_device(line, &d), ":2: the line is longer"));
}
END_TEST

START_TEST(matrix_file)
{
    const char *path =
        file_of("[one]\nrole = server\npsk_file = k\n[two]\nrole = client\ntrigger = run {port}\n");
    struct dut *devices;
    size_t n;

    ck_assert_ptr_null(matrix_read(a, path, &devices, &n));
    unlink(path);
    ck_assert_uint_eq(n, 2);
    ck_assert_str_eq(devices[0].name, "one");
    ck_assert_str_eq(devices[0].psk_file, "/tmp/k");
    ck_assert_str_eq(devices[1].directory, "two");
    ck_assert_str_eq(devices[1].trigger, "run {port}");
}
END_TEST

START_TEST(identities)
{
    const char *error;
    struct bytes b;

    ck_assert(identity_parse(a, "hex:00ff20", &b, &error));
    ck_assert_uint_eq(b.n, 3);
    ck_assert_str_eq(identity_text(a, b), "hex:00ff20");
    ck_assert(identity_parse(a, "urn:dev:1", &b, &error));
    ck_assert_str_eq(identity_text(a, b), "urn:dev:1");
    ck_assert(!identity_parse(a, "hex:0", &b, &error));
    ck_assert(!identity_parse(a, "", &b, &error));
}
END_TEST

START_TEST(keys)
{
    const char *good = file_of("00 11 22\n"), *bad = file_of("0011zz\n"), *error;
    struct bytes b;

    ck_assert(key_from_file(a, good, &b, &error));
    ck_assert_uint_eq(b.n, 3);
    ck_assert(!key_from_file(a, bad, &b, &error));
    ck_assert_ptr_null(strstr(error, "0011"));
    unlink(good);
    unlink(bad);
}
END_TEST

START_TEST(addresses)
{
    const char *host, *error = NULL;
    uint16_t port;

    ck_assert(address_split(a, "[::1]:5685", 5684, &host, &port, &error));
    ck_assert_str_eq(host, "::1");
    ck_assert_uint_eq(port, 5685);
    ck_assert(address_split(a, "::1", 5684, &host, &port, &error));
    ck_assert_str_eq(host, "::1");
    ck_assert_uint_eq(port, 5684);
    ck_assert(!address_split(a, "h:70000", 5684, &host, &port, &error));
}
END_TEST

START_TEST(selection)
{
    struct catalogue all = catalogue_all(a), out;
    const char *glob = "psk/*", *exact = "psk/wrong-kye-manner", *none = "no-such/*", *error;

    ck_assert_uint_gt(all.n, 80);
    ck_assert_int_eq(catalogue_select(a, &all, SERVER, PROFILE_LWM2M_1_0, (struct strings){&glob, 1},
                                      (struct strings){0}, &out, &error),
                     SELECTED);
    for (size_t i = 0; i < out.n; i++)
        ck_assert(strncmp(out.at[i].id, "psk/", 4) == 0 && (out.at[i].dut & SERVER));
    ck_assert_int_eq(catalogue_select(a, &all, SERVER, PROFILE_LWM2M_1_0, (struct strings){&exact, 1},
                                      (struct strings){0}, &out, &error),
                     SELECTED_UNKNOWN);
    ck_assert_ptr_nonnull(strstr(error, "psk/wrong-key-manner"));
    ck_assert_int_eq(catalogue_select(a, &all, SERVER, PROFILE_LWM2M_1_0, (struct strings){&none, 1},
                                      (struct strings){0}, &out, &error),
                     SELECTED_NOTHING);
}
END_TEST

/* Ids are what people keep in baselines and waivers: each names one case. */
START_TEST(ids_are_unique)
{
    struct catalogue all = catalogue_all(a);

    for (size_t i = 0; i < all.n; i++)
        ck_assert_msg(catalogue_find(&all, all.at[i].id) == i, "%s comes twice", all.at[i].id);
}
END_TEST

static struct model_case found(const char *id, enum verdict v, const char *got)
{
    return (struct model_case){.id = id, .verdict = v, .got = got};
}

START_TEST(waivers)
{
    struct model_waiver w[] = {{"a/x", "r", "o", "2030-01-01", "alert 0*", "unused", "w:1", ""},
                               {"a/y", "r", "o", "2020-01-01", "*", "unused", "w:1", ""},
                               {"a/z", "r", "o", "2030-01-01", "*", "unused", "w:1", ""},
                               {"a/w", "r", "o", "2030-01-01", "alert 1", "unused", "w:1", ""}};
    struct model_case cases[] = {found("a/x", VERDICT_FAIL, "alert 0 (close_notify)"),
                                 found("a/y", VERDICT_FAIL, "?"), found("a/z", VERDICT_PASS, ""),
                                 found("a/w", VERDICT_WARNING, "alert 2")};
    struct model m = {.arena = a, .cases = cases, .case_count = 4, .device = {.name = "gw"}};

    waivers_apply(&m, &(struct waivers){w, 4}, "2026-06-01");
    ck_assert_int_eq(cases[0].verdict, VERDICT_WAIVED);
    ck_assert_str_eq(w[0].state, "applied");
    ck_assert_int_eq(cases[1].verdict, VERDICT_FAIL);
    ck_assert_str_eq(w[1].state, "expired");
    ck_assert_str_eq(w[2].state, "stale");
    ck_assert_str_eq(w[3].state, "stale");
    ck_assert_int_eq(cases[3].verdict, VERDICT_WARNING);
}
END_TEST

START_TEST(baseline)
{
    const char *path = file_of("# a comment\nfail a/x\npass a/y\n");
    struct model_case cases[] = {found("a/x", VERDICT_FAIL, ""), found("a/y", VERDICT_FAIL, ""),
                                 found("a/new", VERDICT_PASS, "")};
    struct model m = {.arena = a, .cases = cases, .case_count = 3};
    struct baseline b = {0};

    ck_assert_ptr_null(baseline_read(a, path, &b));
    unlink(path);
    baseline_compare(&m, &b);
    ck_assert_uint_eq(m.change_count, 2);
    ck_assert_str_eq(m.changes[0].case_id, "a/y");
    ck_assert_str_eq(m.changes[0].then, "pass");
    ck_assert_str_eq(m.changes[1].then, "");
}
END_TEST

START_TEST(programs)
{
    struct placeholders p = {.host = "h", .identity = "two words", .psk_file = "/k", .port = 99};
    const char *log = file_of("");
    char why[WHY_MAX] = "", text[64] = "";
    struct stage *s = stage_open(log, why);
    struct process process;
    FILE *file;

    ck_assert_ptr_nonnull(s);
    ck_assert(process_start(s, "printf '%s|%s' {identity} {host}:{port}", &p, &process, why));
    for (int i = 0; i < 1000 && process_runs(&process); i++)
        usleep(5000);
    ck_assert(process.ended);
    process_stop(&process);
    ck_assert(!process_start(s, "/no/such/program", &p, &process, why));
    ck_assert_ptr_nonnull(strstr(why, "/no/such/program"));
    stage_close(s);
    file = fopen(log, "r");
    ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
    fclose(file);
    unlink(log);
    ck_assert_str_eq(text, "two words|h:99");
}
END_TEST

/* Appends a datagram to the trace. */
static void pass_by(struct trace *t, int64_t ms, bool from_device, bool again)
{
    static const uint8_t octet[] = {0};
    struct trace_entry *e = trace_datagram(t, 1, from_device, BYTES(octet));

    e->t_us = ms * MS;
    e->retransmission = again;
}

/* A flight that is repeated after a second, answered, and the answer repeated. */
START_TEST(slowness_is_no_loss)
{
    struct trace *t = trace_new(a);

    pass_by(t, 5000, false, false);
    pass_by(t, 6000, false, true);
    ck_assert(!shows_loss(t, 501 * MS));
    ck_assert(shows_loss(t, 500 * MS));
    ck_assert(shows_loss(t, 0));
    pass_by(t, 6500, true, false);
    pass_by(t, 6500, true, true);
    ck_assert(!shows_loss(t, 1500 * MS));
    t = trace_new(a);
    pass_by(t, 0, false, false);
    pass_by(t, 1, true, false);
    ck_assert(!shows_loss(t, 1 * MS));
    pass_by(t, 1000, true, true); /* unasked */
    ck_assert(shows_loss(t, 1500 * MS));
}
END_TEST

static uint16_t own_port(int fd)
{
    struct sockaddr_in own = {0};
    socklen_t n = sizeof own;

    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&own, &n), 0);
    return ntohs(own.sin_port);
}

/* 3000 of some 28000: the system alone gives one of them twice. */
START_TEST(every_association_has_a_port_of_its_own)
{
    static struct ports ports;
    static bool seen[65536];
    struct case_env env = {.ports = &ports};
    char why[WHY_MAX];

    ck_assert(env_address(&env, "127.0.0.1", 9, why));
    for (int i = 0; i < 3000; i++) {
        int fd = open_socket(&env, true);
        uint16_t port = own_port(fd);

        close(fd);
        ck_assert_msg(!seen[port], "port %u twice, at %d", (unsigned)port, i);
        seen[port] = true;
    }
}
END_TEST

static void add(TCase *tc, const TTest *test)
{
    tcase_add_test(tc, test);
}

Suite *run_suite(void)
{
    Suite *suite = suite_create("run");
    TCase *tc = tcase_create("run");
    const TTest *const tests[] = {verdict_words,
                                  shell_words,
                                  secrets_are_masked,
                                  names_nearby,
                                  device_file,
                                  device_file_errors,
                                  matrix_file,
                                  identities,
                                  keys,
                                  addresses,
                                  selection,
                                  ids_are_unique,
                                  waivers,
                                  baseline,
                                  programs,
                                  slowness_is_no_loss,
                                  every_association_has_a_port_of_its_own};

    tcase_add_checked_fixture(tc, set_up, tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        add(tc, tests[i]);
    suite_add_tcase(suite, tc);
    return suite;
}
