/*
 * The tables of the sample models. Text that a row leaves out is NULL; sample_complete turns it into "".
 */
#ifndef REPORTS_TESTS_SAMPLE_DATA_H
#define REPORTS_TESTS_SAMPLE_DATA_H

#include "run/model.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define STRINGS(...)                                                                                         \
    {                                                                                                        \
        (const char *[]){__VA_ARGS__}, COUNT(((const char *[]){__VA_ARGS__}))                                \
    }
#define MESSAGES(array) .messages = (array), .message_count = COUNT(array)
#define CLAUSE(...)                                                                                          \
    .clauses = (struct model_clause[]){__VA_ARGS__},                                                         \
    .clause_count = COUNT(((struct model_clause[]){__VA_ARGS__}))

#define TEXTS(a, ...) sample_texts((a), (const char *[]){__VA_ARGS__}, COUNT(((const char *[]){__VA_ARGS__})))

enum {
    SERVER_CASES = 14,
    SERVER_REQUIREMENTS = 14,
    HANDSHAKE_MESSAGES = 9,
    NOT_ECHOED_MESSAGES = 6,
    BAD_MAC_MESSAGES = 8,
    SHA1_MESSAGES = 3,
    REFUSED_MESSAGES = 2,
    SAMPLE_WAIVERS = 2,
    SAMPLE_CHANGES = 3
};

extern const struct model_case sample_cases[SERVER_CASES];
extern const struct model_requirement sample_requirements[SERVER_REQUIREMENTS];
extern struct model_message sample_handshake[HANDSHAKE_MESSAGES];
extern struct model_message sample_not_echoed[NOT_ECHOED_MESSAGES];
extern struct model_message sample_bad_mac[BAD_MAC_MESSAGES];
extern struct model_message sample_sha1[SHA1_MESSAGES];
extern struct model_message sample_refused[REFUSED_MESSAGES];
extern struct model_waiver sample_waivers[SAMPLE_WAIVERS];
extern const struct model_change sample_changes[SAMPLE_CHANGES];

/* A list that outlives the block it is written in. */
struct strings sample_texts(struct arena *a, const char **texts, size_t n);

/* A model with every field that is not a result, and results copied from tables and completed. */
struct model *sample_new(struct arena *a);
void sample_add(struct model *m, const struct model_case *cases, size_t case_count,
                const struct model_requirement *requirements, size_t requirement_count);
void sample_complete(struct arena *a, struct model_case *c);
void sample_count(struct model *m);

#endif
