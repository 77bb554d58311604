#include "look.h"

#include <string.h>

/* U+FE0E keeps phones from drawing an emoji. */
static const struct look looks[VERDICT_COUNT] = {
    [VERDICT_PASS] = {"✔︎", "ok", "Pass", "\033[32m"},
    [VERDICT_WARNING] = {"▲", "warn", "Warning", "\033[33m"},
    [VERDICT_WAIVED] = {"◆", "waived", "Waived", "\033[35m"},
    [VERDICT_NOT_APPLICABLE] = {"–", "n/a", "Not applicable", "\033[2m"},
    [VERDICT_NOT_JUDGED] = {"?", "????", "Not judged", "\033[36m"},
    [VERDICT_FAIL] = {"✘︎", "FAIL", "Fail", "\033[1;31m"},
};

const struct look *look_of(enum verdict v)
{
    return &looks[v];
}

enum verdict run_verdict(const struct model *m)
{
    if (strcmp(m->summary.verdict, "conformant") == 0) {
        return VERDICT_PASS;
    }
    return strcmp(m->summary.verdict, "not-conformant") == 0 ? VERDICT_FAIL : VERDICT_NOT_JUDGED;
}

bool is_untested(const struct model_requirement *r)
{
    return r->cases.n == 0;
}
