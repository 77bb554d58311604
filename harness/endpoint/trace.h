/*
 * The trace: every datagram that a case sent or received, in order, with what its records were, and the rows that are no
 * datagrams (waits, time-outs, what we did wrong on purpose). Evidence for the report and food for the invariants.
 *
 * Invariant: a trace only grows. Everything in it belongs to its arena. A device that floods us cannot exhaust memory:
 * after TRACE_MAX datagrams, or TRACE_OCTETS of the device's, the rest is counted, not kept.
 */
#ifndef ENDPOINT_TRACE_H
#define ENDPOINT_TRACE_H

#include "base/arena.h"
#include "base/clock.h"
#include "crypto/protect.h"
#include "wire/record.h"

enum {
    TRACE_MAX = 4096,
    TRACE_OCTETS = 1 << 20,
    RECORD_COST = 64 /* octets that a record counts for beside its own: what is kept of it */
};

enum trace_kind {
    TRACE_DATAGRAM,
    TRACE_WAIT,      /* we waited, as long as `text` says */
    TRACE_TIMEOUT,   /* what was waited for did not come */
    TRACE_DEVIATION, /* what we do wrong on purpose in the datagram that follows */
    TRACE_NOTE,
};

/* One record of a datagram, as far as it could be read. */
struct trace_record {
    uint8_t type;  /* of what it holds, as far as that is known */
    uint8_t outer; /* as its first octet says: another one in a record with a connection id */
    struct bytes cid;
    uint16_t version, epoch;
    uint64_t seq;
    size_t at, n;           /* header and fragment, in the datagram */
    bool is_protected;      /* epoch above 0 */
    bool opened;            /* plaintext and nonce hold */
    bool copy;              /* a record of this epoch and number came before, with the same octets */
    struct bytes plaintext; /* of protected records */
    struct bytes nonce;     /* explicit nonce or IV */
    struct bytes tail;      /* last ciphertext block of a CBC record */
    const struct cipher *cipher;
};

struct trace_mark {
    size_t at, n;
    const char *text;
};

struct trace_entry {
    enum trace_kind kind;
    int64_t t_us; /* since the trace began */
    bool from_device;
    bool retransmission; /* a repetition by whoever sent it */
    bool decisive;
    bool other_port; /* at our end: not the port where the association began */
    unsigned assoc;  /* which association of the case, from 1; 0: none */
    struct bytes datagram;
    const char *text; /* of rows that are no datagrams */
    struct trace_record *records;
    size_t record_count;
    struct trace_mark *marks;
    size_t mark_count;
};

struct trace;

/* Who is told of every row as it comes, by the thread that adds it; a row is told when the next one begins, so that all that its
 * records hold is known. NULL function: nobody. */
struct trace_watch {
    void (*row)(void *context, const struct trace *t, size_t index);
    void *context;
};

struct trace {
    struct arena *arena;
    const char *name; /* what is traced: a case's id */
    struct trace_watch watch;
    size_t told;      /* rows that the watch knows */
    int64_t began_us; /* now_us */
    struct trace_entry *entries;
    size_t n, cap;
    size_t octets;        /* of the device's datagrams, with RECORD_COST for each record */
    size_t left_out;      /* datagrams beyond the limits */
    unsigned assoc_count; /* associations numbered so far */
};

/* An empty trace that begins now. */
struct trace *trace_new(struct arena *arena);

/* Tells the watch what it does not know yet; to be called when nothing will be added any more. */
void trace_tell(struct trace *t);

/* Adds a datagram (copied) and returns its entry; NULL when the trace is full. The pointer holds until the next addition. */
struct trace_entry *trace_datagram(struct trace *t, unsigned assoc, bool from_device, struct bytes datagram);

/* Adds a row that is no datagram; format as printf. */
void trace_row(struct trace *t, enum trace_kind kind, unsigned assoc, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Marks octets [at, at + n) of entry `index` with what is to be seen there, and makes the entry decisive. */
void trace_mark(struct trace *t, size_t index, size_t at, size_t n, const char *text);

#endif
