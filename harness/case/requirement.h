/*
 * Requirements and profiles: the catalogue, as data. suites/requirements.def has a row a requirement, suites/profiles.def
 * a row a profile and a rule a cipher-suite class. A level belongs to (requirement, profile).
 */
#ifndef CASE_REQUIREMENT_H
#define CASE_REQUIREMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/cipher.h"

/* Whom a requirement binds, whom a case tests. */
enum role { SERVER = 1, BOOTSTRAP_SERVER = 2, CLIENT = 4 };

enum level { NONE, MUST, MUST_NOT, SHOULD, SHOULD_NOT, MAY };

enum profile {
#define PROFILE(symbol, name, title, texts) PROFILE_##symbol,
#define CIPHER_RULE(class, l10, l11, l12, rfc7925, bcp195, guidance)
#define CLIENT_RULE(class, l10, l11, l12, rfc7925, bcp195)
#include "suites/profiles.def"
#undef PROFILE
#undef CIPHER_RULE
#undef CLIENT_RULE
    PROFILE_COUNT,
};

enum requirement_id {
#define REQUIREMENT(symbol, id, binds, clauses, levels, text, note, untestable) REQ_##symbol,
#include "suites/requirements.def"
#undef REQUIREMENT
    REQ_COUNT,
};

struct clause {
    const char *clause; /* "RFC 7366 3" */
    enum level level;   /* as that text has it */
};

enum { CLAUSE_MAX = 8 };

struct requirement {
    const char *id;
    unsigned binds;                    /* roles */
    struct clause clauses[CLAUSE_MAX]; /* ended by a NULL clause */
    enum level levels[PROFILE_COUNT];
    const char *text, *note, *untestable;
};

enum cipher_rule { RULE_REQUIRED, RULE_ALLOWED, RULE_DISCOURAGED, RULE_FORBIDDEN };

extern const struct requirement requirements[REQ_COUNT];

struct profile_info {
    const char *name, *title, *texts; /* texts: what it stands on */
};
extern const struct profile_info profiles[PROFILE_COUNT];

/* What a profile says of a suite's class to a server or a client, and the security guidance beside it. */
enum cipher_rule rule_of(const struct cipher *c, enum profile p, enum role role);
const char *rule_name(enum cipher_rule r);
const char *guidance_of(const struct cipher *c);

/* "MUST", "MUST NOT", ...; "" for NONE. */
const char *level_name(enum level l);

/* MUST and MUST_NOT: a breach is a fail. */
bool level_is_mandatory(enum level l);

/* The requirement of that public id, or REQ_COUNT. */
enum requirement_id requirement_find(const char *id);

#endif
