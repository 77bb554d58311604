/*
 * The planted faults: what peers/faults.def says, as a table.
 *
 * A fault replaces one decision of the conforming behaviour on top of a base: what the device takes and offers beside. A
 * fault of a family has a parameter, "id:0x008c"; there is one row a parameter that the self-test runs, and any other works too.
 */
#ifndef DEVICE_FAULTS_H
#define DEVICE_FAULTS_H

#include "device/device.h"

enum fault_role { FAULT_SERVER, FAULT_CLIENT };

struct fault {
    const char *id;
    enum fault_role role;
    const char *base; /* of bases.def */
    void (*plant)(struct behaviour *b);
    const char *parameter; /* "" without one */
    const char *case_id;   /* the case that must report it */
    const char *also; /* other cases that it may change: ids and globs with commas between, "" for none */
};

extern const struct fault faults[];
extern const size_t fault_count;

/* Makes the device one of that base: "base", "suites", "mte" and others of peers/bases.def. False when there is none. */
bool take_base(struct device *d, const char *name);

/* Plants "id" or "id:parameter" of that role, with its base. False when there is none. text stays the caller's. */
bool plant_fault(struct device *d, enum fault_role role, const char *text);

#endif
