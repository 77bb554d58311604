/*
 * Faults of clients that are bootstrapped, as faulty.h has the others.
 */
#ifndef DEVICE_FAULTY_BOOTSTRAP_H
#define DEVICE_FAULTY_BOOTSTRAP_H

#include "device/behaviour.h"

void bootstrap_finish_refused(struct talk *t, struct bytes coap);
void bootstrap_finish_blind(struct talk *t, struct bytes coap);
void bootstrap_key_disclosed(struct talk *t, struct bytes coap);
void bootstrap_key_among_links(struct talk *t, struct bytes coap);
void discovers_as_text(struct talk *t, struct bytes coap);
void security_object_discovered(struct talk *t, struct bytes coap);
void bootstrap_spoils(struct talk *t, const struct account *account);
void indicated_suites(struct talk *t, const struct account *account);
void bootstrap_same_identity(struct talk *t, const struct account *account);
void names_unchecked(struct talk *t, struct bytes identity);
void name_refused_otherwise(struct talk *t, struct bytes coap);
void bootstrap_keeps_first_key(struct talk *t, const struct account *account);

#endif
