#include "diagnose/internal.h"

static const char *kept(struct doctor *d, const char *text)
{
    return arena_printf(d->arena, "%s", text);
}

void read_name(struct doctor *d)
{
    struct nameplate *name = &d->out->nameplate;
    struct case_env env = d->env;
    struct canary_result c;

    env.ask_name = true;
    if (d->how->settle_us > 0)
        sleep_until(now_us() + d->how->settle_us);
    canary_run(&env, 0, false, true, env.patience_us, &c);
    d->out->handshakes++;
    *name = (struct nameplate){kept(d, c.nameplate.make), kept(d, c.nameplate.model),
                               kept(d, c.nameplate.firmware)};
    saw(d, "a Read of its Device object (/3/0): %s",
        *name->make || *name->model || *name->firmware ? "it tells what it is" : "nothing is told");
    arena_free(c.detail.arena);
}
