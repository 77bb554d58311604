/*
 * What a DTLS server says, message by message. An answer states only what is special: its zero value, given the hello it
 * answers, is a well-behaved ServerHello.
 */
#ifndef ENDPOINT_SERVER_H
#define ENDPOINT_SERVER_H

#include "endpoint/client.h"

struct answer {
    uint16_t version;                   /* server_version; 0: DTLS 1.2 */
    uint16_t record_version;            /* 0: the version */
    uint16_t cipher;                    /* the suite chosen; any code */
    enum choice encrypt_then_mac;       /* usual: when offered and a CBC suite is chosen, RFC 7366 3 */
    enum choice extended_master_secret; /* usual: when offered */
    enum choice renegotiation_info;     /* usual: when the extension or the SCSV was offered, RFC 5746 3.6 */
    enum choice connection_id;          /* usual: not answered; with: whether it was offered or not */
    struct bytes cid;                   /* what records to us shall carry; empty: nothing */
    struct bytes extensions;            /* whole extensions, after the usual ones */
    bool no_extensions;                 /* no extensions block at all */
    struct bytes session_id;
    uint8_t compression;
    const uint8_t *random; /* HELLO_RANDOM octets; NULL: a new one */
};

/* Takes in a ClientHello: the client random. False when it does not parse. */
bool take_client_hello(struct assoc *a, struct bytes body, struct client_hello *out);

/* Sends a HelloVerifyRequest as a flight without a timer (RFC 6347 4.2.1); it answers the hello of message_seq
 * `answers`. 0 for version or record_version: DTLS 1.0, as RFC 6347 4.2.1 recommends. */
void send_hello_verify_request(struct assoc *a, uint16_t version, uint16_t record_version,
                               struct bytes cookie);

/* The body of the ServerHello; sets what is negotiated: version, suite, randoms, encrypt_then_mac, extended_master_secret,
 * connection ids. */
struct bytes build_server_hello(struct assoc *a, const struct answer *answer,
                                const struct client_hello *hello);

/* Begins the server's flight with that ServerHello. Its message_seq follows the hello's, RFC 6347 4.2.2. */
void queue_server_hello(struct assoc *a, const struct answer *answer, const struct client_hello *hello);

/* Adds a ServerKeyExchange with an identity hint, RFC 4279 2. */
void queue_hint(struct assoc *a, struct bytes hint);

/* Takes in a ClientKeyExchange: derives the keys. False when it does not parse. */
bool take_client_key_exchange(struct assoc *a, struct bytes body, struct bytes *identity);

/* The flight that ends a server's handshake: ChangeCipherSpec, Finished; sent without a timer, kept for repetition. */
void send_server_finish(struct assoc *a);

#endif
