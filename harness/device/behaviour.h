/*
 * The conforming decisions, by role. Nobody calls them by these names but the table `conforming` (behaviour.c) and one
 * another; a fault that wants the conforming answer calls conforming.DECISION.
 */
#ifndef DEVICE_BEHAVIOUR_H
#define DEVICE_BEHAVIOUR_H

#include "device/device.h"

bool conforming_ask_cookie(struct talk *t);
bool conforming_check_cookie(struct talk *t);
void conforming_send_verify_request(struct talk *t);
uint16_t conforming_choose_version(struct talk *t);
enum alert conforming_check_client_hello(struct talk *t);
int conforming_choose_cipher(struct talk *t);
void conforming_compose_answer(struct talk *t, struct answer *answer);
void conforming_compose_flight(struct talk *t, const struct answer *answer);
const struct session *conforming_find_session(struct talk *t);
enum alert conforming_check_session(struct talk *t, const struct session *s, bool *resume);
bool conforming_replace_known(struct talk *old);
bool conforming_parse_identity(struct talk *t, struct bytes body, struct bytes *identity);
struct bytes conforming_lookup_psk(struct talk *t, struct bytes identity);
void conforming_know_peer(struct talk *t, struct bytes identity);
void conforming_on_stray(struct device *d, const struct sockaddr_storage *from, socklen_t n,
                         struct bytes datagram);

/* The first suite of a list, ended by 0, that the hello offers; CBC only when encrypt_then_mac is offered too, or `any_cbc`. */
int choose_of(const struct talk *t, const uint16_t *list, bool any_cbc);

/* What a device that resumes adds to its ServerHello, to its ClientHello; how a server ends a handshake with a ticket. */
void answer_session(struct talk *t, struct answer *answer, struct writer *extensions);
void offer_session(struct talk *t, struct offer *offer, struct writer *extensions);
void send_ticketed_finish(struct talk *t);

/* What a server adds to its ServerHello inside an association, and whether the hello there says what it must: RFC 5746 3.7. */
void answer_renegotiation(struct talk *t, struct answer *answer, struct writer *extensions);
bool renegotiation_is_sound(const struct talk *t);

/* Client: the body of the extension in a ServerHello inside an association is what it must be: RFC 5746 3.5. */
bool renegotiation_is_answered(const struct talk *t, struct bytes body);

/* The session that was kept last; NULL: none. */
const struct session *last_session(const struct device *d);

/* The cookie for a hello: DIGEST_MAX octets of room, COOKIE of them used. */
void conforming_make_cookie(struct talk *t, uint8_t *out);

/* A connection id of the device's, OWN_CID random octets in the talk's arena. */
struct bytes new_connection_id(struct talk *t);

void conforming_compose_offer(struct talk *t, struct offer *offer);
void conforming_compose_second_offer(struct talk *t, struct offer *offer);
bool conforming_parse_verify_request(struct talk *t, struct bytes body, struct hello_verify_request *r);
bool conforming_parse_answer(struct talk *t, struct bytes body, struct server_hello *h);
bool conforming_accept_verify_request(struct talk *t, const struct hello_verify_request *r);
enum alert conforming_check_server_hello(struct talk *t, const struct server_hello *h);
enum alert conforming_check_resumed(struct talk *t, const struct server_hello *h);
struct bytes conforming_compose_identity(struct talk *t);
void conforming_send_finish(struct talk *t);
bool conforming_take_hint(struct talk *t, struct bytes body);

struct bytes conforming_own_key(struct talk *t);
void conforming_derive(struct talk *t);
bool conforming_accept_message(struct talk *t, const struct event *e);
bool conforming_accept_change_cipher_spec(struct talk *t, const struct event *e);
bool conforming_needs_change_cipher_spec(struct talk *t);
bool conforming_verify_finished(struct talk *t, const struct event *e);
void conforming_on_established(struct talk *t);
void conforming_keep_session(struct talk *t);
void conforming_forget_session(struct talk *t);
void conforming_on_late_message(struct talk *t, const struct event *e);
void conforming_on_repeated(struct talk *t, const struct event *e);
void conforming_on_alert(struct talk *t, const struct event *e);
void conforming_on_malformed(struct talk *t, const struct event *e);

bool conforming_accept_record(struct talk *t, const struct record *r);
enum opened conforming_open_record(struct talk *t, struct record_keys *k, const struct record *r,
                                   uint8_t *out, size_t *n);
bool conforming_seal_record(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                            size_t cap, struct sealed *layout);
bool conforming_follow(struct talk *t, const struct record *r);
void conforming_on_bad_record(struct talk *t, const struct event *e);
void conforming_on_data(struct talk *t, const struct event *e);
void conforming_send_data(struct talk *t, struct bytes coap);
void conforming_send_datagram(struct talk *t, struct bytes datagram);
void conforming_on_datagram(struct talk *t, struct bytes datagram);
void conforming_begin_service(struct talk *t);
void conforming_adopt_account(struct talk *t, const struct account *account);

/* Dials there next, as that identity with that key; octets beyond what LwM2M allows are left out. */
void device_move(struct talk *t, const struct account *account);

#endif
