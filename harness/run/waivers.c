#include "run/waivers.h"

#include <fnmatch.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "run/ini.h"

static const struct {
    const char *key;
    size_t at;
} keys[] = {
    {"reason", offsetof(struct model_waiver, reason)},   {"owner", offsetof(struct model_waiver, owner)},
    {"expires", offsetof(struct model_waiver, expires)}, {"matches", offsetof(struct model_waiver, matches)},
    {"device", offsetof(struct model_waiver, device)},
};
enum { KEYS = sizeof keys / sizeof *keys, REQUIRED_KEYS = KEYS - 1 };

struct reading {
    struct arena *arena;
    const struct catalogue *all;
    struct waivers *out;
    size_t cap;
    const char *path;
    const char *latest; /* day that none may go beyond */
    unsigned line;
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

/* A day of the calendar: written as it would be printed. */
static bool is_day(const char *text)
{
    struct tm tm = {0};
    char again[16];
    const char *end = strptime(text, "%Y-%m-%d", &tm);

    if (!end || *end)
        return false;
    tm.tm_isdst = 0;
    timegm(&tm);
    return strftime(again, sizeof again, "%Y-%m-%d", &tm) > 0 && strcmp(again, text) == 0;
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
    for (size_t i = 0; i < out->n; i++)
        if (strcmp(out->at[i].id, section) == 0) {
            *error = arena_printf(r->arena, "[%s] stands twice: first at %s", section, out->at[i].source);
            return NULL;
        }
    w = arena_grow(r->arena, &out->at, &r->cap, out->n, sizeof *out->at);
    out->n++;
    *w = (struct model_waiver){.id = arena_strdup(r->arena, section),
                               .reason = "",
                               .owner = "",
                               .expires = "",
                               .matches = "",
                               .state = "unused",
                               .source = arena_printf(r->arena, "%s:%u", r->path, r->line),
                               .device = ""};
    return w;
}

static const char *check_day(struct reading *r, const char *value)
{
    const char *shown = arena_escape(r->arena, bytes_of_text(value));

    if (!is_day(value))
        return arena_printf(r->arena, "expires = %s: not a day, YYYY-MM-DD", shown);
    return strcmp(value, r->latest) > 0
               ? arena_printf(r->arena, "expires = %s: more than a year ahead", shown)
               : NULL;
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
            if (**field(w, i))
                return arena_printf(r->arena, "%s stands twice", key);
            *field(w, i) = arena_escape(r->arena, bytes_of_text(value));
            return strcmp(key, "expires") == 0 ? check_day(r, value) : NULL;
        }
    return arena_printf(
        r->arena, "unknown key '%s': a waiver has reason, owner, expires and matches, and may have device",
        arena_escape(r->arena, bytes_of_text(key)));
}

const char *waivers_read(struct arena *a, const char *path, const struct catalogue *all, struct waivers *out)
{
    struct reading r = {.arena = a, .all = all, .out = out, .path = path, .latest = today_text(a, true)};
    const char *error;

    *out = (struct waivers){0};
    error = ini_read(a, path, take_key, &r, &r.line);

    for (size_t i = 0; i < out->n && !error; i++)
        for (size_t k = 0; k < REQUIRED_KEYS && !error; k++)
            if (!**field(&out->at[i], k))
                error = arena_printf(a, "%s: [%s] has no %s", out->at[i].source, out->at[i].id, keys[k].key);
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

static bool is_for(const struct model_waiver *w, const struct model *m)
{
    return !*w->device || fnmatch(w->device, m->device.name, 0) == 0;
}

void waivers_apply(struct model *m, const struct waivers *w, const char *today)
{
    for (size_t i = 0; i < w->n; i++)
        for (size_t j = 0; j < m->case_count; j++)
            if (strcmp(m->cases[j].id, w->at[i].id) == 0 && is_for(&w->at[i], m))
                apply(&m->cases[j], &w->at[i], today);
    m->waivers = w->at;
    m->waiver_count = w->n;
}
