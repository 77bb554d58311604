/*
 * Faults of clients about their registration, as faulty.h has the others.
 */
#ifndef DEVICE_FAULTY_REGISTRATION_H
#define DEVICE_FAULTY_REGISTRATION_H

#include "device/behaviour.h"

void client_updates_instead(struct talk *t);
void client_answer_from_anywhere(struct talk *t, struct bytes datagram);
void client_answer_of_epoch_0(struct talk *t, const struct event *e);
void server_answer_from_anywhere(struct talk *t, struct bytes coap);
void keeps_old_keys(struct talk *t);
enum opened reads_old_association(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                                  size_t *n);

#endif
