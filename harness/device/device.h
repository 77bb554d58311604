/*
 * A conforming LwM2M PSK device, server or client, on the endpoint: what a case should find nothing wrong with.
 *
 * Every decision it takes is a function in a struct behaviour, so a fault is one function replaced (faults.h). The steps
 * between the decisions are the protocol's and stand once, here and in the endpoint.
 *
 * Invariant: one thread. A device owns its talks, a talk owns its arena; everything a talk points to lives there, and a talk
 * that is over is freed before the device waits again. What a peer sent never ends the device.
 */
#ifndef DEVICE_DEVICE_H
#define DEVICE_DEVICE_H

#include <sys/socket.h>

#include "endpoint/session.h"
#include "lwm2m/lwm2m.h"
#include "wire/names.h"

enum {
    NO_CIPHER = -1,
    COOKIE = 32, /* octets */
    TALKS_MAX = 1024,
    DEVICE_CIPHERS = 8, /* suites of a behaviour, at most */
    TALK_MEMORY = 4,
    OWN_CID = 4,       /* octets of the connection ids that it gives */
    SESSIONS_MAX = 64, /* kept, the oldest goes first */
};

/* What a base does beside its suites; or-ed. */
enum trait {
    PLAIN = 0,
    CBC_WITHOUT_ETM = 1, /* takes CBC suites without encrypt_then_mac */
    LIMITS = 2,          /* takes, and as client offers, max_fragment_length and record_size_limit */
    BOOTSTRAPS = 8, /* as client asks for bootstrap first, and dials and registers with what it was given */
    DEMANDS_EXTENSIONS =
        4, /* refuses a peer without extended_master_secret, RFC 9325 3.5; a server without renegotiation_info */
    CONNECTION_IDS = 32, /* takes, and as client offers, connection_id, with an id of its own */
    RESUMES =
        64, /* keeps sessions, by id and by ticket; a client dials again at once when it was left, and offers its last one */
    ASKS = 128, /* a server reads the Device object of a client that has registered */
    ASKS_FOR_PACK =
        256, /* as client that bootstraps asks for a Bootstrap-Pack, and only without one for bootstrap */
    RENEGOTIATES = 16, /* a server answers a protected hello, a client a HelloRequest */
};

enum stage {
    STAGE_HELLO,        /* waits for the peer's hello */
    STAGE_KEY_EXCHANGE, /* server: for ClientKeyExchange; client: for ServerHelloDone */
    STAGE_FINISH,       /* for ChangeCipherSpec and Finished */
    STAGE_ESTABLISHED,
    STAGE_OVER, /* to be freed */
};

struct device;
struct behaviour;

/* One association of the device, from its first hello to its end. */
struct talk {
    struct device *device;
    const struct behaviour *behaviour; /* the device's */
    struct arena *arena;
    struct assoc *assoc;
    struct lwm2m *lwm2m;
    enum stage stage;
    int fd;                          /* not owned */
    struct sockaddr_storage address; /* padding is zero */
    socklen_t address_n;
    struct sockaddr_storage from; /* where the last datagram came from; padding is zero */
    socklen_t from_n;
    int64_t born, used; /* now_us */

    bool change_cipher_spec; /* came */
    bool finished_early;     /* `finished` waits for it */
    struct event finished;

    struct session session; /* what is resumed, or what was handed out in this handshake */
    bool resuming;          /* the hello's session is taken up */
    bool
        ticket_due; /* session_ticket was agreed: a NewSessionTicket comes before the server's ChangeCipherSpec */
    uint16_t epoch; /* in which the handshake's messages travel; above 0 when it is a later one */
    bool was_etm;   /* a handshake before it agreed on encrypt_then_mac */

    size_t session_hash_n; /* octets of the transcript up to and with ClientKeyExchange, RFC 7627 3 */

    struct client_hello hello; /* server: the one that is answered; client: unused */
    struct event hello_event;  /* server: that hello; client: the last HelloVerifyRequest */
    struct offer offer;        /* client */
    struct server_hello answer;
    struct bytes cookie;
    unsigned verify_requests;
    unsigned request;          /* client: the Register's number; 0: none yet */
    unsigned pack_request;     /* client: its GET of the Bootstrap-Pack; 0: none yet */
    bool answered, registered; /* client: the Register was, with success */

    unsigned memory[TALK_MEMORY]; /* what a fault counts; a conforming device leaves it alone */
    struct bytes kept;            /* what a fault keeps */
};

/* Every decision. Functions about records and messages are of both roles. What a function is asked stands at its conforming
 * version in behaviour*.c. ALERT_NONE is "nothing wrong". */
struct behaviour {
    /* server: the hello */
    bool (*ask_cookie)(struct talk *t);
    bool (*check_cookie)(struct talk *t);
    void (*make_cookie)(struct talk *t, uint8_t *out); /* for the hello that is answered */
    void (*send_verify_request)(struct talk *t);
    uint16_t (*choose_version)(struct talk *t); /* 0: none */
    enum alert (*check_client_hello)(struct talk *t);
    int (*choose_cipher)(struct talk *t); /* NO_CIPHER: none */
    void (*compose_answer)(struct talk *t, struct answer *answer);
    void (*compose_flight)(struct talk *t, const struct answer *answer);
    const struct session *(*find_session)(struct talk *t); /* that the hello offers and we know; NULL: none */
    enum alert (*check_session)(struct talk *t, const struct session *s,
                                bool *resume); /* false: a full handshake */
    bool (*replace_known)(
        struct talk *old); /* a hello came from a known address: forget the old association at once? */
    bool (*parse_identity)(struct talk *t, struct bytes body,
                           struct bytes *identity);                    /* of a ClientKeyExchange */
    struct bytes (*lookup_psk)(struct talk *t, struct bytes identity); /* empty: unknown */
    void (*know_peer)(struct talk *t, struct bytes identity);          /* who the peer is from now on */
    void (*on_stray)(struct device *d, const struct sockaddr_storage *from, socklen_t n,
                     struct bytes datagram); /* belongs to no talk */

    /* client: the hello */
    void (*compose_offer)(struct talk *t, struct offer *offer);
    void (*compose_second_offer)(struct talk *t, struct offer *offer);
    bool (*parse_verify_request)(struct talk *t, struct bytes body, struct hello_verify_request *r);
    bool (*accept_verify_request)(struct talk *t, const struct hello_verify_request *r);
    bool (*parse_answer)(struct talk *t, struct bytes body, struct server_hello *h);
    enum alert (*check_server_hello)(struct talk *t, const struct server_hello *h);
    enum alert (*check_resumed)(struct talk *t, const struct server_hello *h); /* that takes up our session */
    struct bytes (*compose_identity)(struct talk *t);
    void (*send_finish)(
        struct talk *t); /* client: ClientKeyExchange, ChangeCipherSpec, Finished; server: the last two */
    bool (*take_hint)(struct talk *t, struct bytes body); /* the body of a ServerKeyExchange */

    /* either role */
    struct bytes (*own_key)(struct talk *t); /* the key that a new association starts with */
    void (*derive)(struct talk *t);          /* after the keys are derived */
    bool (*accept_message)(struct talk *t,
                           const struct event *e); /* false: the handshake cannot go on with it */
    bool (*accept_change_cipher_spec)(struct talk *t, const struct event *e);
    bool (*needs_change_cipher_spec)(struct talk *t);
    bool (*verify_finished)(struct talk *t, const struct event *e);
    void (*on_established)(struct talk *t);
    void (*keep_session)(struct talk *t);           /* of a completed handshake */
    void (*forget_session)(struct talk *t);         /* a fatal alert ended it, RFC 5246 7.2.2 */
    void (*refuse)(struct talk *t, enum alert why); /* ends a handshake */
    void (*on_late_message)(struct talk *t,
                            const struct event *e); /* a handshake message in an association */
    void (*on_repeated)(struct talk *t, const struct event *e);
    void (*on_alert)(struct talk *t, const struct event *e);
    void (*on_malformed)(struct talk *t, const struct event *e);

    /* records */
    bool (*accept_record)(struct talk *t, const struct record *r);
    enum opened (*open_record)(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                               size_t *n);
    bool (*seal_record)(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                        size_t cap, struct sealed *layout);
    bool (*follow)(struct talk *t, const struct record *r); /* it opened, and came from another address: is
                                                               that the peer's from here? */
    void (*on_bad_record)(struct talk *t, const struct event *e);
    void (*on_data)(struct talk *t, const struct event *e);
    void (*send_data)(struct talk *t, struct bytes coap);
    void (*send_datagram)(struct talk *t, struct bytes datagram);
    void (*on_datagram)(struct talk *t, struct bytes datagram); /* before its records are looked at */

    /* LwM2M */
    void (*on_message)(struct talk *t, struct bytes coap);                /* a CoAP message of the peer */
    void (*begin_service)(struct talk *t);                                /* client: registers */
    int (*pause_before_dial)(const struct device *d, int again_ms);       /* client: ms */
    void (*adopt_account)(struct talk *t, const struct account *account); /* client: bootstrap is over */

    uint16_t ciphers[DEVICE_CIPHERS]; /* in order of preference, ended by 0 */
};

/* Where a client dials, as whom. */
struct where {
    struct sockaddr_storage address;
    socklen_t address_n;
    struct bytes identity, psk;
};

struct device {
    struct behaviour behaviour;
    const char *parameter; /* of the fault, as text; "" without one */
    uint32_t number;       /* and as a number */
    enum lwm2m_role role;
    struct bytes identity, psk;
    const char *endpoint;    /* client: name to register under */
    int lifetime;            /* client: seconds to register for */
    bool bootstrap;          /* client: ask for bootstrap instead */
    bool provisioned, moved; /* client: it has been bootstrapped; it dials elsewhere now */
    struct where home;       /* client that was bootstrapped: its bootstrap server */
    uint8_t given_identity[ACCOUNT_IDENTITY_MAX], given_key[ACCOUNT_KEY_MAX];
    uint16_t given_ciphers[ACCOUNT_CIPHERS_MAX + 1]; /* to propose there, ended by 0; none: its own */
    unsigned traits;                                 /* enum trait */
    struct sockaddr_storage address;                 /* server: where it listens; client: where it dials */
    socklen_t address_n;
    struct rng rng;
    uint8_t secret[32];           /* of the cookies */
    const volatile int *stop;     /* set by a signal handler: the device leaves */
    int wake;                     /* client: readable when another thread has set *stop; -1: none */
    int again_ms;                 /* client: dials again after an end; -1: does not */
    bool once;                    /* client: leaves when the Register was answered */
    unsigned failed;              /* client: handshakes in a row that were not completed */
    unsigned memory[TALK_MEMORY]; /* what a fault counts */
    struct session sessions[SESSIONS_MAX];
    size_t session_next;             /* kept so far */
    struct record_keys kept_keys[2]; /* by a fault: the peer's in the association before, and in this one */
    struct talk *talks[TALKS_MAX];
    size_t talk_n;
    int fd;
};

/* The conforming behaviour. */
extern const struct behaviour conforming;

/* A device of that role with conforming behaviour; identity and psk stay the caller's. Randomness is the system's. */
void device_init(struct device *d, enum lwm2m_role role, struct bytes identity, struct bytes psk);

/* Serves until *stop; 0, or 1 after one line on stderr when the address cannot be had. ready() is called once it listens. */
int device_serve(struct device *d, void (*ready)(struct device *d));

/* Dials; returns 0 when the last attempt was answered with success (or it was stopped), else 1. */
int device_dial(struct device *d);

#endif
