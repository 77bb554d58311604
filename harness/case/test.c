#include <string.h>

#include "case/internal.h"

/* A bad record is sent in so many at most, until one bad and one good crossed (design 2.2). */
enum { ASSOCIATIONS = 3 };

void leave(struct test *t, enum outcome outcome)
{
    t->out->outcome = outcome;
    longjmp(t->leave, 1);
}

/* Formats into a field of the result. */
#define FORMAT(t, field, format)                                                                             \
    do {                                                                                                     \
        va_list args_;                                                                                       \
        va_start(args_, format);                                                                             \
        (t)->out->field = arena_vprintf((t)->arena, format, args_);                                          \
        va_end(args_);                                                                                       \
    } while (0)

void not_applicable(struct test *t, const char *reason, ...)
{
    FORMAT(t, reason, reason);
    /* Under load silence may be loss: the lone run decides what it means. */
    leave(t, t->fell_silent && t->env->hasty ? OUTCOME_NOT_JUDGED : OUTCOME_NOT_APPLICABLE);
}

void not_judged(struct test *t, const char *reason, ...)
{
    FORMAT(t, reason, reason);
    leave(t, OUTCOME_NOT_JUDGED);
}

/* The last event's record is what decides, unless the case marked another. */
static void mark_decisive(struct test *t)
{
    if (!t->marked && t->last.kind != EVENT_NONE && t->last.trace_at < t->trace->n)
        t->trace->entries[t->last.trace_at].decisive = true;
}

/* A device may close an association at any time, to have room for another: in company nobody can tell which it was for. */
static bool is_farewell(const struct test *t)
{
    return !t->marked && t->last.kind == EVENT_ALERT && t->last.description == ALERT_CLOSE_NOTIFY;
}

void fail_shown(struct test *t, const char *expected, const char *got, ...)
{
    t->out->expected = arena_strdup(t->arena, expected);
    FORMAT(t, got, got);
    mark_decisive(t);
    leave(t, is_farewell(t) ? OUTCOME_FAIL_MISSED : OUTCOME_FAIL_SHOWN);
}

void fail_missed(struct test *t, const char *expected, const char *got, ...)
{
    t->out->expected = arena_strdup(t->arena, expected);
    FORMAT(t, got, got);
    trace_row(t->trace, TRACE_TIMEOUT, 0, "%s", t->out->got);
    t->trace->entries[t->trace->n - 1].decisive = true;
    leave(t, OUTCOME_FAIL_MISSED);
}

void note(struct test *t, const char *text, ...)
{
    const char *before = t->out->note;

    FORMAT(t, note, text);
    if (before[0] != '\0')
        t->out->note = arena_printf(t->arena, "%s; %s", before, t->out->note);
}

void deviate(struct test *t, const char *text, ...)
{
    va_list args;

    va_start(args, text);
    trace_row(t->trace, TRACE_DEVIATION, 0, "%s", arena_vprintf(t->arena, text, args));
    va_end(args);
}

void mark_entry(struct test *t, size_t trace_at, size_t at, size_t n, const char *text)
{
    trace_mark(t->trace, trace_at, at, n, text);
    t->marked = true;
}

void mark_last(struct test *t, size_t at, size_t n, const char *text)
{
    if (t->last.kind == EVENT_NONE)
        return;
    trace_mark(t->trace, t->last.trace_at, t->last.record_at + at, n, text);
    t->marked = true;
}

void say(struct test *t, const char *expected, const char *got, ...)
{
    t->out->expected = arena_strdup(t->arena, expected);
    FORMAT(t, got, got);
}

void require(struct test *t, bool cond, const char *expected, const char *got, ...)
{
    t->out->expected = arena_strdup(t->arena, expected);
    FORMAT(t, got, got);
    if (cond)
        return;
    mark_decisive(t);
    leave(t, OUTCOME_FAIL_SHOWN);
}

uint32_t member(struct test *t)
{
    return t->member;
}

enum profile profile_of(struct test *t)
{
    return t->env->profile;
}

bool device_is_client(struct test *t)
{
    return t->env->role == CLIENT;
}

bool declares(struct test *t, const char *what)
{
    const char *const *at = t->env->implements;

    for (; at != NULL && *at != NULL; at++)
        if (strcmp(*at, what) == 0)
            return true;
    return false;
}

enum liveness liveness_of(struct test *t)
{
    return t->env->liveness;
}

void needs_liveness(struct test *t)
{
    if (t->env->liveness == LIVENESS_NONE)
        not_applicable(t, "the device shows no life inside an association (liveness none)");
}

struct bytes identity_of(struct test *t)
{
    if (t->env->key_of != NULL && t->env->identity.n == 0)
        not_applicable(t, "the device's identity is its own choice, and not known before");
    return t->env->identity;
}

struct bytes psk_of(struct test *t)
{
    return t->env->psk;
}

struct arena *arena_of(struct test *t)
{
    return t->arena;
}

struct bytes random_bytes(struct test *t, size_t n)
{
    uint8_t *at = arena_alloc(t->arena, n);

    rng_fill(&t->rng, at, n);
    return (struct bytes){at, n};
}

uint16_t random_u16(struct test *t)
{
    return (uint16_t)rng_u64(&t->rng);
}

struct bytes join(struct test *t, struct bytes a, struct bytes b)
{
    struct writer w = writer_of(arena_alloc(t->arena, a.n + b.n), a.n + b.n);

    put_bytes(&w, a);
    put_bytes(&w, b);
    return written(&w);
}

struct bytes octets(struct test *t, size_t n, const uint8_t *at)
{
    return arena_copy(t->arena, (struct bytes){at, n});
}

struct bytes extension(struct test *t, uint16_t type, struct bytes body)
{
    struct writer w = writer_of(arena_alloc(t->arena, body.n + 4), body.n + 4);

    put_extension(&w, type, body);
    return written(&w);
}

void observe_cipher(struct test *t, uint16_t code, const char *did, enum alert alert,
                    const char *encrypt_then_mac)
{
    struct case_result *out = t->out;
    struct cipher_observation *grown =
        arena_array(t->arena, struct cipher_observation, out->observation_count + 1);

    for (size_t i = 0; i < out->observation_count; i++)
        grown[i] = out->observations[i];
    grown[out->observation_count++] = (struct cipher_observation){code, did, alert, encrypt_then_mac};
    out->observations = grown;
}

struct test *test_of(struct assoc *a)
{
    return link_of(a)->test;
}

const char *alert_text(struct test *t, enum alert a)
{
    if (a == ALERT_NONE)
        return "silence";
    return arena_printf(t->arena, "alert %s (%d)", alert_name((uint8_t)a), (int)a);
}

/* ---- running ---------------------------------------------------------------------------------------------------------- */

bool case_member(const struct test_case *c, size_t index, struct arena *arena, const char **id,
                 const char **title, enum requirement_id *requirement)
{
    struct member row = {0};

    *id = c->id;
    *title = c->title;
    *requirement = c->requirement;
    if (c->members == NULL)
        return index == 0;
    if (!c->members(index, &row))
        return false;
    *id = arena_printf(arena, "%s-%s", c->id, row.slug);
    *title = arena_printf(arena, "%s: %s", c->title, row.title);
    if (row.own_requirement)
        *requirement = row.requirement;
    return true;
}

void begin_test(struct test *t, const struct case_env *env, struct case_result *out)
{
    *out = (struct case_result){.arena = arena_new(), .began_us = now_us()};
    out->expected = out->got = out->reason = out->note = out->key_log = "";
    t->env = env;
    t->out = out;
    t->arena = out->arena;
    t->trace = out->trace = trace_new(out->arena);
    t->trace->name = "a good handshake";
    t->trace->watch = env->watch;
}

/* The randoms of the device's hellos: the run compares those of all cases. */
static void keep_randoms(struct test *t)
{
    struct case_result *out = t->out;

    out->randoms = arena_array(t->arena, struct bytes, t->link_n);
    for (size_t i = 0; i < t->link_n; i++) {
        const struct link *l = t->links[i];
        const uint8_t *at = t->env->role == CLIENT ? l->assoc->client_random : l->assoc->server_random;

        if (l->have_hello)
            out->randoms[out->random_count++] = (struct bytes){at, HELLO_RANDOM};
    }
}

/* What was not read cannot be said not to have come: only what was shown stands. */
static void note_flood(struct test *t)
{
    struct case_result *out = t->out;

    if (t->trace->left_out == 0)
        return;
    note(t, "%zu datagrams beyond %d, or beyond %d octets of the device, were left out", t->trace->left_out,
         TRACE_MAX, TRACE_OCTETS);
    if (out->outcome == OUTCOME_FAIL_SHOWN)
        return;
    out->outcome = OUTCOME_NOT_JUDGED;
    out->reason = "the device sent more than is read in one case";
}

/* What was not sent proves nothing. */
static void note_limit(struct test *t)
{
    struct case_result *out = t->out;

    if (t->over_limit == 0 || out->outcome == OUTCOME_FAIL_SHOWN)
        return;
    out->outcome = OUTCOME_NOT_APPLICABLE;
    out->reason =
        arena_printf(t->arena, "the device file limits datagrams to %zu octets, and this takes one of %zu",
                     t->env->max_datagram, t->over_limit);
}

void end_test(struct test *t)
{
    struct case_result *out = t->out;

    for (size_t i = 0; i < t->trace->n; i++)
        out->heard |= t->trace->entries[i].kind == TRACE_DATAGRAM && t->trace->entries[i].from_device;
    keep_randoms(t);
    close_links(t);
    check_invariants(t);
    note_flood(t);
    note_limit(t);
    trace_tell(t->trace);
    out->ended_us = now_us();
}

/* Apart from case_run, so that no local of a caller lives across the jump. */
static void run_steps(struct test *t)
{
    if (setjmp(t->leave) == 0) {
        t->test_case->run(t);
        t->out->outcome = OUTCOME_PASS;
    }
}

/* True when what was known before made the case end otherwise than as not-applicable: it may tell that a case does not apply, and
 * proves nothing else. */
static bool run_once(const struct test_case *c, size_t index, const struct case_env *env, unsigned attempt,
                     bool may_reuse, struct case_result *out)
{
    struct test t = {.test_case = c, .may_reuse = may_reuse};
    const char *id, *title;
    enum requirement_id requirement;
    struct member row = {0};

    begin_test(&t, env, out);
    if (c->members != NULL && c->members(index, &row))
        t.member = row.value;
    case_member(c, index, out->arena, &id, &title, &requirement);
    t.rng = rng_of(env->seed + attempt, id);
    t.trace->name = id;
    run_steps(&t);
    end_test(&t);
    return t.reused && out->outcome != OUTCOME_NOT_APPLICABLE;
}

static void run_afresh(const struct test_case *c, size_t index, const struct case_env *env, unsigned attempt,
                       struct case_result *out)
{
    if (!run_once(c, index, env, attempt, true, out))
        return;
    arena_free(out->arena);
    run_once(c, index, env, attempt, false, out);
}

void case_run(const struct test_case *c, size_t index, const struct case_env *env, struct case_result *out)
{
    run_afresh(c, index, env, 0, out);
    for (unsigned i = 1; i < ASSOCIATIONS && out->again && !env->hasty; i++) {
        arena_free(out->arena);
        run_afresh(c, index, env, i, out);
    }
}
