/* Any file that the program reads: device file, matrix, waivers, baseline, key, identity, and a report that a matrix takes in; what it
 * takes in can be rendered. The first octet picks the reader; the file is the rest. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crypto/protect.h"
#include "reports/report.h"
#include "run/baseline.h"
#include "run/credentials.h"
#include "run/device_file.h"
#include "run/waivers.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t n);

static void read_device(struct arena *a, const char *path)
{
    struct dut d = device_unknown();

    device_read(a, path, &d);
}

static void read_matrix(struct arena *a, const char *path)
{
    struct dut *devices;
    size_t n;

    matrix_read(a, path, &devices, &n);
}

static void read_waivers(struct arena *a, const char *path)
{
    struct catalogue all = catalogue_all(a);
    struct waivers out;

    waivers_read(a, path, &all, &out);
}

static void read_baseline(struct arena *a, const char *path)
{
    struct baseline out;

    baseline_read(a, path, &out);
}

static void read_credentials(struct arena *a, const char *path)
{
    struct bytes out;
    const char *error;

    if (key_from_file(a, path, &out, &error) && out.n == 0)
        abort();
    identity_from_file(a, path, &out, &error);
}

static void read_report(struct arena *a, const char *path)
{
    struct model *m;
    const char *error = NULL;
    FILE *out;

    if (!json_load(a, path, &m, &error)) {
        if (error == NULL)
            abort();
        return;
    }
    out = fopen("/dev/null", "we");
    if (out == NULL || !render_json(m, out) || !render_junit(m, out) || !render_html(m, out) ||
        !render_verdicts(m, out) || !render_matrix(&(struct matrix_device){m, "device"}, 1, out))
        abort();
    fclose(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t n)
{
    static void (*const readers[])(struct arena *, const char *) = {
        read_device, read_matrix, read_waivers, read_baseline, read_credentials, read_report};
    static int fd = -1;
    struct arena *a;

    if (n == 0)
        return 0;
    if (fd < 0 && crypto_start())
        fd = memfd_create("fuzz", 0);
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, at + 1, n - 1, 0) != (ssize_t)(n - 1))
        abort();
    a = arena_new();
    readers[at[0] % (sizeof readers / sizeof *readers)](a, arena_printf(a, "/proc/self/fd/%d", fd));
    arena_free(a);
    return 0;
}
