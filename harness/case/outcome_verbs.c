#include <stdio.h>

#include "case/internal.h"

enum { TRIES = 3 };

void code_member(struct member *out, uint16_t code)
{
    snprintf(out->room, sizeof out->room, "0x%04x", code);
    out->slug = out->room;
    out->title = cipher_name(code);
    out->value = code;
}

bool probe_is_answered(struct link *l)
{
    struct event e;

    for (int i = 0; i < TRIES && !l->peer_closed; i++) {
        uint16_t id = new_probe(l);
        int64_t until = now_us() + l->test->env->patience_us;

        send_payload(l->assoc, CONTENT_APPLICATION_DATA, l->assoc->write_epoch, probe_payload(l, id));
        while (!l->peer_closed && next_event(l, until, &e)) {
            l->peer_closed |= e.kind == EVENT_ALERT;
            if (e.kind == EVENT_APPLICATION_DATA && e.message_seq == id)
                return true;
        }
    }
    return false;
}

static struct step step_rest_of_client(struct link *l)
{
    struct bytes hint;
    struct step s = step_hello_done(l, &hint);

    if (s.stop != STOP_NOT)
        return s;
    send_client_finish(l->assoc, l->test->env->identity);
    s = step_finished(l);
    if (s.stop == STOP_NOT)
        flight_finish(l->assoc);
    return s;
}

static struct step step_rest_of_server(struct link *l)
{
    struct step s = step_finished(l);

    if (s.stop == STOP_NOT)
        send_server_finish(l->assoc);
    return s;
}

static const char *rest_of_handshake(struct link *l)
{
    struct test *t = l->test;
    struct step s;

    if (l->assoc->cipher == NULL || !cipher_completes(l->assoc->cipher))
        return "this endpoint cannot complete a handshake with that suite";
    s = t->env->role == CLIENT ? step_rest_of_server(l) : step_rest_of_client(l);
    if (s.stop != STOP_NOT)
        return arena_printf(t->arena, "%s is missing: %s", s.expected, s.got);
    if (t->env->liveness != LIVENESS_NONE && !probe_is_answered(l))
        return "its records are not answered";
    return NULL;
}

const char *carry_on(struct assoc *a)
{
    struct link *l = link_of(a);
    struct event subject = l->test->last;
    const char *stopped = rest_of_handshake(l);

    l->test->last = subject;
    l->test->marked = false;
    return stopped;
}
