/* The peers: DTLS implementations that this project brings along to be judged.
 *
 * One idea: a peer is two programs, NAME-server and NAME-client, and everything that two stacks have in
 * common is written once. The shared code owns main(), the options, the sockets, the poll loop, the timers,
 * the table of associations and CoAP; a stack only turns datagrams into plaintext and back, as the table
 * `struct stack` says.
 *
 * What a stack provides: one file peers/NAME.c that includes its library's headers and this one, and exports
 * `const struct stack stack`. It is linked twice:
 *     build/peers/NAME-server = NAME.c peer_server.c peer.c peer_assoc.c peer_coap.c
 *     build/peers/NAME-client = NAME.c peer_client.c peer.c peer_assoc.c peer_coap.c
 * with -lpopt and the library.
 *
 * Invariants: one thread. A session belongs to one assoc, which outlives it. The library never sees a socket:
 * it takes datagrams with assoc_take() and sends them with assoc_send(), one call a datagram, neither ever
 * blocks. Randomness is the library's own.
 */
#ifndef PSKGATE_PEERS_PEER_H
#define PSKGATE_PEERS_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PEER_KEY_MAX = 64,       /* octets; LwM2M keys have 16 to 64 */
    PEER_IDENTITY_MAX = 256, /* octets */
    PEER_MTU = 1200,         /* the UDP payload to tell a library that asks for an MTU */
    PEER_DATAGRAM_MAX =
        4096 /* the largest datagram that is read; longer ones are cut, so no record survives */
};

/* A row of configs.def: what a configuration means to one stack. */
struct config {
    const char *stack;
    const char *name; /* "lwm2m" or "library" */
    const char
        *ciphers; /* cipher suites, or a priority, in the library's own words; NULL: the library's default */
    bool cookies; /* the server asks for a cookie (RFC 6347 4.2.1) */
    const char *means; /* the configuration in words */
};

/* What the command line said. Constant from start() to stop(). */
struct peer {
    bool server;
    bool lwm2m; /* the LwM2M-conformant configuration; false: the library's defaults */
    const struct config *config;
    uint8_t identity[PEER_IDENTITY_MAX + 1]; /* a NUL follows, for libraries that want text */
    size_t identity_length;
    uint8_t key[PEER_KEY_MAX];
    size_t key_length;
};

/* Where a session stands. */
enum step {
    STEP_DEAD,       /* closed by the peer, refused or broken; alerts, if any, are sent; to be closed */
    STEP_COOKIE,     /* server: a HelloVerifyRequest was sent; nothing of the session needs to be kept */
    STEP_HANDSHAKE,  /* under way */
    STEP_ESTABLISHED /* plaintext flows */
};

struct assoc;   /* the shared code's side of an association: an address, a socket, the datagram that waits */
struct session; /* the stack's side; every stack defines its own */

/* ---- What a stack implements. All functions are required. ---- */
struct stack {
    const char *name; /* as in NAME-server */

    /* Makes what all sessions share. False (after complain()) ends the program. `peer` stays valid until
     * stop(). */
    bool (*start)(const struct peer *peer);
    void (*stop)(void);

    /* A new session on `assoc`, a server's or a client's as peer->server says. Sends nothing yet. NULL: no
     * memory. */
    struct session *(*open)(struct assoc *assoc);

    /* Goes as far as it can without waiting: called when a datagram waits in the assoc, when timeout_ms() has
     * run out (`expired`; then no datagram waits), and once at the beginning of a client's session (neither).
     * Hands all plaintext over with assoc_receive(). Whatever of the datagram is not taken is lost. Once
     * STEP_ESTABLISHED was returned only that or STEP_DEAD may follow. A close_notify is answered with one
     * (RFC 5246 7.2.1). With config->cookies a server's new session answers a hello without a valid cookie
     * with a HelloVerifyRequest and returns STEP_COOKIE; the shared code then closes it, and the next hello
     * of that address gets a new session: cookies must depend on assoc_address() and on a secret made in
     * start(), never on the session. A library whose cookies need the session returns STEP_HANDSHAKE instead.
     * */
    enum step (*run)(struct session *session, bool expired);

    /* Milliseconds until the library's retransmission timer runs out (0: now), -1 when it is not running. */
    int (*timeout_ms)(struct session *session);

    /* Sends one message as application data over an established session. False: it is dead. Is also called
     * from within assoc_receive(), thus within run(). */
    bool (*send)(struct session *session, const uint8_t *data, size_t length);

    /* Frees the session. With `notify` (only on an established one) a close_notify is sent first; without,
     * nothing. */
    void (*close)(struct session *session, bool notify);
};
extern const struct stack stack;

/* ---- What the shared code offers to a stack ---- */

/* The datagram that waits, without taking it; NULL when none does. Valid until run() returns. */
const uint8_t *assoc_peek(const struct assoc *assoc, size_t *length);

/* Moves the datagram that waits to `buffer`, cut at `capacity`, and returns how many octets that is.
 * 0: none waits (the library's "would block"; empty datagrams are never delivered). */
size_t assoc_take(struct assoc *assoc, void *buffer, size_t capacity);

/* Sends one datagram to the peer. What the network does to it is no concern of the stack: there is no
 * failure. */
void assoc_send(struct assoc *assoc, const void *datagram, size_t length);

/* Hands over plaintext: the payload of one record of application data. May call stack.send() before it
 * returns. */
void assoc_receive(struct assoc *assoc, const void *data, size_t length);

/* Octets that stand for the peer's address and port, to bind a cookie to (RFC 6347 4.2.1). */
const void *assoc_address(const struct assoc *assoc, size_t *length);

/* Is this the identity of the command line, octet by octet and in length? RFC 4279 5.3. */
bool peer_identity_is(const struct peer *peer, const void *identity, size_t length);

/* One line on stderr, "NAME-role: TEXT". Never with a key in it. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Milliseconds of a clock that only goes forward, for libraries that leave their timers to us. */
int64_t now_ms(void);

#endif
