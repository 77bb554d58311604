#include <stdio.h>
#include <string.h>

#include "case/internal.h"

enum { CHANGED_CLASS = 2, CLASS = 5, INSTANCES_TRIED = 256 };

static const struct {
    const char *word, *object; /* "" is the instance of the Server object */
    unsigned wait,
        execute;     /* resources: a time in seconds that is written first (0: none), and what is executed */
    bool leaves;     /* the device says goodbye before it comes again */
    bool unanswered; /* what the device sends then is to find no association to be answered in */
} levers[] = {
    [LEVER_NONE] = {.word = "", .object = ""},
    [LEVER_DISABLE] = {.word = "disable", .object = "", .wait = 5, .execute = 4, .leaves = true},
    [LEVER_UPDATE] = {.word = "update", .object = "", .execute = 8, .unanswered = true},
    [LEVER_REBOOT] = {.word = "reboot", .object = "/3/0", .execute = 4},
    [LEVER_BOOTSTRAP] = {.word = "bootstrap", .object = "", .execute = 9},
};

/* LwM2M 1.1 Core E.3: two attempts a second apart make a sequence, and a thousand sequences follow each other a second apart. */
static const struct {
    unsigned id;
    const char *value;
} retry_timers[] = {{17, "2"}, {18, "1"}, {19, "1"}, {20, "1000"}};

bool lever_of(const char *word, enum lever *out)
{
    for (size_t i = LEVER_NONE + 1; i < sizeof levers / sizeof *levers; i++)
        if (strcmp(levers[i].word, word) == 0) {
            *out = (enum lever)i;
            return true;
        }
    return false;
}

/* ---- registered ------------------------------------------------------------------------------------------------------------ */

/* The number of the Server object's instance: of the first link "</1/N>" that the device registered with; 0 else. */
static unsigned server_instance(struct link *l)
{
    struct bytes objects = lwm2m_registration(responder(l)).objects;
    char path[16];
    bool sound;

    for (unsigned i = 0; i < INSTANCES_TRIED; i++) {
        snprintf(path, sizeof path, "/1/%u", i);
        if (links_have(objects, path, &sound))
            return i;
    }
    return 0;
}

/* True when the device registered over this association, now or before. */
static bool is_registered(struct link *l)
{
    int64_t until = now_us() + l->test->env->patience_us;
    struct lwm2m_event e;

    if (lwm2m_registration(responder(l)).present)
        return true;
    while (!l->bootstrap_asked && next_lwm2m(l, until, &e)) {
        l->bootstrap_asked |= e.kind == LWM2M_BOOTSTRAP_REQUEST;
        if (e.kind == LWM2M_REGISTER) {
            l->registered = true;
            return true;
        }
    }
    return false;
}

bool registers_by_now(struct link *l)
{
    return l->established && !l->peer_closed && !l->lwm2m_silent && l->assoc->side == SIDE_SERVER &&
           l->test->env->liveness != LIVENESS_ECHO && is_registered(l);
}

/* ---- levers ---------------------------------------------------------------------------------------------------------------- */

/* One request, shown as a row; true when it is answered by 2.xx. */
static bool pull(struct link *l, enum lwm2m_method method, const char *path, const char *value)
{
    struct test *t = l->test;
    struct request r = {method, path, "", bytes_of_text(value),
                        *value != '\0' ? CONTENT_TEXT : CONTENT_UNSAID};
    struct lwm2m_event e;
    bool answered = ask(l, &r, &e);

    trace_row(t->trace, TRACE_WAIT, l->assoc->number, "lever: %s %s%s%s: %s",
              method == LWM2M_PUT ? "Write" : "Execute", path, *value != '\0' ? " = " : "", value,
              answered ? code_text(t, e.code) : "no response");
    return answered && e.code >> CLASS == CHANGED_CLASS;
}

static void await_goodbye(struct link *l)
{
    int64_t until = now_us() + l->test->env->patience_us;
    struct lwm2m_event e;

    while (!l->peer_closed && next_lwm2m(l, until, &e))
        if (e.kind == LWM2M_DEREGISTER)
            return;
}

static void pull_all(struct link *l)
{
    struct arena *a = l->test->arena;
    enum lever lever = l->test->env->lever;
    unsigned instance = server_instance(l);
    const char *object =
        *levers[lever].object != '\0' ? levers[lever].object : arena_printf(a, "/1/%u", instance);

    for (size_t i = 0; i < sizeof retry_timers / sizeof *retry_timers; i++)
        if (!pull(l, LWM2M_PUT, arena_printf(a, "/1/%u/%u", instance, retry_timers[i].id),
                  retry_timers[i].value))
            break; /* a device of LwM2M 1.0 has none of them */
    if (levers[lever].wait > 0)
        pull(l, LWM2M_PUT, arena_printf(a, "%s/%u", object, levers[lever].wait), "1");
    l->last_words = levers[lever].unanswered;
    l->last_word_sent = false;
    if (!pull(l, LWM2M_POST, arena_printf(a, "%s/%u", object, levers[lever].execute), ""))
        note(l->test, "the device does not take the lever %s", levers[lever].word);
    else if (levers[lever].leaves)
        await_goodbye(l);
}

/* Apart from pull_lever, so that no local of it lives across the jump. */
static void pull_and_return(struct link *l)
{
    if (setjmp(l->test->leave) != 0)
        return;
    if (registers_by_now(l))
        pull_all(l);
    else if (l->bootstrap_asked && !l->peer_closed && l->test->env->lever == LEVER_BOOTSTRAP)
        hand_back(l);
}

/* What the lever comes to is no matter of the case: its result stands. */
void pull_lever(struct link *l)
{
    struct test *t = l->test;
    enum outcome outcome = t->out->outcome;
    const char *reason = t->out->reason;
    jmp_buf leave_to;

    if (t->env->lever == LEVER_NONE || l->gave_way)
        return;
    memcpy(&leave_to, &t->leave, sizeof leave_to);
    pull_and_return(l);
    memcpy(&t->leave, &leave_to, sizeof leave_to);
    t->out->outcome = outcome;
    t->out->reason = reason;
}
