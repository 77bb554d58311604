#include "run/waivers.h"

#include <fnmatch.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "run/ini.h"

enum { BASELINE_LIMIT = 4 * 1024 * 1024 };

static const struct {
    const char *key;
    size_t at;
} keys[] = {
    {"reason", offsetof(struct model_waiver, reason)},
    {"owner", offsetof(struct model_waiver, owner)},
    {"expires", offsetof(struct model_waiver, expires)},
    {"matches", offsetof(struct model_waiver, matches)},
};
enum { KEYS = sizeof keys / sizeof *keys };

struct reading {
    struct arena *arena;
    const struct catalogue *all;
    struct waivers *out;
    size_t cap;
    const char *latest; /* day that none may go beyond */
};

const char *today_text(struct arena *a, bool next_year)
{
    time_t now = time(NULL) + (next_year ? 366 * 86400L : 0);
    char text[16] = "1970-01-01";
    struct tm tm;

    if (gmtime_r(&now, &tm))
        strftime(text, sizeof text, "%Y-%m-%d", &tm);
    return arena_strdup(a, text);
}

static bool is_day(const char *text)
{
    static const char *const form = "dddd-dd-dd";
    size_t i = 0;

    while (form[i] && (form[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == '-'))
        i++;
    return form[i] == '\0' && text[i] == '\0';
}

static const char **field(struct model_waiver *w, size_t i)
{
    return (const char **)(void *)((char *)w + keys[i].at);
}

/* The section's waiver, a new one for a new section; NULL with *error when the section names no case. */
static struct model_waiver *waiver_of(struct reading *r, const char *section, const char **error)
{
    struct waivers *out = r->out;
    struct model_waiver *w;

    if (out->n > 0 && strcmp(out->at[out->n - 1].id, section) == 0)
        return &out->at[out->n - 1];
    if (catalogue_find(r->all, section) == r->all->n) {
        *error = arena_printf(r->arena, "[%s] is no case%s", arena_escape(r->arena, bytes_of_text(section)),
                              nearest_hint(r->arena, section, catalogue_names(r->arena, r->all)));
        return NULL;
    }
    w = arena_grow(r->arena, &out->at, &r->cap, out->n, sizeof *out->at);
    out->n++;
    *w = (struct model_waiver){arena_strdup(r->arena, section), "", "", "", "", "unused"};
    return w;
}

static const char *take_key(void *context, const char *section, const char *key, const char *value)
{
    struct reading *r = context;
    const char *error = NULL;
    struct model_waiver *w = waiver_of(r, section, &error);

    if (!w)
        return error;
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(keys[i].key, key) == 0) {
            *field(w, i) = arena_escape(r->arena, bytes_of_text(value));
            if (strcmp(key, "expires") == 0 && !is_day(value))
                return arena_printf(r->arena, "expires = %s: not a day, YYYY-MM-DD", w->expires);
            if (strcmp(key, "expires") == 0 && strcmp(value, r->latest) > 0)
                return arena_printf(r->arena, "expires = %s: more than a year ahead", w->expires);
            return NULL;
        }
    return arena_printf(r->arena, "unknown key '%s': a waiver has reason, owner, expires and matches",
                        arena_escape(r->arena, bytes_of_text(key)));
}

const char *waivers_read(struct arena *a, const char *path, const struct catalogue *all, struct waivers *out)
{
    struct reading r = {.arena = a, .all = all, .out = out, .latest = today_text(a, true)};
    const char *error;

    *out = (struct waivers){0};
    error = ini_read(a, path, take_key, &r);

    for (size_t i = 0; i < out->n && !error; i++)
        for (size_t k = 0; k < KEYS && !error; k++)
            if (!**field(&out->at[i], k))
                error = arena_printf(a, "%s: [%s] has no %s", path, out->at[i].id, keys[k].key);
    return error;
}

static void apply(struct model_case *c, struct model_waiver *w, const char *today)
{
    bool found = c->verdict == VERDICT_FAIL || c->verdict == VERDICT_WARNING;

    if (c->verdict == VERDICT_NOT_JUDGED)
        return;
    if (!found || fnmatch(w->matches, c->got, 0) != 0) {
        w->state = "stale";
    } else if (strcmp(w->expires, today) < 0) {
        w->state = "expired";
    } else {
        w->state = "applied";
        c->verdict = VERDICT_WAIVED;
    }
    c->waiver = w;
}

void waivers_apply(struct model *m, const struct waivers *w, const char *today)
{
    for (size_t i = 0; i < w->n; i++)
        for (size_t j = 0; j < m->case_count; j++)
            if (strcmp(m->cases[j].id, w->at[i].id) == 0)
                apply(&m->cases[j], &w->at[i], today);
    m->waivers = w->at;
    m->waiver_count = w->n;
}

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

const char *baseline_read(struct arena *a, const char *path, struct baseline *out)
{
    const char *error = NULL;
    size_t n, cap = 0;
    unsigned number = 0;
    char *text = read_text_file(a, path, BASELINE_LIMIT, &n, &error), *next;

    *out = (struct baseline){0};
    for (char *line = text; line && *line; line = next) {
        size_t length = strcspn(line, "\n");

        next = line + length + (line[length] == '\n');
        line[length] = '\0';
        number++;
        if (*line == '\0' || *line == '#')
            continue;
        if (!read_row(a, line, arena_grow(a, &out->at, &cap, out->n, sizeof *out->at)))
            return arena_printf(a, "%s:%u: not a verdict and a case", path, number);
        out->n++;
    }
    return error;
}

static const char *then_of(const struct baseline *b, const char *id)
{
    for (size_t i = 0; i < b->n; i++)
        if (strcmp(b->at[i].id, id) == 0)
            return verdict_name(b->at[i].verdict);
    return "";
}

void baseline_compare(struct model *m, const struct baseline *b)
{
    m->changes = arena_array(m->arena, struct model_change, m->case_count);
    for (size_t i = 0; i < m->case_count; i++) {
        const char *then = then_of(b, m->cases[i].id), *now = verdict_name(m->cases[i].verdict);

        if (strcmp(then, now) != 0)
            m->changes[m->change_count++] = (struct model_change){m->cases[i].id, then, now};
    }
}
