#include <stdio.h>
#include <string.h>

#include "run/internal.h"

static enum level level_of(const struct run *r, const struct planned *p)
{
    return requirements[p->requirement].levels[r->config->profile];
}

/* What a failure is at that level. */
static enum verdict failed(enum level level)
{
    return level_is_mandatory(level) ? VERDICT_FAIL : level == MAY ? VERDICT_PASS : VERDICT_WARNING;
}

static enum verdict verdict_of(const struct run *r, const struct planned *p, enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_PASS: return VERDICT_PASS;
    case OUTCOME_NOT_APPLICABLE: return VERDICT_NOT_APPLICABLE;
    case OUTCOME_NOT_JUDGED: return VERDICT_NOT_JUDGED;
    case OUTCOME_FAIL_SHOWN:
    case OUTCOME_FAIL_MISSED: break;
    }
    return failed(level_of(r, p));
}

static bool has_failed(enum outcome outcome)
{
    return outcome == OUTCOME_FAIL_SHOWN || outcome == OUTCOME_FAIL_MISSED;
}

static const char *capture_of(struct run *r, const struct planned *p, const struct case_result *result)
{
    return r->config->captures && result->heard ? arena_printf(r->arena, "captures/%s.pcapng", p->id) : "";
}

static const char *guidance_for(const struct case_result *result)
{
    const struct cipher *c =
        result->observation_count == 1 ? cipher_find(result->observations[0].code) : NULL;

    return c ? guidance_of(c) : "";
}

static const char *add_sentence(struct run *r, const char *text, const char *more)
{
    return *text && *more ? arena_printf(r->arena, "%s; %s", text, more) : *more ? more : text;
}

/* What a result says, without a verdict. */
static void fill(struct run *r, const struct planned *p, const struct case_result *result,
                 struct model_case *out)
{
    out->expected = arena_strdup(r->arena, result->expected);
    out->got = arena_strdup(r->arena, result->got);
    out->reason = arena_strdup(r->arena, result->reason);
    out->note = arena_strdup(r->arena, result->note);
    out->guidance = guidance_for(result);
    out->duration_ms = (result->ended_us - result->began_us) / MS;
    out->capture = capture_of(r, p, result);
    out->key_log = r->env.key_log && result->key_log ? arena_strdup(r->arena, result->key_log) : "";
    evidence_of(r->arena, result->trace, &r->evidence, out);
}

static void settle(struct run *r, struct job *j)
{
    j->settled = true;
    j->out->attempts = j->attempts;
    j->out->unstable = j->out->unstable || j->varied;
    r->settled++;
    tell_progress(r, j->out);
}

/* The result is what the report shows of the case. */
static void show(struct run *r, struct job *j, const struct case_result *result)
{
    fill(r, j->planned, result, j->out);
    j->out->verdict = verdict_of(r, j->planned, result->outcome);
    if (has_failed(result->outcome) && j->out->verdict == VERDICT_PASS) {
        j->out->note = add_sentence(r, j->out->note,
                                    arena_printf(r->arena, "optional, and not so here: %s", j->out->got));
        j->out->reason = "";
    }
}

static void remark(struct run *r, struct job *j, const char *text)
{
    j->out->note = add_sentence(r, j->out->note, text);
}

static void set_not_judged(struct run *r, struct job *j, const char *reason)
{
    j->out->verdict = VERDICT_NOT_JUDGED;
    j->out->reason = arena_strdup(r->arena, reason);
}

/* Another outcome than the one that is shown, of a case that ran again because the path is lossy. Bytes that came decide; what did
 * not come decides nothing against what did. */
static void reconsider(struct run *r, struct job *j, const struct case_result *result)
{
    if (result->outcome == OUTCOME_FAIL_SHOWN) {
        j->settled = false;
        r->settled--;
        show(r, j, result);
        j->prior = PRIOR_SHOWN;
        return;
    }
    remark(r, j, "another outcome in another run on this lossy path");
    j->out->unstable = true;
    if (result->outcome == OUTCOME_PASS || result->outcome == OUTCOME_NOT_APPLICABLE) {
        set_not_judged(r, j, "the path loses datagrams: runs of this case ended differently");
        j->silent = false;
    }
}

static bool is_optional(const struct run *r, const struct job *j)
{
    return level_of(r, j->planned) == MAY;
}

void judge_pooled(struct run *r, struct job *j, struct case_result *result)
{
    static const enum prior priors[] = {[OUTCOME_FAIL_SHOWN] = PRIOR_SHOWN,
                                        [OUTCOME_FAIL_MISSED] = PRIOR_MISSED,
                                        [OUTCOME_NOT_JUDGED] = PRIOR_NOT_JUDGED,
                                        [OUTCOME_PASS] = PRIOR_NONE,
                                        [OUTCOME_NOT_APPLICABLE] = PRIOR_NONE};

    take_findings(r, j->planned, result);
    if (r->pass == PASS_SILENT) {
        if (result->outcome != j->outcome)
            reconsider(r, j, result);
        return;
    }
    show(r, j, result);
    j->outcome = result->outcome;
    j->silent = j->planned->negative && priors[result->outcome] == PRIOR_NONE;
    j->prior = priors[result->outcome];
    if (is_optional(r, j) && result->outcome == OUTCOME_FAIL_MISSED) {
        remark(r, j, "missed in one run; no verdict hangs on it");
        settle(r, j);
    } else if (j->prior == PRIOR_NONE || (result->is_final && result->outcome == OUTCOME_NOT_JUDGED)) {
        settle(r, j);
    }
}

void judge_void(struct run *r, struct job *j)
{
    j->deaths++;
    if (!j->settled)
        return;
    j->settled = false;
    r->settled--;
    j->prior = PRIOR_NONE;
}

/* The lone run, beside what came before it. */
static void compare(struct run *r, struct job *j, const struct case_result *result)
{
    const bool again = has_failed(result->outcome);
    const enum prior prior = j->prior;

    if (prior == PRIOR_SHOWN && result->outcome != OUTCOME_FAIL_SHOWN) {
        remark(r, j, "shown once; the lone run that followed did not show it again");
        j->out->unstable = true;
        if (r->config->device->slots ==
            1) /* one socket for all: what an earlier case sent may reach a later association */
            set_not_judged(r, j,
                           "shown once, and not again alone: a device with one slot may mix associations up");
        return;
    }
    show(r, j, result);
    if (again && (prior == PRIOR_SHOWN || prior == PRIOR_MISSED))
        remark(r, j, "confirmed alone, 2 of 2 runs");
    if (!again && prior == PRIOR_MISSED) {
        remark(r, j, "unstable under load: missed while other cases ran, not so when run alone");
        j->out->unstable = true;
    }
}

void judge_alone(struct run *r, struct job *j, struct case_result *result)
{
    take_findings(r, j->planned, result);
    compare(r, j, result);
    if (r->blocks && result->outcome == OUTCOME_FAIL_MISSED)
        set_not_judged(r, j, "the device blocks us now and then: what did not come may be that");
    if (j->deaths > 0 && !r->blocks && result->outcome != OUTCOME_FAIL_SHOWN) {
        set_not_judged(r, j,
                       "the device served no more after this case once, and served on when it ran again");
        j->out->unstable = true;
    }
    settle(r, j);
}

void judge_not(struct run *r, struct job *j, struct case_result *result, const char *reason)
{
    if (result)
        fill(r, j->planned, result, j->out);
    set_not_judged(r, j, reason);
    settle(r, j);
}

void judge_dead(struct run *r, struct job *j, struct case_result *result)
{
    const char *survives = standing_id(r->arena, r->env.role, SURVIVES_SLUG);
    struct standing_found *found = standing_of(r, survives);

    take_findings(r, j->planned, result);
    show(r, j, result);
    if (j->planned->requirement == REQ_SURVIVES_BAD_INPUT) { /* that is the case itself */
        j->out->verdict = failed(level_of(r, j->planned));
        j->out->expected = "a good handshake completes after it";
        j->out->got = j->how_it_died;
        j->out->reason = "";
        settle(r, j);
        return;
    }
    if (result->outcome == OUTCOME_FAIL_SHOWN)
        remark(r, j, j->how_it_died);
    else
        set_not_judged(
            r, j,
            arena_printf(r->arena, "the device died of it, which %s judges: %s", survives, j->how_it_died));
    settle(r, j);
    if (!found || found->breached)
        return;
    found->breached = true;
    found->evidence = *j->out;
    found->evidence.expected = arena_printf(r->arena, "a good handshake completes after %s", j->planned->id);
    found->evidence.got = arena_printf(r->arena, "%s, in %u runs of it", j->how_it_died, j->deaths);
    found->evidence.reason = "";
}

void add_note(struct run *r, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    pthread_mutex_lock(&r->lock);
    if (!r->closed)
        string_list_add(r->arena, &r->notes, arena_vprintf(r->arena, format, args));
    pthread_mutex_unlock(&r->lock);
    va_end(args);
}

void judge_shown(struct run *r, struct job *j)
{
    remark(r, j, "not run again alone: the run ended before");
    settle(r, j);
}

void set_why_not(struct run *r, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    pthread_mutex_lock(&r->lock);
    if (!r->closed)
        r->why_not = arena_vprintf(r->arena, format, args);
    pthread_mutex_unlock(&r->lock);
    va_end(args);
}
