/* What a model adds up to: verdicts of requirements, counts, the verdict of the whole in a sentence, the gate's exit code. */
#include <string.h>

#include "base/arena.h"
#include "run/model.h"

bool level_word_is_mandatory(const char *level)
{
    return strncmp(level, "MUST", 4) == 0;
}

/* The worst of its cases. Without any it is not judged; what no black box can judge applies to none. */
static void sum_requirement(const struct model *m, struct model_requirement *q)
{
    q->verdict = *q->untestable ? VERDICT_NOT_APPLICABLE : VERDICT_NOT_JUDGED;
    for (size_t i = 0; i < q->cases.n; i++) {
        const struct model_case *c = model_case_find(m, q->cases.at[i]);

        if (c && (i == 0 || verdict_rank(c->verdict) > verdict_rank(q->verdict)))
            q->verdict = c->verdict;
    }
}

static void count_requirement(struct model *m, const struct model_requirement *q)
{
    bool mandatory = level_word_is_mandatory(q->level);

    m->summary.requirements.of[q->verdict]++;
    m->summary.mandatory_failed += mandatory && q->verdict == VERDICT_FAIL;
    m->summary.mandatory_passed += mandatory && q->verdict == VERDICT_PASS;
    m->summary.recommended_missing += !mandatory && q->verdict == VERDICT_WARNING;
    m->summary.mandatory_applicable += mandatory && q->cases.n > 0 && q->verdict != VERDICT_NOT_APPLICABLE;
}

static void count(struct model *m)
{
    unsigned judged = 0, of = m->summary.catalogue_requirements;

    memset(&m->summary.requirements, 0, sizeof m->summary.requirements);
    memset(&m->summary.cases, 0, sizeof m->summary.cases);
    m->summary.mandatory_failed = m->summary.mandatory_passed = 0;
    m->summary.recommended_missing = m->summary.mandatory_applicable = 0;
    for (size_t i = 0; i < m->case_count; i++)
        m->summary.cases.of[m->cases[i].verdict]++;
    for (size_t i = 0; i < m->requirement_count; i++) {
        sum_requirement(m, &m->requirements[i]);
        count_requirement(m, &m->requirements[i]);
        judged += m->requirements[i].cases.n > 0 && m->requirements[i].verdict != VERDICT_NOT_JUDGED;
    }
    m->summary.tested_per_cent = of > 0 ? judged * 100 / of : 0;
}

/* How many mandatory cases failed, or could not be judged. */
static unsigned mandatory_cases(const struct model *m, enum verdict v)
{
    unsigned n = 0;

    for (size_t i = 0; i < m->case_count; i++)
        n += m->cases[i].verdict == v && level_word_is_mandatory(m->cases[i].level);
    return n;
}

static unsigned bad_waivers(const struct model *m)
{
    unsigned n = 0;

    for (size_t i = 0; i < m->waiver_count; i++)
        n += strcmp(m->waivers[i].state, "expired") == 0 || strcmp(m->waivers[i].state, "stale") == 0;
    return n;
}

/* What passed then, and fails now. */
static unsigned regressions(const struct model *m)
{
    unsigned n = 0;

    for (size_t i = 0; i < m->change_count; i++) {
        bool worse = strcmp(m->changes[i].now, "fail") == 0 ||
                     (m->run.strict && strcmp(m->changes[i].now, "warning") == 0);

        n += worse && strcmp(m->changes[i].then, "pass") == 0;
    }
    return n;
}

static bool by_regression(const struct model *m)
{
    return strcmp(m->run.fail_on, "regression") == 0;
}

static bool is_met(const struct model *m)
{
    return mandatory_cases(m, VERDICT_FAIL) == 0 && bad_waivers(m) == 0 &&
           !(m->run.strict && m->summary.cases.of[VERDICT_WARNING] > 0);
}

static bool is_judged(const struct model *m)
{
    return m->run.complete && mandatory_cases(m, VERDICT_NOT_JUDGED) == 0 &&
           (m->summary.mandatory_applicable > 0 ||
            m->summary.cases.of[VERDICT_PASS] + m->summary.cases.of[VERDICT_WARNING] > 0);
}

static int exit_code(const struct model *m, int signal)
{
    if (!m->run.complete && signal)
        return 128 + signal;
    if (by_regression(m) ? regressions(m) > 0 : !is_met(m))
        return 1;
    return is_judged(m) ? 0 : 3;
}

static const char *plural(unsigned n)
{
    return n == 1 ? "" : "s";
}

/* What fails the gate although every mandatory requirement is met. */
static const char *sentence_beyond(struct model *m)
{
    unsigned missed = m->run.strict ? m->summary.recommended_missing : 0, bad = bad_waivers(m);
    const char *recommendations =
        missed > 0 ? arena_printf(m->arena, "%u recommendation%s missed", missed, plural(missed)) : "";
    const char *waivers =
        bad > 0 ? arena_printf(m->arena, "%u waiver%s expired or stale", bad, plural(bad)) : "";

    return arena_printf(
        m->arena, "Not conformant. %s fails no mandatory requirement, but the gate asks for more: %s%s%s.",
        m->device.name, recommendations, missed > 0 && bad > 0 ? ", " : "", waivers);
}

static const char *sentence_failed(struct model *m)
{
    unsigned of = m->summary.mandatory_applicable;

    if (m->summary.mandatory_failed == 0)
        return sentence_beyond(m);
    if (of == 1)
        return arena_printf(
            m->arena, "Not conformant. %s does not meet the one mandatory requirement that applies to it.",
            m->device.name);
    return arena_printf(
        m->arena, "Not conformant. %s does not meet %u of the %u mandatory requirements that apply to it.",
        m->device.name, m->summary.mandatory_failed, of);
}

static const char *sentence_not_judged(struct model *m)
{
    unsigned n = 0, of = m->summary.mandatory_applicable;

    for (size_t i = 0; i < m->requirement_count; i++)
        n += level_word_is_mandatory(m->requirements[i].level) && m->requirements[i].cases.n > 0 &&
             m->requirements[i].verdict == VERDICT_NOT_JUDGED;
    if (*m->run.stopped)
        return arena_printf(m->arena, "Not judged. %s: %s.", m->device.name, m->run.stopped);
    return arena_printf(
        m->arena, "Not judged. %u of the %u mandatory requirement%s that apply to %s could not be judged.", n,
        of, plural(of), m->device.name);
}

static unsigned waived_mandatory(const struct model *m)
{
    unsigned n = 0;

    for (size_t i = 0; i < m->requirement_count; i++)
        n +=
            m->requirements[i].verdict == VERDICT_WAIVED && level_word_is_mandatory(m->requirements[i].level);
    return n;
}

static const char *sentence_met(struct model *m)
{
    unsigned missed = m->summary.recommended_missing, of = m->summary.mandatory_applicable,
             waived = waived_mandatory(m);
    bool part = m->run.only.n > 0 || m->run.skip.n > 0 || *m->run.shard;
    const char *by_waiver = waived > 0 ? arena_printf(m->arena, ", %u of them by waiver", waived) : "";
    const char *more =
        missed > 0 ? arena_printf(m->arena, " It misses %u recommendation%s.", missed, plural(missed)) : "";

    if (of == 0)
        return arena_printf(m->arena,
                            "Conformant. No mandatory requirement that applies to %s was selected.%s",
                            m->device.name, more);
    return arena_printf(m->arena,
                        "Conformant. %s meets %s%u mandatory requirement%s that appl%s to it%s%s.%s",
                        m->device.name, of == 1 ? "the " : "all ", of, plural(of), of == 1 ? "ies" : "y",
                        !part     ? ""
                        : of == 1 ? " and was selected"
                                  : " and were selected",
                        by_waiver, more);
}

/* What the gate thinks beside the verdict, when it asks for regressions alone. */
static const char *with_regressions(struct model *m, const char *sentence)
{
    unsigned n = regressions(m);

    if (!by_regression(m))
        return sentence;
    return n > 0 ? arena_printf(m->arena, "%s %u case%s passed in the baseline and fail%s now.", sentence, n,
                                plural(n), n == 1 ? "s" : "")
                 : arena_printf(m->arena, "%s Nothing that passed in the baseline fails now.", sentence);
}

void model_summarize(struct model *m, int signal)
{
    count(m);
    m->summary.exit_code = exit_code(m, signal);
    if (!is_met(m)) {
        m->summary.verdict = "not-conformant";
        m->summary.sentence = sentence_failed(m);
    } else if (!is_judged(m)) {
        m->summary.verdict = "not-judged";
        m->summary.sentence = sentence_not_judged(m);
    } else {
        m->summary.verdict = "conformant";
        m->summary.sentence = sentence_met(m);
    }
    m->summary.sentence = with_regressions(m, m->summary.sentence);
}
