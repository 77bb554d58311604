/*
 * What a DTLS client says, message by message. Every function builds or takes in one step; the driver decides which
 * steps there are. An offer states only what is special: its zero value is a well-behaved hello.
 */
#ifndef ENDPOINT_CLIENT_H
#define ENDPOINT_CLIENT_H

#include "endpoint/assoc.h"

/* Whether an optional thing is in a message. */
enum choice { AS_USUAL, WITH, WITHOUT };

struct codes {
    const uint16_t *at;
    size_t n;
};

enum { OFFER_CIPHERS = 16 };

struct offer {
    uint16_t version;        /* client_version; 0: DTLS 1.2 */
    uint16_t record_version; /* of the hello's records; 0: DTLS 1.0, as RFC 6347 4.2.1 lets clients start */
    uint16_t ciphers[OFFER_CIPHERS];    /* in order of preference, ended by 0 */
    struct codes list;                  /* instead, when a list is longer or holds 0x0000 */
    enum choice encrypt_then_mac;       /* usual: when a CBC suite is offered */
    enum choice extended_master_secret; /* usual: offered */
    enum choice
        renegotiation_scsv;    /* usual: TLS_EMPTY_RENEGOTIATION_INFO_SCSV after the suites, RFC 5746 3.4 */
    enum choice connection_id; /* usual: not offered */
    struct bytes cid;          /* what records to us shall carry; empty: nothing, but we can send with one */
    struct bytes extensions;   /* whole extensions, after the usual ones */
    bool no_extensions;        /* no extensions block at all */
    bool empty_block;          /* one of no octets, where there would be none */
    struct bytes session_id;
    struct bytes compression; /* empty: the null method alone */
    const uint8_t *random;    /* HELLO_RANDOM octets; NULL: the association's own, made once */
};

/* The body of the hello for that offer and cookie, in the association's arena. Sets the client random and our
 * connection id. */
struct bytes build_client_hello(struct assoc *a, const struct offer *o, struct bytes cookie);

/* Sends that hello as a flight of its own, with the retransmission timer. */
void send_client_hello(struct assoc *a, const struct offer *o, struct bytes cookie);

/* Takes in a ServerHello: negotiated version, suite, randoms, encrypt_then_mac (when a CBC suite was chosen),
 * extended_master_secret, connection ids. From here records carry the negotiated version. False when it does not parse (nothing taken in). */
bool take_server_hello(struct assoc *a, struct bytes body, struct server_hello *out);

/* Adds ClientKeyExchange with that identity to the flight and derives the keys. */
void queue_client_key_exchange(struct assoc *a, struct bytes identity);

/* Adds Finished under the current write epoch, over the transcript so far. Either side. */
void queue_finished(struct assoc *a);

/* The flight that ends a client's handshake: ClientKeyExchange, ChangeCipherSpec, Finished; sent with the timer. */
void send_client_finish(struct assoc *a, struct bytes identity);

#endif
