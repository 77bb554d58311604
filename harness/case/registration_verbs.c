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
    CREATED = 0x41
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
