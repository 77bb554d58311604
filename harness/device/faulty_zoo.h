/*
 * Faults of servers that meet the ClientHellos of real devices, as faulty.h has the others.
 */
#ifndef DEVICE_FAULTY_ZOO_H
#define DEVICE_FAULTY_ZOO_H

#include "device/behaviour.h"

enum alert hello_shape_refused(struct talk *t);

#endif
