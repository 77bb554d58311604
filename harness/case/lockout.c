#include "case/internal.h"

/* A hello went out or came in, and no handshake was completed. */
static bool is_refused(const struct link *l)
{
    return !l->established && (l->have_hello || l->assoc->write[0].next_seq > 0);
}

void count_association(struct link *l)
{
    struct lockout *k = l->test->env->lockout;

    if (l->counted)
        return;
    l->counted = true;
    l->test->out->refused += is_refused(l);
    if (k != NULL && l->established)
        k->in_row = 0;
    else if (k != NULL)
        k->in_row += is_refused(l);
}

static unsigned under_way(const struct test *t)
{
    unsigned n = 0;

    for (size_t i = 0; i < t->link_n; i++)
        n += !t->links[i]->counted && is_refused(t->links[i]);
    return n;
}

/* A good handshake, which is no case, needs none before it. */
void heed_lockout(struct test *t)
{
    struct case_env env = *t->env;
    struct lockout *k = t->env->lockout;
    struct canary_result c;

    if (k == NULL || t->test_case->run == NULL || k->in_row + under_way(t) < REFUSALS_IN_ROW)
        return;
    env.lockout = NULL;
    canary_run(&env, env.good_cipher, env.good_without_etm, false, 0, &c);
    arena_free(c.detail.arena);
    if (c.kind != CANARY_SERVED)
        not_judged(
            t, "no good handshake completes after %u in a row that were not completed: is it in back-off?",
            k->in_row);
    k->in_row = 0;
}

void keep_pace(struct test *t)
{
    struct pace *p = t->env->pace;
    int64_t mine, now = now_us();

    if (p == NULL)
        return;
    mine = atomic_load(&p->next_us);
    while (!atomic_compare_exchange_weak(&p->next_us, &mine, (mine > now ? mine : now) + p->apart_us))
        continue;
    sleep_until(mine);
}

void needs_credentials(struct test *t)
{
    if (!t->env->no_credentials)
        return;
    t->out->is_final = true;
    not_judged(t, "no credentials were given: what follows the ServerHello was not tried");
}
