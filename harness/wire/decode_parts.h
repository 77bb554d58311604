/*
 * The parts of decode_datagram: a decoder collects the summary and the fields while the parts walk through the octets.
 */
#ifndef WIRE_DECODE_PARTS_H
#define WIRE_DECODE_PARTS_H

#include "wire/decode.h"
#include "wire/handshake.h"

struct decoder {
    struct arena *arena;
    struct decoded *out;
    size_t cap; /* of out->fields */
    struct bytes datagram;
    struct bytes cover; /* not empty: what is decoded came out of this fragment */
    char text[DECODED_SUMMARY_MAX];
    size_t text_n;
};

/* Appends to the summary; what does not fit is replaced by dots. */
void decode_say(struct decoder *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds the field at that place; value is the arena's or static. A field of no octets has no place and is left out. */
void decode_field(struct decoder *d, const char *name, const char *value, struct bytes place);

/* b for people: hex of at most 64 octets, "empty" when there are none; and escaped text, likewise. */
const char *decode_hex(struct decoder *d, struct bytes b);
const char *decode_text(struct decoder *d, struct bytes b);

/* One complete handshake message's body, said and as fields. */
void decode_handshake_body(struct decoder *d, uint8_t type, struct bytes body);

/* A CoAP message as one phrase, "CoAP ping 0x1234"; NULL when b is none. */
const char *decode_coap(struct arena *a, struct bytes b);

#endif
