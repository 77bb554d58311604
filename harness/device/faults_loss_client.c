/* Clients that cannot live with loss, copies or another order, or repeat badly. */
#include "device/faulty_record.h"

enum { SHORT_TIMER_US = 300000 };

/* A hello is sent once. */
void client_hello_not_repeated(struct talk *t, struct bytes datagram)
{
    if (t->stage != STAGE_HELLO || !t->assoc->resending)
        conforming.send_datagram(t, datagram);
}

/* The types of the handshake messages in the clear of a datagram, a bit each; how many share the first record. */
static unsigned types_of(struct bytes datagram, size_t *in_first)
{
    struct reader r = reader_of(datagram);
    struct record record;
    struct fragment f;
    unsigned types = 0;
    size_t records = 0;

    *in_first = 0;
    while (get_record(&r, &record)) {
        struct reader inner = reader_of(record.fragment);

        while (record.type == CONTENT_HANDSHAKE && record.epoch == 0 && get_fragment(&inner, &f)) {
            types |= 1U << (f.type & 31);
            *in_first += records == 0;
        }
        records++;
    }
    return types;
}

/* A ServerHelloDone before the ServerHello ends the handshake. */
void client_done_first_kills(struct talk *t, struct bytes datagram)
{
    size_t in_first;
    unsigned types = types_of(datagram, &in_first);

    if (t->stage == STAGE_HELLO && types == 1U << SERVER_HELLO_DONE)
        end_with(t, ALERT_UNEXPECTED_MESSAGE);
}

/* Forgets the handshake when the server's flight comes packed as the parameter says. */
void client_packing_refused(struct talk *t, struct bytes datagram)
{
    size_t in_first;
    unsigned types = types_of(datagram, &in_first);

    if (member_is(t, "shared-record") ? in_first > 1 : types == 1U << SERVER_HELLO_DONE)
        t->stage = STAGE_OVER;
}

/* ---- the flight up to Finished ---- */

/* Neither by its own timer nor because the server repeats its flight. */
void client_flight_not_repeated(struct talk *t)
{
    t->assoc->repeat_limit = 0;
    conforming.send_finish(t);
    flight_answered(t->assoc);
}

/* Finished alone comes again. */
void client_flight_repeated_in_part(struct talk *t)
{
    struct assoc *a = t->assoc;

    conforming.send_finish(t);
    a->flight[0] = a->flight[a->flight_n - 1];
    a->flight_n = 1;
}

void client_timer_short(struct talk *t)
{
    t->assoc->timer_us = SHORT_TIMER_US;
    conforming.send_finish(t);
}

/* Application data before Finished ends the handshake. */
void client_early_data_kills(struct talk *t, const struct event *e)
{
    if (t->stage == STAGE_FINISH && e->epoch > 0)
        end_with(t, ALERT_UNEXPECTED_MESSAGE);
    else
        conforming.on_data(t, e);
}
