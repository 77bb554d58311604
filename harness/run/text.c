#include "run/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAME_MAX_COMPARED = 96 };

void string_list_add(struct arena *a, struct string_list *l, const char *s)
{
    const char **slot = arena_grow(a, &l->list.at, &l->cap, l->list.n, sizeof *l->list.at);

    *slot = s;
    l->list.n++;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance, both words cut at NAME_MAX_COMPARED. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_MAX_COMPARED + 1], n = least(strlen(a), NAME_MAX_COMPARED),
                                       m = least(strlen(b), NAME_MAX_COMPARED);

    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t change = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            row[j] = least(change, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[m];
}

const char *nearest_name(const char *word, struct strings names)
{
    size_t best = strlen(word) / 3 + 2;
    const char *found = NULL;

    for (size_t i = 0; i < names.n; i++) {
        size_t d = distance(word, names.at[i]);

        if (d < best) {
            best = d;
            found = names.at[i];
        }
    }
    return found;
}

const char *nearest_hint(struct arena *a, const char *word, struct strings names)
{
    const char *near = nearest_name(word, names);

    return near ? arena_printf(a, ", did you mean '%s'?", near) : "";
}

const char *shell_word(struct arena *a, const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,@%+";
    char *out, *p;

    if (*s && strspn(s, plain) == strlen(s))
        return s;
    p = out = arena_alloc(a, 4 * strlen(s) + 3);
    *p++ = '\'';
    for (; *s; s++) {
        if (*s == '\'') {
            memcpy(p, "'\\''", 4);
            p += 4;
        } else {
            *p++ = *s;
        }
    }
    *p++ = '\'';
    return out;
}

static const char *mask_word(struct arena *a, const char *text, const char *secret)
{
    size_t n = strlen(secret);
    char *found = n >= 4 ? strcasestr(text, secret) : NULL;

    while (found) {
        text = arena_printf(a, "%.*s[key]%s", (int)(found - text), text, found + n);
        found = strcasestr(text, secret);
    }
    return text;
}

const char *mask_secret(struct arena *a, const char *text, struct bytes secret)
{
    char *raw = arena_alloc(a, secret.n + 1);

    if (secret.n > 0)
        memcpy(raw, secret.at, secret.n);
    text = mask_word(a, text, arena_hex(a, secret));
    return strlen(raw) == secret.n ? mask_word(a, text, raw) : text;
}

bool parse_number(const char *text, long low, long high, long *out)
{
    char *end;

    errno = 0;
    *out = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *out >= low && *out <= high;
}
