/*
 * What an association leaves behind for a later one (RFC 5246 7.3, RFC 5077), and the steps that are special to a handshake that
 * takes it up: the abbreviated one, in which the server speaks last but one.
 *
 * Invariant: a session holds a master secret; who keeps one wipes it.
 */
#ifndef ENDPOINT_SESSION_H
#define ENDPOINT_SESSION_H

#include "endpoint/server.h"

enum { SESSION_ID_MAX = 32, TICKET_MAX = 2048 };

struct session {
    uint8_t id[SESSION_ID_MAX];
    size_t id_n; /* 0: none */
    uint8_t ticket[TICKET_MAX];
    size_t ticket_n; /* 0: none */
    uint8_t master[MASTER_SECRET];
    uint16_t cipher;
    bool encrypt_then_mac, extended_master_secret;
};

/* What the completed association leaves behind, without id and ticket. */
void session_keep(struct session *out, const struct assoc *a);

/* The session's id; its ticket. Spans into the session. */
struct bytes session_id_of(const struct session *s);
struct bytes session_ticket_of(const struct session *s);

/* The ticket in a NewSessionTicket, RFC 5077 3.3. False when lengths disagree. */
bool parse_new_session_ticket(struct bytes body, struct bytes *ticket);

/* The association takes the session up: the keys of the next epoch come of its master secret and this handshake's randoms, RFC 5246
 * 7.3. From here the client's Finished is the last message. To be called once suite and randoms are agreed. */
void assoc_resume(struct assoc *a, const uint8_t master[MASTER_SECRET]);

/* Adds a NewSessionTicket of that lifetime (seconds) to the flight. */
void queue_ticket(struct assoc *a, uint32_t lifetime, struct bytes ticket);

/* The server's flight of an abbreviated handshake, begun by queue_server_hello and assoc_resume: ChangeCipherSpec, Finished; sent with the timer. */
void send_resuming_finish(struct assoc *a);

#endif
