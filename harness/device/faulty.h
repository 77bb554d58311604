/*
 * The faults' functions: each takes the place of one decision in struct behaviour. What each does wrong stands in
 * peers/faults.def and at the function.
 */
#ifndef DEVICE_FAULTY_H
#define DEVICE_FAULTY_H

#include "device/device.h"

uint16_t refuse_cipher(struct talk *t);

#endif
