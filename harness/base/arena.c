#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_FIRST = 4096, CHUNK_LARGEST = 256 * 1024 };

struct chunk {
    struct chunk *next;
    size_t used, cap; /* octets of data */
    alignas(max_align_t) uint8_t data[];
};

struct arena {
    struct chunk *newest;
    size_t next_cap;
};

static void *need_memory(size_t n)
{
    void *at = calloc(1, n);

    if (!at) {
        fputs("pskgate: out of memory\n", stderr);
        abort();
    }
    return at;
}

struct arena *arena_new(void)
{
    struct arena *a = need_memory(sizeof *a);

    a->next_cap = CHUNK_FIRST;
    return a;
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    for (struct chunk *c = a->newest, *next; c; c = next) {
        next = c->next;
        wipe(c->data, c->used);
        free(c);
    }
    free(a);
}

static struct chunk *add_chunk(struct arena *a, size_t n)
{
    size_t cap = n > a->next_cap ? n : a->next_cap;
    struct chunk *c = need_memory(sizeof *c + cap);

    c->cap = cap;
    c->next = a->newest;
    a->newest = c;
    if (a->next_cap < CHUNK_LARGEST)
        a->next_cap *= 2;
    return c;
}

void *arena_alloc(struct arena *a, size_t n)
{
    const size_t unit = alignof(max_align_t);

    if (n > SIZE_MAX / 2) {
        fputs("pskgate: out of memory\n", stderr);
        abort();
    }

    size_t size = n ? (n + unit - 1) / unit * unit : unit;
    struct chunk *c = a->newest;

    if (!c || c->cap - c->used < size)
        c = add_chunk(a, size);

    void *at = c->data + c->used;

    c->used += size;
    return at;
}

struct bytes arena_copy(struct arena *a, struct bytes b)
{
    uint8_t *at = arena_alloc(a, b.n);

    if (b.n)
        memcpy(at, b.at, b.n);
    return (struct bytes){at, b.n};
}

char *arena_strdup(struct arena *a, const char *s)
{
    size_t size = strlen(s) + 1;

    return memcpy(arena_alloc(a, size), s, size);
}

char *arena_vprintf(struct arena *a, const char *format, va_list args)
{
    va_list again;

    va_copy(again, args);

    int n = vsnprintf(NULL, 0, format, args);

    if (n < 0)
        n = 0;

    char *text = arena_alloc(a, (size_t)n + 1);

    vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;

    va_start(args, format);

    char *text = arena_vprintf(a, format, args);

    va_end(args);
    return text;
}

static const char hex_digits[] = "0123456789abcdef";

char *arena_hex(struct arena *a, struct bytes b)
{
    char *text = arena_alloc(a, 2 * b.n + 1), *to = text;

    for (size_t i = 0; i < b.n; i++) {
        *to++ = hex_digits[b.at[i] >> 4];
        *to++ = hex_digits[b.at[i] & 15];
    }
    return text;
}

char *arena_escape(struct arena *a, struct bytes b)
{
    char *text = arena_alloc(a, 4 * b.n + 1), *to = text;

    for (size_t i = 0; i < b.n; i++) {
        uint8_t c = b.at[i];

        if (c == '\\') {
            *to++ = '\\';
            *to++ = '\\';
        } else if (c >= 0x20 && c < 0x7F) {
            *to++ = (char)c;
        } else {
            *to++ = '\\';
            *to++ = 'x';
            *to++ = hex_digits[c >> 4];
            *to++ = hex_digits[c & 15];
        }
    }
    return text;
}

void *arena_grow(struct arena *a, void *at_ptr, size_t *cap, size_t n, size_t size)
{
    void *at;

    memcpy(&at, at_ptr, sizeof at);
    if (n >= *cap) {
        size_t wider = *cap ? 2 * *cap : 8;
        void *to = arena_alloc(a, wider * size);

        if (n)
            memcpy(to, at, n * size);
        memcpy(at_ptr, &to, sizeof to);
        at = to;
        *cap = wider;
    }
    return (uint8_t *)at + n * size;
}
