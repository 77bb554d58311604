/*
 * What the responder's own files share: its state, the routes it serves, and what goes through the two sockets.
 *
 * Behind a responder stand two sockets on loopback, each connected to the other: libcoap's, of one client session, which
 * also serves requests that come over it, and the relay, which stands for the peer of the association. One port pair is
 * what an LwM2M association is too: requests of both sides cross on it.
 */
#ifndef LWM2M_INTERNAL_H
#define LWM2M_INTERNAL_H

#include <coap3/coap.h>

#include "lwm2m/lwm2m.h"

enum { PINGS_MAX = 64 };

struct lwm2m {
    struct arena *arena;
    enum lwm2m_role role;
    void (*send)(void *context, struct bytes coap);
    void *context;

    int relay;
    coap_context_t *coap; /* made when there is something to do */
    coap_session_t *session;
    unsigned requests;                /* of ours */
    unsigned registrations;           /* served */
    struct registration registration; /* the last */
    struct account account;           /* written by a bootstrap server */
    bool may_trigger;
    struct bytes name; /* the peer's; empty: any */

    uint16_t pings[PINGS_MAX]; /* Message IDs of those not answered yet */
    size_t ping_n;

    struct lwm2m_event *events;
    size_t event_n, event_cap, event_next;
};

/* The Reset that answers a ping of that Message ID: 4 octets into out. */
void coap_reset(uint16_t message_id, uint8_t out[4]);

/* Appends an event; spans and text must live in the arena. */
void add_event(struct lwm2m *l, struct lwm2m_event e);

/* The value of an option that holds a number, such as Content-Format; `otherwise` when there is none, or it is too long for one. */
int number_option(const coap_pdu_t *pdu, uint16_t option, int otherwise);

/* Has the context serve the routes of l's role. False without memory. */
bool serve_routes(struct lwm2m *l);

#endif
