#include "cmd.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The devices of a matrix, as far as they were judged or loaded. */
struct matrix {
    struct arena *arena;
    const struct options *options;
    const char *output;
    struct matrix_device *devices;
    size_t n, cap;
    struct entry *entries; /* of the devices that were judged, to be freed */
    size_t entry_n;
    int worst;
};

/* How bad an exit code is beside others: 1 outranks 3. */
static int worse(int a, int b)
{
    static const int ranks[] = {0, 3, 1, 2};
    int x = a >= 0 && a <= 3 ? ranks[a] : 4, y = b >= 0 && b <= 3 ? ranks[b] : 4;

    return x >= y ? a : b;
}

static void add_device(struct matrix *x, const struct model *m, const char *directory)
{
    struct matrix_device *d = arena_grow(x->arena, &x->devices, &x->cap, x->n, sizeof *x->devices);

    *d = (struct matrix_device){m, directory};
    x->n++;
}

/* One device of the file, as far as it is judged. Its thread alone touches it, and nothing but its arena. */
struct entry {
    struct dut *device;
    struct arena *arena;
    struct model *model; /* NULL: not run */
    int code;
};

struct queue {
    const struct matrix *matrix;
    struct entry *entries;
    size_t n;
    atomic_size_t next;
};

static void judge_one(const struct matrix *x, struct entry *e)
{
    struct dut *d = e->device;
    const char *output = arena_printf(e->arena, "%s/%s", x->output, d->directory);
    const char *error = device_resolve(e->arena, d);

    if (!error && d->role != CLIENT && !option_given(x->options, OPT_AUTHORISED) && host_is_public(d->host))
        error = arena_printf(e->arena,
                             "%s is a public address: give --i-am-authorised if you may test what is there",
                             d->host);
    e->code = EXIT_NOT_JUDGED;
    if (error)
        complain("[%s]: %s", d->directory, error);
    else if (run_signal())
        complain("[%s]: not judged: interrupted", d->directory);
    else
        e->code = judge_device(e->arena, x->options, d, output, d->directory, &e->model);
}

static void *judge_next(void *context)
{
    struct queue *q = context;
    size_t i;

    while ((i = atomic_fetch_add(&q->next, 1)) < q->n)
        judge_one(q->matrix, &q->entries[i]);
    return NULL;
}

/* So many threads as devices are wanted at a time; this one is the first of them. */
static void work_off(struct arena *a, struct queue *q, unsigned parallel)
{
    pthread_t *threads = arena_array(a, pthread_t, parallel);
    size_t n = 0;

    while (n + 1 < parallel && n + 1 < q->n && pthread_create(&threads[n], NULL, judge_next, q) == 0)
        n++;
    judge_next(q);
    for (size_t i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
}

static int judge_all(struct matrix *x, const char *path)
{
    struct queue q = {.matrix = x};
    struct dut *devices = NULL;
    const char *error = matrix_read(x->arena, path, &devices, &q.n);

    if (error)
        return complain("matrix: %s", error);
    if (!output_make(x->arena, x->output))
        return EXIT_USAGE;
    q.entries = arena_array(x->arena, struct entry, q.n);
    for (size_t i = 0; i < q.n; i++)
        q.entries[i] = (struct entry){.device = &devices[i], .arena = arena_new()};
    work_off(x->arena, &q, x->options->parallel);
    for (size_t i = 0; i < q.n; i++) {
        x->worst = worse(x->worst, q.entries[i].code);
        if (q.entries[i].model)
            add_device(x, q.entries[i].model, devices[i].directory);
    }
    x->entries = q.entries;
    x->entry_n = q.n;
    return x->worst;
}

/* Where a directory's report stands, seen from the page; both are named from here. */
static const char *from_page(struct arena *a, const char *output, const char *directory)
{
    size_t n = strlen(output);
    const char *up = "";

    while (n > 0 && output[n - 1] == '/')
        n--;
    if (strncmp(directory, output, n) == 0 && directory[n] == '/')
        return directory + n + 1;
    if (*directory == '/' || *output == '/')
        return directory;
    for (const char *at = output; *at; at += strspn(at, "/")) {
        at += strcspn(at, "/");
        up = arena_printf(a, "%s../", up);
    }
    return arena_printf(a, "%s%s", up, directory);
}

static int load_all(struct matrix *x, struct strings directories)
{
    struct console_style style =
        console_style_of(option_given(x->options, OPT_COLOR) ? x->options->value[OPT_COLOR] : "auto", stdout);

    for (size_t i = 0; i < directories.n; i++) {
        const char *error = NULL;
        struct model *m;

        if (!json_load(x->arena, arena_printf(x->arena, "%s/report.json", directories.at[i]), &m, &error))
            return complain("matrix: %s", error);
        console_verdict(&style, m, stdout);
        add_device(x, m, from_page(x->arena, x->output, directories.at[i]));
        x->worst = worse(x->worst, m->summary.exit_code);
    }
    return output_make(x->arena, x->output) ? x->worst : EXIT_USAGE;
}

static bool write_page(struct matrix *x)
{
    const char *path = arena_printf(x->arena, "%s/index.html", x->output);
    FILE *out = fopen(path, "we");
    bool good = out && render_matrix(x->devices, x->n, out);

    if (out)
        good = fclose(out) == 0 && good;
    if (!good)
        complain("%s: could not be written: %s", path, strerror(errno));
    return good;
}

static int run_matrix(struct matrix *x)
{
    struct strings rest = x->options->rest;
    struct stat st;
    int code;

    if (rest.n == 0)
        return complain("matrix: name a FILE.ini, or the directories of finished runs");
    if (!x->output)
        return complain("matrix: -o DIR is missing: the page has to go somewhere");
    if (stat(rest.at[0], &st) != 0)
        return complain("matrix: %s: %s", rest.at[0], strerror(errno));
    if (!S_ISDIR(st.st_mode) && rest.n > 1)
        return complain("matrix: %s: one file is enough", rest.at[1]);
    code = S_ISDIR(st.st_mode) ? load_all(x, rest) : judge_all(x, rest.at[0]);
    if (code == EXIT_USAGE || option_given(x->options, OPT_DRY_RUN))
        return code;
    return write_page(x) ? code : worse(code, EXIT_NOT_JUDGED);
}

static void tell_github(const struct matrix *x)
{
    const struct model **models = arena_array(x->arena, const struct model *, x->n);

    for (size_t i = 0; i < x->n; i++)
        models[i] = x->devices[i].model;
    github_tell(models, x->n, stdout);
}

int cmd_matrix(int argc, char **argv)
{
    struct arena *a = arena_new();
    struct options o;
    struct matrix x = {.arena = a, .options = &o};
    int code;

    if (read_options(a, VERB_MATRIX, argc, argv, "FILE.ini | DIR... -o OUT [OPTION...]", &o, &code)) {
        x.output = output_directory(&o);
        code = run_matrix(&x);
        tell_github(&x);
    }
    if (run_abandoned())
        return code;
    for (size_t i = 0; i < x.entry_n; i++)
        arena_free(x.entries[i].arena);
    arena_free(a);
    return code;
}
