/*
 * How a client device that registers is brought back by what LwM2M has for it (LwM2M 1.0 E.2, E.4; 1.1 Core E.3): before an association
 * ends, the device is told to try often, and then to come again. Included by run_case.h.
 *
 * One idea: a lever is pulled only over an association that the device registered over; what it answers is in the trace, and judges
 * nothing.
 */
#ifndef CASE_LEVER_H
#define CASE_LEVER_H

#include <stdbool.h>

enum lever { LEVER_NONE, LEVER_DISABLE, LEVER_UPDATE, LEVER_REBOOT, LEVER_BOOTSTRAP };

/* "disable" "update" "reboot" "bootstrap"; false for any other word. */
bool lever_of(const char *word, enum lever *out);

#endif
