/*
 * Which cipher suites the LwM2M client on libcoap proposes: LwM2M 1.1 Core E.1, resource 16 of the Security object.
 */
#ifndef PEERS_LWM2M_SUITES_H
#define PEERS_LWM2M_SUITES_H

#include <stdint.h>

enum { SUITES_MAX = 8 };

/* Those of the account that is dialled, as the registry numbers them, ended by 0; none: libcoap's own. With GnuTLS nobody looks at them:
 * that client has no resource 16. */
extern uint16_t proposed_suites[SUITES_MAX + 1];

#endif
