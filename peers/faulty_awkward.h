/*
 * A device that conforms and is hard to test: one slot, a handshake of three seconds, two seconds until it serves again, and after
 * five handshakes in a row that came to nothing a minute of silence. A client dials again by itself and has a new identity each time.
 */
#ifndef PEERS_FAULTY_AWKWARD_H
#define PEERS_FAULTY_AWKWARD_H

#include "device/device.h"

/* Makes the device awkward. */
void make_awkward(struct device *d);

/* Makes a server block: each time `refusals` handshakes came to nothing since it blocked last (with `in_row`: since one was completed)
 * it passes over all datagrams for so many seconds. */
void make_blocking(struct device *d, unsigned refusals, bool in_row, unsigned seconds);

#endif
