/*
 * Whom the LwM2M client on libcoap dials, and as whom: from its command line, or as a bootstrap server wrote it.
 */
#ifndef PEERS_LWM2M_ACCOUNT_H
#define PEERS_LWM2M_ACCOUNT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lwm2m_suites.h"

enum { IDENTITY_MAX = 128, KEY_MAX = 64 };

struct account {
    char host[INET_ADDRSTRLEN];
    uint16_t port;
    uint8_t identity[IDENTITY_MAX], key[KEY_MAX];
    size_t identity_length, key_length;
    uint16_t suites[SUITES_MAX + 1]; /* ended by 0; none: not said */
};

/* As given; the host may be NULL (127.0.0.1). False when something is missing or malformed. */
bool account_given(struct account *a, const char *host, int port, const char *identity, const char *psk_file);

/* Takes resource `id` of an instance of /0 (LwM2M 1.0 E.1); those that no account here has are passed over. False when it is malformed. */
bool account_take(struct account *a, unsigned id, const uint8_t *value, size_t n);

/* It can be dialled with. */
bool account_is_complete(const struct account *a);

/* Takes the account of a Bootstrap-Pack in SenML CBOR (LwM2M 1.2 Core 6.1.7.7, RFC 8428 6): the instance of /0 that is in it. False when it
 * is malformed or incomplete. */
bool account_packed(struct account *a, const uint8_t *at, size_t left);

/* Takes the resources of an instance of /0 in TLV (LwM2M 1.0 6.4.3, E.1). False when they are malformed. */
bool account_written(struct account *a, const uint8_t *at, size_t left);

#endif
