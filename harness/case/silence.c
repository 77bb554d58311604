#include "case/silence.h"

enum { COPY_GAP_US = 50000 };

struct silence silence_of(const struct link *l)
{
    return (struct silence){1, now_us(), l->assoc->next_send_seq};
}

/* What is measured is a whole handshake: two round trips at least. */
static int64_t copy_gap(const struct case_env *env)
{
    return env->rtt_us / 2 > COPY_GAP_US ? env->rtt_us / 2 : COPY_GAP_US;
}

static int64_t next_step(const struct case_env *env, const struct silence *s)
{
    return s->last + (s->copies < env->probe_copies ? copy_gap(env) : env->patience_us);
}

bool silent_event(struct link *l, struct silence *s, struct event *out)
{
    const struct case_env *env = l->test->env;

    for (;;) {
        int64_t until = next_step(env, s), look = now_us() + COPY_GAP_US;

        if (next_event(l, until < look ? until : look, out))
            return true;
        if (s->flight != l->assoc->next_send_seq) { /* a cookie was answered: that hello is the probe now */
            *s = silence_of(l);
            continue;
        }
        if (now_us() < until)
            continue;
        if (s->copies >= l->test->env->probe_copies)
            break;
        flight_resend(l->assoc);
        s->copies++;
        s->last = now_us();
    }
    trace_row(l->test->trace, TRACE_WAIT, l->assoc->number, "silence for %lld ms after %u copies",
              (long long)(l->test->env->patience_us / 1000), s->copies);
    return false;
}
