/* The faults of handshake messages: pieces, hellos, cookies, order. Included like faulty.h, whose words hold. */
#ifndef DEVICE_FAULTY_HANDSHAKE_H
#define DEVICE_FAULTY_HANDSHAKE_H

#include "device/faulty.h"

/* ---- messages in pieces ---- */

void fragments_refused(struct talk *t, struct bytes datagram);
void overlap_refused(struct talk *t, struct bytes datagram);
void second_hello_fragments_refused(struct talk *t, struct bytes datagram);
enum opened finished_fragments_refused(struct talk *t, struct record_keys *k, const struct record *r,
                                       uint8_t *out, size_t *n);
bool fragments_unchecked(struct talk *t, const struct event *e);
void future_message_kills(struct talk *t, const struct event *e);

/* ---- hellos, cookies and the order of messages ---- */

bool cookie_skipped(struct talk *t);
bool cookie_unchecked(struct talk *t);
void bad_cookie_refused(struct talk *t);
void cookie_without_address(struct talk *t, uint8_t *out);
void cookie_without_hello(struct talk *t, uint8_t *out);
void verify_request_number(struct talk *t);
void message_seq_skips(struct talk *t, const struct answer *answer);
void number_repeats_after_verify_request(struct talk *t, const struct answer *answer);
void hash_with_first_hello(struct talk *t, const struct answer *answer);
void hello_lax(struct talk *t, enum alert why);
void hello_refused_silently(struct talk *t, enum alert why);
void hello_epoch_unchecked(struct device *d, const struct sockaddr_storage *from, socklen_t n,
                           struct bytes datagram);
void early_epoch_kills(struct talk *t, const struct event *e);
void stray_ends_association(struct device *d, const struct sockaddr_storage *from, socklen_t n,
                            struct bytes datagram);
void large_epoch_noted(struct device *d, const struct sockaddr_storage *from, socklen_t n,
                       struct bytes datagram);
void large_epoch_sticks(struct talk *t, struct bytes datagram);
void compression_chosen(struct talk *t, struct answer *answer);
enum alert null_compression_not_needed(struct talk *t);
void unexpected_taken(struct talk *t, enum alert why);
bool key_exchange_not_needed(struct talk *t, const struct event *e);
bool change_cipher_spec_not_needed(struct talk *t);
bool change_cipher_spec_lax(struct talk *t, const struct event *e);
void message_gap_taken(struct talk *t, struct bytes datagram);
void old_message_taken(struct talk *t, const struct event *e);
bool hello_drops_association(struct talk *old);
void known_address_refused(struct talk *t, struct bytes datagram);
void old_association_lives(struct talk *t);
void old_association_reads(struct talk *t, struct bytes datagram);
bool late_ccs_kills(struct talk *t, const struct event *e);
void junk_drops_association(struct talk *t, struct bytes datagram);
void dies_on_first(struct device *d, const struct sockaddr_storage *from, socklen_t n, struct bytes datagram);
/* ---- client: cookies, ServerHellos and order ---- */

void client_cookie_cut(struct talk *t, struct offer *offer);
bool client_verify_request_lax(struct talk *t, struct bytes body, struct hello_verify_request *r);
bool client_dies_on_empty_cookie(struct talk *t, const struct hello_verify_request *r);
bool client_one_cookie(struct talk *t, const struct hello_verify_request *r);
bool client_late_verify_request(struct talk *t, const struct event *e);
bool client_hello_lax(struct talk *t, struct bytes body, struct server_hello *h);
enum alert client_compression_unchecked(struct talk *t, const struct server_hello *h);
void client_without_null_compression(struct talk *t, struct offer *offer);
void client_null_compression_again(struct talk *t, struct offer *offer);
void client_with_deflate(struct talk *t, struct offer *offer);
void client_epoch_unchecked(struct talk *t, struct bytes datagram);
void client_large_epoch_sticks(struct talk *t, struct bytes datagram);
void client_old_message_taken(struct talk *t, struct bytes datagram);
void client_message_gap_taken(struct talk *t, struct bytes datagram);
void client_message_seq_skips(struct talk *t);
void client_unexpected_taken(struct talk *t, enum alert why);
bool client_needs_no_change_cipher_spec(struct talk *t);
bool client_change_cipher_spec_lax(struct talk *t, const struct event *e);
bool client_dies_on_first_message(struct talk *t, const struct event *e);
bool client_dies_on_first_change(struct talk *t, const struct event *e);
void client_dies_on_first_data(struct talk *t, const struct event *e);
bool client_dies_on_hello_request(struct talk *t, const struct event *e);
void client_extra_finished_kills(struct talk *t, const struct event *e);
bool client_changes_keys(struct talk *t, const struct event *e);
void client_reads_other_keys(struct talk *t, const struct event *e);
bool client_late_change_kills(struct talk *t, const struct event *e);

/* ---- client: messages in pieces ---- */

void fragments_sent_badly(struct talk *t, struct bytes datagram);
void client_hint_fragments_refused(struct talk *t, struct bytes datagram);
void sees_pieces(struct talk *t, struct bytes datagram);
void hash_of_fragments(struct talk *t);
void client_fragments_unchecked(struct talk *t, struct bytes datagram);
void client_dies_on_fragment(struct talk *t, const struct event *e);
void dies_on_protected_lie(struct talk *t, const struct event *e);
void client_dies_on_empty_piece(struct talk *t, struct bytes datagram);

#endif
