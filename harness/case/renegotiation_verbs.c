#include <string.h>

#include "case/internal.h"
#include "case/silence.h"

enum { COPIES = 2 };

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

static const char *missing_text(struct test *t, struct step s)
{
    return arena_printf(t->arena, "%s is missing: %s", s.expected, s.got);
}

static const char *answers_probes(struct link *l)
{
    bool shows_life = l->test->env->liveness != LIVENESS_NONE;

    return shows_life && !probe_is_answered(l) ? "its records are not answered" : NULL;
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
        return missing_text(t, s);
    flight_finish(a);
    return answers_probes(l);
}

/* ---- playing the server ------------------------------------------------------------------------------------------------ */

bool ask_for_hello(struct assoc *a, struct event *e)
{
    for (int i = 0; i < COPIES; i++)
        send_fragment(a, &(struct fragment){.type = HELLO_REQUEST});
    do {
        *e = await_event(a, false);
        if (e->kind == EVENT_MESSAGE && e->message_type == CLIENT_HELLO && e->epoch > 0) {
            assoc_begin_again(a, e);
            return true;
        }
        if (e->kind == EVENT_REPEATED && e->message_type == CLIENT_HELLO && e->epoch == 0)
            note(link_of(a)->test, "It began a new association with a hello in the clear.");
    } while (e->kind != EVENT_NONE && e->kind != EVENT_ALERT);
    return false;
}

/* RFC 5746 3.7 */
static struct answer with_both(struct assoc *a, const struct answer *answer)
{
    struct test *t = link_of(a)->test;
    uint8_t both[1 + 2 * VERIFY_DATA] = {2 * VERIFY_DATA};
    struct answer full = *answer;

    memcpy(both + 1, a->verify[SIDE_CLIENT], VERIFY_DATA);
    memcpy(both + 1 + VERIFY_DATA, a->verify[SIDE_SERVER], VERIFY_DATA);
    full.renegotiation_info = WITHOUT;
    full.extensions = join(t, full.extensions, extension(t, EXT_RENEGOTIATION_INFO, BYTES(both)));
    return full;
}

void answer_protected_hello_(struct assoc *a, const struct event *hello, uint16_t seq,
                             const struct answer *answer)
{
    struct link *l = link_of(a);
    struct answer full = with_both(a, answer);

    l->epoch = a->write_epoch;
    if (!take_client_hello(a, hello->body, &l->client_hello))
        fail_shown(l->test, "a ClientHello", "a ClientHello that does not parse");
    a->next_send_seq = seq;
    server_hello_(a, &full);
}

const char *finish_inside(struct assoc *a)
{
    struct link *l = link_of(a);
    struct test *t = l->test;
    struct step s = step_key_exchange(l);

    /* each of our HelloRequests may have drawn the hello once */
    for (int i = 1; i < COPIES && s.stop == STOP_WRONG && t->last.message_type == CLIENT_HELLO; i++)
        s = step_key_exchange(l);
    if (s.stop == STOP_NOT)
        s = step_finished(l);
    if (s.stop != STOP_NOT)
        return missing_text(t, s);
    send_server_finish(a);
    return answers_probes(l);
}

void send_early_flight(struct assoc *a, uint16_t seq)
{
    struct answer full = with_both(a, &(struct answer){.cipher = a->cipher->code});
    struct bytes hello = build_server_hello(a, &full, &link_of(a)->client_hello);

    send_fragment(a, &(struct fragment){.type = SERVER_HELLO,
                                        .length = (uint32_t)hello.n,
                                        .message_seq = seq,
                                        .fragment_length = (uint32_t)hello.n,
                                        .body = hello});
    send_fragment(a, &(struct fragment){.type = SERVER_HELLO_DONE, .message_seq = (uint16_t)(seq + 1)});
}

/* A message that was read before the handshake began counts as a repetition: what is repeated of a handshake before travels in an epoch
 * below. */
static bool is_step(const struct link *l, const struct event *e)
{
    bool message = e->kind == EVENT_MESSAGE || e->kind == EVENT_REPEATED;

    return e->epoch == l->assoc->write_epoch &&
           (e->kind == EVENT_CHANGE_CIPHER_SPEC || (message && e->message_type == CLIENT_KEY_EXCHANGE));
}

bool goes_on_inside(struct assoc *a)
{
    struct link *l = link_of(a);
    struct silence quiet = silence_of(l);
    struct event e;

    while (silent_event(l, &quiet, &e)) {
        l->peer_closed |= e.kind == EVENT_ALERT;
        if (e.kind == EVENT_ALERT || is_step(l, &e))
            return e.kind != EVENT_ALERT;
    }
    return false;
}

void expect_no_step(struct assoc *a, const char *expected)
{
    struct link *l = link_of(a);

    if (goes_on_inside(a))
        fail_shown(l->test, expected, "%s", describe_event(l->test, &l->test->last));
    say(l->test, expected, "%s",
        l->peer_closed ? describe_event(l->test, &l->test->last) : "nothing but the hello");
}
