/* Clients that keep a registration over its association, and devices that take an answer from anywhere. */
#include "device/faulty_registration.h"

#include "device/faulty.h"

enum { COAP_ACK = 0x60, COAP_RESET = 0x70, TYPE = 0xF0, TYPE_ALONE = 0x30 };

/* The association is new, the registration is not. */
void client_updates_instead(struct talk *t)
{
    if (t->device->memory[0]++ == 0)
        conforming.begin_service(t);
    else
        t->request = lwm2m_request(t->lwm2m, LWM2M_POST, "/rd/1", "", NO_BYTES, -1);
}

static bool is_answer(const struct talk *t, struct bytes coap)
{
    return t->stage == STAGE_ESTABLISHED && coap.n >= 4 && (coap.at[0] & TYPE) == COAP_ACK;
}

void client_answer_from_anywhere(struct talk *t, struct bytes datagram)
{
    if (is_answer(t, datagram))
        talk_serve(t, datagram);
    conforming.on_datagram(t, datagram);
}

void client_answer_of_epoch_0(struct talk *t, const struct event *e)
{
    if (e->epoch == 0 && is_answer(t, e->body))
        talk_serve(t, e->body);
    else
        conforming.on_data(t, e);
}

/* An acknowledgement or a reset is for whoever waits for it. */
void server_answer_from_anywhere(struct talk *t, struct bytes coap)
{
    const struct device *d = t->device;
    uint8_t type = coap.n >= 4 ? coap.at[0] & TYPE_ALONE : 0;
    bool is_ack = type == (COAP_ACK & TYPE_ALONE) || type == (COAP_RESET & TYPE_ALONE);

    for (size_t i = 0; is_ack && i < d->talk_n; i++)
        if (d->talks[i] != t && d->talks[i]->stage == STAGE_ESTABLISHED)
            lwm2m_input(d->talks[i]->lwm2m, coap);
    talk_serve(t, coap);
}

/* What the peer's records are read with, of this association and of the one before. */
void keeps_old_keys(struct talk *t)
{
    struct record_keys *kept = t->device->kept_keys;

    kept[0] = kept[1];
    kept[1] = t->assoc->read[1].keys;
    kept[1].context = NULL; /* a copy makes its own */
    conforming.on_established(t);
}

enum opened reads_old_association(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                                  size_t *n)
{
    enum opened result = conforming.open_record(t, k, r, out, n);
    struct record_keys old = t->device->kept_keys[0];

    if (result == OPENED || r->epoch == 0 || old.cipher == NULL)
        return result;
    result = open_record(&old, r, AS_NEGOTIATED, out, n);
    keys_wipe(&old);
    return result;
}
