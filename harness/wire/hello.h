/*
 * The hellos, RFC 5246 7.4.1 and RFC 6347 4.2.1, and their extensions.
 *
 * Parsing is exact: a hello with octets missing or left over is refused. Spans point into the parsed message. Whether a
 * value is sensible is not asked here.
 */
#ifndef WIRE_HELLO_H
#define WIRE_HELLO_H

#include "base/bytes.h"

enum extension_type {
    EXT_SERVER_NAME = 0,
    EXT_MAX_FRAGMENT_LENGTH = 1,
    EXT_TRUNCATED_HMAC = 4,
    EXT_SUPPORTED_GROUPS = 10,
    EXT_EC_POINT_FORMATS = 11,
    EXT_SIGNATURE_ALGORITHMS = 13,
    EXT_ENCRYPT_THEN_MAC = 22,
    EXT_EXTENDED_MASTER_SECRET = 23,
    EXT_RECORD_SIZE_LIMIT = 28,
    EXT_SESSION_TICKET = 35,
    EXT_SUPPORTED_VERSIONS = 43,
    EXT_CONNECTION_ID = 54,
    EXT_RENEGOTIATION_INFO = 0xFF01,
};

enum { HELLO_RANDOM = 32 };

struct client_hello {
    uint16_t version;
    struct bytes random, session_id, cookie;
    struct bytes ciphers; /* two octets a suite */
    struct bytes compression;
    bool has_extensions; /* the block is there, be it empty */
    struct bytes extensions;
};

struct server_hello {
    uint16_t version;
    struct bytes random, session_id;
    uint16_t cipher;
    uint8_t compression;
    bool has_extensions;
    struct bytes extensions;
};

struct hello_verify_request {
    uint16_t version;
    struct bytes cookie;
};

bool parse_client_hello(struct bytes body, struct client_hello *out);
bool parse_server_hello(struct bytes body, struct server_hello *out);
bool parse_hello_verify_request(struct bytes body, struct hello_verify_request *out);

void put_client_hello(struct writer *w, const struct client_hello *h);
void put_server_hello(struct writer *w, const struct server_hello *h);
void put_hello_verify_request(struct writer *w, const struct hello_verify_request *h);

/* One extension: type, 16-bit length, body. */
void put_extension(struct writer *w, uint16_t type, struct bytes body);

/* The next extension of a block; false at its end, and (r->bad) when it is cut. */
bool get_extension(struct reader *r, uint16_t *type, struct bytes *body);

/* The first extension of that type; body may be NULL. False when there is none. */
bool find_extension(struct bytes block, uint16_t type, struct bytes *body);

/* How often the type occurs in the block. */
size_t count_extension(struct bytes block, uint16_t type);

/* The body of a connection_id extension, RFC 9146 3: one id, of no octets perhaps. False when it is not that. */
bool parse_connection_id(struct bytes body, struct bytes *id);
void put_connection_id(struct writer *w, struct bytes id); /* the whole extension */

/* The suite at place i of a list of two octets a suite; how many there are; whether one is in it. */
uint16_t cipher_at(struct bytes list, size_t i);
size_t cipher_list_length(struct bytes list);
bool cipher_list_has(struct bytes list, uint16_t code);

#endif
