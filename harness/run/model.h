/*
 * The model of one run: everything a report says, and nothing about how it was found out. The runner fills it, the
 * renderers in reports/ read it, report.json is its image (design: the record; every other file is a rendering).
 *
 * Invariant: a finished model is complete and self-contained. Strings are UTF-8 text that is safe to escape and print
 * (what a device sent is already hex or escaped), never NULL ("" is "nothing to say"); arrays are in their final order;
 * no field depends on locale, address or time of rendering. All memory belongs to the model's arena.
 */
#ifndef RUN_MODEL_H
#define RUN_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Worst last when sorted by verdict_rank(). */
enum verdict {
    VERDICT_PASS,
    VERDICT_WARNING,
    VERDICT_WAIVED,
    VERDICT_NOT_APPLICABLE,
    VERDICT_NOT_JUDGED,
    VERDICT_FAIL,
    VERDICT_COUNT,
};

/* A list of strings; `at` may be NULL when n is 0. */
struct strings {
    const char **at;
    size_t n;
};

/* A named field of a message: `at` and `length` are octets in the message's hex (the datagram). */
struct model_field {
    const char *name, *value;
    size_t at, length;
};

/* A stretch of a message that the report marks, with what is to be seen there. */
struct model_mark {
    size_t at, length;
    const char *text;
};

/* One row of a case's ladder. */
struct model_message {
    int64_t t_us;     /* since the case began */
    const char *from; /* "harness", "device", or "" for waits and notes */
    const char *kind; /* "datagram" "wait" "timeout" "retransmission" "deviation" "note" */
    unsigned
        association; /* which association of the case, from 0; the capture gives each a client port of its own */
    const char *summary;   /* one line: "ServerHello TLS_PSK_WITH_AES_128_CCM_8, DTLS 1.2" */
    const char *hex;       /* the datagram, lower case; "" for rows that are none */
    const char *plaintext; /* decrypted payload in hex, "" when none or not protected */
    bool decisive;         /* this row decided the verdict */
    struct model_field *fields;
    size_t field_count;
    struct model_mark *marks;
    size_t mark_count;
};

/* A waiver as it was applied to a case. */
struct model_waiver {
    const char *id; /* the case */
    const char *reason, *owner, *expires, *matches;
    const char *state;  /* "applied" "expired" "stale" "unused" */
    const char *source; /* "waivers.ini:12" */
    const char *device; /* a glob on device names; "" for any */
};

struct model_case {
    const char *id; /* "chapter/slug" */
    const char *title;
    const char *requirement;
    const char *level; /* in this profile: "MUST" "MUST NOT" "SHOULD" "SHOULD NOT" "MAY" */
    bool negative;
    enum verdict verdict;
    const char *expected, *got; /* a sentence each; "" when nothing was compared */
    const char *reason;         /* why not-applicable or not-judged */
    const char *note;           /* manner worth knowing beside a verdict */
    const char *guidance;       /* security guidance, apart from conformance; "" mostly */
    int64_t duration_ms;
    unsigned attempts;
    bool unstable;
    const char *reproduce; /* a command line without any secret */
    const char *capture;   /* path relative to the output directory, "" when none */
    const char
        *key_log; /* for the capture alone: a CLIENT_RANDOM line an association (NSS key log), each ended by a
                            * line feed; "" with --no-secrets. No other renderer prints it */
    const struct model_waiver *waiver;
    struct model_message *messages;
    size_t message_count;
};

struct model_clause {
    const char *clause; /* "RFC 7366 3" */
    const char *level;  /* as that text has it */
};

struct model_requirement {
    const char *id; /* "rfc7366-3.not-with-aead" */
    struct model_clause *clauses;
    size_t clause_count;
    const char *level;    /* in this profile */
    struct strings binds; /* "server" "bootstrap-server" "client" */
    const char *text;     /* the conforming behaviour */
    const char *note;     /* interpretation, when the texts leave something open */
    enum verdict verdict; /* worst of its cases */
    struct strings cases;
    const char *untestable; /* why no black box can judge it; "" when cases do */
};

struct model_cipher {
    uint16_t code;
    const char *name;
    const char *rule;             /* "required" "allowed" "discouraged" "forbidden" */
    const char *did;              /* "accepted" "refused" "silent" "offered" "not-offered" "not-judged" */
    const char *alert;            /* "handshake_failure (40)" or "" */
    const char *encrypt_then_mac; /* "echoed" "not echoed" "echoed, must not be" or "" */
    enum verdict verdict;
    const char *guidance; /* security guidance, whatever the profile says */
    const char *case_id;
};

/* A row of "changes since the baseline"; then is "" for a case that is new in the catalogue. */
struct model_change {
    const char *case_id, *then, *now;
};

/* Cases of the catalogue that were not selected, by the reason. */
struct model_left_out {
    const char *reason; /* "not for a server" "left out by --skip etm" */
    struct strings cases;
};

struct model_counts {
    unsigned of[VERDICT_COUNT];
};

struct model {
    struct arena *arena;
    struct {
        const char *name, *version, *catalogue, *libcrypto;
    } tool;
    struct {
        const char *name, *make, *model, *firmware, *file_sha256, *role, *address;
        struct strings implements;
        const char *liveness;
        unsigned slots; /* 0: not declared */
    } device;
    const char *profile;
    const char *profile_title;
    struct {
        const char *started; /* RFC 3339, UTC */
        int64_t duration_ms;
        unsigned jobs;
        const char *seed;
        int64_t patience_ms, rtt_us;
        struct strings argv; /* less secrets */
        const char *host;
        struct strings only, skip;
        bool strict; /* a missed SHOULD fails the gate */
        bool complete;
        const char *device_file; /* as read, less secrets; "" when none */
        const char *device_path; /* the device file's name as given; "" when none */
        const char *baseline;    /* the baseline's name as given; "" when there is nothing to compare with */
        const char *fail_on;     /* "any" "regression" */
        const char *stopped;     /* why what is left was not judged: the device is gone, ...; "" mostly */
        const char *shard;       /* "2/3" of what was selected; "" for the whole */
        struct strings plan;     /* of a shard: the ids of the whole, in order */
        struct model_left_out *left_out;
        size_t left_out_count;
        struct strings notes; /* "last input before the silence: ...", lost races, blocked ... */
    } run;
    struct {
        const char *verdict;  /* "conformant" "not-conformant" "not-judged" */
        const char *sentence; /* the verdict in words, for console, title and page */
        int exit_code;
        struct model_counts requirements, cases;
        unsigned mandatory_failed, mandatory_passed, recommended_missing, mandatory_applicable;
        unsigned tested_per_cent; /* share of the catalogue's requirements for this role that were judged */
        unsigned catalogue_requirements; /* how many there are for this role and profile */
    } summary;
    struct model_cipher *ciphers;
    size_t cipher_count;
    struct model_requirement *requirements;
    size_t requirement_count;
    struct model_case *cases;
    size_t case_count;
    struct model_waiver *waivers;
    size_t waiver_count;
    struct model_change *changes;
    size_t change_count;
};

/* "pass" "warning" "waived" "not-applicable" "not-judged" "fail": the word in every machine format. */
const char *verdict_name(enum verdict v);

/* How bad a verdict is when a requirement's is the worst of its cases': fail, not-judged, waived, warning, pass, not-applicable
 * from high to low. */
int verdict_rank(enum verdict v);

/* The verdict a word names; false when it names none. */
bool verdict_parse(const char *word, enum verdict *out);

/* "MUST", "MUST NOT" */
bool level_word_is_mandatory(const char *level);

/* Verdicts of requirements from their cases', counts, verdict, sentence and exit code, from what else the model says. `signal` is what
 * interrupted the run, or 0. */
void model_summarize(struct model *m, int signal);

/* How much a cipher suite's `did` tells: that it was taken, that it was not; -1 for NULL. */
int did_rank(const char *did);

/* The requirement of that id, or NULL. */
const struct model_requirement *model_requirement_find(const struct model *m, const char *id);

/* The case of that id, or NULL. */
const struct model_case *model_case_find(const struct model *m, const char *id);

#endif
