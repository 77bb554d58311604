/*
 * What a datagram says, for people: one line, and named fields with their places.
 *
 * Decoding never fails: whatever is no DTLS is called so, what is cut or malformed is named as such, and the rest is still
 * decoded. All text is printable ASCII, what a device sent is hex or escaped, and both the line and the number of fields
 * are bounded whatever the datagram holds.
 */
#ifndef WIRE_DECODE_H
#define WIRE_DECODE_H

#include "base/arena.h"
#include "base/bytes.h"

/* What a protected record holds, for those that could be opened. */
struct decoded_plaintext {
    size_t record; /* its place in the datagram, from 0 */
    struct bytes content;
    uint8_t type; /* of a record with a connection id: the content's own, RFC 9146 4 */
    size_t cid_n; /* octets of that id */
};

/* at and length are octets of the datagram. A field inside a protected record has that record's fragment as its place. */
struct decoded_field {
    const char *name, *value;
    size_t at, length;
};

enum { DECODED_FIELDS_MAX = 512, DECODED_SUMMARY_MAX = 600 };

struct decoded {
    const char
        *summary; /* "ServerHello TLS_PSK_WITH_AES_128_CCM_8, extended_master_secret; ServerHelloDone" */
    struct decoded_field *fields;
    size_t field_count;
};

/* Decodes a datagram; plains may be NULL when n is 0. Everything in out is the arena's. */
void decode_datagram(struct arena *a, struct bytes datagram, const struct decoded_plaintext *plains, size_t n,
                     struct decoded *out);

#endif
