/* The order of the handshake, RFC 4279 2 and RFC 6347 4.2.4, without its decisions. */
#include <string.h>

#include "device/talk.h"

/* ---- server ---- */

/* RFC 6347 4.2.1: HelloVerifyRequest and ServerHello take their numbers from the hello that they answer. */
static void answer_numbers(struct talk *t, const struct event *e)
{
    t->assoc->write[0].next_seq = e->seq;
    t->assoc->next_send_seq = e->message_seq;
}

static void forget_others(struct talk *t)
{
    struct device *d = t->device;

    for (size_t i = 0; i < d->talk_n; i++) {
        struct talk *other = d->talks[i];

        if (other != t && other->stage != STAGE_ESTABLISHED && other->address_n == t->address_n &&
            bytes_equal((struct bytes){(const uint8_t *)&other->address, other->address_n},
                        (struct bytes){(const uint8_t *)&t->address, t->address_n}))
            other->stage = STAGE_OVER;
    }
}

/* False when the hello is refused for the session that it offers. */
static bool take_up_session(struct talk *t)
{
    const struct behaviour *b = t->behaviour;
    const struct session *s = b->find_session(t);
    enum alert wrong = s != NULL ? b->check_session(t, s, &t->resuming) : ALERT_NONE;

    if (t->resuming)
        t->session = *s;
    if (wrong != ALERT_NONE)
        b->refuse(t, wrong);
    return wrong == ALERT_NONE;
}

void answer_hello(struct talk *t)
{
    const struct behaviour *b = t->behaviour;
    struct answer answer = {.version = b->choose_version(t)};

    if (answer.version == 0) {
        b->refuse(t, ALERT_PROTOCOL_VERSION);
        return;
    }
    enum alert wrong = b->check_client_hello(t);

    if (wrong != ALERT_NONE) {
        b->refuse(t, wrong);
        return;
    }
    if (!take_up_session(t))
        return;
    int cipher = t->resuming ? t->session.cipher : b->choose_cipher(t);

    if (cipher == NO_CIPHER) {
        b->refuse(t, ALERT_HANDSHAKE_FAILURE);
        return;
    }
    answer.cipher = (uint16_t)cipher;
    forget_others(t);
    b->compose_answer(t, &answer);
    t->stage = t->resuming ? STAGE_FINISH : STAGE_KEY_EXCHANGE;
    b->compose_flight(t, &answer);
}

static void take_hello(struct talk *t, const struct event *e)
{
    const struct behaviour *b = t->behaviour;

    answer_numbers(t, e);
    t->hello_event = *e;
    if (!take_client_hello(t->assoc, e->body, &t->hello)) {
        b->refuse(t, ALERT_DECODE_ERROR);
        return;
    }
    if (b->ask_cookie(t) && !b->check_cookie(t)) {
        b->send_verify_request(t);
        t->stage = STAGE_OVER; /* nothing is remembered, RFC 6347 4.2.1 */
        return;
    }
    answer_hello(t);
}

static void take_key_exchange(struct talk *t, const struct event *e)
{
    const struct behaviour *b = t->behaviour;
    struct bytes identity;

    if (t->assoc->cipher == NULL || !cipher_completes(t->assoc->cipher)) {
        b->refuse(t, ALERT_HANDSHAKE_FAILURE);
        return;
    }
    if (!b->parse_identity(t, e->body, &identity)) {
        b->refuse(t, ALERT_DECODE_ERROR);
        return;
    }
    struct bytes key = b->lookup_psk(t, identity);

    if (key.n == 0) {
        b->refuse(t, ALERT_UNKNOWN_PSK_IDENTITY);
        return;
    }
    t->assoc->psk = arena_copy(t->arena, key);
    t->session_hash_n = e->transcript_before + HANDSHAKE_HEADER + e->body.n;
    assoc_derive(t->assoc);
    flight_answered(t->assoc);
    b->derive(t);
    t->stage = STAGE_FINISH;
}

void server_message(struct talk *t, const struct event *e)
{
    if (t->stage == STAGE_HELLO && e->message_type == CLIENT_HELLO)
        take_hello(t, e);
    else if (t->stage == STAGE_KEY_EXCHANGE && e->message_type == CLIENT_KEY_EXCHANGE)
        take_key_exchange(t, e);
    else if (t->stage == STAGE_FINISH && e->message_type == FINISHED)
        take_finished(t, e);
    else
        t->behaviour->refuse(t, ALERT_UNEXPECTED_MESSAGE);
}

/* ---- client ---- */

void client_begin(struct talk *t)
{
    t->behaviour->compose_offer(t, &t->offer);
    send_client_hello(t->assoc, &t->offer, NO_BYTES);
}

static void take_verify_request(struct talk *t, const struct event *e)
{
    struct hello_verify_request r;

    if (!t->behaviour->parse_verify_request(t, e->body, &r)) {
        t->behaviour->refuse(t, ALERT_DECODE_ERROR);
        return;
    }
    t->hello_event = *e;
    if (!t->behaviour->accept_verify_request(t, &r))
        return;
    t->cookie = r.cookie;
    t->behaviour->compose_second_offer(t, &t->offer);
    send_client_hello(t->assoc, &t->offer, t->cookie);
}

/* The server's ChangeCipherSpec and Finished come next, RFC 5246 7.3. */
static void go_on_resumed(struct talk *t)
{
    enum alert wrong = t->behaviour->check_resumed(t, &t->answer);

    if (wrong != ALERT_NONE) {
        t->behaviour->refuse(t, wrong);
        return;
    }
    t->resuming = true;
    t->stage = STAGE_FINISH;
    assoc_resume(t->assoc, t->session.master);
    t->behaviour->derive(t);
}

static void take_answer(struct talk *t, const struct event *e)
{
    const struct behaviour *b = t->behaviour;
    struct server_hello h;

    if (!b->parse_answer(t, e->body, &h)) {
        b->refuse(t, ALERT_DECODE_ERROR);
        return;
    }
    enum alert wrong = b->check_server_hello(t, &h);

    if (wrong != ALERT_NONE)
        b->refuse(t, wrong);
    if (t->stage == STAGE_OVER)
        return;
    flight_answered(t->assoc);
    take_server_hello(t->assoc, e->body, &t->answer);
    t->ticket_due = find_extension(h.extensions, EXT_SESSION_TICKET, NULL);
    t->stage = STAGE_KEY_EXCHANGE;
    if (h.session_id.n > 0 && bytes_equal(h.session_id, t->offer.session_id))
        go_on_resumed(t);
    else
        t->session = (struct session){.id_n = 0};
}

static void take_done(struct talk *t, const struct event *e)
{
    const struct behaviour *b = t->behaviour;

    if (e->body.n > 0) {
        b->refuse(t, ALERT_DECODE_ERROR);
        return;
    }
    if (t->assoc->cipher == NULL || !cipher_completes(t->assoc->cipher)) {
        b->refuse(t, ALERT_HANDSHAKE_FAILURE);
        return;
    }
    t->stage = STAGE_FINISH;
    b->send_finish(t);
}

static void take_server_key_exchange(struct talk *t, const struct event *e)
{
    if (!t->behaviour->take_hint(t, e->body))
        t->behaviour->refuse(t, ALERT_DECODE_ERROR);
}

/* RFC 5077 3.3: it stands before the server's ChangeCipherSpec. */
static void take_ticket(struct talk *t, const struct event *e)
{
    struct bytes ticket;

    t->ticket_due = false;
    if (!parse_new_session_ticket(e->body, &ticket)) {
        t->behaviour->refuse(t, ALERT_DECODE_ERROR);
        return;
    }
    t->session.ticket_n = ticket.n <= TICKET_MAX ? ticket.n : 0;
    if (t->session.ticket_n > 0)
        memcpy(t->session.ticket, ticket.at, ticket.n);
}

void client_message(struct talk *t, const struct event *e)
{
    enum stage stage = t->stage;
    uint8_t type = e->message_type;

    if (type == HELLO_REQUEST)
        return; /* RFC 5246 7.4.1.1: ignored while a handshake is under way */
    if (stage == STAGE_HELLO && type == HELLO_VERIFY_REQUEST)
        take_verify_request(t, e);
    else if (stage == STAGE_HELLO && type == SERVER_HELLO)
        take_answer(t, e);
    else if (stage == STAGE_KEY_EXCHANGE && type == SERVER_KEY_EXCHANGE)
        take_server_key_exchange(t, e);
    else if (stage == STAGE_KEY_EXCHANGE && type == SERVER_HELLO_DONE)
        take_done(t, e);
    else if (stage == STAGE_FINISH && type == NEW_SESSION_TICKET && t->ticket_due)
        take_ticket(t, e);
    else if (stage == STAGE_FINISH && type == FINISHED)
        take_finished(t, e);
    else
        t->behaviour->refuse(t, ALERT_UNEXPECTED_MESSAGE);
}
