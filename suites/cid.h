/* What the cases of connection ids share. */
#ifndef SUITES_CID_H
#define SUITES_CID_H

#include "record.h"

enum { OWN = 4, ZEROS = 16 }; /* octets of our id, of an inner padding */

/* [setup] An association with the device, whichever role it plays, with an id of ours and one of the device's. */
struct assoc *cid_agreed(struct test *t);

/* Members: what a tag or MAC may wrongly cover. */
bool cid_scopes(size_t i, struct member *out);

#endif
