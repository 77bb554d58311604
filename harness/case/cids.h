/*
 * Verbs for connection ids, RFC 9146: an association that has them, what its records look like, and our end's other port.
 * Included by case.h.
 */
#ifndef CASE_CIDS_H
#define CASE_CIDS_H

#include "case/language.h"

/* [setup] A good handshake with a server that answers connection_id; the offer's `cid` is what its records to us shall carry, empty:
 * nothing. Its other fields may be special too. Not-applicable when connection_id is not answered. */
#define cid_handshake(a, ...) cid_handshake_((a), &(struct offer){__VA_ARGS__})

/* [setup] The ServerHello to a good hello with connection_id, answered or not. */
const struct server_hello *cid_hello(struct assoc *a, struct bytes id);

/* [setup] The dial of a client that offers connection_id: its hello, cookie exchange done. Not-applicable when it does not offer it. */
struct assoc *await_cid_client(struct test *t);

/* [setup] A good handshake with that client, where `id` is what its records to us shall carry, empty: nothing. */
void cid_serve(struct assoc *a, struct bytes id);

/* [setup] The same with that answer, whose `cid` is the id. */
#define cid_serve_as(a, ...) cid_serve_as_((a), &(struct answer){__VA_ARGS__})

/* True when the device's hello offers connection_id. */
bool offers_cid(struct assoc *a);

/* [setup] Not-applicable when the device gave an id of no octets, or none: what is sent to it carries none. */
void needs_device_cid(struct assoc *a);

/* Every protected record of the device so far carries our id and opens; there is one at least. */
void expect_cid_used(struct assoc *a);

/* The same, and there may be none: how many they are. */
size_t expect_no_other_cid(struct assoc *a);

/* No record of the device so far is of type tls12_cid; of epoch 0 alone when `in_clear`. `why` ends the sentence. */
void expect_ordinary_records(struct assoc *a, bool in_clear, const char *why);

/* A probe of the association's, right in all but that it has this id. */
struct sealed probe_with_cid(struct assoc *a, struct bytes id);

/* From here we send from another port of ours, or from the first one again; both are listened at. */
void move_port(struct assoc *a);
void move_back(struct assoc *a);

/* Sends the record as often as a probe whose answer must be silence. */
void send_surely(struct assoc *a, const struct sealed *s);

/* Where the answer to a probe that was sent came to. */
enum came { CAME_NOT, CAME_TO_FIRST_PORT, CAME_TO_OTHER_PORT };
enum came answer_came(struct assoc *a, const struct sealed *probe);

/* ---- plumbing that a case never names ------------------------------------------------------------------------------------ */

void cid_handshake_(struct assoc *a, const struct offer *o);
void cid_serve_as_(struct assoc *a, const struct answer *answer);

#endif
