/*
 * What the verbs share: one case being run, its links to the device, and the steps that every verb is made of.
 *
 * Invariant: only `leave` ends a case early, and it never runs under a callback of libcoap, libcrypto or libc.
 */
#ifndef CASE_INTERNAL_H
#define CASE_INTERNAL_H

#include <setjmp.h>

#include "case/run_case.h"
#include "lwm2m/lwm2m.h"

enum { PROBES_MAX = 512, LINKS_MAX = 40 };

/* A probe sent and not answered yet. */
struct probe {
    uint16_t id;
    bool answered;
};

/* An association, its socket and what stands behind it. */
struct link {
    struct test *test;
    struct assoc *assoc;
    int fd;
    int second_fd; /* another port of ours, -1: none; `moved`: it is the one that is sent from */
    bool moved;
    bool connected;               /* the socket's peer is set */
    struct sockaddr_storage peer; /* client device: who sent the first hello */
    socklen_t peer_n;
    uint16_t port;             /* ours */
    void *trigger;             /* handle of the hook that started the device */
    uint16_t stranger_version; /* of the hello that came from another address; 0: none, or cut short */
    struct bytes plain_coap;   /* a CoAP message in the clear, from whatever port; at == NULL: none came */
    bool stranger;             /* client device: another address sent a hello meanwhile: it started anew */
    struct sockaddr_storage newcomer; /* where the last such hello came from */
    struct bytes newcomer_hello;      /* at == NULL: none, or it was taken in */
    unsigned newcomers;               /* taken in so far */
    bool yields;                      /* nothing was agreed on with whoever sent the hello */
    unsigned strays;                  /* client device: datagrams before the first hello that are none */
    struct bytes stray;               /* the first of them */

    struct offer offer; /* what is repeated with a cookie */
    bool answer_cookies;
    unsigned cookies_taken; /* HelloVerifyRequests that this hello was repeated for */
    bool cookie_seen;       /* a HelloVerifyRequest came */
    struct bytes cookie;    /* of the last one */
    struct bytes (*rewrite)(struct test *t, struct bytes body); /* of every hello; NULL: as it is */
    struct link *elder,
        *younger; /* associations that share a port of ours; the elder's socket is read for both */

    struct server_hello server_hello; /* the device's, when it came */
    struct client_hello client_hello; /* the device's, the latest */
    bool have_hello;
    struct bytes identity; /* the device's, of its ClientKeyExchange */
    uint16_t epoch;        /* in which the handshake's messages travel; above 0 when it is a later one */
    struct bytes ticket;   /* body of the device's last NewSessionTicket; at == NULL: none came */
    struct bytes given;    /* the ticket that goes before our ChangeCipherSpec; empty: none */

    struct lwm2m *lwm2m;
    bool lwm2m_silent;
    bool last_words; /* the responder sends one message more, and then none */
    bool last_word_sent;
    bool bootstrap_asked, registered; /* the device began with a Bootstrap-Request, with a Register */
    size_t application_data;          /* messages nobody asked for */
    struct event last_data;
    bool key_exchange, changed; /* the device's ClientKeyExchange, its ChangeCipherSpec was an event */
    struct event early_change, early_finished; /* what the path swapped with what comes before it */
    bool established;
    bool peer_closed;    /* an alert ended it */
    bool warned, closed; /* a warning came that ends nothing, an alert that does */
    bool ask;            /* probes are requests, not pings: ask_with_requests */
    bool counted;        /* count_association was told */
    bool gave_way;       /* it was ended since the device has one slot and the case dialled again */
    bool
        opened; /* the device said more than HelloVerifyRequest, which it keeps no state for (RFC 6347 4.2.1) */
    struct probe probes[PROBES_MAX];
    size_t probe_n;
};

enum path_act { PATH_LOSES, PATH_REPEATS, PATH_HOLDS };
enum { PATH_RULES = 4 };

/* One act of the path's schedule. */
struct path_rule {
    enum path_act act;
    enum way way;
    enum on_path what;
    bool met, done;       /* the datagram came by; the act took effect */
    struct link *held_on; /* it is held back there */
    struct bytes held;
};

struct path {
    struct path_rule rules[PATH_RULES];
    size_t n;
};

struct test {
    const struct test_case *test_case;
    uint32_t member;
    const struct case_env *env;
    struct case_result *out;
    struct arena *arena;
    struct trace *trace;
    struct rng rng;
    jmp_buf leave;
    struct link *links[LINKS_MAX];
    size_t link_n;
    struct event last; /* the last event that a verb looked at */
    bool marked;       /* the case named what decides */
    bool fell_silent;  /* nothing answered the hello that was waited on last */
    struct path path;
    bool patient;      /* be_patient */
    bool data_at_once; /* send_data_at_once */
    bool keep_cookie;  /* keep_cookie */
    bool may_reuse;    /* what is known to be refused in silence need not be waited for again */
    size_t over_limit; /* octets of a datagram that the device's limit kept back; 0: none */
    bool reused;       /* and was not: the case may end as not-applicable, or runs again */
};

/* Begins a test with an arena and a trace of its own; ends it: closes links, checks invariants, fills the result. */
void begin_test(struct test *t, const struct case_env *env, struct case_result *out);
void end_test(struct test *t);

/* Ends the case. */
_Noreturn void leave(struct test *t, enum outcome outcome);

struct link *link_of(struct assoc *a);

/* A socket towards a server device, or (not `dial_out`) one that a client device is to dial; -1 with errno. */
int open_socket(const struct case_env *env, bool dial_out);

/* A new link with a socket; NULL with a reason in t->out when the system gives none (the case ends as not_judged). */
struct link *open_link(struct test *t, enum side side, struct bytes psk);

/* The same with a socket that is there and is the link's from here. */
struct link *adopt_socket(struct test *t, enum side side, struct bytes psk, int fd);

/* A client device: the old association's socket and trigger go on as a new one's, for the device may dial the same port again. */
struct link *listen_on(struct link *old);

/* The device's next dial at the same port, by itself or made to. */
struct assoc *next_dial(struct assoc *old);

/* Sends the link's offer with that cookie, written over when the link says so. */
void send_hello(struct link *l, struct bytes cookie);

/* Client device that nothing was agreed on with yet: the association is that of whoever sent the last hello from another address, which is
 * fed to it; the path's schedule begins again. What a program left behind may dial once more from its old port, and never answer. False:
 * there is none, or enough were taken in. */
bool take_newcomer(struct link *l);

/* True when there is one that take_newcomer would take in, and the link `yields`: nothing else needs to be waited for. */
bool newcomer_waits(const struct link *l);

/* Gives the datagram of the device to whose it is. */
void deliver(struct link *l, int fd, struct bytes datagram);

/* The association that a datagram at that link's socket belongs to. */
struct assoc *receiver_of(struct link *l, struct bytes datagram);

/* Politely ends the association and closes its socket and trigger; nothing when that was done. */
void close_link(struct link *l);

/* An association is over: completed, or one more refusal in a row. */
void count_association(struct link *l);

/* Before another association: a good handshake when enough in a row were not completed. The case ends as not-judged when none
 * completes. */
void heed_lockout(struct test *t);

/* Waits for this association's turn. */
void keep_pace(struct test *t);

/* Ends the case as not judged when the run has no credentials: from here they would be needed. */
void needs_credentials(struct test *t);

/* Politely ends every association and closes everything. */
void close_links(struct test *t);

/* ---- path ----------------------------------------------------------------------------------------------------------- */

/* Sends a datagram of the endpoint as the path's schedule has it. */
void path_send(struct link *l, struct bytes datagram);

/* False when the path loses this datagram of the device. */
bool path_delivers(struct link *l, struct bytes datagram);

/* Gives the socket a datagram. */
void put_on_wire(struct link *l, struct bytes datagram);

/* ---- loop ----------------------------------------------------------------------------------------------------------- */

/* The next event of the association before `until` (now_us). HelloVerifyRequests are answered when the link says so, answers to
 * probes and application data that nobody asked for are dealt with: none of these is an event, except that a probe's answer is
 * (EVENT_APPLICATION_DATA with `message_seq` its Message ID). False when the time is over. */
bool next_event(struct link *l, int64_t until, struct event *out);

/* When something that must come is given up: after the last retransmission, and patience. */
int64_t required_until(const struct test *t);

/* The timer of an association that is waited on patiently. */
int64_t patient_timer_us(const struct test *t);

/* The next event of the responder behind the association before `until`; false when the time is over. */
bool next_lwm2m(struct link *l, int64_t until, struct lwm2m_event *out);

/* The responder, opened when it was not yet. The case ends as not_judged when it cannot be had. */
struct lwm2m *responder(struct link *l);

/* ---- steps ---------------------------------------------------------------------------------------------------------- */

enum stop { STOP_NOT, STOP_ALERT, STOP_WRONG, STOP_SILENT };

/* How far a step came: not stopped, or by what; sentences in the case's arena. */
struct step {
    enum stop stop;
    const char *expected, *got;
    enum alert alert;
};

struct step step_server_hello(struct link *l);
struct step step_hello_done(struct link *l, struct bytes *hint);
struct step step_finished(struct link *l);
struct step step_client_handshake(struct link *l, const struct offer *o);
struct step step_client_hello(struct link *l);
struct step step_verified_hello(struct link *l, uint16_t version, uint16_t record_version,
                                struct bytes cookie);
struct step step_key_exchange(struct link *l);
/* Probes until one is answered, three at most; false when none was or an alert came. */
bool probe_is_answered(struct link *l);

/* Takes in the body of a ClientKeyExchange: looks the identity's key up when that is to be done, and derives the keys. False when
 * it does not parse. */
bool take_identity(struct link *l, struct bytes body);

struct step step_server_handshake(struct link *l, const struct answer *answer);

/* A step that the case is about: whatever stopped it is a failure. */
void demand(struct test *t, struct step s);

/* Ends the case as not-applicable when a lone run found out that this is refused in silence. */
void skip_if_refused(struct test *t, const char *what);

/* True when each suite of the hello is known to be refused in silence when it is put in the same manner: a server that takes none
 * of several takes none of them alone, and the other way round. Always false for a hello that is special in anything but its
 * suites, encrypt_then_mac, extended_master_secret and the version of its record. */
bool offer_is_refused(const struct case_env *env, const struct offer *o);

/* True when the hello is what the run's good handshake was, or offers more suites: silence to it is no refusal. */
bool is_good_offer(const struct case_env *env, const struct offer *o);

/* Remembers that this hello was refused in silence, waited for in full; nothing when it is a special one. */
void remember_refused_offer(const struct case_env *env, const struct offer *o);

/* A step that only prepares: refused is not-applicable, no answer is not-judged. `what` names what was wanted. */
void arrange(struct test *t, struct step s, const char *what);

/* One line on an event: "fatal alert handshake_failure (40)", "ServerHello ...". */
const char *describe_event(struct test *t, const struct event *e);

/* The offer with the run's good suite when it names none. */
struct offer filled(const struct test *t, const struct offer *o);

/* A fresh Message ID, remembered as a probe of the link. */
uint16_t new_probe(struct link *l);

/* The application data of a probe: a ping, or octets to be echoed. */
struct bytes probe_payload(struct link *l, uint16_t id);

/* The id of the probe that the data answers, or 0. */
uint16_t answered_probe(struct link *l, struct bytes data);

/* Checks the invariants of design 2.9 on the case's trace. */
void check_invariants(struct test *t);

/* ---- LwM2M ---------------------------------------------------------------------------------------------------------- */

/* A request of ours. */
struct request {
    enum lwm2m_method method;
    const char *path, *query;
    struct bytes payload;
    int format; /* content format, -1: none */
};

/* Sends the request and waits for its response; false when it is reset or not answered. */
bool ask(struct link *l, const struct request *r, struct lwm2m_event *e);

/* The same; missed when there is none. */
struct lwm2m_event demand_response(struct link *l, struct request r, const char *expected);

/* True when the device registered over this association, or does now while there is patience. */
bool registers_by_now(struct link *l);

/* Before the association ends: has the device, when it is registered, come back as env->lever says. Never ends the case. */
void pull_lever(struct link *l);

/* Bootstraps the device so that it comes back to the same port as who it is; what it answers is no matter. */
void hand_back(struct link *l);

/* Reads the Device object, in whatever format the device offers it. */
struct nameplate read_nameplate(struct link *l);

/* A CoAP code as people write it: 0x45 is 2.05. */
const char *code_text(struct test *t, uint8_t code);

/* ---- messages of alerts --------------------------------------------------------------------------------------------- */

const char *alert_text(struct test *t, enum alert a);

#endif
