#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"

static bool make_directories(struct arena *a, const char *path)
{
    char *copy = arena_strdup(a, path);

    for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0755) != 0 && errno != EEXIST)
            return false;
        *slash = '/';
    }
    return mkdir(copy, 0755) == 0 || errno == EEXIST;
}

bool output_make(struct arena *a, const char *directory)
{
    struct stat st;
    bool made = make_directories(a, directory);

    if (made && stat(directory, &st) == 0 && !S_ISDIR(st.st_mode))
        errno = ENOTDIR;
    else if (made && access(directory, W_OK | X_OK) == 0)
        return true;
    complain("%s: the output directory cannot be made or written: %s", directory, strerror(errno));
    return false;
}

static bool is_listed(const char *list, const char *name)
{
    size_t n = strlen(name);

    for (const char *at = list; (at = strstr(at, name)); at += n)
        if ((at == list || at[-1] == ',') && (at[n] == '\0' || at[n] == ','))
            return true;
    return false;
}

static bool is_wanted(const struct options *o, const char *name, bool by_default)
{
    return option_given(o, OPT_FORMAT) ? is_listed(o->value[OPT_FORMAT], name) : by_default;
}

bool captures_wanted(const struct options *o)
{
    return is_wanted(o, "pcapng", true);
}

const char *output_directory(const struct options *o)
{
    const char *given = o->value[OPT_OUTPUT];

    return given && strcmp(given, "-") != 0 ? given : NULL;
}

const struct renderer *format_of_stdout(const struct options *o)
{
    return output_directory(o) || !option_given(o, OPT_FORMAT) ? NULL : renderer_find(o->value[OPT_FORMAT]);
}

/* Without a directory there is room for one format, on stdout. */
static bool fits_stdout(const struct options *o)
{
    const char *given = o->value[OPT_FORMAT];

    if (output_directory(o) || (!given && !option_given(o, OPT_OUTPUT)) || format_of_stdout(o))
        return true;
    if (!given)
        complain("-o -: stdout takes one format; name it with --format");
    else
        complain("--format %s: needs -o DIR; without it one format goes to stdout", given);
    return false;
}

bool formats_check(struct arena *a, const struct options *o)
{
    char *list = arena_strdup(a, option_given(o, OPT_FORMAT) ? o->value[OPT_FORMAT] : "html"), *rest = NULL;
    struct string_list names = {0};

    for (size_t i = 0; i < renderer_count; i++)
        string_list_add(a, &names, renderers[i].name);
    string_list_add(a, &names, "pcapng");
    for (char *word = strtok_r(list, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
        if (!renderer_find(word) && strcmp(word, "pcapng") != 0) {
            complain("--format %s: no such format%s", word, nearest_hint(a, word, names.list));
            return false;
        }
    return fits_stdout(o);
}

static bool finished(const char *path, FILE *out, bool rendered)
{
    bool closed = fclose(out) == 0;

    if (!rendered || !closed)
        complain("%s: could not be written: %s", path, strerror(errno));
    return rendered && closed;
}

static FILE *create(const char *path)
{
    FILE *out = fopen(path, "we");

    if (!out)
        complain("%s: %s", path, strerror(errno));
    return out;
}

static bool write_capture(struct arena *a, const struct model *m, const struct model_case *c,
                          const char *directory)
{
    const char *path = arena_printf(a, "%s/%s", directory, c->capture);
    const char *slash = strrchr(path, '/');
    FILE *out = make_directories(a, arena_printf(a, "%.*s", (int)(slash - path), path)) ? create(path) : NULL;

    return out && finished(path, out, render_pcapng(m, c, out));
}

bool output_reports(struct arena *a, const struct options *o, const struct model *m, const char *directory)
{
    bool good = true;

    for (size_t i = 0; i < renderer_count; i++) {
        const char *path = arena_printf(a, "%s/%s", directory, renderers[i].file);
        bool wanted = is_wanted(o, renderers[i].name, renderers[i].by_default);
        FILE *out = wanted ? create(path) : NULL;

        if (out)
            good = finished(path, out, renderers[i].render(m, out)) && good;
        else
            good = good && !wanted;
    }
    return good;
}

bool output_write(struct arena *a, const struct options *o, const struct model *m, const char *directory)
{
    bool good = output_reports(a, o, m, directory);

    for (size_t i = 0; i < m->case_count; i++)
        if (*m->cases[i].capture)
            good = write_capture(a, m, &m->cases[i], directory) && good;
    return good;
}

bool output_copy(struct arena *a, const char *from, const char *to)
{
    const char *slash = strrchr(to, '/');
    FILE *in = fopen(from, "re"), *out;
    char block[4096];
    bool good;

    if (!in)
        return false;
    out = !slash || make_directories(a, arena_printf(a, "%.*s", (int)(slash - to), to)) ? fopen(to, "we")
                                                                                        : NULL;
    good = out != NULL;
    for (size_t n; good && (n = fread(block, 1, sizeof block, in)) > 0;)
        good = fwrite(block, 1, n, out) == n;
    good = good && !ferror(in);
    fclose(in);
    return out && fclose(out) == 0 && good;
}

bool output_print(const struct options *o, const struct model *m)
{
    const struct renderer *r = format_of_stdout(o);

    if (!r || (r->render(m, stdout) && fflush(stdout) == 0))
        return true;
    complain("stdout: could not be written: %s", strerror(errno));
    return false;
}
