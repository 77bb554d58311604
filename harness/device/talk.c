#include "device/talk.h"

#include <string.h>

enum { HANDSHAKE_US = 10 * SECOND, IDLE_US = 600 * SECOND };

/* ---- what the endpoint and the responder call ---- */

static bool seal(struct assoc *a, struct record_keys *k, const struct seal *recipe, uint8_t *out, size_t cap,
                 struct sealed *layout)
{
    struct talk *t = a->ops.context;

    return t->behaviour->seal_record(t, k, recipe, out, cap, layout);
}

void talk_move(struct talk *t)
{
    t->address = t->from;
    t->address_n = t->from_n;
}

static enum opened open_one(struct assoc *a, struct record_keys *k, const struct record *r, uint8_t *out,
                            size_t *n)
{
    struct talk *t = a->ops.context;

    enum opened opened = t->behaviour->open_record(t, k, r, out, n);
    bool elsewhere =
        t->from_n > 0 && (t->from_n != t->address_n || memcmp(&t->from, &t->address, t->from_n) != 0);

    if (opened == OPENED && elsewhere && t->behaviour->follow(t, r))
        talk_move(t);
    return opened;
}

static bool fresh(struct assoc *a, const struct record *r)
{
    struct talk *t = a->ops.context;

    return t->behaviour->accept_record(t, r);
}

static void send_one(void *context, struct bytes datagram)
{
    struct talk *t = context;

    t->behaviour->send_datagram(t, datagram);
}

static void send_coap(void *context, struct bytes coap)
{
    struct talk *t = context;

    if (t->stage == STAGE_ESTABLISHED)
        t->behaviour->send_data(t, coap);
}

/* ---- life ---- */

static struct rng next_rng(struct device *d)
{
    return rng_of(rng_u64(&d->rng), "association");
}

static void set_up(struct talk *t, enum side side)
{
    struct transport transport = {send_one, t};

    t->assoc = assoc_new(t->arena, NULL, side, transport, t->behaviour->own_key(t), next_rng(t->device));
    t->assoc->ops = (struct record_ops){seal, open_one, fresh, t};
    t->lwm2m =
        lwm2m_open(t->arena, t->device->bootstrap ? LWM2M_BOOTSTRAP_CLIENT : t->device->role, send_coap, t);
    if (t->lwm2m != NULL && t->device->provisioned)
        lwm2m_allow_trigger(t->lwm2m);
}

struct talk *talk_new(struct device *d, enum side side, int fd, const struct sockaddr_storage *address,
                      socklen_t n)
{
    if (d->talk_n == TALKS_MAX)
        return NULL;
    struct arena *arena = arena_new();
    struct talk *t = arena_new_of(arena, struct talk);

    t->device = d;
    t->behaviour = &d->behaviour;
    t->arena = arena;
    t->fd = fd;
    if (address != NULL)
        memcpy(&t->address, address, n);
    t->address_n = n;
    t->born = t->used = now_us();
    set_up(t, side);
    if (t->lwm2m == NULL) {
        assoc_close(t->assoc);
        arena_free(arena);
        return NULL;
    }
    d->talks[d->talk_n++] = t;
    return t;
}

void talk_free(struct talk *t)
{
    struct device *d = t->device;

    for (size_t i = 0; i < d->talk_n; i++) {
        if (d->talks[i] == t) {
            d->talks[i] = d->talks[--d->talk_n];
            break;
        }
    }
    t->stage = STAGE_OVER;
    lwm2m_close(t->lwm2m);
    assoc_close(t->assoc);
    arena_free(t->arena);
}

/* ---- events ---- */

static void take_change_cipher_spec(struct talk *t, const struct event *e)
{
    if (!t->behaviour->accept_change_cipher_spec(t, e))
        return;
    t->change_cipher_spec = true;
    if (t->finished_early) {
        t->finished_early = false;
        take_finished(t, &t->finished);
    }
}

void take_finished(struct talk *t, const struct event *e)
{
    const struct behaviour *b = t->behaviour;

    if (!t->change_cipher_spec && b->needs_change_cipher_spec(t)) {
        t->finished = *e; /* a path may swap them: RFC 6347 3.2.2 */
        t->finished_early = true;
        return;
    }
    if (!b->verify_finished(t, e)) {
        b->refuse(t, ALERT_DECRYPT_ERROR);
        return;
    }
    flight_answered(t->assoc);
    if ((t->assoc->side == SIDE_SERVER) != t->assoc->resumed)
        b->send_finish(t);
    else
        flight_finish(t->assoc);
    if (t->stage == STAGE_OVER)
        return;
    t->stage = STAGE_ESTABLISHED;
    b->on_established(t);
}

static void take_message(struct talk *t, const struct event *e)
{
    if (t->stage == STAGE_ESTABLISHED)
        t->behaviour->on_late_message(t, e);
    else if (!t->behaviour->accept_message(t, e))
        t->behaviour->refuse(t, ALERT_UNEXPECTED_MESSAGE);
    else if (t->assoc->side == SIDE_SERVER)
        server_message(t, e);
    else
        client_message(t, e);
}

static void take_event(struct talk *t, const struct event *e)
{
    const struct behaviour *b = t->behaviour;

    switch (e->kind) {
    case EVENT_MESSAGE: take_message(t, e); break;
    case EVENT_CHANGE_CIPHER_SPEC: take_change_cipher_spec(t, e); break;
    case EVENT_ALERT: b->on_alert(t, e); break;
    case EVENT_APPLICATION_DATA: b->on_data(t, e); break;
    case EVENT_REPEATED: b->on_repeated(t, e); break;
    case EVENT_BAD_RECORD: b->on_bad_record(t, e); break;
    case EVENT_MALFORMED: b->on_malformed(t, e); break;
    case EVENT_NONE: break;
    }
}

/* LwM2M 1.2 Core 6.1.7.7: nothing follows a pack; a server that has none is asked for bootstrap. */
static void take_pack(struct talk *t, const struct lwm2m_event *e)
{
    struct account account;

    if (e->code >> 5 == 2 && parse_bootstrap_pack(t->arena, e->payload, &account) &&
        account_is_sound(&account))
        t->behaviour->adopt_account(t, &account);
    else
        t->behaviour->begin_service(t);
}

static void take_answers(struct talk *t)
{
    struct lwm2m_event e;

    while (lwm2m_next(t->lwm2m, &e)) {
        bool ours = t->request != 0 && e.request == t->request;

        if (t->pack_request != 0 && e.request == t->pack_request && e.kind == LWM2M_RESPONSE)
            take_pack(t, &e);
        if (ours && e.kind == LWM2M_RESPONSE) {
            t->answered = true;
            t->registered = e.code >> 5 == 2;
        }
        if (ours && e.kind == LWM2M_REQUEST_FAILED)
            t->stage = STAGE_OVER;
        if (e.kind == LWM2M_REGISTER && t->device->traits & ASKS)
            lwm2m_request(t->lwm2m, LWM2M_GET, "/3/0", "", NO_BYTES, CONTENT_UNSAID);
        if (e.kind == LWM2M_BOOTSTRAP_FINISH)
            t->behaviour->adopt_account(t, lwm2m_account(t->lwm2m));
        if (e.kind == LWM2M_BOOTSTRAP_TRIGGER)
            device_move_home(t->device);
    }
}

void talk_run(struct talk *t)
{
    struct event e;

    while (t->stage != STAGE_OVER && assoc_event(t->assoc, &e))
        take_event(t, &e);
    if (t->stage != STAGE_ESTABLISHED)
        return;
    lwm2m_process(t->lwm2m);
    take_answers(t);
}

void talk_feed(struct talk *t, struct bytes datagram)
{
    t->used = now_us();
    t->behaviour->on_datagram(t, datagram);
    if (t->stage == STAGE_OVER)
        return;
    assoc_feed(t->assoc, datagram);
    talk_run(t);
}

void talk_serve(struct talk *t, struct bytes coap)
{
    lwm2m_input(t->lwm2m, coap);
    lwm2m_process(t->lwm2m);
}

void talk_refuse(struct talk *t, enum alert why)
{
    send_alert(t->assoc, ALERT_FATAL, (uint8_t)why);
    t->behaviour->forget_session(t);
    t->stage = STAGE_OVER;
}

/* ---- time ---- */

void talk_tick(struct talk *t, int64_t now)
{
    int64_t limit = t->stage == STAGE_ESTABLISHED ? IDLE_US : HANDSHAKE_US;

    if (t->stage == STAGE_OVER)
        return;
    assoc_tick(t->assoc, now);
    if (t->assoc->side == SIDE_SERVER && now - t->used > limit)
        t->stage = STAGE_OVER;
    if (t->stage == STAGE_ESTABLISHED) {
        lwm2m_process(t->lwm2m);
        take_answers(t);
    }
}

int64_t talk_due(struct talk *t)
{
    int64_t due = t->assoc->flight_due > 0 ? t->assoc->flight_due : INT64_MAX;
    int ms = t->stage == STAGE_ESTABLISHED ? lwm2m_timeout_ms(t->lwm2m) : -1;

    if (ms >= 0 && now_us() + ms * MS < due)
        due = now_us() + ms * MS;
    return due;
}

bool has_cipher(const uint16_t *list, uint16_t code)
{
    for (; *list != 0; list++)
        if (*list == code)
            return true;
    return false;
}
