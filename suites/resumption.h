/* What the cases of sessions by id and by ticket share. */
#ifndef SUITES_RESUMPTION_H
#define SUITES_RESUMPTION_H

#include "sweep.h"

/* The session that the client's hello offers is taken up as it was: its Finished verifies, and it is served. */
void taken_up_as_it_was(struct assoc *a, const struct session *s);

/* It is taken up with the other mandatory suite, or without its extended_master_secret: the client does not go on. Not-applicable where
 * the client does not offer that suite, or the session has no extended_master_secret. */
void taken_up_with_another_suite(struct assoc *a, const struct session *s);
void taken_up_without_ems(struct assoc *a, const struct session *s);

#endif
