/* How a run is told of while it goes on: a live line on a terminal, one line a case elsewhere, with -vv every message as it comes. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd.h"

enum { MINUTE = 60, SURE_AFTER = 5 };

struct telling telling_of(const struct options *o, const char *device, FILE *results)
{
    const char *colour = option_given(o, OPT_COLOR) ? o->value[OPT_COLOR] : "auto";

    return (struct telling){.err = console_style_of(colour, stderr),
                            .out = console_style_of(colour, results),
                            .results = results,
                            .device = device,
                            .redraw = o->verbosity == 1 && isatty(STDERR_FILENO),
                            .verbosity = o->verbosity};
}

/* What is left takes as long as what is done did; said when enough is done to tell. */
static void put_time_left(FILE *out, struct run_progress p)
{
    int64_t left;

    if (p.settled < SURE_AFTER || p.settled >= p.of)
        return;
    left = p.since_us / (int64_t)p.settled * (int64_t)(p.of - p.settled) / SECOND;
    if (left >= MINUTE)
        fprintf(out, ", about %lld min left", (long long)((left + MINUTE / 2) / MINUTE));
    else
        fprintf(out, ", about %lld s left", (long long)left + 1);
}

static void put_device(const struct telling *t, FILE *out)
{
    if (t->device)
        fprintf(out, "[%s] ", t->device);
}

static void put_live_line(const struct telling *t, struct run_progress p)
{
    flockfile(stderr);
    fputs("\r\033[K", stderr);
    put_device(t, stderr);
    fprintf(stderr, "%zu of %zu cases done, %u failed, %zu in flight", p.settled, p.of, t->failed,
            p.in_flight);
    put_time_left(stderr, p);
    if (p.settled == p.of)
        fputs("\r\033[K", stderr);
    fflush(stderr);
    funlockfile(stderr);
}

static void put_case(const struct telling *t, const struct console_style *s, const struct model_case *c,
                     FILE *out)
{
    flockfile(out);
    put_device(t, out);
    console_case(s, c, out);
    funlockfile(out);
}

void tell_case(void *context, const struct model_case *c, struct run_progress p)
{
    struct telling *t = context;

    t->failed += c && c->verdict == VERDICT_FAIL;
    if (c && t->verbosity >= 2)
        put_case(t, &t->out, c, t->results);
    if (t->redraw)
        put_live_line(t, p);
    else if (c && t->verbosity == 1)
        put_case(t, &t->err, c, stderr);
}

void tell_message(void *context, const char *case_id, const struct model_message *msg)
{
    struct telling *t = context;

    console_message(&t->out, case_id, msg, t->results);
}
