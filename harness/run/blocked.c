/* A server that for a time answers nobody, or not us, after handshakes that were not completed. */
#include "run/internal.h"

enum {
    OUTLAST_MS = 90000, /* how long such a silence is waited for */
    LOOK_MS = 3000,     /* between two looks: each is a handshake that it may count */
    TRIES = 12,         /* handshakes that are only not completed, to see whether they silence it */
    BLOCKS_MOST = 3,    /* silences that are waited for in a run */
};

bool backs_off(struct run *r, unsigned refused)
{
    struct case_env env = r->env;
    uint8_t key[] = {0}; /* another than the device's: the handshake is good up to its end */

    env.psk = BYTES(key);
    env.key_of = NULL;
    env.lockout = NULL;
    env.hasty = true;
    for (unsigned i = 0; i < refused && !atomic_load(&r->stop); i++) {
        struct canary_result c;

        canary_run(&env, r->env.good_cipher, r->env.good_without_etm, false, r->give_up_us, &c);
        arena_free(c.detail.arena);
        let_settle(r);
        if (c.kind == CANARY_SILENT)
            break;
    }
    return device_is_out(r);
}

/* True when it serves again by itself. */
static bool comes_back(struct run *r)
{
    int64_t until = now_us() + OUTLAST_MS * MS;
    bool back = false;

    while (!back && now_us() < until && !atomic_load(&r->stop)) {
        sleep_until(now_us() + LOOK_MS * MS);
        back = device_serves(r);
    }
    return back;
}

static bool wait_for_it(struct run *r)
{
    bool spawned = *r->config->device->spawn;

    if (!spawned && r->silences++ >= BLOCKS_MOST)
        return false;
    return spawned ? start_anew(r) : comes_back(r);
}

/* Whether what silenced it was that handshakes were not completed, seen once with handshakes that have nothing else the matter. */
static bool find_block(struct run *r)
{
    r->block_sought = true;
    if (!backs_off(r, TRIES) || atomic_load(&r->stop))
        return true;
    pthread_mutex_lock(&r->lock);
    r->blocks = true;
    r->limit = 1;
    pthread_mutex_unlock(&r->lock);
    add_note(
        r,
        "the device blocks us: it stops serving after %d handshakes or fewer that are not completed; from "
        "there one case at a time, and a good handshake after %d that are not",
        TRIES, REFUSALS_IN_ROW);
    return wait_for_it(r);
}

bool outlast_block(struct run *r, bool back)
{
    bool may_block = r->config->device->role != CLIENT && !atomic_load(&r->stop);

    pthread_mutex_lock(&r->lock);
    may_block = may_block && r->refused > 0;
    pthread_mutex_unlock(&r->lock);
    if (may_block && !back && !*r->config->device->reset)
        back = wait_for_it(r);
    if (may_block && back && !r->block_sought)
        back = find_block(r);
    return back;
}

void heed_block(struct run *r, struct case_env *env)
{
    pthread_mutex_lock(&r->lock);
    if (r->blocks && r->running <= 1)
        env->lockout = &r->lockout;
    pthread_mutex_unlock(&r->lock);
}

void count_refused(struct run *r, unsigned refused)
{
    pthread_mutex_lock(&r->lock);
    r->refused += refused;
    pthread_mutex_unlock(&r->lock);
}

const char *block_text(const struct run *r)
{
    if (r->blocks)
        return "the device blocks us: it serves no good handshake after some that were not completed";
    if (r->config->device->role != CLIENT && r->refused > 0)
        return "the device serves no good handshake any more, after some that were not completed: it is "
               "gone, or it "
               "blocks us for long";
    return "the device serves no good handshake any more";
}
