/*
 * What a case is, how it ends and what it knows. Included by case.h.
 */
#ifndef CASE_LANGUAGE_H
#define CASE_LANGUAGE_H

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
    bool negative; /* the stimulus is one that a conforming peer never sends, or must be refused */
    bool (*members)(
        size_t i,
        struct member *out); /* family: fills the i-th row, false beyond the last; NULL: a single case */
    bool alone;              /* loads the device so that no other case may run beside it */
    bool idle;               /* keeps an association in which nothing happens for seconds: begins first */
    bool slow;               /* waits out timers of the device's: begins before the others */
    void (*run)(struct test *t);
};

/* CASE(symbol, .id = ..., ...) { ... } defines a case; its body sees `t`. */
#define CASE(symbol, ...)                                                                                    \
    static void symbol##_steps(struct test *t);                                                              \
    static const struct test_case symbol = {.run = symbol##_steps, __VA_ARGS__};                             \
    static void symbol##_steps(struct test *t)

struct chapter {
    const char *name, *title;
    const struct test_case *const *cases; /* ended by NULL */
};

/* CHAPTER(symbol, "name", "title", &case, ...): the chapter's table, at the end of its file. */
#define CHAPTER(symbol, name, title, ...)                                                                    \
    static const struct test_case *const symbol##_cases[] = {__VA_ARGS__, NULL};                             \
    extern const struct chapter symbol;                                                                      \
    const struct chapter symbol = {name, title, symbol##_cases}

/* The row that this case of a family is about. */
uint32_t member(struct test *t);

/* ---- endings and notes --------------------------------------------------------------------------------------------- */

/* Ends the case. Format as printf; a whole sentence without a full stop. */
_Noreturn void not_applicable(struct test *t, const char *reason, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void not_judged(struct test *t, const char *reason, ...) __attribute__((format(printf, 2, 3)));

/* Ends the case as failed by bytes that came (shown). The last event seen is the decisive one, unless `mark` named another. When that is
 * a close_notify the case is missed, so that the lone run decides. */
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
struct bytes octets(struct test *t, size_t n, const uint8_t *at);         /* a copy, to be changed */
struct bytes extension(struct test *t, uint16_t type, struct bytes body); /* one whole extension */

/* A 0-terminated list as codes. CODES(0x0000) works too: the length is counted by the compiler. */
#define CODES(...)                                                                                           \
    ((struct codes){(const uint16_t[]){__VA_ARGS__},                                                         \
                    sizeof((const uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t)})

/* Says what the device did with a suite, for the report's table of cipher suites. `did` as in report.json. */
void observe_cipher(struct test *t, uint16_t code, const char *did, enum alert alert,
                    const char *encrypt_then_mac);

#endif
