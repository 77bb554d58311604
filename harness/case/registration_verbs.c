#include <string.h>

#include "case/internal.h"

/* RFC 7252 4.8: a request comes again after 2 to 3 s. */
enum { REPEATED_MS = 3200, SLICE_MS = 20 };

void expect_registration_anew(struct assoc *a)
{
    static const char expected[] = "a Register over the new association";
    struct link *l = link_of(a);
    int64_t until = required_until(l->test) + l->test->env->patience_us;
    bool updated = false;
    struct lwm2m_event e;

    while (next_lwm2m(l, until, &e)) {
        if (e.kind == LWM2M_BOOTSTRAP_REQUEST)
            not_applicable(l->test, "the device asks for bootstrap");
        if (e.kind == LWM2M_REGISTER) {
            say(l->test, expected, updated ? "Register after an Update" : "it came");
            return;
        }
        updated |= e.kind == LWM2M_UPDATE;
    }
    if (updated)
        fail_shown(l->test, expected, "an Update of the registration before, and no Register");
    fail_missed(l->test, expected, "none");
}

/* ---- a Register that is not answered --------------------------------------------------------------------------------------- */

enum {
    VERSION_1 = 1,
    CONFIRMABLE = 0,
    CODE_POST = 2,
    HEADER = 4,
    TOKEN_MASK = 15,
    LENGTH_MASK = 15,
    PAYLOAD = 0xFF,
    ACK = 0x60,
    RESET = 0x70,
    CREATED = 0x41,
    CONTENT = 0x45
};

/* Uri-Path "rd": an option of two octets. */
static bool has_path_rd(struct bytes options)
{
    for (size_t i = 0; i + 2 < options.n && options.at[i] != PAYLOAD; i++)
        if ((options.at[i] & LENGTH_MASK) == 2 && options.at[i + 1] == 'r' && options.at[i + 2] == 'd')
            return true;
    return false;
}

static bool is_register(struct bytes coap)
{
    size_t token = coap.n > HEADER ? coap.at[0] & TOKEN_MASK : 0;

    return coap.n > HEADER + token && coap.at[0] >> 6 == VERSION_1 && (coap.at[0] >> 4 & 3) == CONFIRMABLE &&
           coap.at[1] == CODE_POST && has_path_rd(bytes_slice(coap, HEADER + token, coap.n));
}

/* The next Register of the device: none of those that came before. Application data is no event of its own. */
static bool register_comes(struct link *l, size_t before, int64_t until)
{
    struct event e;

    while (now_us() < until && !l->peer_closed) {
        while (next_event(l, now_us() + SLICE_MS * MS, &e))
            l->peer_closed |= e.kind == EVENT_ALERT;
        if (l->application_data > before && is_register(l->last_data.body))
            return true;
    }
    return false;
}

struct bytes serve_without_answer(struct assoc *a)
{
    struct link *l = link_of(a);

    l->lwm2m_silent = true;
    serve_good(a);
    if (!register_comes(l, 0, required_until(l->test) + l->test->env->patience_us))
        not_applicable(l->test, "the device does not register; lwm2m/client-registers-over judges that");
    return arena_copy(l->test->arena, l->last_data.body);
}

struct bytes answer_to_register(struct assoc *a, struct bytes request)
{
    static const uint8_t location[] = {0x82, 'r', 'd', 0x02, '5', 'a'};
    size_t token = request.at[0] & TOKEN_MASK, room = HEADER + token + sizeof location;
    struct writer w = writer_of(arena_alloc(a->arena, room), room);

    put_u8(&w, (uint8_t)(ACK | token));
    put_u8(&w, CREATED);
    put_bytes(&w, bytes_slice(request, 2, 2 + token));
    put_bytes(&w, BYTES(location));
    return written(&w);
}

bool register_comes_again(struct assoc *a, struct bytes request)
{
    struct link *l = link_of(a);

    return register_comes(l, l->application_data, now_us() + REPEATED_MS * MS + l->test->env->patience_us) &&
           bytes_equal(bytes_slice(l->last_data.body, 2, 2), bytes_slice(request, 2, 2));
}

/* ---- a confirmable message of a server ---------------------------------------------------------------------------------------- */

static bool is_confirmable(struct bytes coap)
{
    return coap.n >= HEADER && coap.at[0] >> 6 == VERSION_1 && (coap.at[0] >> 4 & 3) == CONFIRMABLE;
}

/* How often that message came over the association, or any confirmable one when it has no octets: then `first` is the first of them. */
static size_t count_confirmable(const struct assoc *a, struct bytes wanted, struct bytes *first)
{
    size_t n = 0;

    for (size_t i = a->trace->n; i-- > 0;) {
        const struct trace_entry *e = &a->trace->entries[i];

        for (size_t k = e->record_count; e->from_device && e->assoc == a->number && k-- > 0;) {
            const struct trace_record *r = &e->records[k];
            bool fits = r->opened && !r->copy && r->type == CONTENT_APPLICATION_DATA &&
                        is_confirmable(r->plaintext) && (wanted.n == 0 || bytes_equal(r->plaintext, wanted));

            if (fits)
                *first = r->plaintext;
            n += fits;
        }
    }
    return n;
}

/* True when more of them than so many have come, before `until`. */
static bool confirmable_comes(struct link *l, struct bytes wanted, size_t before, int64_t until,
                              struct bytes *first)
{
    struct event e;

    while (now_us() < until && !l->peer_closed) {
        while (next_event(l, now_us() + SLICE_MS * MS, &e))
            l->peer_closed |= e.kind == EVENT_ALERT;
        if (count_confirmable(l->assoc, wanted, first) > before)
            return true;
    }
    return false;
}

struct bytes register_without_answer(struct assoc *a)
{
    static const char none[] = "the device sends no confirmable message of its own";
    struct link *l = link_of(a);
    struct test *t = l->test;
    bool bootstrap = t->env->role == BOOTSTRAP_SERVER;
    struct bytes first = NO_BYTES;

    if (refusals_have(t->env->refusals, none)) /* found out once in a run */
        not_applicable(t, "%s", none);
    l->last_words = true; /* the request is the last */
    if (lwm2m_request(
            responder(l), LWM2M_POST, bootstrap ? "/bs" : "/rd",
            arena_printf(t->arena, bootstrap ? "ep=%s" : "ep=%s&lt=300&lwm2m=1.0&b=U", endpoint_of(t)),
            bootstrap ? NO_BYTES : bytes_of_text("</1/0>,</3/0>"),
            bootstrap ? CONTENT_UNSAID : CONTENT_LINKS) == 0)
        not_judged(t, "the request could not be made");
    lwm2m_process(responder(l));
    if (confirmable_comes(l, NO_BYTES, 0, required_until(t) + t->env->patience_us, &first))
        return first;
    if (!t->env->hasty)
        refusals_add(t->env->refusals, none);
    not_applicable(t, "%s", none);
}

struct bytes answer_to_message(struct assoc *a, struct bytes confirmable, enum coap_answer_kind kind)
{
    static const struct {
        uint8_t type, code;
        bool token;
    } kinds[] = {[ANSWER_ACK] = {ACK, 0, false},
                 [ANSWER_RESET] = {RESET, 0, false},
                 [ANSWER_CONTENT] = {ACK, CONTENT, true}};
    size_t token = kinds[kind].token ? confirmable.at[0] & TOKEN_MASK : 0, room = HEADER + token;
    struct writer w = writer_of(arena_alloc(a->arena, room), room);

    put_u8(&w, (uint8_t)(kinds[kind].type | token));
    put_u8(&w, kinds[kind].code);
    put_bytes(&w, bytes_slice(confirmable, 2, 2 + token));
    return written(&w);
}

bool message_comes_again(struct assoc *a, struct bytes confirmable)
{
    struct link *l = link_of(a);
    struct bytes first;

    return confirmable_comes(l, confirmable, count_confirmable(a, confirmable, &first),
                             now_us() + REPEATED_MS * MS + l->test->env->patience_us, &first);
}
