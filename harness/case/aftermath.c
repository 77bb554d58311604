#include "case/aftermath.h"

enum { READ_ON_US = 20000 };

uint16_t send_good(struct link *l)
{
    struct sealed good = seal_probe_(l->assoc, &(struct seal){0});

    send_sealed(l->assoc, &good);
    return good.message_id;
}

void read_answers(struct link *l, uint16_t good, uint16_t bad, int64_t until, bool stop_early,
                  struct aftermath *out)
{
    struct event e;

    while (!(stop_early && (out->good_answered || out->alerted)) && next_event(l, until, &e)) {
        if (e.kind == EVENT_ALERT && !out->alerted) {
            out->alerted = true;
            out->alert = e;
        }
        if (e.kind == EVENT_APPLICATION_DATA && e.message_seq == good)
            out->good_answered = true;
        if (e.kind == EVENT_APPLICATION_DATA && e.message_seq == bad && bad != 0) {
            out->bad_answered = true;
            out->answer = e;
        }
    }
}

struct aftermath probe_after(struct link *l, uint16_t bad)
{
    const struct case_env *env = l->test->env;
    struct aftermath out = {0};
    int64_t on = 2 * env->rtt_us > READ_ON_US ? 2 * env->rtt_us : READ_ON_US;

    for (int i = 0; i < 3 && !out.good_answered && !out.alerted; i++) {
        uint16_t good = send_good(l);

        read_answers(l, good, bad, now_us() + env->patience_us, true, &out);
        read_answers(l, good, bad, now_us() + on, false, &out);
        out.late = i > 0;
    }
    l->peer_closed |= out.alerted;
    return out;
}

/* A device that passed over a good record, or a path that lost it, may have passed over the bad one for the same reason. */
void distrust_late(struct test *t, const struct aftermath *after)
{
    if (!after->late || !after->good_answered || after->bad_answered)
        return;
    t->out->again = true;
    not_judged(
        t, "the good probe after the bad record was answered at a second try only, so nothing shows that the "
           "bad one was read");
}

static struct aftermath after_bad(struct assoc *a, const struct sealed *bad)
{
    struct link *l = link_of(a);

    needs_liveness(l->test);
    send_sealed(a, bad);
    struct aftermath out = probe_after(l, bad->message_id);

    distrust_late(l->test, &out);
    return out;
}

static void fail_if_answered(struct test *t, const char *expected, const struct aftermath *after)
{
    if (!after->bad_answered)
        return;
    t->last = after->answer;
    fail_shown(t, expected, "the bad record was processed: its probe is answered");
}

static const char *fate(struct test *t, const struct aftermath *after)
{
    if (after->alerted)
        return arena_printf(t->arena, "not processed; the device ends the association with %s",
                            describe_event(t, &after->alert));
    return after->good_answered ? "not processed; the good probe after it is answered"
                                : "not processed; nothing more is answered on this association";
}

void expect_not_processed(struct assoc *a, const struct sealed *bad)
{
    static const char expected[] = "no answer to the bad record";
    struct test *t = link_of(a)->test;
    struct aftermath after = after_bad(a, bad);

    fail_if_answered(t, expected, &after);
    say(t, expected, "%s", fate(t, &after));
}

void expect_dropped(struct assoc *a, const struct sealed *bad)
{
    static const char expected[] = "exactly one answer, to the good probe that follows the bad record";
    struct test *t = link_of(a)->test;
    struct aftermath after = after_bad(a, bad);

    fail_if_answered(t, expected, &after);
    if (after.alerted) {
        t->last = after.alert;
        fail_shown(t, expected, "%s", describe_event(t, &after.alert));
    }
    if (!after.good_answered)
        fail_missed(t, expected, "no answer: the association is gone");
    say(t, expected, "one answer, to the good probe");
}

void expect_only_bad_record_mac(struct assoc *a, const struct sealed *bad)
{
    static const char expected[] = "silence, or fatal bad_record_mac that ends the association";
    struct link *l = link_of(a);
    struct test *t = l->test;
    struct aftermath after = after_bad(a, bad), later = {0};

    if (!after.alerted) {
        say(t, expected, "silence");
        return;
    }
    t->last = after.alert;
    if (after.alert.level != ALERT_FATAL || after.alert.description != ALERT_BAD_RECORD_MAC)
        fail_shown(t, expected, "%s", describe_event(t, &after.alert));
    uint16_t good = send_good(l);

    read_answers(l, good, 0, now_us() + t->env->patience_us, true, &later);
    if (later.good_answered)
        fail_shown(t, expected, "%s, and the association still serves", describe_event(t, &after.alert));
    say(t, expected, "%s", describe_event(t, &after.alert));
}

/* True when the device does not answer each of two ordinary probes in a row: it limits its answers, as libcoap does with
 * pings, and one that is missing says nothing. */
static bool limits_answers(struct link *l)
{
    for (int i = 0; i < 2; i++) {
        struct aftermath out = {0};

        read_answers(l, send_good(l), 0, now_us() + l->test->env->patience_us, true, &out);
        if (!out.good_answered)
            return true;
    }
    return false;
}

void expect_processed(struct assoc *a, const struct sealed *good)
{
    static const char expected[] = "an answer to the record";
    struct link *l = link_of(a);
    struct test *t = l->test;
    struct aftermath out = {0};

    needs_liveness(t);
    send_sealed(a, good);
    read_answers(l, good->message_id, 0, now_us() + t->env->patience_us, true, &out);
    if (out.good_answered) {
        say(t, expected, "its answer");
        return;
    }
    if (out.alerted) {
        t->last = out.alert;
        fail_shown(t, expected, "%s", describe_event(t, &out.alert));
    }
    struct aftermath ordinary = probe_after(l, good->message_id);

    if (ordinary.bad_answered) {
        say(t, expected, "its answer");
        return;
    }
    if (ordinary.good_answered && limits_answers(l))
        not_judged(t, "the device does not answer every ordinary record either");
    fail_missed(t, expected,
                ordinary.good_answered ? "none, though an ordinary record after it is answered"
                                       : "none, and the association is gone");
}

void expect_alive(struct assoc *a)
{
    static const char expected[] = "an answer to a good probe";
    struct link *l = link_of(a);
    struct test *t = l->test;

    needs_liveness(t);
    struct aftermath after = probe_after(l, 0);

    if (after.alerted && !after.good_answered) {
        t->last = after.alert;
        fail_shown(t, expected, "%s", describe_event(t, &after.alert));
    }
    if (!after.good_answered)
        fail_missed(t, expected, "no answer: the association is gone");
    say(t, expected, "its answer");
}

/* A probe that asks for something: GET of the root, whatever the answer. */
static uint16_t send_request(struct link *l)
{
    uint16_t id = new_probe(l);
    uint8_t *get = arena_alloc(l->test->arena, 4);
    struct writer w = writer_of(get, 4);

    put_u8(&w, 0x40);
    put_u8(&w, 0x01);
    put_u16(&w, id);
    struct sealed s = seal_payload_(l->assoc, (struct bytes){get, 4}, &(struct seal){0});

    send_sealed(l->assoc, &s);
    return id;
}

void exchange_probes(struct assoc *a, size_t n)
{
    struct link *l = link_of(a);
    bool ask = false; /* libcoap sends four Resets a second at most, but answers every request */

    needs_liveness(l->test);
    for (size_t i = 0; i < n; i++) {
        struct aftermath out = {0};
        uint16_t id = 0;

        for (int tries = 0; tries < 3 && !out.good_answered && !out.alerted; tries++) {
            id = ask ? send_request(l) : send_good(l);
            read_answers(l, id, 0, now_us() + l->test->env->patience_us, true, &out);
            ask |= !out.good_answered && l->test->env->liveness == LIVENESS_PING;
        }
        if (!out.good_answered)
            not_judged(l->test, "probe %zu of %zu is not answered", i + 1, n);
    }
}
