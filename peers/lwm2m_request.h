/*
 * What the LwM2M client on libcoap sends by itself: an association's session, and requests over it.
 */
#ifndef PEERS_LWM2M_REQUEST_H
#define PEERS_LWM2M_REQUEST_H

#include <coap3/coap.h>

#include "lwm2m_account.h"

enum { LOCATION_MAX = 63 };

/* A session with the account's server; NULL when there is none to be had. */
coap_session_t *dial(coap_context_t *context, const struct account *a);

/* A confirmable request with a token of its own; path is "rd/1". NULL without memory. */
coap_pdu_t *new_request(coap_session_t *session, coap_pdu_code_t method, const char *path);

/* Uri-Query "name=value". */
void put_query(coap_pdu_t *pdu, const char *name, const char *value);

/* LwM2M 1.0 5.3.1: where the registration is updated, "rd/1". */
void take_location(const coap_pdu_t *response, char location[LOCATION_MAX + 1]);

#endif
