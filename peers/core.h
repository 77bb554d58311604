/* The shared half of a peer, as peer.c, peer_coap.c, peer_server.c and peer_client.c see it. Stacks do not
 * include it.
 *
 * One idea: an assoc is an address, a session of the stack, and the datagram that is being dealt with right
 * now.
 *
 * Invariant: assoc.datagram is not NULL only while stack.run() runs.
 */
#ifndef PSKGATE_PEERS_CORE_H
#define PSKGATE_PEERS_CORE_H

#include <sys/socket.h>

#include "peer.h"

enum { RANDOM_LENGTH = 32 };

struct assoc {
    struct session *session;
    enum step step;
    int fd;                          /* not owned */
    struct sockaddr_storage address; /* of the peer; padding is zero */
    socklen_t address_length;
    const uint8_t *datagram;
    size_t datagram_length;
    int64_t born; /* ms */
    int64_t used; /* ms, of the last datagram */
    bool has_random;
    uint8_t random[RANDOM_LENGTH];     /* a server's: of the hello that began the handshake */
    struct registration *registration; /* a client's: what it asks the server, not owned; else NULL */
};

struct options {
    struct sockaddr_storage address;
    socklen_t address_length;
    char where[64];       /* HOST:PORT, for people */
    const char *endpoint; /* points into argv */
    int lifetime;         /* s */
    int again_ms;         /* -1: never */
    bool once;
    bool bootstrap;
};

extern struct peer peer;
extern struct options options;

/* ---- peer.c ---- */

/* Reads the command line into `peer` and `options`. False after one line on stderr: usage, exit 2. */
bool read_command_line(int argc, char **argv, bool server);

/* Forgets the key and what popt holds. */
void forget_command_line(void);

/* From now on TERM and INT set a flag, and interrupt wait_readable() only. */
void catch_signals(void);
bool is_stopped(void);

/* A non-blocking UDP socket for the address of the options, bound to it (server) or connected to it (client).
 * -1 after one line on stderr. */
int open_socket(bool bound);

/* Waits until `fd` is readable, a signal comes or the clock reads `until` (ms). True: readable. */
bool wait_readable(int fd, int64_t until);

/* A new assoc with a session, or NULL without memory. assoc_free() closes the session too, see stack.close().
 * */
struct assoc *assoc_new(int fd, const struct sockaddr_storage *address, socklen_t length);
void assoc_free(struct assoc *assoc, bool notify);

/* Lets the session go on: with a datagram, or NULL. Returns assoc->step. */
enum step assoc_advance(struct assoc *assoc, const uint8_t *datagram, size_t length, bool expired);

/* When the session's timer runs out, INT64_MAX when it has none. ms */
int64_t assoc_deadline(const struct assoc *assoc);

/* ---- peer_coap.c: as much of RFC 7252 and LwM2M as keeps an association busy ---- */
enum { COAP_MESSAGE_MAX = 1280 };

/* What a client asks once its association stands: POST /rd, or POST /bs. */
struct registration {
    uint16_t message_id;
    int sent;        /* times */
    int64_t next;    /* ms: when it is repeated or given up; INT64_MAX: acknowledged or answered */
    bool answered;   /* there was a response */
    bool registered; /* and it was a success */
    bool failed;     /* there will be none: a reset, or no answer to the last repetition */
};

/* The answer to one message from a peer. Returns its length in `reply` (COAP_MESSAGE_MAX octets), 0: none.
 * `registration` of a client: is told when the message answers it. NULL in servers. */
size_t coap_answer(const uint8_t *message, size_t length, struct registration *registration, uint8_t *reply);

/* Writes the request if it is due now, and says when to ask again in registration->next. Returns its length,
 * 0: not due. */
size_t registration_request(struct registration *registration, uint8_t *request);

#endif
