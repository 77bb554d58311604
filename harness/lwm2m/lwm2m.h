/*
 * The LwM2M responder behind an association: a libcoap context of its own that lives in the clear on loopback and never
 * sees DTLS. Application data that arrives is handed in, what it answers comes out of the send function.
 *
 * As server it answers Register (2.01, Location-Path), Update (2.04) and De-register (2.02); as bootstrap server Bootstrap-Request (2.04)
 * and, with a pack, Bootstrap-Pack-Request (2.05); as client it registers on demand and answers Read and Discover of /3/0; every role answers
 * a ping with a Reset (RFC 7252 4.3) and refuses /0 (4.01). A client that is being bootstrapped takes Delete and Write of accounts, answers
 * Discover of /0 by links, and takes Bootstrap-Finish when the account is sound (4.06 else). It records what happened as events and judges
 * nothing.
 *
 * Invariant: made, driven and closed by one thread; its handlers only append events. Nothing is parsed by hand that libcoap parses.
 */
#ifndef LWM2M_LWM2M_H
#define LWM2M_LWM2M_H

#include "base/arena.h"
#include "base/bytes.h"
#include "lwm2m/account.h"

struct lwm2m;

enum lwm2m_role { LWM2M_SERVER, LWM2M_BOOTSTRAP_SERVER, LWM2M_CLIENT, LWM2M_BOOTSTRAP_CLIENT };

enum lwm2m_event_kind {
    LWM2M_NONE,
    LWM2M_REGISTER, /* served: a Register was answered 2.01; `text` is the endpoint name */
    LWM2M_UPDATE,
    LWM2M_DEREGISTER,
    LWM2M_BOOTSTRAP_REQUEST,
    LWM2M_BOOTSTRAP_FINISH,  /* served: the account is sound, and lwm2m_account has it */
    LWM2M_PACK_REQUEST,      /* served: GET /bspack, LwM2M 1.2; by the pack when there is one */
    LWM2M_BOOTSTRAP_TRIGGER, /* served: Execute of /1/0/9, LwM2M 1.1 E.2 */
    LWM2M_REQUEST,           /* served: any other request; `text` is its path */
    LWM2M_RESPONSE,          /* to a request of ours */
    LWM2M_REQUEST_FAILED,    /* a request of ours was reset or timed out */
};

struct lwm2m_event {
    enum lwm2m_event_kind kind;
    unsigned request;     /* which request of ours it answers */
    uint8_t code;         /* CoAP code of the response: 0x45 is 2.05 */
    struct bytes payload; /* of the response, or of the request that was served; in the arena */
    int format; /* content format of the payload, CONTENT_UNSAID: none is said; none of ours is any number */
    unsigned lifetime_s; /* of a Register or Update: lt; 0: none is said, or it is no number */
    const char *text;    /* escaped; Location-Path of a 2.01 response ("rd/5a"), endpoint name, path */
};

enum lwm2m_method { LWM2M_GET = 1, LWM2M_POST = 2, LWM2M_PUT = 3, LWM2M_DELETE = 4 };

/* Once in a process, before any thread; lwm2m_stop at its end. */
void lwm2m_start(void);
void lwm2m_stop(void);

/* A responder; send is called from within lwm2m_process. NULL when loopback sockets cannot be had. */
struct lwm2m *lwm2m_open(struct arena *arena, enum lwm2m_role role,
                         void (*send)(void *context, struct bytes coap), void *context);
void lwm2m_close(struct lwm2m *l);

/* The account that a bootstrap client was given; its spans live as long as the responder. */
const struct account *lwm2m_account(const struct lwm2m *l);

/* A server that knows its peer by that identity answers a Register or Bootstrap-Request with another endpoint name by 4.00 (LwM2M 1.0
 * 5.2.6). An identity that cannot be a name is nobody's. The span lives as long as the responder. */
void lwm2m_expect_name(struct lwm2m *l, struct bytes identity);

/* The registration that a server holds. `until_us` (now_us) is when it ends by itself, LwM2M 1.0 5.3.1: lt after Register or Update, a day
 * when none was said. */
struct registration {
    bool present;
    const char *name; /* escaped */
    unsigned lifetime_s;
    int64_t until_us;
    struct bytes objects; /* the links that it registered with (RFC 6690) */
};

/* The span lives as long as the responder; `present` is false before Register, after De-register and when the lifetime is over. */
struct registration lwm2m_registration(const struct lwm2m *l);

/* From now on a server answers GET /bspack by that pack, in SenML CBOR; before by 4.04, as one of LwM2M 1.1. The span lives as long as
 * the responder. */
void lwm2m_offer_pack(struct lwm2m *l, struct bytes pack);

/* From now on a client answers the Bootstrap-Request Trigger: it has a bootstrap server. */
void lwm2m_allow_trigger(struct lwm2m *l);

/* Hands in one CoAP message that came over the association. */
void lwm2m_input(struct lwm2m *l, struct bytes coap);

/* Does what can be done now, without waiting: libcoap's input, output and timers. */
void lwm2m_process(struct lwm2m *l);

/* The descriptors to poll for input; returns how many (at most 3). */
size_t lwm2m_descriptors(const struct lwm2m *l, int out[3]);

/* How long until lwm2m_process has a timer to serve, in ms; -1: none. */
int lwm2m_timeout_ms(struct lwm2m *l);

/* Takes the next event; false when there is none. */
bool lwm2m_next(struct lwm2m *l, struct lwm2m_event *out);

/* Sends a confirmable request: path "/rd", query "ep=x&lt=300" or "", payload with content_format (-1: none); of a GET it is the format
 * that is asked for (Accept). Returns its number, from 1, or 0 when it could not be made. The answer comes as an event. */
unsigned lwm2m_request(struct lwm2m *l, enum lwm2m_method method, const char *path, const char *query,
                       struct bytes payload, int content_format);

/* A CoAP ping (empty confirmable message) with that Message ID: 4 octets into out. */
void coap_ping(uint16_t message_id, uint8_t out[4]);

/* The kind of a CoAP message, as far as probes need it. */
enum coap_kind { COAP_OTHER, COAP_IS_PING, COAP_IS_RESET };
enum coap_kind coap_kind_of(struct bytes coap, uint16_t *message_id);

#endif
