#include <ctype.h>
#include <string.h>

#include "case/internal.h"

/* Discover is a GET that asks for links (LwM2M 1.0 5.4.2, and 5.2.7.3 for a bootstrap server). */

enum { CODE_CONTENT = 0x45, CLASS = 5, SUCCESS = 2 };

static struct request discover_of(const char *path)
{
    return (struct request){LWM2M_GET, path, "", NO_BYTES, CONTENT_LINKS};
}

void expect_links(struct assoc *a, const char *path)
{
    struct link *l = link_of(a);
    struct test *t = l->test;
    const char *expected = arena_printf(t->arena, "Discover of %s answered by links to it (40)", path);
    struct lwm2m_event e = demand_response(l, discover_of(path), expected);
    bool sound = false;

    if (e.code >> CLASS != SUCCESS)
        not_applicable(t, "Discover of %s is answered %s", path, code_text(t, e.code));
    require(t, e.code == CODE_CONTENT && e.format == CONTENT_LINKS, expected, "%s in content format %d",
            code_text(t, e.code), e.format);
    size_t n = links_beneath(e.payload, path, &sound);

    require(t, sound, expected, "octets that are no links: %s", arena_escape(t->arena, e.payload));
    require(t, n > 0, expected, "links to something else: %s", arena_escape(t->arena, e.payload));
    say(t, expected, "%zu of them", n);
}

void expect_not_discoverable(struct assoc *a, const char *path)
{
    struct link *l = link_of(a);
    struct test *t = l->test;
    const char *expected = arena_printf(t->arena, "a Discover of %s names nothing of it", path);
    struct request r = discover_of(path);
    struct lwm2m_event e;
    bool sound;

    if (!ask(l, &r, &e)) {
        say(t, expected, "no response");
        return;
    }
    size_t n = e.code >> CLASS == SUCCESS ? links_beneath(e.payload, path, &sound) : 0;

    require(t, n == 0, expected, "%s with %zu links", code_text(t, e.code), n);
    say(t, expected, "%s", code_text(t, e.code));
}

static bool holds(struct bytes octets, struct bytes part)
{
    for (size_t i = 0; i + part.n <= octets.n; i++)
        if (bytes_equal(bytes_slice(octets, i, part.n), part))
            return true;
    return false;
}

static struct bytes lower(struct arena *arena, struct bytes text)
{
    uint8_t *at = arena_alloc(arena, text.n);

    for (size_t i = 0; i < text.n; i++)
        at[i] = (uint8_t)tolower(text.at[i]);
    return (struct bytes){at, text.n};
}

void expect_key_not_discovered(struct assoc *a, const char *path, struct bytes key)
{
    struct link *l = link_of(a);
    struct test *t = l->test;
    const char *expected = arena_printf(t->arena, "a Discover of %s shows no key", path);
    struct request r = discover_of(path);
    struct lwm2m_event e;

    if (!ask(l, &r, &e)) {
        say(t, expected, "no response");
        return;
    }
    require(t,
            !holds(e.payload, key) &&
                !holds(lower(t->arena, e.payload), bytes_of_text(arena_hex(t->arena, key))),
            expected, "%s with the key that was written among %zu octets", code_text(t, e.code), e.payload.n);
    say(t, expected, "%s", code_text(t, e.code));
}
