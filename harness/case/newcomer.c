#include "case/internal.h"

enum { NEWCOMERS = 2 };

static struct assoc fresh_assoc(struct link *l)
{
    const struct assoc *old = l->assoc;
    struct test *t = l->test;
    struct assoc fresh = *assoc_new(t->arena, t->trace, old->side, old->transport, old->psk,
                                    rng_of(rng_u64(&t->rng), "association"));

    fresh.timer_us = old->timer_us;
    fresh.resend_limit = old->resend_limit;
    fresh.packing = old->packing;
    return fresh;
}

bool newcomer_waits(const struct link *l)
{
    return l->yields && l->newcomer_hello.at != NULL && l->newcomers < NEWCOMERS;
}

bool take_newcomer(struct link *l)
{
    struct bytes hello = l->newcomer_hello;
    struct test *t = l->test;

    if (hello.at == NULL || l->newcomers++ >= NEWCOMERS)
        return false;
    trace_row(t->trace, TRACE_NOTE, l->assoc->number,
              "no more of that hello came; another one did, from another port");
    l->peer = l->newcomer;
    l->stranger = false;
    l->newcomer_hello = NO_BYTES;
    assoc_close(l->assoc);
    *l->assoc = fresh_assoc(l);
    for (size_t i = 0; i < t->path.n; i++)
        t->path.rules[i].met = t->path.rules[i].done = false;
    if (path_delivers(l, hello))
        deliver(l, l->fd, hello);
    return true;
}
