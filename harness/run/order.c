#include "run/internal.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_MEMBERS = 4 };

/* What a case tells, most first: whether the mandatory suites are there; what the device must do and must refuse; whatever else; and
 * members of a family beyond the first few, which mostly repeat what those said. */
enum worth { SUITE_SUPPORT, MUST_CONFORM, SHOULD_CONFORM, REPEATS, NO_CASE };

static enum worth worth_of(const struct run *r, const struct planned *p)
{
    if (!p->test_case)
        return NO_CASE;
    if (judges_suite_support(p))
        return SUITE_SUPPORT;
    if (p->test_case->members && p->index >= FIRST_MEMBERS)
        return REPEATS;
    return level_is_mandatory(requirements[p->requirement].levels[r->config->profile]) ? MUST_CONFORM
                                                                                       : SHOULD_CONFORM;
}

static size_t chapter_length(const struct planned *p)
{
    return strcspn(p->id, "/");
}

/* How many of the same worth the chapter has before: chapters take turns. */
static size_t turn_of(const struct run *r, const struct ranked *order, size_t i)
{
    const struct planned *p = r->jobs[i].planned;
    size_t n = chapter_length(p), turn = 0;

    for (size_t k = 0; k < i; k++) {
        const struct planned *other = r->jobs[k].planned;

        turn += order[k].worth == order[i].worth && chapter_length(other) == n &&
                strncmp(other->id, p->id, n) == 0;
    }
    return turn;
}

/* Side by side, what takes longest begins first, or the others wait for it in the end. */
enum { SLOW, PROMPT };

static bool is_slow(const struct planned *p)
{
    return p->test_case && (p->test_case->slow || p->test_case->idle);
}

static int compare(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->worth != y->worth)
        return x->worth < y->worth ? -1 : 1;
    if (x->turn != y->turn)
        return x->turn < y->turn ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

void order_jobs(struct run *r)
{
    bool by_worth = r->threads == 1 || r->config->options->deadline_s > 0;

    r->order = arena_array(r->arena, struct ranked, r->job_n);
    for (size_t i = 0; i < r->job_n; i++) {
        r->order[i] = (struct ranked){.index = i};
        if (by_worth) {
            r->order[i].worth = worth_of(r, r->jobs[i].planned);
            r->order[i].turn = turn_of(r, r->order, i);
        } else {
            r->order[i].worth = is_slow(r->jobs[i].planned) ? SLOW : PROMPT;
        }
    }
    if (r->job_n > 1)
        qsort(r->order, r->job_n, sizeof *r->order, compare);
}
