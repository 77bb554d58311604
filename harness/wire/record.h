/*
 * The record layer's framing, RFC 6347 4.1: type, version, epoch, sequence number, length, fragment. A record of type
 * tls12_cid has a connection id before its length (RFC 9146 4), which only its receiver knows the length of.
 */
#ifndef WIRE_RECORD_H
#define WIRE_RECORD_H

#include "base/bytes.h"

enum content_type {
    CONTENT_CHANGE_CIPHER_SPEC = 20,
    CONTENT_ALERT = 21,
    CONTENT_HANDSHAKE = 22,
    CONTENT_APPLICATION_DATA = 23,
    CONTENT_TLS12_CID = 25, /* RFC 9146 3 */
};

enum {
    DTLS_1_0 = 0xFEFF,
    DTLS_1_2 = 0xFEFD,
    RECORD_HEADER = 13,          /* octets before the fragment */
    RECORD_FRAGMENT_MAX = 18432, /* 2^14 + 2048, RFC 5246 6.2.3 */
    DATAGRAM_MAX = 65507,
    CID_MAX = 255, /* octets of a connection id, RFC 9146 3 */
};

struct record {
    uint8_t type;
    uint16_t version;
    uint16_t epoch;
    uint64_t seq;     /* 48 bits */
    struct bytes cid; /* of a tls12_cid record whose id has octets */
    struct bytes fragment;
    struct bytes whole; /* header and fragment */
};

/* The next record of a datagram. False at its end, and (r->bad) when what is left is no record: header cut, or a length
 * beyond the datagram's end. */
bool get_record(struct reader *r, struct record *out);

/* The same where protected records of type tls12_cid carry an id of that many octets; plaintext ones have none, RFC 9146 4. */
bool get_record_with_cid(struct reader *r, size_t cid_n, struct record *out);

/* Header and fragment. */
void put_record(struct writer *w, uint8_t type, uint16_t version, uint16_t epoch, uint64_t seq,
                struct bytes fragment);

#endif
