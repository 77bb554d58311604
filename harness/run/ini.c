#include "run/ini.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct reading {
    struct arena *arena;
    const char *path;
    FILE *file;
    unsigned line;
    ini_key key;
    void *context;
    const char *error;
    unsigned *seen; /* where the caller reads the line */
};

static char *read_line(char *line, int n, void *stream)
{
    struct reading *r = stream;

    if (r->error || !fgets(line, n, r->file))
        return NULL;
    r->line++;
    if (!strchr(line, '\n') && !feof(r->file)) {
        r->error =
            arena_printf(r->arena, "%s:%u: the line is longer than %d characters", r->path, r->line, n - 2);
        return NULL;
    }
    return line;
}

static int take_key(void *user, const char *section, const char *key, const char *value)
{
    struct reading *r = user;
    const char *wrong;

    if (r->seen)
        *r->seen = r->line;
    wrong = r->error ? NULL : r->key(r->context, section, key, value);

    if (wrong)
        r->error = arena_printf(r->arena, "%s:%u: %s", r->path, r->line, wrong);
    return r->error == NULL;
}

const char *ini_read(struct arena *a, const char *path, ini_key key, void *context, unsigned *seen)
{
    struct reading r = {.arena = a, .path = path, .key = key, .context = context, .seen = seen};
    struct stat st;
    int line;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return arena_printf(a, "%s: is a directory", path);
    r.file = fopen(path, "re");
    if (!r.file)
        return arena_printf(a, "%s: %s", path, strerror(errno));
    line = ini_parse_stream(read_line, &r, take_key, &r);
    fclose(r.file);
    if (!r.error && line > 0)
        r.error = arena_printf(a, "%s:%d: neither [section] nor key = value", path, line);
    return r.error;
}

char *read_text_file(struct arena *a, const char *path, size_t limit, size_t *n, const char **error)
{
    FILE *file = fopen(path, "re");
    char *text;
    struct stat st;

    if (file && fstat(fileno(file), &st) == 0 && S_ISDIR(st.st_mode)) {
        fclose(file);
        file = NULL;
        errno = EISDIR;
    }
    if (!file) {
        *error = arena_printf(a, "%s: %s", path, strerror(errno));
        return NULL;
    }
    text = arena_alloc(a, limit + 2);
    *n = fread(text, 1, limit + 1, file);
    fclose(file);
    if (*n <= limit)
        return text;
    *error = arena_printf(a, "%s: longer than %zu octets", path, limit);
    return NULL;
}
