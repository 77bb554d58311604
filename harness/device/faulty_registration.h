/*
 * Faults of clients about their registration, as faulty.h has the others.
 */
#ifndef DEVICE_FAULTY_REGISTRATION_H
#define DEVICE_FAULTY_REGISTRATION_H

#include "device/behaviour.h"

void client_updates_instead(struct talk *t);
void client_answer_from_anywhere(struct talk *t, struct bytes datagram);
void client_answer_of_epoch_0(struct talk *t, const struct event *e);

#endif
