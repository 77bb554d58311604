#include <string.h>

#include "case/internal.h"

enum { FRAGMENT_ROOM = 2048 };

/* ---- pieces ------------------------------------------------------------------------------------------------------------- */

static struct piece *new_pieces(struct test *t, size_t n)
{
    struct piece *at = arena_alloc(t->arena, n * sizeof *at);

    return at;
}

struct pieces split(struct test *t, size_t n, size_t k)
{
    size_t count = k < n ? k : n, at = 0;
    struct piece *out = new_pieces(t, count);

    for (size_t i = 0; i < count; i++) {
        size_t next = (i + 1) * n / count;

        out[i] = (struct piece){at, next - at};
        at = next;
    }
    return (struct pieces){out, count};
}

struct pieces reversed(struct test *t, struct pieces p)
{
    struct piece *out = new_pieces(t, p.n);

    for (size_t i = 0; i < p.n; i++)
        out[i] = p.at[p.n - 1 - i];
    return (struct pieces){out, p.n};
}

struct pieces shuffled(struct test *t, struct pieces p)
{
    struct piece *out = new_pieces(t, p.n);
    size_t n = 0;

    for (size_t i = 0; i < p.n; i += 2)
        out[n++] = p.at[i == 0 && p.n > 2 ? 2 : i == 2 ? 0 : i];
    for (size_t i = 1; i < p.n; i += 2)
        out[n++] = p.at[i];
    return (struct pieces){out, p.n};
}

struct pieces doubled(struct test *t, struct pieces p)
{
    struct piece *out = new_pieces(t, 2 * p.n);

    for (size_t i = 0; i < 2 * p.n; i++)
        out[i] = p.at[i / 2];
    return (struct pieces){out, 2 * p.n};
}

struct pieces overlapping(struct test *t, size_t n, size_t common)
{
    size_t first = (n - common) / 2 + common;
    struct piece *out = new_pieces(t, 2);

    out[0] = (struct piece){0, first};
    out[1] = (struct piece){first - common, n - (first - common)};
    return (struct pieces){out, 2};
}

struct pieces whole_after_piece(struct test *t, size_t n, size_t first)
{
    struct piece *out = new_pieces(t, 2);

    out[0] = (struct piece){0, first < n ? first : n};
    out[1] = (struct piece){0, n};
    return (struct pieces){out, 2};
}

void send_fragment(struct assoc *a, const struct fragment *f)
{
    uint8_t room[FRAGMENT_ROOM];
    struct writer w = WRITER(room);

    put_fragment(&w, f);
    send_payload(a, CONTENT_HANDSHAKE, a->write_epoch, written(&w));
}

struct bytes key_exchange_body(struct test *t, struct bytes identity)
{
    size_t cap = identity.n + 2;
    struct writer w = writer_of(arena_alloc(t->arena, cap), cap);

    put_u16(&w, (uint16_t)identity.n);
    put_bytes(&w, identity);
    return written(&w);
}

/* ---- hellos ------------------------------------------------------------------------------------------------------------- */

struct bytes hello_body(struct assoc *a, struct bytes cookie)
{
    return build_client_hello(a, &link_of(a)->offer, cookie);
}
