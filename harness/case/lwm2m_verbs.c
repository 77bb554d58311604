#include <string.h>

#include "case/internal.h"

/* ---- LwM2M -------------------------------------------------------------------------------------------------------------- */

/* The endpoint name that goes with the identity: itself when it can stand in a query. */
const char *endpoint_of(struct test *t)
{
    struct bytes id = t->env->identity;

    for (size_t i = 0; i < id.n; i++)
        if (id.at[i] <= ' ' || id.at[i] > '~' || strchr("&?#%", id.at[i]) != NULL)
            return arena_printf(t->arena, "hex-%s", arena_hex(t->arena, id));
    return arena_printf(t->arena, "%.*s", (int)id.n, (const char *)id.at);
}

bool ask(struct link *l, const struct request *r, struct lwm2m_event *e)
{
    int64_t until = required_until(l->test);
    unsigned number = lwm2m_request(responder(l), r->method, r->path, r->query, r->payload, r->format);

    if (number == 0)
        not_judged(l->test, "the request could not be made");
    lwm2m_process(responder(l));
    while (next_lwm2m(l, until, e))
        if (e->request == number)
            return e->kind == LWM2M_RESPONSE;
    return false;
}

struct lwm2m_event demand_response(struct link *l, struct request r, const char *expected)
{
    struct lwm2m_event e;

    if (!ask(l, &r, &e))
        fail_missed(l->test, expected, "no response");
    return e;
}

const char *code_text(struct test *t, uint8_t code)
{
    return arena_printf(t->arena, "%u.%02u", code >> 5, code & 31);
}

const char *expect_register(struct assoc *a)
{
    static const char expected[] = "Register answered by 2.01 with a Location-Path";
    struct link *l = link_of(a);
    struct test *t = l->test;
    const char *query = arena_printf(t->arena, "ep=%s&lt=300&lwm2m=1.0&b=U", endpoint_of(t));
    struct request r = {LWM2M_POST, "/rd", query, bytes_of_text("</1/0>,</3/0>"), 40};
    struct lwm2m_event e = demand_response(l, r, expected);

    require(t, e.code == 0x41 && e.text[0] != '\0', expected, "%s, Location-Path \"%s\"",
            code_text(t, e.code), e.text);
    return e.text;
}

void expect_register_without_name(struct assoc *a)
{
    static const char expected[] = "Register without ep answered by 2.01";
    struct link *l = link_of(a);
    struct request r = {LWM2M_POST, "/rd", "lt=300&lwm2m=1.1&b=U", bytes_of_text("</1/0>,</3/0>"), 40};
    struct lwm2m_event e = demand_response(l, r, expected);

    require(l->test, e.code == 0x41, expected, "%s", code_text(l->test, e.code));
    note_deregister(a, e.text);
}

uint8_t code_for_name(struct assoc *a, const char *name)
{
    struct link *l = link_of(a);
    struct arena *arena = l->test->arena;
    struct request reg = {LWM2M_POST, "/rd", arena_printf(arena, "ep=%s&lt=300&lwm2m=1.0&b=U", name),
                          bytes_of_text("</1/0>,</3/0>"), 40};
    struct request bs = {LWM2M_POST, "/bs", arena_printf(arena, "ep=%s", name), NO_BYTES, -1};

    return demand_response(l, l->test->env->role == BOOTSTRAP_SERVER ? bs : reg, "a response").code;
}

static void note_request(struct assoc *a, const char *what, enum lwm2m_method method, const char *location)
{
    struct link *l = link_of(a);
    struct lwm2m_event e;
    struct request r = {method, arena_printf(a->arena, "/%s", location), "", NO_BYTES, -1};

    if (ask(l, &r, &e))
        note(l->test, "%s: %s", what, code_text(l->test, e.code));
    else
        note(l->test, "%s: no answer", what);
}

void note_update(struct assoc *a, const char *location)
{
    note_request(a, "Update", LWM2M_POST, location);
}

void note_deregister(struct assoc *a, const char *location)
{
    note_request(a, "De-register", LWM2M_DELETE, location);
}

bool read_comes(struct assoc *a, const char *path)
{
    struct link *l = link_of(a);
    struct lwm2m_event e;
    int64_t until = now_us() + l->test->env->patience_us;

    while (next_lwm2m(l, until, &e))
        if (e.kind == LWM2M_REQUEST &&
            strcmp(e.text[0] == '/' ? e.text + 1 : e.text, path[0] == '/' ? path + 1 : path) == 0)
            return true;
    return false;
}

void expect_bootstrap_request(struct assoc *a)
{
    static const char expected[] = "Bootstrap-Request answered by 2.04";
    struct link *l = link_of(a);
    struct test *t = l->test;
    struct request r = {LWM2M_POST, "/bs", arena_printf(t->arena, "ep=%s", endpoint_of(t)), NO_BYTES, -1};
    struct lwm2m_event e = demand_response(l, r, expected);

    require(t, e.code == 0x44, expected, "%s", code_text(t, e.code));
}

/* The device's Register or Bootstrap-Request, waited for as long as it could take. */
static bool await_registration(struct link *l, struct lwm2m_event *e)
{
    int64_t until = required_until(l->test) + l->test->env->patience_us;

    while (next_lwm2m(l, until, e))
        if (e->kind == LWM2M_REGISTER || e->kind == LWM2M_BOOTSTRAP_REQUEST) {
            l->bootstrap_asked = e->kind == LWM2M_BOOTSTRAP_REQUEST;
            l->registered = !l->bootstrap_asked;
            return true;
        }
    return false;
}

bool registers(struct assoc *a)
{
    struct link *l = link_of(a);
    struct lwm2m_event e;

    return l->registered || l->bootstrap_asked || await_registration(l, &e);
}

bool asks_for_bootstrap(struct assoc *a)
{
    return registers(a) && link_of(a)->bootstrap_asked;
}

bool registered(struct assoc *a)
{
    return link_of(a)->registered;
}

void expect_registration(struct assoc *a)
{
    static const char expected[] = "a Register or Bootstrap-Request over the association";
    struct link *l = link_of(a);
    struct lwm2m_event e;

    if (!await_registration(l, &e))
        fail_missed(l->test, expected,
                    l->application_data > 0 ? "application data, but neither" : "no application data");
    say(l->test, expected, "%s of endpoint \"%s\"",
        e.kind == LWM2M_REGISTER ? "Register" : "Bootstrap-Request", e.text);
}

void expect_read(struct assoc *a, const char *path)
{
    struct link *l = link_of(a);
    struct test *t = l->test;
    const char *expected = arena_printf(t->arena, "Read of %s answered by 2.05", path);
    struct lwm2m_event e = demand_response(l, (struct request){LWM2M_GET, path, "", NO_BYTES, -1}, expected);

    require(t, e.code == 0x45, expected, "%s", code_text(t, e.code));
}

void expect_not_readable(struct assoc *a, const char *path)
{
    struct link *l = link_of(a);
    struct test *t = l->test;
    const char *expected = arena_printf(t->arena, "a Read of %s discloses nothing", path);
    struct request r = {LWM2M_GET, path, "", NO_BYTES, -1};
    struct lwm2m_event e;

    if (!ask(l, &r, &e)) {
        say(t, expected, "no response");
        return;
    }
    require(t, e.code >> 5 == 4 || e.code >> 5 == 5, expected, "%s with %zu octets", code_text(t, e.code),
            e.payload.n);
}

void expect_not_writable(struct assoc *a, const char *path, struct bytes value)
{
    struct link *l = link_of(a);
    struct test *t = l->test;
    const char *expected = arena_printf(t->arena, "a Write to %s changes nothing", path);
    struct request r = {LWM2M_PUT, path, "", value, 0};
    struct lwm2m_event e;

    if (!ask(l, &r, &e)) {
        say(t, expected, "no response");
        return;
    }
    require(t, e.code >> 5 == 4 || e.code >> 5 == 5, expected, "%s", code_text(t, e.code));
}

void expect_no_plain_coap(struct assoc *a)
{
    static const char expected[] = "no CoAP in the clear";
    struct link *l = link_of(a);
    int64_t until = now_us() + 2 * l->test->env->patience_us;
    struct event e;

    while (l->plain_coap.at == NULL && next_event(l, until, &e))
        continue;
    if (l->plain_coap.at != NULL)
        fail_shown(l->test, expected, "a CoAP request of %zu octets in the clear", l->plain_coap.n);
    say(l->test, expected, "none");
}
