/* The faults of connection ids. Included like faulty.h, whose words hold. */
#ifndef DEVICE_FAULTY_CID_H
#define DEVICE_FAULTY_CID_H

#include "device/faulty.h"

/* ---- connection ids ---- */

void cid_unasked(struct talk *t, struct answer *answer);
void cid_malformed_answer(struct talk *t, struct answer *answer);
void client_cid_malformed(struct talk *t, struct offer *offer);
enum alert cid_early_code_kills(struct talk *t);
enum alert cid_body_unchecked(struct talk *t);
enum alert client_cid_unchecked_answer(struct talk *t, const struct server_hello *h);
enum alert client_cid_length_refused(struct talk *t, const struct server_hello *h);
bool cid_not_used(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out, size_t cap,
                  struct sealed *layout);
bool cid_cut(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out, size_t cap,
             struct sealed *layout);
bool cid_when_empty(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                    size_t cap, struct sealed *layout);
void client_cid_unagreed(struct talk *t, struct bytes coap);
bool cid_etm_ordinary_mac(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                          size_t cap, struct sealed *layout);
bool cid_mte_ordinary_mac(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                          size_t cap, struct sealed *layout);
bool cid_length_kept(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                     size_t cap, struct sealed *layout);
bool cid_resumed_unagreed(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                          size_t cap, struct sealed *layout);
void cid_resumed_unasked(struct talk *t, struct answer *answer);
void cid_in_clear(struct talk *t, const struct answer *answer);
void client_cid_in_clear(struct talk *t);
bool cid_unchecked(struct talk *t, const struct record *r);
enum opened cid_scope(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out, size_t *n);
enum opened cid_inner_padding_refused(struct talk *t, struct record_keys *k, const struct record *r,
                                      uint8_t *out, size_t *n);
enum opened cid_own_not_taken(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                              size_t *n);
void cid_untyped_ends(struct talk *t, const struct event *e);
void cid_alert_on_bad_tag(struct talk *t, const struct event *e);
bool cid_moves_early(struct talk *t, const struct record *r);
bool cid_moves_late(struct talk *t, const struct record *r);

#endif
