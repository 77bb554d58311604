/*
 * A device that conforms and is hard to test: one slot, a handshake of three seconds, two seconds until it serves again, and after
 * five handshakes in a row that came to nothing a minute of silence. A client dials again by itself and has a new identity each time.
 */
#ifndef PEERS_FAULTY_AWKWARD_H
#define PEERS_FAULTY_AWKWARD_H

#include "device/device.h"

/* Makes the device awkward. */
void make_awkward(struct device *d);

#endif
