/*
 * How the runner runs one case, and what it gets back. The case's side of the contract is case.h.
 *
 * Invariant: case_run never fails to return, whatever the device sends; everything the result points to lives in the
 * result's arena, which the caller frees. A case is run by one thread at a time; different threads run different cases
 * with the same environment, which nobody changes meanwhile.
 */
#ifndef CASE_RUN_CASE_H
#define CASE_RUN_CASE_H

#include <sys/socket.h>

#include "case/case.h"
#include "case/lever.h"
#include "case/lockout.h"
#include "case/nameplate.h"
#include "case/ports.h"
#include "case/refusals.h"

/* How a client device is made to dial us. All functions are called by the thread that runs the case. */
struct client_hooks {
    /* Starts the device for one association towards that UDP port of ours. A handle, or NULL with a reason in `why` (256
     * octets). NULL function: the device comes by itself (attended, or a device that reconnects). */
    void *(*start)(void *context, uint16_t port, char *why);
    /* How the trigger ended so far: false with a reason when it failed (non-zero exit). Called while waiting for the hello. */
    bool (*alive)(void *context, void *handle, char *why);
    void (*stop)(void *context, void *handle);
    void *context;
};

/* What is known of the device and the path, the same for all cases of a run. */
struct case_env {
    enum role role;
    struct sockaddr_storage
        address; /* server device: where it is; client device: where we listen (port 0: a free one a case) */
    socklen_t address_n;
    struct bytes identity, psk;
    /* Client device whose identities are not known before: the key of one. False with a reason in `why` (256 octets). NULL: psk. */
    bool (*key_of)(void *context, struct arena *a, struct bytes identity, struct bytes *key, char *why);
    void *key_context;
    enum profile profile;
    const char *const *implements; /* declared; ended by NULL */
    enum liveness liveness;
    uint16_t good_cipher;  /* of the good handshake that was kept; 0 before */
    bool good_without_etm; /* that handshake was without encrypt_then_mac */
    int64_t patience_us;   /* how long silence is waited for */
    int64_t rtt_us;        /* the slowest of three good handshakes */
    int64_t timer_us;      /* initial retransmission time of ours */
    bool hasty; /* give up after the first retransmission: whatever is missed is tried again in full */
    int64_t hello_wait_us; /* client device: how long a hello is waited for, 30 s */
    unsigned strays_most;  /* client device: give the hello up after so many other datagrams; 0: never */
    unsigned probe_copies; /* copies of a probe whose answer must be silence; 2, more on a lossy path */
    bool lossy;            /* the path loses datagrams: silence to a set-up is no refusal */
    unsigned
        slots; /* associations that the device serves at a time; 0: many. With one, an earlier one of a case gives way */
    size_t max_datagram; /* octets; 0: no limit */
    uint64_t seed;
    struct refusals
        *refusals;       /* set-ups that are refused in silence, found out in this run; NULL: none are kept */
    bool no_credentials; /* server device: nothing is sent after its ServerHelloDone but a goodbye */
    struct ports *ports; /* of ours that were used: every association gets another; NULL: whichever comes */
    struct pace *pace;   /* associations begun one after the other, so far apart; NULL: as they come */
    enum lever lever;    /* client device: how it is brought back, before an association ends */
    bool ask_name;       /* client device: a good handshake goes on to read what it calls itself */
    struct lockout *lockout;   /* device taken one association at a time; NULL: refusals are not counted */
    bool key_log;              /* keep key log lines for captures */
    struct trace_watch watch;  /* told of every message as it comes */
    struct client_hooks hooks; /* client device */
};

enum outcome {
    OUTCOME_PASS,
    OUTCOME_FAIL_SHOWN,  /* by bytes a conforming device never sends */
    OUTCOME_FAIL_MISSED, /* something expected did not come in time */
    OUTCOME_NOT_APPLICABLE,
    OUTCOME_NOT_JUDGED,
};

struct cipher_observation {
    uint16_t code;
    const char *did; /* as in report.json */
    enum alert alert;
    const char *encrypt_then_mac;
};

/*
 * A breach of an invariant seen in a case's trace, reported beside the case (design 2.9). The chapter "invariant" has a case for
 * each, which makes an ordinary exchange; it fails when its own or any other case's trace shows the breach:
 *   record-numbers nonces cbc-iv-fresh cbc-iv-unpredictable cbc-iv-unchained extensions-were-offered extensions-once
 *   second-hello-same no-decryption-failed no-plaintext-data no-plaintext-handshake
 * (for client devices with "client-" before the slug),
 * and random-fresh, which the run finds by comparing `randoms` of all cases.
 */
struct breach {
    const char *case_id; /* "invariant/..." */
    const char *expected, *got;
    size_t trace_at;
};

struct case_result {
    struct arena *arena;
    enum outcome outcome;
    const char *expected, *got, *reason, *note; /* never NULL */
    struct trace *trace;
    const char *key_log; /* one line an association */
    struct cipher_observation *observations;
    size_t observation_count;
    struct breach *breaches;
    size_t breach_count;
    struct bytes *randoms; /* of the device's hellos, one a handshake: they must differ over the whole run */
    size_t random_count;
    int64_t began_us, ended_us; /* now_us */
    bool heard;                 /* at least one datagram came from the device */
    bool unreachable;           /* the path said that nothing listens (ICMP) */
    int socket_error;           /* errno of the last datagram that could not be sent or received; 0: none */
    bool again;       /* one bad and one good record have not crossed: another association may tell more */
    bool is_final;    /* not judged, and another run would not judge it either */
    unsigned refused; /* associations that came to something and were not completed */
    bool no_hello;    /* client device: no ClientHello came in time, or the trigger failed */
};

/* Runs member `index` (0 for a single case) of a case. */
void case_run(const struct test_case *c, size_t index, const struct case_env *env, struct case_result *out);

/* The id and title of a member, in the arena. False when there is no such member. */
bool case_member(const struct test_case *c, size_t index, struct arena *arena, const char **id,
                 const char **title, enum requirement_id *requirement);

/* What became of a good handshake (design 2.1). */
enum canary {
    CANARY_SERVED,     /* complete; liveness found when it was not declared */
    CANARY_REFUSED,    /* an alert, or a hello that is answered by a HelloVerifyRequest but no ServerHello */
    CANARY_UNVERIFIED, /* a ServerHello, never a verified Finished: credentials */
    CANARY_SILENT,     /* nothing that is DTLS came */
    CANARY_NO_HELLO,   /* client device: no ClientHello */
};

struct canary_result {
    enum canary kind;
    uint16_t cipher; /* of the completed handshake */
    bool encrypt_then_mac;
    bool extended_master_secret, renegotiation_info, verify_request; /* negotiated or seen */
    enum liveness liveness;                                          /* found (only when asked) */
    bool fell_silent;           /* nothing came but HelloVerifyRequests, if any */
    struct nameplate nameplate; /* when env->ask_name: lives as long as detail */
    int64_t duration_us;
    enum alert alert;          /* of a refusal, or ALERT_NONE */
    struct case_result detail; /* its trace; the caller frees detail.arena */
};

/* One good handshake on a fresh association: every suite that the endpoint completes and the profile does not forbid (or `cipher`
 * alone when not 0), with EMS, SCSV and encrypt_then_mac (not when `without_etm`); left politely. With find_liveness it also
 * finds out how the device shows life. Gives up after give_up_us of silence. */
void canary_run(const struct case_env *env, uint16_t cipher, bool without_etm, bool find_liveness,
                int64_t give_up_us, struct canary_result *out);

/* Remembers that the device refuses a hello with that suite alone in silence, as a good handshake found out. */
void refusal_found(const struct case_env *env, uint16_t cipher, bool without_etm);

/* All chapters, ended by NULL. */
extern const struct chapter *const chapters[];

#endif
