#include "run/baseline.h"

#include <string.h>

#include "run/device_file.h"
#include "run/ini.h"

enum { BASELINE_LIMIT = 4 * 1024 * 1024 };

/* "VERDICT ID" */
static bool read_row(struct arena *a, char *line, struct baseline_row *out)
{
    char *blank = strchr(line, ' ');

    if (!blank)
        return false;
    *blank = '\0';
    out->id = arena_strdup(a, blank + 1);
    return *out->id && verdict_parse(line, &out->verdict);
}

static const struct baseline_row *row_find(const struct baseline *b, const char *id)
{
    for (size_t i = 0; i < b->n; i++)
        if (strcmp(b->at[i].id, id) == 0)
            return &b->at[i];
    return NULL;
}

/* A line without its end, and where the next begins. */
static char *cut_line(char *line)
{
    size_t length = strcspn(line, "\n");
    char *next = line + length + (line[length] == '\n');

    line[length] = '\0';
    if (length > 0 && line[length - 1] == '\r')
        line[length - 1] = '\0';
    return next;
}

const char *baseline_read(struct arena *a, const char *path, struct baseline *out)
{
    const char *error = NULL;
    size_t n, cap = 0;
    unsigned number = 0;
    char *text = read_text_file(a, path, BASELINE_LIMIT, &n, &error), *next;

    *out = (struct baseline){.path = path};
    for (char *line = text; line && *line; line = next) {
        struct baseline_row row = {.line = ++number};
        const struct baseline_row *before;

        next = cut_line(line);
        if (*line == '\0' || *line == '#')
            continue;
        if (!read_row(a, line, &row))
            return arena_printf(a, "%s:%u: not a verdict and a case", path, number);
        before = row_find(out, row.id);
        if (before)
            return arena_printf(a, "%s:%u: %s stands in line %u already", path, number, row.id, before->line);
        *(struct baseline_row *)arena_grow(a, &out->at, &cap, out->n, sizeof row) = row;
        out->n++;
    }
    if (!error && out->n == 0)
        error = arena_printf(a, "%s: holds no verdict", path);
    return error;
}

void baseline_of(struct arena *a, const char *path, const struct model *m, struct baseline *out)
{
    *out = (struct baseline){path, arena_array(a, struct baseline_row, m->case_count), m->case_count};
    for (size_t i = 0; i < m->case_count; i++)
        out->at[i] = (struct baseline_row){m->cases[i].id, m->cases[i].verdict, 0};
}

static const char *where(struct arena *a, const struct baseline *b, const struct baseline_row *row)
{
    return row->line ? arena_printf(a, "%s:%u", b->path, row->line) : b->path;
}

static const char *check_row(struct arena *a, const struct baseline *b, const struct baseline_row *row,
                             const struct planned *p, enum role role, enum profile profile)
{
    const struct requirement *q = &requirements[p->requirement];

    if (!(p->dut & role) || !(q->binds & role))
        return arena_printf(a, "%s: %s is no case for a %s: this is the baseline of another device",
                            where(a, b, row), row->id, role_name(role));
    return q->levels[profile] == NONE
               ? arena_printf(a, "%s: %s is no case of profile %s: this is the baseline of another profile",
                              where(a, b, row), row->id, profiles[profile].name)
               : NULL;
}

const char *baseline_check(struct arena *a, const struct baseline *b, const struct catalogue *all,
                           enum role role, enum profile profile, const char **note)
{
    const struct baseline_row *first = NULL;
    size_t gone = 0;

    *note = NULL;
    for (size_t i = 0; i < b->n; i++) {
        size_t at = catalogue_find(all, b->at[i].id);
        const char *error = at < all->n ? check_row(a, b, &b->at[i], &all->at[at], role, profile) : NULL;

        if (error)
            return error;
        if (at == all->n && gone++ == 0)
            first = &b->at[i];
    }
    if (b->n > 0 && gone == b->n)
        return arena_printf(a, "%s: %s is no case of this catalogue, and none of its others is",
                            where(a, b, first), arena_escape(a, bytes_of_text(first->id)));
    if (gone > 0)
        *note =
            arena_printf(a,
                         "%s: %s is no case of this catalogue%s: the baseline is of another catalogue, and "
                         "what this one lacks is passed over",
                         where(a, b, first), arena_escape(a, bytes_of_text(first->id)),
                         gone > 1 ? arena_printf(a, ", nor are %zu more", gone - 1) : "");
    return NULL;
}

void baseline_compare(struct model *m, const struct baseline *b)
{
    m->changes = arena_array(m->arena, struct model_change, m->case_count);
    for (size_t i = 0; i < m->case_count; i++) {
        const struct baseline_row *row = row_find(b, m->cases[i].id);
        const char *then = row ? verdict_name(row->verdict) : "", *now = verdict_name(m->cases[i].verdict);

        if (strcmp(then, now) != 0)
            m->changes[m->change_count++] = (struct model_change){m->cases[i].id, then, now};
    }
}
