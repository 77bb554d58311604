#include <string.h>

#include "case/internal.h"
#include "case/silence.h"

struct assoc *dial_with_key(struct test *t, struct bytes psk)
{
    for (size_t i = 0; t->env->slots == 1 && i < t->link_n; i++) {
        hang_up(t->links[i]->assoc);
        t->links[i]->gave_way = true;
    }
    heed_lockout(t);
    keep_pace(t);
    return open_link(t, SIDE_CLIENT, psk)->assoc;
}

struct assoc *dial(struct test *t)
{
    return dial_with_key(t, t->env->psk);
}

void client_hello_(struct assoc *a, const struct offer *o)
{
    struct link *l = link_of(a);

    l->offer = filled(l->test, o);
    l->rewrite = NULL;
    l->answer_cookies = true;
    l->cookies_taken = 0;
    send_client_hello(a, &l->offer, NO_BYTES);
}

void client_hello_once_(struct assoc *a, const struct offer *o)
{
    client_hello_(a, o);
    link_of(a)->answer_cookies = false;
}

void client_hello_with_cookie_(struct assoc *a, struct bytes cookie, const struct offer *o)
{
    struct offer full = filled(link_of(a)->test, o);

    link_of(a)->answer_cookies = false;
    send_client_hello(a, &full, cookie);
}

struct bytes ask_cookie_(struct assoc *a, const struct offer *o)
{
    struct link *l = link_of(a);
    struct test *t = l->test;
    struct event e;

    client_hello_once_(a, o);
    while (next_event(l, required_until(t), &e)) {
        if (e.kind == EVENT_ALERT)
            not_applicable(t, "the device refuses the first hello: %s", describe_event(t, &e));
        if (e.kind != EVENT_MESSAGE)
            continue;
        flight_answered(a);
        return e.message_type == HELLO_VERIFY_REQUEST ? l->cookie : NO_BYTES;
    }
    not_judged(t, "nothing answers the first hello");
}

const struct server_hello *expect_server_hello(struct assoc *a)
{
    struct link *l = link_of(a);

    demand(l->test, step_server_hello(l));
    return &l->server_hello;
}

void show_server_hello(struct assoc *a, const char *expected, const char *more)
{
    struct test *t = link_of(a)->test;
    struct server_hello h;

    if (!parse_server_hello(t->last.body, &h))
        fail_shown(t, expected, "a ServerHello that does not parse");
    mark_last(t, RECORD_HEADER + HANDSHAKE_HEADER, 2, arena_strdup(t->arena, version_name(h.version)));
    mark_last(t, RECORD_HEADER + HANDSHAKE_HEADER + 35 + h.session_id.n, 2, cipher_name(h.cipher));
    fail_shown(t, expected, "a ServerHello that selects %s (0x%04X) at %s%s", cipher_name(h.cipher), h.cipher,
               version_name(h.version), more);
}

/* Waits out a refusal: an alert's event (true) or silence (false); a ServerHello is left to the caller's `hello`. */
static bool refused(struct link *l, struct event *e, bool *hello)
{
    struct silence quiet = silence_of(l);

    *hello = false;
    while (silent_event(l, &quiet, e)) {
        if (e->kind == EVENT_ALERT) {
            l->peer_closed = true;
            return true;
        }
        if (e->kind == EVENT_MESSAGE && e->message_type == SERVER_HELLO) {
            *hello = true;
            return false;
        }
    }
    return false;
}

enum alert expect_refusal(struct assoc *a)
{
    static const char expected[] = "no ServerHello: an alert, or silence";
    struct link *l = link_of(a);
    struct event e;
    bool hello, alert = refused(l, &e, &hello);

    if (hello)
        show_server_hello(a, expected, "");
    say(l->test, expected, "%s", alert ? describe_event(l->test, &e) : "silence");
    return alert ? (enum alert)e.description : ALERT_NONE;
}

/* True when the hello just sent is known to be refused in silence, which need not be waited for again. */
static bool known_silence(struct link *l)
{
    struct test *t = l->test;

    if (!t->may_reuse || !l->answer_cookies || !offer_is_refused(t->env, &l->offer))
        return false;
    trace_row(t->trace, TRACE_WAIT, l->assoc->number, "not waited for: this hello is refused in silence, %s",
              "as two good handshakes around it found out");
    t->reused = true;
    t->fell_silent = false;
    return true;
}

const struct server_hello *await_server_hello(struct assoc *a, enum alert *refusal)
{
    struct link *l = link_of(a);
    struct event e;

    *refusal = ALERT_NONE;
    if (known_silence(l))
        return NULL;
    bool hello, alert = refused(l, &e, &hello);

    *refusal = alert ? (enum alert)e.description : ALERT_NONE;
    l->test->fell_silent = !alert && !hello;
    if (!hello)
        return NULL;
    if (!take_server_hello(a, e.body, &l->server_hello))
        fail_shown(l->test, "a ServerHello, an alert, or silence", "a ServerHello that does not parse");
    l->have_hello = true;
    flight_answered(a);
    return &l->server_hello;
}

void judge_manner(struct test *t, const struct event *e, bool allow_silence, const enum alert *accepted)
{
    const char *expected =
        allow_silence ? "silence, or one of these fatal alerts:" : "one of these fatal alerts:";

    for (size_t i = 0; accepted[i] != ALERT_NONE; i++)
        expected = arena_printf(t->arena, "%s%s %s (%d)", expected, i > 0 ? "," : "",
                                alert_name((uint8_t)accepted[i]), (int)accepted[i]);
    if (e == NULL) {
        if (!allow_silence)
            fail_missed(t, expected, "silence");
        say(t, expected, "silence");
        return;
    }
    for (size_t i = 0; accepted[i] != ALERT_NONE; i++)
        if (e->description == accepted[i] && e->level == ALERT_FATAL) {
            say(t, expected, "%s", describe_event(t, e));
            return;
        }
    fail_shown(t, expected, "%s", describe_event(t, e));
}

void expect_refusal_alert_(struct assoc *a, bool allow_silence, const enum alert *accepted)
{
    struct link *l = link_of(a);
    struct event e;
    bool hello, alert = refused(l, &e, &hello);

    if (hello)
        not_applicable(l->test, "the device does not refuse; that is judged elsewhere");
    judge_manner(l->test, alert ? &e : NULL, allow_silence, accepted);
}

struct bytes expect_server_hello_done(struct assoc *a)
{
    struct bytes hint;

    demand(link_of(a)->test, step_hello_done(link_of(a), &hint));
    return hint;
}

void client_finish_as(struct assoc *a, struct bytes identity)
{
    if (a->cipher == NULL || !cipher_completes(a->cipher))
        not_judged(link_of(a)->test, "this endpoint cannot complete a handshake with that suite");
    needs_credentials(link_of(a)->test);
    send_client_finish(a, identity);
}

void client_finish(struct assoc *a)
{
    client_finish_as(a, link_of(a)->test->env->identity);
}

void expect_finished(struct assoc *a)
{
    demand(link_of(a)->test, step_finished(link_of(a)));
    flight_finish(a);
}

enum alert expect_no_finished(struct assoc *a)
{
    static const char expected[] = "no ChangeCipherSpec, no Finished: an alert, or silence";
    struct link *l = link_of(a);
    struct test *t = l->test;
    struct silence quiet = silence_of(l);
    struct event e;

    while (silent_event(l, &quiet, &e)) {
        if (e.kind == EVENT_ALERT) {
            l->peer_closed = true;
            say(t, expected, "%s", describe_event(t, &e));
            return (enum alert)e.description;
        }
        /* A record under other keys is no step: an older association's, whose port we got, may still arrive. */
        if (e.kind == EVENT_CHANGE_CIPHER_SPEC || (e.epoch > 0 && e.kind != EVENT_BAD_RECORD))
            fail_shown(t, expected, "%s: the device goes on", describe_event(t, &e));
    }
    say(t, expected, "silence");
    return ALERT_NONE;
}

static const char *offer_name(struct test *t, const struct offer *o)
{
    const char *names = o->list.n > 0 ? arena_printf(t->arena, "an offer of %zu suites from %s", o->list.n,
                                                     cipher_name(o->list.at[0]))
                                      : cipher_name(o->ciphers[0]);

    for (size_t i = 1; o->list.n == 0 && i < OFFER_CIPHERS && o->ciphers[i] != 0; i++)
        names = arena_printf(t->arena, "%s or %s", names, cipher_name(o->ciphers[i]));
    return arena_printf(
        t->arena, "%s%s%s%s", names,
        o->encrypt_then_mac == WITH      ? ", with encrypt_then_mac"
        : o->encrypt_then_mac == WITHOUT ? ", without encrypt_then_mac"
                                         : "",
        o->extended_master_secret == WITHOUT || o->no_extensions ? ", without extended_master_secret" : "",
        o->extensions.n > 0 ? ", with further extensions" : "");
}

/* A lone run that waited for every retransmission. */
static void remember_silence(struct link *l, struct step s)
{
    const struct case_env *env = l->test->env;

    if (s.stop == STOP_SILENT && !l->have_hello && !env->hasty && !env->lossy &&
        !is_good_offer(env, &l->offer))
        remember_refused_offer(l->test->env, &l->offer);
}

void handshake_(struct assoc *a, const struct offer *o)
{
    struct link *l = link_of(a);
    struct offer full = filled(l->test, o);
    const char *name = offer_name(l->test, &full);

    if (!is_good_offer(l->test->env, &full) && offer_is_refused(l->test->env, &full))
        not_applicable(
            l->test, "the device does not go along with %s: it falls silent, as was found out before", name);
    skip_if_refused(l->test, name);
    struct step s = step_client_handshake(l, o);

    remember_silence(l, s);
    if (s.stop == STOP_SILENT && is_good_offer(l->test->env, &full))
        not_judged(l->test, "could not set up %s, which the device served before: %s", name, s.got);
    arrange(l->test, s, name);
}

void expect_handshake_(struct assoc *a, const struct offer *o)
{
    struct link *l = link_of(a);
    struct step s = step_client_handshake(l, o);

    remember_silence(l, s);
    demand(l->test, s);
    say(l->test, "a completed handshake", "completed with %s%s%s", cipher_name(a->cipher->code),
        a->encrypt_then_mac ? ", encrypt_then_mac" : "",
        a->extended_master_secret ? ", extended_master_secret" : "");
}

void good_hello(struct assoc *a)
{
    struct link *l = link_of(a);
    struct bytes hint;

    client_hello_(a, &(struct offer){.version = 0});
    const char *name = offer_name(l->test, &l->offer);

    arrange(l->test, step_server_hello(l), name);
    arrange(l->test, step_hello_done(l, &hint), "the flight up to ServerHelloDone");
}

void good_handshake(struct assoc *a)
{
    handshake_(a, &(struct offer){.version = 0});
}
