#include "run/model.h"

#include <string.h>

static const struct {
    const char *name;
    int rank;
} verdicts[VERDICT_COUNT] = {
    [VERDICT_NOT_APPLICABLE] = {"not-applicable", 0},
    [VERDICT_PASS] = {"pass", 1},
    [VERDICT_WARNING] = {"warning", 2},
    [VERDICT_WAIVED] = {"waived", 3},
    [VERDICT_NOT_JUDGED] = {"not-judged", 4},
    [VERDICT_FAIL] = {"fail", 5},
};

const char *verdict_name(enum verdict v)
{
    return verdicts[v].name;
}

int verdict_rank(enum verdict v)
{
    return verdicts[v].rank;
}

bool verdict_parse(const char *word, enum verdict *out)
{
    for (enum verdict v = 0; v < VERDICT_COUNT; v++)
        if (strcmp(verdicts[v].name, word) == 0) {
            *out = v;
            return true;
        }
    return false;
}

int did_rank(const char *did)
{
    static const char *const order[] = {"not-judged", "not-offered", "silent",
                                        "refused",    "offered",     "accepted"};

    for (int i = 0; i < 6; i++)
        if (did && strcmp(order[i], did) == 0)
            return i;
    return -1;
}

const struct model_requirement *model_requirement_find(const struct model *m, const char *id)
{
    for (size_t i = 0; i < m->requirement_count; i++)
        if (strcmp(m->requirements[i].id, id) == 0)
            return &m->requirements[i];
    return NULL;
}

const struct model_case *model_case_find(const struct model *m, const char *id)
{
    for (size_t i = 0; i < m->case_count; i++)
        if (strcmp(m->cases[i].id, id) == 0)
            return &m->cases[i];
    return NULL;
}
