#include "case/requirement.h"

#include <string.h>

#define BINDS(roles) (roles)
#define CLAUSE(text, level)                                                                                  \
    {                                                                                                        \
        text, level                                                                                          \
    }
#define CLAUSES(...)                                                                                         \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }
#define LEVELS(...)                                                                                          \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }
#define REQUIREMENT(symbol, id, binds, clauses, levels, text, note, untestable)                              \
    [REQ_##symbol] = {id, binds, clauses, levels, text, note, untestable},

const struct requirement requirements[REQ_COUNT] = {
#include "suites/requirements.def"
};

#define PROFILE(symbol, name, title, texts) [PROFILE_##symbol] = {name, title, texts},
#define CIPHER_RULE(class, l10, l11, l12, rfc7925, bcp195, guidance)
#define CLIENT_RULE(class, l10, l11, l12, rfc7925, bcp195)
const struct profile_info profiles[PROFILE_COUNT] = {
#include "suites/profiles.def"
};
#undef PROFILE
#undef CIPHER_RULE
#undef CLIENT_RULE

struct class_rule {
    bool set;
    enum cipher_rule of[PROFILE_COUNT];
    const char *guidance;
};

#define PROFILE(symbol, name, title, texts)
#define CIPHER_RULE(class, l10, l11, l12, rfc7925, bcp195, guidance)                                         \
    [class] = {true, {RULE_##l10, RULE_##l11, RULE_##l12, RULE_##rfc7925, RULE_##bcp195}, guidance},
#define CLIENT_RULE(class, l10, l11, l12, rfc7925, bcp195)
static const struct class_rule class_rules[CLASS_COUNT] = {
#include "suites/profiles.def"
};
#undef CIPHER_RULE
#undef CLIENT_RULE

#define CIPHER_RULE(class, l10, l11, l12, rfc7925, bcp195, guidance)
#define CLIENT_RULE(class, l10, l11, l12, rfc7925, bcp195)                                                   \
    [class] = {true, {RULE_##l10, RULE_##l11, RULE_##l12, RULE_##rfc7925, RULE_##bcp195}, ""},
static const struct class_rule client_rules[CLASS_COUNT] = {
#include "suites/profiles.def"
};
#undef PROFILE
#undef CIPHER_RULE
#undef CLIENT_RULE

enum cipher_rule rule_of(const struct cipher *c, enum profile p, enum role role)
{
    if (role == CLIENT && client_rules[c->class].set)
        return client_rules[c->class].of[p];
    return class_rules[c->class].of[p];
}

const char *rule_name(enum cipher_rule r)
{
    static const char *const names[] = {"required", "allowed", "discouraged", "forbidden"};

    return names[r];
}

const char *guidance_of(const struct cipher *c)
{
    const char *text = class_rules[c->class].guidance;

    return text != NULL ? text : "";
}

const char *level_name(enum level l)
{
    static const char *const names[] = {"", "MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY"};

    return names[l];
}

bool level_is_mandatory(enum level l)
{
    return l == MUST || l == MUST_NOT;
}

enum requirement_id requirement_find(const char *id)
{
    enum requirement_id i = 0;

    while (i < REQ_COUNT && strcmp(requirements[i].id, id) != 0)
        i++;
    return i;
}
