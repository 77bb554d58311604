#include "case/silence.h"

enum { COPY_GAP_US = 50000 };

struct silence silence_of(const struct link *l)
{
    return (struct silence){1, now_us(), l->assoc->next_send_seq};
}

static int64_t next_step(const struct link *l, const struct silence *s)
{
    const struct case_env *env = l->test->env;
    int64_t gap = 2 * env->rtt_us > COPY_GAP_US ? 2 * env->rtt_us : COPY_GAP_US;

    return s->last + (s->copies < env->probe_copies ? gap : env->patience_us);
}

bool silent_event(struct link *l, struct silence *s, struct event *out)
{
    for (;;) {
        if (next_event(l, next_step(l, s), out))
            return true;
        if (s->flight != l->assoc->next_send_seq) { /* a cookie was answered: that hello is the probe now */
            *s = silence_of(l);
            continue;
        }
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
