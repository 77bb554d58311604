/*
 * An account at a server as bootstrap hands it over: an instance of the Security object (LwM2M 1.0 E.1) and one of the Server object,
 * in the TLV format (LwM2M 1.0 6.4.3).
 *
 * Invariant: what is read is bounded by its span; spans point into it.
 */
#ifndef LWM2M_ACCOUNT_H
#define LWM2M_ACCOUNT_H

#include "base/arena.h"
#include "base/bytes.h"
#include "lwm2m/content.h"

enum {
    SECURITY_PSK = 0,
    SECURITY_NONE = 3,
    ACCOUNT_IDENTITY_MAX = 128, /* octets, RFC 4279 5.3 */
    ACCOUNT_KEY_MAX = 64,
    ACCOUNT_CIPHERS_MAX = 8,
};

struct account {
    bool present;
    bool bootstrap; /* it is the one at the bootstrap server itself */
    unsigned mode;  /* SECURITY_PSK ... */
    struct bytes uri, identity, key;
    uint16_t ciphers[ACCOUNT_CIPHERS_MAX + 1]; /* that the client is to propose (LwM2M 1.1 Core E.1,
                                                  resource 16), ended by 0; none: it is not said */
};

/* The resources of an instance of /0: identity, key and suites only where there are any. In the arena. */
struct bytes security_tlv(struct arena *a, const struct account *account);

/* The resources of an instance of /1, for short server id 1 and binding U. */
struct bytes server_tlv(struct arena *a, uint16_t lifetime_s);

/* The resources of an instance of /2 that lets server 1 do everything with /1/0: object, instance, rights, owner. */
struct bytes access_tlv(struct arena *a);

/* All of these at once, as instances /0/1, /1/0 and /2/0: what answers a Bootstrap-Pack-Request (LwM2M 1.2), in SenML CBOR. */
struct bytes bootstrap_pack(struct arena *a, const struct account *account, uint16_t lifetime_s);

/* Reads the account that such a pack has as instance /0/1; one that it has not is not present. False when it is no SenML CBOR. Identity
 * and key point into the pack, the rest lives in the arena. */
bool parse_bootstrap_pack(struct arena *a, struct bytes pack, struct account *out);

/* Reads the resources of an instance of /0, or a whole /0 with its instances (the last that is not bootstrap's counts). Suites beyond
 * ACCOUNT_CIPHERS_MAX, and numbers that are no suite's, are passed over. False when it is no TLV. */
bool parse_security(struct bytes tlv, struct account *out);

/* The account can be dialled with: a URI, and for PSK identity and key. */
bool account_is_sound(const struct account *account);

/* "coaps://HOST:PORT" with a numeric host: the host's octets and the port (5684 when none). False for anything else. */
bool parse_coaps_uri(struct bytes uri, struct bytes *host, uint16_t *port);

#endif
