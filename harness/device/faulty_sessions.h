/*
 * The faults' functions about sessions that are taken up again and handshakes inside an association; as faulty.h.
 */
#ifndef DEVICE_FAULTY_SESSIONS_H
#define DEVICE_FAULTY_SESSIONS_H

#include "device/faulty.h"

/* ---- sessions that are taken up again ---- */

void resumption_wrong_keys(struct talk *t);
void resumption_new_suite(struct talk *t, struct answer *answer);
enum alert resumption_suite_unoffered(struct talk *t, const struct session *s, bool *resume);
bool resumed_finished_unchecked(struct talk *t, const struct event *e);
enum alert ems_gained(struct talk *t, const struct session *s, bool *resume);
enum alert ems_lost(struct talk *t, const struct session *s, bool *resume);
void ems_unsaid(struct talk *t, struct answer *answer);
enum alert etm_lost(struct talk *t, const struct session *s, bool *resume);
bool etm_echoed_not_done(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                         size_t cap, struct sealed *layout);
void fatal_keeps_session(struct talk *t);
const struct session *ticket_unchecked(struct talk *t);
enum alert changed_ticket_kills(struct talk *t);

void client_session_suite_dropped(struct talk *t, struct offer *offer);
enum alert client_full_refused(struct talk *t, const struct server_hello *h);
enum alert client_session_unchecked(struct talk *t, const struct server_hello *h);
bool client_session_made_up(struct talk *t, struct bytes body, struct server_hello *h);
void client_offers_plain_session(struct talk *t, struct offer *offer);
enum alert client_wants_ticket_taken(struct talk *t, const struct server_hello *h);
void client_ticket_wrong_keys(struct talk *t);
int client_never_backs_off(const struct device *d, int again_ms);
void client_forgets_session(struct talk *t, struct offer *offer);

/* ---- handshakes inside an association ---- */

void renegotiates(struct talk *t, const struct event *e);
enum alert renegotiation_info_ignored(struct talk *t);
int renegotiation_drops_etm(struct talk *t);
int renegotiation_forgets_etm(struct talk *t);
void renegotiation_info_forgotten(struct talk *t, struct answer *answer);
bool renegotiation_keeps_mte(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                             size_t cap, struct sealed *layout);

enum alert client_renegotiation_drops_etm(struct talk *t, const struct server_hello *h);
enum alert client_renegotiation_forgets_etm(struct talk *t, const struct server_hello *h);
void client_takes_early_flight(struct talk *t, const struct event *e);
void client_renegotiates(struct talk *t, const struct event *e);
void client_hello_request_ignored(struct talk *t, const struct event *e);

#endif
