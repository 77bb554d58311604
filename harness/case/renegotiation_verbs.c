#include <string.h>

#include "case/internal.h"
#include "case/silence.h"

static struct bytes info(struct assoc *a, uint8_t turned)
{
    uint8_t body[1 + VERIFY_DATA] = {VERIFY_DATA};

    memcpy(body + 1, a->verify[SIDE_CLIENT], VERIFY_DATA);
    body[VERIFY_DATA] ^= turned;
    return extension(link_of(a)->test, EXT_RENEGOTIATION_INFO, BYTES(body));
}

struct bytes right_info(struct assoc *a)
{
    return info(a, 0);
}

struct bytes wrong_info(struct assoc *a)
{
    return info(a, 1);
}

static enum renegotiated await_renegotiation(struct link *l)
{
    struct silence quiet = silence_of(l);
    struct event e;

    while (silent_event(l, &quiet, &e)) {
        if (e.kind == EVENT_ALERT) {
            l->peer_closed = e.level == ALERT_FATAL || e.description == ALERT_CLOSE_NOTIFY;
            return RENEGOTIATION_ALERT;
        }
        if (e.kind == EVENT_MESSAGE && e.message_type == SERVER_HELLO && e.epoch == l->epoch &&
            take_server_hello(l->assoc, e.body, &l->server_hello))
            return RENEGOTIATION_HELLO;
    }
    return RENEGOTIATION_SILENT;
}

enum renegotiated renegotiate_(struct assoc *a, const struct offer *o)
{
    struct link *l = link_of(a);

    l->offer = filled(l->test, o);
    if (o->renegotiation_scsv != WITH)
        l->offer.renegotiation_scsv = WITHOUT;
    l->offer.record_version = a->version;
    l->rewrite = NULL;
    l->answer_cookies = true;
    l->cookies_taken = 0;
    l->epoch = a->write_epoch;
    assoc_begin_again(a, NULL);
    send_client_hello(a, &l->offer, l->test->keep_cookie ? l->cookie : NO_BYTES);
    enum renegotiated r = await_renegotiation(l);

    flight_answered(a);
    return r;
}

void keep_cookie(struct test *t)
{
    t->keep_cookie = true;
}

const char *renegotiated_text(struct assoc *a, enum renegotiated r)
{
    struct test *t = link_of(a)->test;

    if (r == RENEGOTIATION_SILENT)
        return "silence";
    if (r == RENEGOTIATION_ALERT)
        return describe_event(t, &t->last);
    return arena_printf(t->arena, "a ServerHello with %s%s", cipher_name(link_of(a)->server_hello.cipher),
                        a->encrypt_then_mac ? " and encrypt_then_mac" : "");
}

const char *finish_renegotiation(struct assoc *a)
{
    struct link *l = link_of(a);
    struct test *t = l->test;
    struct bytes hint;

    if (a->cipher == NULL || !cipher_completes(a->cipher))
        return "this endpoint cannot complete a handshake with that suite";
    struct step s = step_hello_done(l, &hint);

    if (s.stop == STOP_NOT) {
        send_client_finish(a, t->env->identity);
        s = step_finished(l);
    }
    if (s.stop != STOP_NOT)
        return arena_printf(t->arena, "%s is missing: %s", s.expected, s.got);
    flight_finish(a);
    if (t->env->liveness != LIVENESS_NONE && !probe_is_answered(l))
        return "its records are not answered";
    return NULL;
}
