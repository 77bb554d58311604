/*
 * The language of the cases. A chapter in suites/ includes this header and nothing else.
 *
 * A case is straight-line code, a conversation with the device: every verb blocks until it has its answer or the case's
 * patience runs out. An expectation that does not hold records what was expected and what came, and ends the case there;
 * nothing after it runs. A case states only what is special: what it leaves out is what a conforming peer would do. Whatever
 * it opened belongs to it and is ended and released by the runner, which also proves, before and after, that the device
 * serves good handshakes: a case need not.
 *
 * Three endings beside pass and fail: `not_applicable` (the device does not have what the case is about), `not_judged` (we could
 * not find out), and the verbs marked [setup], which end the case as one of these when they cannot do their part,
 * because a failure to set up is judged by the case whose subject it is.
 *
 * Applicability is never inferred from a failure: [setup] verbs tell "refused" (not-applicable, names the case that judges
 * it) from "no answer" (not-judged).
 */
#ifndef CASE_CASE_H
#define CASE_CASE_H

#include "case/requirement.h"
#include "endpoint/server.h"
#include "wire/names.h"

struct test; /* one case being run */

/* ---- what a case is ------------------------------------------------------------------------------------------------ */

/* A member of a family: a case from a row of a table. */
struct member {
    const char *slug;  /* appended to the family's id after '-', e.g. "0x008c"; stable, never a position */
    const char *title; /* appended to the family's title after ": " */
    uint32_t value;    /* what the row is about: a cipher suite, a version, a length */
    enum requirement_id requirement; /* when `own_requirement` */
    bool own_requirement;
    char room[12]; /* where a slug may stand that is made of the row */
};

/* The member that is about the suite of that code: slug "0xc0a8", its name as title. */
void code_member(struct member *out, uint16_t code);

struct test_case {
    const char *id;    /* "chapter/slug" */
    const char *title; /* the conforming behaviour, one line */
    unsigned dut;      /* roles: SERVER | BOOTSTRAP_SERVER, or CLIENT */
    enum requirement_id requirement;
    bool negative;     /* the stimulus is one that a conforming peer never sends, or must be refused */
    bool (*members)(size_t i, struct member *out); /* family: fills the i-th row, false beyond the last; NULL: a single case */
    void (*run)(struct test *t);
};

/* CASE(symbol, .id = ..., ...) { ... } defines a case; its body sees `t`. */
#define CASE(symbol, ...)                                                                                              \
    static void symbol##_steps(struct test *t);                                                                        \
    static const struct test_case symbol = {.run = symbol##_steps, __VA_ARGS__};                                       \
    static void symbol##_steps(struct test *t)

struct chapter {
    const char *name, *title;
    const struct test_case *const *cases; /* ended by NULL */
};

/* CHAPTER(symbol, "name", "title", &case, ...): the chapter's table, at the end of its file. */
#define CHAPTER(symbol, name, title, ...)                                                                              \
    static const struct test_case *const symbol##_cases[] = {__VA_ARGS__, NULL};                                       \
    extern const struct chapter symbol;                                                                                \
    const struct chapter symbol = {name, title, symbol##_cases}

/* The row that this case of a family is about. */
uint32_t member(struct test *t);

/* ---- endings and notes --------------------------------------------------------------------------------------------- */

/* Ends the case. Format as printf; a whole sentence without a full stop. */
_Noreturn void not_applicable(struct test *t, const char *reason, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void not_judged(struct test *t, const char *reason, ...) __attribute__((format(printf, 2, 3)));

/* Ends the case as failed by bytes that came (shown). The last event seen is the decisive one, unless `mark` named another. */
_Noreturn void fail_shown(struct test *t, const char *expected, const char *got, ...)
    __attribute__((format(printf, 3, 4)));

/* Ends the case as failed because something did not come (missed). */
_Noreturn void fail_missed(struct test *t, const char *expected, const char *got, ...)
    __attribute__((format(printf, 3, 4)));

/* Manner worth knowing beside the verdict. May be called several times. */
void note(struct test *t, const char *text, ...) __attribute__((format(printf, 2, 3)));

/* Says what the next octets sent do wrong on purpose: a row of the ladder. */
void deviate(struct test *t, const char *text, ...) __attribute__((format(printf, 2, 3)));

/* Marks n octets at `at` of the record that the last event came in, with what is to be seen there. */
void mark_last(struct test *t, size_t at, size_t n, const char *text);

/* The same in any datagram of the trace: `at` counts from its first octet. */
void mark_entry(struct test *t, size_t trace_at, size_t at, size_t n, const char *text);

/* What pass will say: expected and got. Every expect_ verb sets them itself; a case that compares on its own calls this. */
void say(struct test *t, const char *expected, const char *got, ...) __attribute__((format(printf, 3, 4)));

/* Fails (shown) unless cond holds; expected and got are sentences. */
void require(struct test *t, bool cond, const char *expected, const char *got, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- facts ----------------------------------------------------------------------------------------------------------- */

enum profile profile_of(struct test *t);

/* True when the device is a client: we play the server. */
bool device_is_client(struct test *t);

/* True when the device declares it: an IANA suite name, an extension's name, "resumption", "renegotiation", "lwm2m-1.1" ... */
bool declares(struct test *t, const char *what);

/* How the device shows life inside an association. */
enum liveness { LIVENESS_PING, LIVENESS_ECHO, LIVENESS_NONE };
enum liveness liveness_of(struct test *t);

/* Not-applicable, and says so, when the device shows no life inside an association. Verbs that need it call it. */
void needs_liveness(struct test *t);

/* The credentials of the device. */
struct bytes identity_of(struct test *t);
struct bytes psk_of(struct test *t);

/* Random octets of the case's own generator, in its arena. */
struct bytes random_bytes(struct test *t, size_t n);
uint16_t random_u16(struct test *t);
struct arena *arena_of(struct test *t);

/* Spans built in the case's arena. */
struct bytes join(struct test *t, struct bytes a, struct bytes b);
struct bytes octets(struct test *t, size_t n, const uint8_t *at);          /* a copy, to be changed */
struct bytes extension(struct test *t, uint16_t type, struct bytes body);  /* one whole extension */

/* A 0-terminated list as codes. CODES(0x0000) works too: the length is counted by the compiler. */
#define CODES(...)                                                                                                     \
    ((struct codes){(const uint16_t[]){__VA_ARGS__}, sizeof((const uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t)})

/* Says what the device did with a suite, for the report's table of cipher suites. `did` as in report.json. */
void observe_cipher(struct test *t, uint16_t code, const char *did, enum alert alert, const char *encrypt_then_mac);

/* ---- playing the client: the device is a server ---------------------------------------------------------------------- */

/* A new association from a fresh port. Nothing is sent. */
struct assoc *dial(struct test *t);

/* As dial, with another key. */
struct assoc *dial_with_key(struct test *t, struct bytes psk);

/* Sends a ClientHello and answers HelloVerifyRequests (same offer, cookie added, RFC 6347 4.2.1), until a ServerHello, an
 * alert, or nothing more comes; does not judge. The expectations below read on from there. */
#define client_hello(a, ...) client_hello_((a), &(struct offer){__VA_ARGS__})

/* Sends a ClientHello and does not answer HelloVerifyRequests. */
#define client_hello_once(a, ...) client_hello_once_((a), &(struct offer){__VA_ARGS__})

/* [setup] The cookie of the device's HelloVerifyRequest to a hello of that offer; empty when it answers with a ServerHello at once. */
#define ask_cookie(a, ...) ask_cookie_((a), &(struct offer){__VA_ARGS__})

/* Sends a ClientHello with that cookie: message_seq 1, same random. */
#define client_hello_with_cookie(a, cookie, ...) client_hello_with_cookie_((a), (cookie), &(struct offer){__VA_ARGS__})

/* A ServerHello comes; its fields. Alert: shown. Nothing: missed. */
const struct server_hello *expect_server_hello(struct assoc *a);

/* Finds out what the hello comes to, and judges nothing: the ServerHello, taken in; or NULL with the alert that came instead,
 * ALERT_NONE for silence until patience is over. */
const struct server_hello *await_server_hello(struct assoc *a, enum alert *refusal);

/* Fails by the ServerHello that came last, its version and suite marked; `more` is added to what is got. */
_Noreturn void show_server_hello(struct assoc *a, const char *expected, const char *more);

/* No ServerHello comes: an alert (returned), or silence until patience is over (ALERT_NONE). A ServerHello is shown, with its
 * suite marked. HelloVerifyRequest is no ServerHello. */
enum alert expect_refusal(struct assoc *a);

/* The manner of a refusal: passes on one of the alerts, ended by ALERT_NONE in the list; silence and every other alert are failures
 * (missed, shown). Include ALERT_NONE explicitly via `allow_silence`. A ServerHello ends the case as not_applicable (judged
 * elsewhere). */
#define expect_refusal_alert(a, allow_silence, ...)                                                                    \
    expect_refusal_alert_((a), (allow_silence), (const enum alert[]){__VA_ARGS__, ALERT_NONE})

/* ServerHelloDone comes, perhaps after a ServerKeyExchange with a hint (returned; at == NULL: none). Anything else: shown. */
struct bytes expect_server_hello_done(struct assoc *a);

/* Sends ClientKeyExchange (identity_of), ChangeCipherSpec, Finished. */
void client_finish(struct assoc *a);
void client_finish_as(struct assoc *a, struct bytes identity);

/* The device's ChangeCipherSpec and Finished come, and the Finished verifies. Alert, bad record: shown. Nothing: missed. */
void expect_finished(struct assoc *a);

/* The handshake does not complete: no Finished that verifies, no readable record in epoch 1. Returns the alert or ALERT_NONE. */
enum alert expect_no_finished(struct assoc *a);

/* [setup] A whole good handshake with that offer. The association is ready for records. */
#define handshake(a, ...) handshake_((a), &(struct offer){__VA_ARGS__})

/* [setup] The handshake of the run's good offer: nothing is special. */
void good_handshake(struct assoc *a);

/* [setup] A good offer, and the device's flight up to ServerHelloDone: it waits for our ClientKeyExchange. */
void good_hello(struct assoc *a);

/* A whole handshake as the subject of the case: whatever stops it is a failure. */
#define expect_handshake(a, ...) expect_handshake_((a), &(struct offer){__VA_ARGS__})

/* The device registers us: POST /rd is answered 2.01 with a Location-Path, which is returned ("rd/5a"). */
const char *expect_register(struct assoc *a);

/* Update and De-register of that location; what the device answers is noted. */
void note_update(struct assoc *a, const char *location);
void note_deregister(struct assoc *a, const char *location);

/* True when the device asks for that path until patience is over; the responder answers it. */
bool read_comes(struct assoc *a, const char *path);

/* POST /bs is answered 2.04. On a bootstrap server only. */
void expect_bootstrap_request(struct assoc *a);

/* ---- playing the server: the device is a client ------------------------------------------------------------------------ */

/* Has the device dial us (trigger) and waits for its first ClientHello. No hello in 30 s: not_judged. With `psk` another key. */
struct assoc *await_client(struct test *t);
struct assoc *await_client_with_key(struct test *t, struct bytes psk);

/* The hello that the device stands by: after a cookie exchange of ours (its second one). [setup] */
const struct client_hello *expect_client_hello(struct assoc *a);

/* The first hello, as it came; no HelloVerifyRequest is sent. */
const struct client_hello *first_client_hello(struct assoc *a);

/* Sends a HelloVerifyRequest of those versions (0: DTLS 1.0) and waits for the hello with the cookie; missed when it does not come. */
const struct client_hello *expect_verified_hello(struct assoc *a, uint16_t version, uint16_t record_version,
                                                 struct bytes cookie);

/* Properties of a suite that the device offered, for `offered`. */
enum usable {
    ANY_PLAIN_PSK,        /* that this endpoint completes */
    USABLE_AT_DTLS_1_0,
    ONLY_AT_DTLS_1_2,     /* AEAD */
    PLAIN_PSK_CBC,
    PLAIN_PSK_AEAD,
};

/* The first plain-PSK suite of the device's hello with that property. not_applicable when there is none. */
uint16_t offered(struct assoc *a, enum usable property);

/* True when the device's hello offers that suite. */
bool offers(struct assoc *a, uint16_t code);

/* Sends ServerHello and ServerHelloDone (one flight, with the timer). */
#define server_hello(a, ...) server_hello_((a), &(struct answer){__VA_ARGS__})

/* The same with a ServerKeyExchange holding the hint. */
#define server_hello_hint(a, hint, ...) server_hello_hint_((a), (hint), &(struct answer){__VA_ARGS__})

/* The device goes on: its ClientKeyExchange comes; the identity in it. Alert: shown. Nothing: missed. */
struct bytes expect_client_key_exchange(struct assoc *a);

/* The device's ChangeCipherSpec and Finished come and verify. */
void expect_client_finished(struct assoc *a);

/* Sends ChangeCipherSpec and Finished. */
void server_finish(struct assoc *a);

/* Finds out whether the device goes on after our flight, and judges nothing: true with its ClientKeyExchange taken in; false
 * with the alert that came instead, ALERT_NONE for silence until patience is over or a new hello. */
bool client_goes_on(struct assoc *a, enum alert *refusal);

/* The device gives up: no ClientKeyExchange, no record of epoch 1 comes; an alert (returned), a new hello, or silence (ALERT_NONE). */
enum alert expect_abort(struct assoc *a);

/* The manner of giving up, as expect_refusal_alert. */
#define expect_abort_alert(a, allow_silence, ...)                                                                      \
    expect_abort_alert_((a), (allow_silence), (const enum alert[]){__VA_ARGS__, ALERT_NONE})

/* After a refusal: the client_version of the device's next ClientHello, from its port or from another, until patience is over; 0 when
 * none comes. Judges nothing. */
uint16_t next_hello_version(struct assoc *a);

/* True when the device is made to dial by a trigger: await_client may be called again. */
bool dials_on_demand(struct test *t);

/* [setup] A whole good handshake as server with that answer (cipher 0: offered(a, ANY_PLAIN_PSK)). */
#define serve(a, ...) serve_((a), &(struct answer){__VA_ARGS__})

/* [setup] The same with nothing special. */
void serve_good(struct assoc *a);

/* A whole handshake as the subject of the case. */
#define expect_served(a, ...) expect_served_((a), &(struct answer){__VA_ARGS__})

/* The device's Register comes over the association and is answered 2.01. */
void expect_registration(struct assoc *a);

/* True when the device registers (or asks for bootstrap); false when nothing of the kind came in time. */
bool registers(struct assoc *a);

/* GET of that path is answered 2.05. */
void expect_read(struct assoc *a, const char *path);

/* GET of that path discloses nothing: any 4.xx, a Reset or no answer. A 2.05 is shown, its content never copied. */
void expect_not_readable(struct assoc *a, const char *path);

/* The device sends no application data that it should keep to itself: none comes until patience is over. */
void expect_no_application_data(struct assoc *a);

/* ---- either role: how far it goes -------------------------------------------------------------------------------------------- */

/* Carries the handshake on from the ServerHello or the ClientKeyExchange that came, to Finished and, when the device shows life,
 * an answered probe. Judges nothing: NULL when all of it went well, else what did not. That message stays the last event. */
const char *carry_on(struct assoc *a);

/* ---- either role: what was negotiated ------------------------------------------------------------------------------------ */

/* [setup] Ends the case as not_applicable ("offered, not negotiated") unless the completed handshake negotiated encrypt_then_mac;
 * when the device declares it, that is a fail of what it declares, judged elsewhere. */
void needs_encrypt_then_mac(struct assoc *a);

/* ---- either role: records ------------------------------------------------------------------------------------------------- */

/* A probe: a record whose application data shows by the device's reaction whether it was processed (a CoAP ping with a
 * Message ID of its own, or octets to be echoed). Needs liveness. `struct seal` fields say what is special: type, version, epoch,
 * seq, nonce, pad, padding, order; 0 is "as it should be" (seq too: the next number). */
#define seal_probe(a, ...) seal_probe_((a), &(struct seal){__VA_ARGS__})

/* A probe with nothing special. */
struct sealed good_probe(struct assoc *a);

/* A record of any plaintext, same defaults; content type application data when 0. */
#define seal_payload(a, octets, ...) seal_payload_((a), (octets), &(struct seal){__VA_ARGS__})

/* The application data of a new probe, for records that a case makes by hand; its id goes into `message_id` of what carries it. */
struct bytes probe_octets(struct assoc *a, uint16_t *message_id);

/* A probe in a plaintext record of epoch 0, where no application data belongs. */
struct sealed plain_probe(struct assoc *a);

/* Changes the record's octets: flips the lowest bit of the octet at `at`. */
void flip_bit(struct sealed *s, size_t at);

/* Replaces an encrypt-then-MAC record's MAC by one over `input`. */
void set_mac(struct assoc *a, struct sealed *s, struct bytes input);

/* The octets that the MAC of an encrypt-then-MAC record covers, RFC 7366 3, as parts to leave out or to change. */
struct mac_input {
    uint16_t epoch;
    uint64_t seq;
    uint8_t type;
    uint16_t version, length;
    struct bytes iv, ciphertext;
};
struct mac_input mac_input_of(struct assoc *a, const struct sealed *s);
struct bytes mac_input_bytes(struct test *t, const struct mac_input *m);

/* A mac-then-encrypt record: the plaintext block (content, MAC, padding) is the caller's; it is encrypted as it is. */
struct sealed seal_blocks(struct assoc *a, struct bytes blocks);

/* The MAC of a mac-then-encrypt record, RFC 6347 4.1.2.1. */
struct bytes mac_of(struct assoc *a, uint64_t seq, uint8_t type, uint16_t version, struct bytes content);

/* Sends the record in a datagram of its own. */
void send_sealed(struct assoc *a, const struct sealed *s);

/* The bad record is never processed: a good probe follows, and no answer to the bad one comes. What became of the
 * association is not asked. [MUST of every bad record] */
void expect_not_processed(struct assoc *a, const struct sealed *bad);

/* The bad record is dropped in silence and the association lives: exactly one answer, to the good probe that follows. */
void expect_dropped(struct assoc *a, const struct sealed *bad);

/* If the device answers the bad record with an alert, it is fatal bad_record_mac and the association ends. Silence passes. */
void expect_only_bad_record_mac(struct assoc *a, const struct sealed *bad);

/* The record, unusual but right, is processed: its answer comes. */
void expect_processed(struct assoc *a, const struct sealed *good);

/* The association serves: a good probe is answered. */
void expect_alive(struct assoc *a);

/* n probes, each answered: what the device sends is in the trace, for expectations on records. */
void exchange_probes(struct assoc *a, size_t n);

/* The device's records of epoch 1 so far, in the order they came. */
size_t device_records(struct assoc *a, const struct trace_record **out);

/* Every record that came was opened with that order of MAC and encryption (proof, not inference). */
void expect_mac_order(struct assoc *a, enum mac_order order);

/* A plaintext record: content type, version, epoch and number as given (seq UINT64_MAX: the next). */
void send_plain_record(struct assoc *a, uint8_t content, uint16_t version, uint16_t epoch, uint64_t seq,
                       struct bytes payload);

/* ---- either role: messages by hand ------------------------------------------------------------------------------------------ */

/* A flight by hand: begin, messages, [change_cipher_spec], send. flight_* of endpoint/assoc.h may be used by cases too. */

/* The next event of that association within patience, whatever it is; kind EVENT_NONE when nothing came. With `required`
 * the wait is the long one, with retransmission. LwM2M traffic that the responder serves is not an event. */
struct event await_event(struct assoc *a, bool required);

/* The octets of the datagram that an event came in. */
struct bytes datagram_of(struct assoc *a, const struct event *e);

/* Waits while serving the LwM2M responder, `ms` milliseconds stretched by nothing; a row of the ladder. */
void wait_ms(struct test *t, int ms, const char *why);

/* The LwM2M responder behind the association is silent from here. */
void silence_lwm2m(struct assoc *a);

/* Politely ends an association that the case needs no more, so that the device frees its place: close_notify when it is
 * established, else a fatal alert. The runner does the same for all that are left. */
void hang_up(struct assoc *a);

/* The test an association belongs to. */
struct test *test_of(struct assoc *a);

/* ---- plumbing that a case never names ------------------------------------------------------------------------------------ */

void client_hello_(struct assoc *a, const struct offer *o);
void client_hello_once_(struct assoc *a, const struct offer *o);
struct bytes ask_cookie_(struct assoc *a, const struct offer *o);
void client_hello_with_cookie_(struct assoc *a, struct bytes cookie, const struct offer *o);
void expect_refusal_alert_(struct assoc *a, bool allow_silence, const enum alert *accepted);
void handshake_(struct assoc *a, const struct offer *o);
void expect_handshake_(struct assoc *a, const struct offer *o);
void server_hello_(struct assoc *a, const struct answer *answer);
void server_hello_hint_(struct assoc *a, struct bytes hint, const struct answer *answer);
void expect_abort_alert_(struct assoc *a, bool allow_silence, const enum alert *accepted);
void serve_(struct assoc *a, const struct answer *answer);
void expect_served_(struct assoc *a, const struct answer *answer);
struct sealed seal_probe_(struct assoc *a, const struct seal *recipe);
struct sealed seal_payload_(struct assoc *a, struct bytes payload, const struct seal *recipe);

#endif
