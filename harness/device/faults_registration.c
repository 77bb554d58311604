/* Clients that keep a registration over its association, and take an answer from anywhere. */
#include "device/faulty_registration.h"

#include "device/faulty.h"

enum { COAP_ACK = 0x60, TYPE = 0xF0 };

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
