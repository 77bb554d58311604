/*
 * What the endpoint's own files share and nobody else calls.
 */
#ifndef ENDPOINT_INTERNAL_H
#define ENDPOINT_INTERNAL_H

#include "endpoint/assoc.h"

void push_event(struct assoc *a, const struct event *e);

/* Counts a whole message in the transcript; a ClientHello begins it, HelloVerifyRequest and HelloRequest stay out. */
void transcript_message(struct assoc *a, uint8_t type, uint16_t seq, struct bytes body);

/* Reads the records that waited for keys. */
void read_pending(struct assoc *a);

/* Takes in the handshake fragments of one record; `e` is the record's event, filled but for kind and message. Returns
 * true when every fragment was a repetition. */
bool take_fragments(struct assoc *a, const struct event *e, struct bytes payload);

/* The trace's row of the record at offset `at` of datagram `index`, or NULL without a trace. */
struct trace_record *traced_record(struct assoc *a, size_t index, size_t at);

#endif
