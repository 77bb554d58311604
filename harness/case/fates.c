#include "case/aftermath.h"

enum { TRIES = 3, COPY_GAP_US = 50000, PROBES = 8 };

static int64_t patience_from_now(const struct test *t)
{
    return now_us() + t->env->patience_us;
}

struct fate what_became(struct assoc *a, const struct sealed *record)
{
    struct link *l = link_of(a);
    struct test *t = l->test;
    struct aftermath later = {0};

    needs_liveness(t);
    if (record != NULL)
        send_sealed(a, record);
    struct aftermath after = probe_after(l, record != NULL ? record->message_id : 0);

    if (record) /* what is no record cannot be read, late or not */
        distrust_late(t, &after);
    struct fate f = {LIFE_ALIVE, after.bad_answered, after.alerted, after.alert};

    t->fell_silent = record != NULL && record->message_id != 0 && !f.answered;

    if (record != NULL && after.bad_answered)
        t->last = after.answer;
    if (!after.alerted) {
        f.life = after.good_answered ? LIFE_ALIVE : LIFE_GONE;
        return f;
    }
    read_answers(l, send_good(l), 0, patience_from_now(t), true, &later);
    f.life = later.good_answered ? LIFE_ALIVE : LIFE_ENDED;
    l->peer_closed = f.life == LIFE_ENDED;
    return f;
}

const char *fate_text(struct test *t, const struct fate *f)
{
    switch (f->life) {
    case LIFE_ALIVE:
        return f->alerted ? arena_printf(t->arena, "%s, and it still serves", describe_event(t, &f->alert))
                          : "alive";
    case LIFE_ENDED: return arena_printf(t->arena, "ended by %s", describe_event(t, &f->alert));
    default: return "gone without a word";
    }
}

struct sealed served_probe(struct assoc *a)
{
    struct link *l = link_of(a);

    for (int i = 0; i < TRIES; i++) {
        struct sealed s = good_probe(a);
        struct aftermath out = {0};

        send_sealed(a, &s);
        read_answers(l, s.message_id, 0, patience_from_now(l->test), true, &out);
        if (out.good_answered)
            return s;
    }
    not_judged(l->test, "no good probe is answered");
}

void ask_with_requests(struct assoc *a)
{
    struct link *l = link_of(a);
    struct aftermath out = {0};

    needs_liveness(l->test);
    l->ask = l->test->env->liveness == LIVENESS_PING;
    if (!l->ask)
        return;
    read_answers(l, send_good(l), 0, patience_from_now(l->test), true, &out);
    l->ask = out.good_answered;
}

void expect_not_answered(struct assoc *a, const struct sealed *s, const char *what)
{
    struct test *t = test_of(a);
    const char *expected = arena_printf(t->arena, "no answer to %s", what);
    struct fate f = what_became(a, s);

    if (f.answered)
        fail_shown(t, expected, "its probe is answered");
    say(t, expected, "none; the association: %s", fate_text(t, &f));
}

/* What came of the stimulus as the event that decides. */
static void decide_by(struct test *t, const struct fate *f)
{
    if (f->alerted)
        t->last = f->alert;
}

void expect_undisturbed(struct assoc *a)
{
    static const char expected[] = "an answer to the good probe that follows, and no alert";
    struct test *t = test_of(a);
    struct fate f = what_became(a, NULL);

    decide_by(t, &f);
    if (f.alerted && f.alert.description != ALERT_CLOSE_NOTIFY)
        fail_shown(t, expected, "%s", describe_event(t, &f.alert));
    if (f.life != LIFE_ALIVE)
        fail_missed(t, expected, "no answer: the association is %s", fate_text(t, &f));
    say(t, expected, "so it is");
}

void expect_no_harm(struct assoc *a, const char *what)
{
    struct test *t = test_of(a);
    const char *expected = arena_printf(t->arena, "an answer to the good probe after %s", what);
    struct fate f = what_became(a, NULL);

    if (f.life == LIFE_GONE)
        fail_missed(t, expected, "no answer: the association is gone");
    if (f.alerted)
        note(t, "the device answers by %s; that is judged by the rows on bad records",
             describe_event(t, &f.alert));
    say(t, expected, "%s", fate_text(t, &f));
}

static bool is_accepted(const enum alert *accepted, uint8_t description)
{
    bool found = accepted[0] == ALERT_NONE;

    for (size_t i = 0; accepted[i] != ALERT_NONE; i++)
        found |= accepted[i] == description;
    return found;
}

static const char *names_of(struct test *t, const enum alert *accepted)
{
    const char *names = "a fatal alert";

    for (size_t i = 0; accepted[i] != ALERT_NONE; i++)
        names = arena_printf(t->arena, "%s%s %s (%d)", names, i > 0 ? "," : "",
                             alert_name((uint8_t)accepted[i]), (int)accepted[i]);
    return names;
}

void expect_alive_or_ended_(struct assoc *a, const struct sealed *s, bool silence, const enum alert *accepted)
{
    struct test *t = test_of(a);
    const char *expected =
        arena_printf(t->arena, "an answer to the good probe that follows, or %s that ends the association%s",
                     names_of(t, accepted), silence ? ", or its end in silence" : "");
    struct fate f = what_became(a, s);
    bool closed = f.life == LIFE_ENDED && f.alert.description == ALERT_CLOSE_NOTIFY;

    decide_by(t, &f);
    if (closed) {
        note(t, "closed by close_notify, which says that it is over, if not why");
        say(t, expected, "%s", fate_text(t, &f));
        return;
    }
    if (f.alerted && (f.alert.level != ALERT_FATAL || !is_accepted(accepted, f.alert.description)))
        fail_shown(t, expected, "%s", describe_event(t, &f.alert));
    if (f.alerted && f.life == LIFE_ALIVE)
        fail_shown(t, expected, "%s", fate_text(t, &f));
    if (f.life == LIFE_GONE && !silence)
        fail_missed(t, expected, "no answer and no alert: the association is gone");
    say(t, expected, "%s", fate_text(t, &f));
}

void expect_over(struct assoc *a, const char *what)
{
    struct link *l = link_of(a);
    struct test *t = l->test;
    const char *expected = arena_printf(t->arena, "no answer on the association after %s", what);
    uint16_t ids[PROBES] = {0};
    unsigned copies = t->env->probe_copies < PROBES ? t->env->probe_copies : PROBES;
    struct event e;

    needs_liveness(t);
    for (unsigned n = 0; n < copies; n++) {
        ids[n] = send_good(l);
        int64_t until = n + 1 < copies ? now_us() + COPY_GAP_US : patience_from_now(t);

        while (next_event(l, until, &e))
            for (unsigned i = 0; i <= n; i++)
                if (e.kind == EVENT_APPLICATION_DATA && e.message_seq == ids[i])
                    fail_shown(t, expected, "a good probe is answered");
    }
    say(t, expected, "none to %u good probes", copies);
}

void send_alert_surely(struct assoc *a, uint8_t level, uint8_t description)
{
    for (unsigned i = 0; i < test_of(a)->env->probe_copies; i++)
        send_alert(a, level, description);
}

bool alert_comes(struct assoc *a, struct event *out)
{
    struct link *l = link_of(a);
    int64_t until = patience_from_now(l->test);

    while (next_event(l, until, out))
        if (out->kind == EVENT_ALERT) {
            l->peer_closed = true;
            return true;
        }
    return false;
}

void send_together(struct assoc *a, const struct sealed *first, const struct sealed *second)
{
    send_datagram(
        a, join(test_of(a), (struct bytes){first->wire, first->n}, (struct bytes){second->wire, second->n}));
}

bool handshake_finishes(struct assoc *a, enum alert *refusal)
{
    struct link *l = link_of(a);

    client_finish(a);
    struct step s = step_finished(l);

    *refusal = s.alert;
    if (s.stop != STOP_NOT)
        return false;
    flight_finish(a);
    return true;
}
