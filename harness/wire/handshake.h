/*
 * Handshake framing, RFC 6347 4.2.2: type, length, message_seq, fragment_offset, fragment_length, body.
 */
#ifndef WIRE_HANDSHAKE_H
#define WIRE_HANDSHAKE_H

#include "base/bytes.h"

enum handshake_type {
    HELLO_REQUEST = 0,
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    HELLO_VERIFY_REQUEST = 3,
    NEW_SESSION_TICKET = 4,
    CERTIFICATE = 11,
    SERVER_KEY_EXCHANGE = 12,
    CERTIFICATE_REQUEST = 13,
    SERVER_HELLO_DONE = 14,
    CERTIFICATE_VERIFY = 15,
    CLIENT_KEY_EXCHANGE = 16,
    FINISHED = 20,
};

enum { HANDSHAKE_HEADER = 12, VERIFY_DATA = 12 };

struct fragment {
    uint8_t type;
    uint32_t length; /* of the whole message, octets */
    uint16_t message_seq;
    uint32_t offset, fragment_length; /* as the header says */
    struct bytes body;                /* fragment_length octets */
};

/* The next fragment of a record; false at its end, and (r->bad) when the header is cut or fragment_length is beyond
 * the record. That offset + fragment_length <= length is not checked here. */
bool get_fragment(struct reader *r, struct fragment *out);

/* Header and body as the fields say; nothing is checked. */
void put_fragment(struct writer *w, const struct fragment *f);

/* ClientKeyExchange of plain PSK, RFC 4279 2: the identity. False when lengths disagree or octets are left over. */
bool parse_client_key_exchange(struct bytes body, struct bytes *identity);

/* ServerKeyExchange of plain PSK: the hint. False as above. */
bool parse_server_key_exchange(struct bytes body, struct bytes *hint);

#endif
