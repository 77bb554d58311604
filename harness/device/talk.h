/*
 * A talk: what the device's own files share about one association.
 */
#ifndef DEVICE_TALK_H
#define DEVICE_TALK_H

#include "device/device.h"

/* A new talk with that peer over fd, in the device's list. NULL when the list is full. */
struct talk *talk_new(struct device *d, enum side side, int fd, const struct sockaddr_storage *address,
                      socklen_t n);

/* Takes it out of the list, wipes and frees it. */
void talk_free(struct talk *t);

/* Feeds a datagram and does all that follows from it. */
void talk_feed(struct talk *t, struct bytes datagram);

/* From here the peer's address is the one that the last datagram came from. */
void talk_move(struct talk *t);

/* Deals with the events that wait, then with the responder. */
void talk_run(struct talk *t);

/* Serves timers. */
void talk_tick(struct talk *t, int64_t now);

/* When talk_tick has something to do, now_us; INT64_MAX: never. */
int64_t talk_due(struct talk *t);

/* The handshake steps of the roles. */
void server_message(struct talk *t, const struct event *e);
void client_message(struct talk *t, const struct event *e);
void client_begin(struct talk *t);

/* Server: answers a hello whose cookie, if it needs one, is right; from choosing a version on. */
void answer_hello(struct talk *t);

/* Server: a protected hello begins another handshake inside the association. A warning says no when there is no epoch left for it. */
void renegotiate(struct talk *t, const struct event *hello);

/* Client: a HelloRequest is answered by a protected hello. A warning says no when there is no epoch left for it. */
void begin_renegotiation(struct talk *t, const struct event *request);

/* A Finished that may count now: verified, and what follows it done. Either role. */
void take_finished(struct talk *t, const struct event *e);

/* A client that was bootstrapped dials its bootstrap server next. */
void device_move_home(struct device *d);

/* Hands application data to the responder. */
void talk_serve(struct talk *t, struct bytes coap);

/* Sends the alert and ends the talk. */
void talk_refuse(struct talk *t, enum alert why);

/* True when a suite's code is in a list ended by 0. */
bool has_cipher(const uint16_t *list, uint16_t code);

#endif
