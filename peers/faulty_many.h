/*
 * Client devices side by side in one process: the self-test needs thousands, and starting a program costs more than a
 * handshake.
 *
 * Lines on stdin say what to do, and nothing answers: "dial ID PORT FAULT BASE" starts a device that dials that port (FAULT
 * "-": none; else its own base counts), "stop ID" ends it. Invariant: a device is one thread's, from its line to its stop.
 */
#ifndef PEERS_FAULTY_MANY_H
#define PEERS_FAULTY_MANY_H

#include "device/faults.h"

/* Serves stdin to its end with devices like that one, which has neither fault nor base. Returns the exit status. */
int dial_on_demand(struct device *like);

#endif
