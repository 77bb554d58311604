#include "device/behaviour.h"

#include <string.h>

#include "device/talk.h"

/* RFC 6347 4.1.2.7: what is wrong with a record is no reason to answer. */

struct bytes conforming_own_key(struct talk *t)
{
    return t->device->psk;
}

void conforming_derive(struct talk *t)
{
    (void)t;
}

/* Handshake messages are in the clear but for Finished, and Finished is protected: RFC 6347 4.2.4, RFC 5246 7.4.9. */
bool conforming_accept_message(struct talk *t, const struct event *e)
{
    return e->epoch == t->epoch + (e->message_type == FINISHED ? 1 : 0);
}

bool conforming_accept_change_cipher_spec(struct talk *t, const struct event *e)
{
    bool in_time = t->stage == STAGE_KEY_EXCHANGE || t->stage == STAGE_FINISH;

    return in_time && e->epoch == t->epoch && e->body.n == 1 && e->body.at[0] == 1;
}

bool conforming_needs_change_cipher_spec(struct talk *t)
{
    (void)t;
    return true;
}

bool conforming_verify_finished(struct talk *t, const struct event *e)
{
    return finished_verifies(t->assoc, e);
}

static bool same_address(const struct talk *a, const struct talk *b)
{
    return a->address_n == b->address_n && memcmp(&a->address, &b->address, a->address_n) == 0;
}

/* RFC 6347 4.2.8: the old association of that address is forgotten once the new one has proved itself. */
static void forget_old(struct talk *t)
{
    struct device *d = t->device;

    for (size_t i = 0; i < d->talk_n; i++)
        if (d->talks[i] != t && same_address(d->talks[i], t))
            d->talks[i]->stage = STAGE_OVER;
}

void conforming_on_established(struct talk *t)
{
    t->behaviour->keep_session(t);
    if (t->assoc->side == SIDE_SERVER)
        forget_old(t);
    else
        t->behaviour->begin_service(t);
}

/* Who does not renegotiate says so by a warning (RFC 5246 7.2.2), and everything else is passed over. */
void conforming_on_late_message(struct talk *t, const struct event *e)
{
    bool server = t->assoc->side == SIDE_SERVER;
    uint8_t begins = server ? CLIENT_HELLO : HELLO_REQUEST;

    if (e->epoch == 0 || e->message_type != begins)
        return;
    if (!(t->device->traits & RENEGOTIATES))
        send_alert(t->assoc, ALERT_WARNING, ALERT_NO_RENEGOTIATION);
    else if (server)
        renegotiate(t, e);
    else
        begin_renegotiation(t, e);
}

void conforming_on_repeated(struct talk *t, const struct event *e)
{
    (void)t;
    (void)e;
}

/* Alerts in the clear end a handshake but no association. */
void conforming_on_alert(struct talk *t, const struct event *e)
{
    if (t->stage == STAGE_ESTABLISHED && e->epoch == 0)
        return;
    if (e->description == ALERT_CLOSE_NOTIFY && t->stage == STAGE_ESTABLISHED)
        send_alert(t->assoc, ALERT_WARNING, ALERT_CLOSE_NOTIFY); /* RFC 5246 7.2.1 */
    if (e->level == ALERT_FATAL)
        t->behaviour->forget_session(t);
    if (e->description == ALERT_CLOSE_NOTIFY || e->level == ALERT_FATAL)
        t->stage = STAGE_OVER;
}

void conforming_on_malformed(struct talk *t, const struct event *e)
{
    (void)t;
    (void)e;
}

/* RFC 9146 3: with our id when one was agreed for this direction, and of the ordinary format otherwise. */
static bool cid_is_right(const struct talk *t, const struct record *r)
{
    const struct connection_ids *cid = &t->assoc->cid;

    if (!cid->agreed || cid->ours.n == 0)
        return r->type != CONTENT_TLS12_CID;
    return r->type == CONTENT_TLS12_CID && bytes_equal(r->cid, cid->ours);
}

bool conforming_accept_record(struct talk *t, const struct record *r)
{
    return r->version == t->assoc->version && cid_is_right(t, r) && record_is_fresh(t->assoc, r);
}

/* RFC 9146 6: with a connection id, verified, and newer than the newest. The strategy is that of a device whose answers are no
 * larger than what they answer. */
bool conforming_follow(struct talk *t, const struct record *r)
{
    const struct read_epoch *e = &t->assoc->read[r->epoch];

    return r->cid.n > 0 && t->stage == STAGE_ESTABLISHED && (!e->any || r->seq > e->top);
}

enum opened conforming_open_record(struct talk *t, struct record_keys *k, const struct record *r,
                                   uint8_t *out, size_t *n)
{
    (void)t;
    return open_record(k, r, AS_NEGOTIATED, out, n);
}

bool conforming_seal_record(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                            size_t cap, struct sealed *layout)
{
    return seal_record(k, recipe, &t->assoc->rng, out, cap, layout);
}

void conforming_on_bad_record(struct talk *t, const struct event *e)
{
    (void)t;
    (void)e;
}

/* Nothing in the clear, and nothing before the handshake is complete. */
void conforming_on_data(struct talk *t, const struct event *e)
{
    if (e->epoch > 0 && t->stage == STAGE_ESTABLISHED)
        t->behaviour->on_message(t, e->body);
}

void conforming_send_data(struct talk *t, struct bytes coap)
{
    send_payload(t->assoc, CONTENT_APPLICATION_DATA, t->assoc->write_epoch, coap);
}

void conforming_send_datagram(struct talk *t, struct bytes datagram)
{
    const struct sockaddr *to = t->address_n > 0 ? (const struct sockaddr *)&t->address : NULL;

    (void)sendto(t->fd, datagram.at, datagram.n, 0, to, t->address_n); /* the path may lose it */
}

void conforming_on_datagram(struct talk *t, struct bytes datagram)
{
    (void)t;
    (void)datagram;
}

const struct behaviour conforming = {
    .ask_cookie = conforming_ask_cookie,
    .check_cookie = conforming_check_cookie,
    .make_cookie = conforming_make_cookie,
    .send_verify_request = conforming_send_verify_request,
    .choose_version = conforming_choose_version,
    .check_client_hello = conforming_check_client_hello,
    .choose_cipher = conforming_choose_cipher,
    .compose_answer = conforming_compose_answer,
    .compose_flight = conforming_compose_flight,
    .find_session = conforming_find_session,
    .check_session = conforming_check_session,
    .replace_known = conforming_replace_known,
    .parse_identity = conforming_parse_identity,
    .lookup_psk = conforming_lookup_psk,
    .on_stray = conforming_on_stray,
    .compose_offer = conforming_compose_offer,
    .compose_second_offer = conforming_compose_second_offer,
    .parse_verify_request = conforming_parse_verify_request,
    .accept_verify_request = conforming_accept_verify_request,
    .parse_answer = conforming_parse_answer,
    .check_server_hello = conforming_check_server_hello,
    .check_resumed = conforming_check_resumed,
    .compose_identity = conforming_compose_identity,
    .send_finish = conforming_send_finish,
    .take_hint = conforming_take_hint,
    .own_key = conforming_own_key,
    .derive = conforming_derive,
    .accept_message = conforming_accept_message,
    .accept_change_cipher_spec = conforming_accept_change_cipher_spec,
    .needs_change_cipher_spec = conforming_needs_change_cipher_spec,
    .verify_finished = conforming_verify_finished,
    .on_established = conforming_on_established,
    .keep_session = conforming_keep_session,
    .forget_session = conforming_forget_session,
    .refuse = talk_refuse,
    .on_late_message = conforming_on_late_message,
    .on_repeated = conforming_on_repeated,
    .on_alert = conforming_on_alert,
    .on_malformed = conforming_on_malformed,
    .accept_record = conforming_accept_record,
    .open_record = conforming_open_record,
    .seal_record = conforming_seal_record,
    .follow = conforming_follow,
    .on_bad_record = conforming_on_bad_record,
    .on_data = conforming_on_data,
    .send_data = conforming_send_data,
    .send_datagram = conforming_send_datagram,
    .on_datagram = conforming_on_datagram,
    .on_message = talk_serve,
    .begin_service = conforming_begin_service,
    .know_peer = conforming_know_peer,
    .adopt_account = conforming_adopt_account,
    .ciphers = {TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CBC_SHA256},
};
