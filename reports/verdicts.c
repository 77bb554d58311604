#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "report.h"
#include "text.h"

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool render_verdicts(const struct model *m, FILE *out)
{
    struct arena *arena = arena_new();
    char **lines = arena_array(arena, char *, m->case_count);

    for (size_t i = 0; i < m->case_count; i++) {
        lines[i] = arena_printf(arena, "%s %s", verdict_name(m->cases[i].verdict), m->cases[i].id);
    }
    if (m->case_count > 0) {
        qsort(lines, m->case_count, sizeof *lines, compare_lines);
    }
    for (size_t i = 0; i < m->case_count; i++) {
        put_terminal_text(out, lines[i], true);
        fputc('\n', out);
    }
    arena_free(arena);
    return !ferror(out);
}
