/*
 * One DTLS 1.2 PSK association of ours, as client or as server.
 *
 * It does no input or output of its own and has no opinion: datagrams are fed in, events come out, and what is to be sent
 * goes to a transport function. Who drives it (a case, the conforming device) decides every message. It keeps what the
 * protocol needs kept: epochs, keys, numbers, the transcript, reassembly, the last flight and its timer.
 *
 * Invariant: events come out in the order in which the messages count (message_seq), each once; a record is opened
 * only under the keys of its epoch; what the device sent twice is an EVENT_REPEATED, never progress.
 */
#ifndef ENDPOINT_ASSOC_H
#define ENDPOINT_ASSOC_H

#include "crypto/protect.h"
#include "endpoint/trace.h"
#include "wire/handshake.h"
#include "wire/hello.h"

enum side { SIDE_CLIENT, SIDE_SERVER }; /* whom the endpoint plays */

enum {
    EPOCHS = 4,
    REPLAY_WINDOW = 64,
    MESSAGE_MAX = 131072,
    REORDER_MAX = 16,
    PENDING_MAX = 16,
    SEALED_RECENT = 64
};

enum event_kind {
    EVENT_NONE,
    EVENT_MESSAGE, /* a whole handshake message, the next in order; protected and of number 0 after the handshake: one that asks for
                      another handshake, which is no part of the transcript before assoc_begin_again */
    EVENT_CHANGE_CIPHER_SPEC,
    EVENT_ALERT,
    EVENT_APPLICATION_DATA,
    EVENT_REPEATED,   /* a message that came before: the device retransmits */
    EVENT_BAD_RECORD, /* a record that does not open under its epoch's keys */
    EVENT_MALFORMED,  /* no record, no fragment, or fragments that contradict each other; `what` says it */
};

struct event {
    enum event_kind kind;
    uint8_t content; /* content type of the record; the inner one where there is a connection id */
    uint16_t epoch, record_version;
    uint64_t seq;
    struct bytes cid;     /* of the record */
    size_t trace_at;      /* index of the datagram in the trace */
    size_t record_at;     /* offset of the record in the datagram */
    uint8_t message_type; /* EVENT_MESSAGE, EVENT_REPEATED */
    uint16_t message_seq;
    struct bytes body;          /* message body, or application data, or the CCS's octets */
    size_t transcript_before;   /* octets of the transcript before this message */
    uint8_t level, description; /* EVENT_ALERT */
    enum opened opened;         /* EVENT_BAD_RECORD */
    enum mac_order
        opens_as; /* EVENT_BAD_RECORD: the order of MAC and encryption under which it does open, else AS_NEGOTIATED */
    const char *what;
};

/* Where datagrams go. */
struct transport {
    void (*send)(void *context, struct bytes datagram);
    void *context;
};

struct assoc;

/* The decisions of the record layer, replaceable by the device side (NULL: the conforming one). */
struct record_ops {
    bool (*seal)(struct assoc *a, struct record_keys *k, const struct seal *recipe, uint8_t *out, size_t cap,
                 struct sealed *layout);
    enum opened (*open)(struct assoc *a, struct record_keys *k, const struct record *r, uint8_t *out,
                        size_t *n);
    bool (*fresh)(struct assoc *a, const struct record *r); /* replay window: false drops the record */
    void *context;
};

struct write_epoch {
    bool ready; /* epoch 0 always; later ones when keys are derived */
    uint64_t next_seq;
    struct record_keys keys;
};

struct read_epoch {
    bool ready;
    bool any;     /* something was opened */
    uint64_t top; /* highest number opened */
    uint64_t window;
    struct record_keys keys;
};

/* How a flight travels. */
struct packing {
    size_t max_datagram;         /* octets; 0: 1200 */
    size_t max_fragment;         /* octets of body in a fragment; 0: whole messages */
    bool record_a_datagram;      /* else records share a datagram as far as they fit */
    bool messages_share_records; /* epoch-0 messages of a flight in one record */
    uint8_t apart;               /* messages of this type share no datagram; 0: none */
};

/* A piece of a message's body: a fragment of its own. */
struct piece {
    size_t offset, n;
};

struct flight_item {
    uint8_t content; /* handshake or ChangeCipherSpec */
    uint8_t type;
    uint16_t epoch, message_seq;
    uint16_t version; /* of the record */
    struct bytes body;
    const struct piece *pieces; /* how it is cut; NULL: as `packing` says */
    size_t piece_n;
};

/* A handshake message under reassembly. */
struct incoming {
    bool started;
    uint8_t type;
    uint32_t length, have;
    uint8_t *body, *seen; /* `seen` holds a flag an octet */
    struct event last;    /* the record that brought its last fragment: it may wait for an earlier message */
};

struct pending_record {
    struct bytes whole;
    size_t trace_at, at;
};

/* A record sealed lately and its plaintext. */
struct sealed_plain {
    uint8_t type;
    uint16_t epoch;
    uint64_t seq;
    struct bytes plaintext;
};

/* Connection ids, RFC 9146 3. Each side's is that which records sent to it carry; one of no octets: they carry none. */
struct connection_ids {
    bool offered; /* by us, in our ClientHello */
    bool agreed;  /* both hellos have the extension */
    struct bytes ours, theirs;
};

struct assoc {
    struct arena *arena;
    struct trace *trace;
    unsigned number; /* in the trace */
    struct transport transport;
    struct record_ops ops;
    struct rng rng;
    enum side side;

    struct bytes psk;

    uint16_t record_version; /* what goes into record headers */
    uint16_t version;        /* negotiated; DTLS_1_2 before */
    const struct cipher *cipher;
    bool encrypt_then_mac, extended_master_secret; /* negotiated */
    struct connection_ids cid;
    uint8_t client_random[HELLO_RANDOM], server_random[HELLO_RANDOM];
    uint8_t master[MASTER_SECRET];
    bool have_master;
    bool resumed;                   /* the handshake takes up a session: the client speaks last */
    uint8_t verify[2][VERIFY_DATA]; /* of the last Finished of each enum side, RFC 5746 3.1 */
    uint8_t *transcript;
    size_t transcript_n, transcript_cap;

    struct write_epoch write[EPOCHS];
    uint16_t write_epoch;
    struct read_epoch read[EPOCHS];

    uint16_t next_send_seq;    /* message_seq of our next message */
    uint16_t next_receive_seq; /* of the device's next message */
    bool received_any;
    struct incoming incoming[REORDER_MAX];

    struct packing packing;
    struct flight_item *flight;
    size_t flight_n, flight_cap;
    bool flight_sent;
    unsigned resends;   /* of the outstanding flight */
    int64_t flight_due; /* now_us of the next resend; 0: none */
    int64_t last_resend;
    bool resending;        /* what is sent now is a repetition */
    uint16_t flight_mark;  /* the flight answers messages below this message_seq */
    unsigned repeat_limit; /* how often a flight is repeated because the device repeats its own; 0: never */
    struct pack *pack;     /* room to build datagrams in */
    int64_t timer_us;      /* initial retransmission time; 1 s, RFC 6347 4.2.4.1 */
    unsigned resend_limit; /* 3: at 1, 3 and 7 s */
    unsigned repeats_seen; /* repetitions by the device: it did not hear us, or the path copies */
    bool done;             /* handshake complete, as the driver says (flight_finish) */

    struct pending_record pending[PENDING_MAX]; /* records of an epoch whose keys are not there yet */
    size_t pending_n;
    size_t stale_n; /* protected records that came before anything of this association */
    struct sealed_plain recent[SEALED_RECENT]; /* what we sealed lately, for the trace */
    size_t recent_next;
    struct bytes last_verify_request; /* body of the last HelloVerifyRequest delivered */
    bool have_random;

    struct event *events;
    size_t event_n, event_cap, event_next;
};

/* A new association. psk is copied to the arena, which wipes it at release. trace may be NULL (the device side). */
struct assoc *assoc_new(struct arena *arena, struct trace *trace, enum side side, struct transport transport,
                        struct bytes psk, struct rng rng);

/* Wipes keys and releases libcrypto's contexts; the rest goes with the arena. */
void assoc_close(struct assoc *a);

/* Feeds a datagram from the device; events follow. False when it was left out because the trace is full. */
bool assoc_feed(struct assoc *a, struct bytes datagram);

/* Takes the next event; false when there is none. Spans hold as long as the arena. */
bool assoc_event(struct assoc *a, struct event *out);

/* The replay window, RFC 6347 4.1.2.6: false when the record's number was seen or is too old. Of an epoch below EPOCHS. */
bool record_is_fresh(const struct assoc *a, const struct record *r);

/* Resends the outstanding flight when its timer is due, RFC 6347 4.2.4. */
void assoc_tick(struct assoc *a, int64_t now);

/* ---- sending ------------------------------------------------------------------------------------------------------ */

/* Begins a flight: forgets the last one, stops its timer. */
void flight_begin(struct assoc *a);

/* Adds a handshake message under the current write epoch: numbered, counted in the transcript (HelloVerifyRequest and
 * HelloRequest are not, RFC 6347 4.2.1; a ClientHello begins it anew). */
void flight_message(struct assoc *a, uint8_t type, struct bytes body);

/* The same, cut into these pieces, which travel in this order, now and when the flight is repeated; in the transcript it is whole. */
void flight_message_in_pieces(struct assoc *a, uint8_t type, struct bytes body, const struct piece *pieces,
                              size_t n);

/* Adds a ChangeCipherSpec; what follows is in the next epoch. False when its keys are not derived yet. */
bool flight_change_cipher_spec(struct assoc *a);

/* Sends the flight; with `timer` it is repeated until the device answers (flight_answered) or the limit is reached. */
void flight_send(struct assoc *a, bool timer);

/* Sends the flight again: new records, the same messages. */
void flight_resend(struct assoc *a);

/* The device answered: the timer stops. The flight is kept, for a device that did not hear it. */
void flight_answered(struct assoc *a);

/* A part of the flight that answers came: the rest has the timer's whole time again. */
void flight_begun_to_be_answered(struct assoc *a);

/* The handshake is complete. Who spoke last, mostly the server, keeps its last flight and repeats it on demand (RFC 6347 4.2.4). */
void flight_finish(struct assoc *a);

/* Sends one plaintext or protected record outside any flight: protected when epoch > 0 and its keys are ready. */
void send_payload(struct assoc *a, uint8_t content, uint16_t epoch, struct bytes payload);

/* Seals a record by a recipe (epoch's write keys; a.n. seal_record), in the arena. seq UINT64_MAX: the next number. It carries
 * the connection id that the device wants, unless the recipe has another or is without_cid (RFC 9146 3).
 * False when the epoch has no keys or the recipe is impossible. */
bool assoc_seal(struct assoc *a, struct seal recipe, struct sealed *out);

/* Sends any octets. */
void send_datagram(struct assoc *a, struct bytes datagram);

/* The next record number of an epoch, taken. */
uint64_t take_seq(struct assoc *a, uint16_t epoch);

void send_alert(struct assoc *a, uint8_t level, uint8_t description);

/* ---- keys --------------------------------------------------------------------------------------------------------- */

/* Adds octets to the transcript as they are. */
void transcript_add(struct assoc *a, struct bytes octets);

/* Derives the master secret (RFC 7627 4 when extended_master_secret, over the transcript so far) and the keys of the next
 * epoch, from version, cipher, randoms and psk. Then records that waited for them are read. */
void assoc_derive(struct assoc *a);

/* The keys of the next epoch from the master secret that is there, and all that follows from them. */
void assoc_derive_keys(struct assoc *a);

/* Another handshake begins on the association, protected by its keys: numbers, randoms and flights are new (RFC 6347 4.2.2). With the
 * first message of the device, whose event it is; NULL: ours is the first. */
void assoc_begin_again(struct assoc *a, const struct event *first);

/* verify_data of `who`'s Finished over the first n octets of the transcript. */
void assoc_verify_data(const struct assoc *a, enum side who, size_t n, uint8_t out[VERIFY_DATA]);

/* True when a Finished of the device (an EVENT_MESSAGE) holds the right verify_data, which is kept. */
bool finished_verifies(struct assoc *a, const struct event *finished);

/* The line of a NSS key log that opens this association's records ("CLIENT_RANDOM ... ..."), "" before there are keys. */
const char *assoc_key_log(const struct assoc *a);

#endif
