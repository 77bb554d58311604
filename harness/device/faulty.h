/*
 * The faults' functions: each takes the place of one decision in struct behaviour. What each does wrong stands at the
 * function; which case has to notice stands in peers/faults.def.
 */
#ifndef DEVICE_FAULTY_H
#define DEVICE_FAULTY_H

#include "device/behaviour.h"
#include "device/talk.h"

/* ---- shared by the faults ---- */

/* True when the fault's parameter is that word. */
bool member_is(const struct talk *t, const char *name);

/* True when the hello offers exactly the two mandatory suites, the SCSV not counted: what faults that would break every handshake act on. */
bool is_two_suites(const struct client_hello *h);

/* True when the hello offers that suite alone, the SCSV not counted. */
bool is_only_suite(const struct client_hello *h, uint32_t code);

/* A whole extension, in the talk's arena. */
struct bytes one_extension(struct talk *t, uint16_t type, struct bytes body);

/* Both spans in one, in the talk's arena. */
struct bytes join_bytes(struct talk *t, struct bytes a, struct bytes b);

/* The block without extensions of that type; without those that a client of ours never offers. */
struct bytes without_extension(struct talk *t, struct bytes block, uint16_t type);
struct bytes without_unknown(struct talk *t, struct bytes block);

/* The master secret and the keys of epoch 1 once more, by that PRF and key, with the session hash when `extended`. */
void rekey(struct talk *t, enum prf which, bool extended, struct bytes psk);

/* The PRF that is right for the talk. */
enum prf own_prf(const struct talk *t);

/* CBC keys with encrypt-then-MAC; with MAC-then-encrypt. */
bool under_etm(const struct record_keys *k);
bool under_mte(const struct record_keys *k);

/* Sends that fatal alert; the talk is over. */
void end_with(struct talk *t, enum alert why);

/* Method and path ("/rd/1") of a CoAP request. */
const char *coap_path(struct talk *t, struct bytes coap, uint8_t *method);

/* The acknowledgement of a request with that code; `rest` is options and payload as they are. In the arena. */
struct bytes coap_answer(struct arena *arena, struct bytes coap, uint8_t code, struct bytes rest);

/* What the fragments of one type in one datagram, in epoch 0, look like. */
struct cut {
    size_t pieces; /* that are no whole message */
    bool back;     /* one begins before the last began */
    bool again;    /* one comes twice */
    bool overlap;  /* one begins before the last ended, and is not the same */
    bool octets;   /* all are of one octet */
};
struct cut cut_of(struct bytes datagram, uint8_t type);

/* The message that is waited for comes as it should have come: whole, in the clear. */
void feed_whole(struct talk *t, uint8_t type, struct bytes body);

/* ---- server: suites and extensions ---- */

int refuse_cipher(struct talk *t);
int select_unoffered(struct talk *t);
int blind_spot(struct talk *t);
int grease_kills(struct talk *t);
int certificate_suite_stops(struct talk *t);
void certificate_with_psk(struct talk *t, const struct answer *answer);
int accept_nothing_in_common(struct talk *t);
void close_notify_instead(struct talk *t, enum alert why);
int accept_cipher(struct talk *t);
int prefer_cipher(struct talk *t);
void wrong_prf(struct talk *t);
uint16_t extensions_required(struct talk *t);
enum alert unknown_extension_kills(struct talk *t);
void no_answer_to_scsv(struct talk *t, struct answer *answer);
void no_answer_to_renegotiation_info(struct talk *t, struct answer *answer);
void no_extended_master_secret(struct talk *t, struct answer *answer);
void ems_unsolicited(struct talk *t, struct answer *answer);
void ems_not_derived(struct talk *t);
void extension_unsolicited(struct talk *t, struct answer *answer);
void extension_twice(struct talk *t, struct answer *answer);
void truncated_hmac(struct talk *t, struct answer *answer);
void truncated_hmac_with_aead(struct talk *t, struct answer *answer);
void etm_not_echoed(struct talk *t, struct answer *answer);
void etm_with_aead(struct talk *t, struct answer *answer);
void etm_by_offer(struct talk *t, struct answer *answer);
void etm_unsolicited(struct talk *t, struct answer *answer);
enum alert etm_body_taken(struct talk *t);
void etm_body_sent(struct talk *t, struct answer *answer);
enum alert etm_extension_twice_taken(struct talk *t);
void etm_echoed_twice(struct talk *t, struct answer *answer);
int cbc_without_etm(struct talk *t);
void random_repeats(struct talk *t, struct answer *answer);

/* ---- versions ---- */

uint16_t aead_at_1_0(struct talk *t);
int any_aead_at_1_0(struct talk *t);
uint16_t server_hello_1_0_for_record_1_2(struct talk *t);
uint16_t drops_record_1_0(struct talk *t);
void hvr_version(struct talk *t);
uint16_t newer_refused(struct talk *t);
uint16_t low_version(struct talk *t);
void low_version_silent(struct talk *t, enum alert why);
uint16_t cbc_sha256_at_1_0(struct talk *t);
uint16_t low_version_with_fallback(struct talk *t);
bool cookie_without_version(struct talk *t);
uint16_t low_version_after_cookie(struct talk *t);
uint16_t sticky_downgrade(struct talk *t);
enum alert client_low_version(struct talk *t, const struct server_hello *h);
enum alert client_aead_at_1_0(struct talk *t, const struct server_hello *h);
enum alert client_aead_silent(struct talk *t, const struct server_hello *h);
enum alert client_version_silent(struct talk *t, const struct server_hello *h);
void client_hello_at_1_0(struct talk *t, struct offer *offer);
void client_hello_at_1_2_again(struct talk *t, struct offer *offer);
bool client_hvr(struct talk *t, const struct hello_verify_request *r);
void client_falls_back(struct talk *t, const struct event *e);

/* ---- client: offer and ServerHello ---- */

void client_offers_only(struct talk *t, struct offer *offer);
void client_without(struct talk *t, struct offer *offer);
void client_with(struct talk *t, struct offer *offer);
void client_without_scsv(struct talk *t, struct offer *offer);
void client_without_extension(struct talk *t, struct offer *offer);
void client_with_extension(struct talk *t, struct offer *offer);
void client_etm_body_sent(struct talk *t, struct offer *offer);
void client_without_etm(struct talk *t, struct offer *offer);
void client_extension_twice(struct talk *t, struct offer *offer);
void client_extension_once_again(struct talk *t, struct offer *offer);
void client_random_repeats(struct talk *t, struct offer *offer);
void client_random_changes(struct talk *t, struct offer *offer);
enum alert client_takes_unoffered(struct talk *t, const struct server_hello *h);
bool client_uses_ccm_8_instead(struct talk *t, const struct event *e);
enum alert client_takes_unsolicited(struct talk *t, const struct server_hello *h);
enum alert client_unsolicited_silent(struct talk *t, const struct server_hello *h);
enum alert client_takes_etm_with_aead(struct talk *t, const struct server_hello *h);
enum alert client_takes_unsolicited_etm(struct talk *t, const struct server_hello *h);
enum alert client_etm_body_taken(struct talk *t, const struct server_hello *h);
enum alert client_etm_twice_taken(struct talk *t, const struct server_hello *h);
enum alert client_cbc_without_etm(struct talk *t, const struct server_hello *h);
void client_ems_not_derived(struct talk *t);
void client_key_cut(struct talk *t);

/* ---- records sealed ---- */

bool etm_finished_mte(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                      size_t cap, struct sealed *layout);
bool etm_data_mte(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out, size_t cap,
                  struct sealed *layout);
bool etm_unagreed(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out, size_t cap,
                  struct sealed *layout);
bool record_version_1_0(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                        size_t cap, struct sealed *layout);
bool bad_padding_sent(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                      size_t cap, struct sealed *layout);
bool nonce_repeats(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out, size_t cap,
                   struct sealed *layout);
bool iv_constant(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out, size_t cap,
                 struct sealed *layout);
bool iv_counter(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out, size_t cap,
                struct sealed *layout);
bool iv_chained(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out, size_t cap,
                struct sealed *layout);
bool client_etm_on_aead(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                        size_t cap, struct sealed *layout);
void number_repeats(struct talk *t, struct bytes coap);
void plaintext_data(struct talk *t, struct bytes coap);
void plaintext_handshake(struct talk *t);

/* ---- records opened ---- */

enum opened etm_bad_finished_taken(struct talk *t, struct record_keys *k, const struct record *r,
                                   uint8_t *out, size_t *n);
enum opened etm_mac_unchecked(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                              size_t *n);
enum opened etm_mac_scope(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                          size_t *n);
enum opened etm_padding_unchecked(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                                  size_t *n);
enum opened etm_data_read_as_mte(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                                 size_t *n);
enum opened etm_reads_both(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                           size_t *n);
enum opened mte_reads_both(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                           size_t *n);
enum opened mte_mac_unchecked(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                              size_t *n);
enum opened mte_padding_unchecked(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                                  size_t *n);
enum opened padding_limit(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                          size_t *n);
enum opened nonce_from_number(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                              size_t *n);
enum opened aead_tag_unchecked(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                               size_t *n);
enum opened aead_additional_data(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                                 size_t *n);
bool any_record_version(struct talk *t, const struct record *r);
enum opened dies_on_short(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                          size_t *n);

/* ---- alerts and ends ---- */

void etm_alert_on_bad_mac(struct talk *t, const struct event *e);
void etm_wrong_alert(struct talk *t, const struct event *e);
void etm_alert_and_live(struct talk *t, const struct event *e);
void etm_alert_on_bad_padding(struct talk *t, const struct event *e);
void etm_decrypt_error_on_bad_padding(struct talk *t, const struct event *e);
void mte_alert_on_bad_mac(struct talk *t, const struct event *e);
void mte_wrong_alert(struct talk *t, const struct event *e);
void mte_alert_on_bad_padding(struct talk *t, const struct event *e);
void aead_alert_on_bad_tag(struct talk *t, const struct event *e);
void aead_wrong_alert(struct talk *t, const struct event *e);
void alert_21(struct talk *t, const struct event *e);
void alert_not_again(struct talk *t, enum alert why);
void dies_on_bad_mac(struct talk *t, const struct event *e);
void empty_kills(struct talk *t, const struct event *e);
void stray_garbage_kills(struct device *d, const struct sockaddr_storage *from, socklen_t n,
                         struct bytes datagram);
void garbage_kills(struct talk *t, struct bytes datagram);

/* ---- identities, keys, Finished ---- */

struct bytes accept_any_identity(struct talk *t, struct bytes identity);
struct bytes accept_empty_identity(struct talk *t, struct bytes identity);
struct bytes accept_identity_by_length(struct talk *t, struct bytes identity);
struct bytes accept_identity_binary(struct talk *t, struct bytes identity);
struct bytes identity_compare(struct talk *t, struct bytes identity);
bool key_exchange_lax(struct talk *t, struct bytes body, struct bytes *identity);
void refuse_identity_with_80(struct talk *t, enum alert why);
void refuse_key_with_80(struct talk *t, const struct event *e);
enum opened second_key(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                       size_t *n);
void answers_unreadable_finished(struct talk *t, const struct event *e);
void client_takes_any_finished(struct talk *t, const struct event *e);
void client_early_data(struct talk *t);
bool client_hint_lax(struct talk *t, struct bytes body);
void client_falls_back_to_coap(struct talk *t, const struct event *e);
void client_falls_back_on_wrong_key(struct talk *t, const struct event *e);
bool client_hint(struct talk *t, struct bytes body);
struct bytes client_hint_as_identity(struct talk *t);
struct bytes client_identity_nul_appended(struct talk *t);
void client_key_exchange_trailing(struct talk *t);
bool finished_unchecked(struct talk *t, const struct event *e);
bool finished_in_clear_taken(struct talk *t, const struct event *e);
bool not_for_a_clear_finished(struct talk *t);

/* ---- application data ---- */

void early_data_served(struct talk *t, const struct event *e);
void plaintext_data_served(struct talk *t, const struct event *e);
void plain_coap_served(struct device *d, const struct sockaddr_storage *from, socklen_t n,
                       struct bytes datagram);
void sends_hint(struct talk *t, const struct answer *answer);
void register_refused_over(struct talk *t, struct bytes coap);
void register_without_location(struct talk *t, struct bytes coap);
void bootstrap_refused_over(struct talk *t, struct bytes coap);
void register_needs_name(struct talk *t, struct bytes coap);
void server_dials_back(struct talk *t, struct bytes coap);
void association_dropped(struct talk *t, struct bytes datagram);
void client_security_object_written(struct talk *t, struct bytes coap);
void client_registers_twice(struct talk *t);
void client_never_registers_over(struct talk *t);
void client_read_refused(struct talk *t, struct bytes coap);
void client_discloses(struct talk *t, struct bytes coap);

/* ---- extensions ---- */

enum alert empty_block_refused(struct talk *t);
enum alert extension_order(struct talk *t);
enum alert extension_kills(struct talk *t);
void large_hello_dropped(struct talk *t, struct bytes datagram);
void ticket_unasked(struct talk *t);
void unknown_session_resumed(struct talk *t, struct answer *answer);
void unknown_session_etm_dropped(struct talk *t, struct answer *answer);
bool unknown_session_mte(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                         size_t cap, struct sealed *layout);
enum alert dies_on_duplicate(struct talk *t);
enum alert extension_body_unchecked(struct talk *t);
enum alert renegotiation_info_unchecked(struct talk *t);
enum alert ems_not_demanded(struct talk *t);
enum alert server_name_warning(struct talk *t);
void mfl_other_value(struct talk *t, struct answer *answer);
enum alert mfl_illegal_taken(struct talk *t);
enum alert rsl_illegal_taken(struct talk *t);
void mfl_illegal_silent(struct talk *t, enum alert why);
void rsl_own_small(struct talk *t, struct answer *answer);
void rsl_with_mfl(struct talk *t, struct answer *answer);
void mfl_exceeded(struct talk *t, struct bytes coap);
void rsl_exceeded(struct talk *t, struct bytes coap);
enum alert client_extension_body_unchecked(struct talk *t, const struct server_hello *h);
enum alert client_duplicate_taken(struct talk *t, const struct server_hello *h);
enum alert client_dies_without_block(struct talk *t, const struct server_hello *h);
enum alert client_renegotiation_info_unchecked(struct talk *t, const struct server_hello *h);
enum alert client_extension_not_demanded(struct talk *t, const struct server_hello *h);
enum alert client_mfl_unchecked(struct talk *t, const struct server_hello *h);
enum alert client_rsl_unchecked(struct talk *t, const struct server_hello *h);
void client_server_name_literal(struct talk *t, struct offer *offer);

/* ---- floods ---- */

bool cookie_keeps_state(struct talk *t);
void not_when_it_is_over(struct talk *t);
void dies_on_half_open(struct talk *t, struct answer *answer);
void takes_breath(struct talk *t);
bool dies_on_bad_hellos(struct talk *t);
void dies_on_junk(struct device *d, const struct sockaddr_storage *from, socklen_t n, struct bytes datagram);
void dies_on_many_datagrams(struct talk *t, struct bytes datagram);
void dies_on_forged(struct talk *t, const struct event *e);
bool dies_on_replays(struct talk *t, const struct record *r);

#endif
