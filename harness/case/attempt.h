/*
 * One handshake with the device, tried to find out where it stops: the facts, and no verdict.
 *
 * It differs from a canary in that every part of it can be varied, and in that it keeps what an explanation needs: how far it
 * came, what ended it, what was repeated, and, when the device's Finished does not verify, what it takes to try other keys on
 * it. Invariant: attempt_run always returns; everything the facts point to lives in detail.arena.
 */
#ifndef CASE_ATTEMPT_H
#define CASE_ATTEMPT_H

#include "case/run_case.h"
#include "endpoint/server.h"

/* How far the device came. */
enum reached {
    REACHED_NOTHING,
    REACHED_COOKIE, /* server: a HelloVerifyRequest; client: a ClientHello */
    REACHED_HELLO, /* server: a ServerHello; client: the ClientHello that is answered, with the cookie when one was asked */
    REACHED_DONE,     /* server: ServerHelloDone; client: ClientKeyExchange */
    REACHED_FINISHED, /* a Finished that verifies */
};

struct attempt_plan {
    struct offer offer;          /* server device; all zero: the good handshake's */
    struct answer answer;        /* client device */
    bool without_verify_request; /* client device: its first hello is answered with a ServerHello */
    bool hello_only;             /* stop when the device's hello came */
    int stall_ms;        /* after ServerHelloDone, or after a client's first hello, say nothing for so long */
    size_t max_fragment; /* octets of body in our handshake fragments; 0: whole messages */
};

/* What it takes to try a key on a Finished: a client's, recorded. */
struct recording {
    uint16_t version;
    const struct cipher *cipher; /* NULL: nothing was recorded */
    bool encrypt_then_mac, extended_master_secret;
    struct bytes client_random, server_random;
    struct bytes messages; /* up to and with ClientKeyExchange */
    struct bytes finished; /* the protected record, with its header */
};

struct attempt {
    struct case_result detail; /* its trace; the caller frees detail.arena */
    enum reached reached;
    const char *expected, *got; /* what was waited for in the end, and what came */
    bool alert, alert_protected;
    uint8_t alert_level, alert_description;
    unsigned datagrams, strange; /* of the device's; those that hold no DTLS record */
    struct bytes stray;          /* the first strange one; client device: the first that was no ClientHello */
    unsigned verify_requests;
    uint16_t verify_version; /* of the last HelloVerifyRequest */
    unsigned early;          /* protected records that came before there were keys */
    struct server_hello server_hello;
    struct client_hello client_hello; /* of the last hello */
    bool have_hello;                  /* the device's hello parsed */
    bool finished_wrong;              /* a Finished opened, and its verify_data is wrong */
    enum mac_order opens_as;          /* a record that does not verify would as that, else AS_NEGOTIATED */
    struct bytes identity;            /* client device: as it sent it */
    uint8_t cut_type;                 /* of a message of which only fragments came; 0: none */
    uint32_t cut_have, cut_length;    /* its octets */
    unsigned resent, repeated;        /* datagrams that we, that the device sent again */
    unsigned resent_late;             /* of ours, after the device's first datagram */
    int64_t answer_us; /* the longest time from a datagram of ours to its first answer; 0: none */
    int64_t repeat_us; /* stalled: when the device repeated its flight; 0: it did not */
    struct recording recording;
};

/* The offer of the good handshake before a suite was chosen. */
struct offer attempt_usual_offer(const struct case_env *env);

/* One attempt on a fresh association, left politely. Waits as env->timer_us, env->patience_us and env->hasty say. */
void attempt_run(const struct case_env *env, const struct attempt_plan *plan, struct attempt *out);

/* True when the recorded Finished opens and verifies under that key. */
bool recording_verifies(const struct recording *r, struct bytes psk);

#endif
