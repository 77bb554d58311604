/* The faults of records and alerts, and of what becomes of lost and repeated datagrams. Included like faulty.h, whose words hold. */
#ifndef DEVICE_FAULTY_RECORD_H
#define DEVICE_FAULTY_RECORD_H

#include "device/faulty.h"

/* ---- records: windows, junk, datagrams, headers ---- */

bool replay_taken(struct talk *t, const struct record *r);
bool old_number_taken(struct talk *t, const struct record *r);
bool window_short(struct talk *t, const struct record *r);
bool window_before_mac(struct talk *t, const struct record *r);
bool first_record_only(struct talk *t, const struct record *r);
bool second_record_late(struct talk *t, const struct record *r);
void late_record_comes(struct talk *t, struct bytes datagram);
bool rest_of_datagram_lost(struct talk *t, const struct record *r);
void junk_kills(struct talk *t, struct bytes datagram);
void junk_warning_alert(struct talk *t, struct bytes datagram);
void counts_records(struct talk *t, struct bytes datagram);
void notes_bad_record(struct talk *t, struct bytes datagram);
void junk_tail_kills(struct talk *t, struct bytes datagram);
void dies_on_over_long(struct talk *t, struct bytes datagram);
void over_long_sent(struct talk *t, struct bytes datagram);
void overflow_alert(struct talk *t, struct bytes datagram);
enum opened protected_junk_kills(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                                 size_t *n);
enum opened protected_empty_kills(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                                  size_t *n);
enum opened dies_on_long_plaintext(struct talk *t, struct record_keys *k, const struct record *r,
                                   uint8_t *out, size_t *n);
enum opened mte_header_unchecked(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                                 size_t *n);
bool nonce_random(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out, size_t cap,
                  struct sealed *layout);
bool numbers_from_one(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                      size_t cap, struct sealed *layout);
void empty_record_sent(struct talk *t);

/* ---- alerts: obeyed or not, and sent ---- */

void close_notify_unanswered(struct talk *t, const struct event *e);
void open_after_close_notify(struct talk *t, const struct event *e);
void fatal_alert_ignored(struct talk *t, const struct event *e);
void warning_kills(struct talk *t, const struct event *e);
void warning_kills_handshake(struct talk *t, const struct event *e);
void plaintext_alert_obeyed(struct talk *t, const struct event *e);
void handshake_alert_ignored(struct talk *t, const struct event *e);
void malformed_alert_kills(struct talk *t, const struct event *e);
void unknown_level_warned(struct talk *t, const struct event *e);
void bad_record_by_number(struct talk *t, const struct event *e);
void refusal_by_warning(struct talk *t, enum alert why);
void refuses_by_number(struct talk *t, enum alert why);
/* ---- loss, copies, order ---- */

void repeated_hello_ignored(struct talk *t, struct bytes datagram);
void hello_copy_kills(struct talk *t, struct bytes datagram);
void flight_not_repeated(struct talk *t, const struct answer *answer);
void repetitions_ignored(struct talk *t, const struct answer *answer);
void flight_repeated_in_part(struct talk *t, const struct answer *answer);
void timer_short(struct talk *t, const struct answer *answer);
void repetition_same_numbers(struct talk *t, struct bytes datagram);
void timer_constant(struct talk *t, struct bytes datagram);
void last_flight_without_ccs(struct talk *t);
bool early_ccs_kills(struct talk *t, const struct event *e);
bool early_finished_kills(struct talk *t);
bool second_ccs_kills(struct talk *t, const struct event *e);
bool stale_finished_kills(struct talk *t, const struct record *r);
void repeated_message_kills(struct talk *t, const struct event *e);
void packing_refused(struct talk *t, struct bytes datagram);
void client_hello_not_repeated(struct talk *t, struct bytes datagram);
void client_done_first_kills(struct talk *t, struct bytes datagram);
void client_packing_refused(struct talk *t, struct bytes datagram);
void client_flight_not_repeated(struct talk *t);
void client_flight_repeated_in_part(struct talk *t);
void client_timer_short(struct talk *t);
void client_early_data_kills(struct talk *t, const struct event *e);

#endif
