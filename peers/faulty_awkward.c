#include "faulty_awkward.h"

#include <poll.h>
#include <string.h>

#include "device/behaviour.h"

enum {
    STEP_MS = 1000,
    FLIGHT_MS = 1500,
    SETTLE_MS = 2000,
    SILENT_MS = 60000,
    REFUSALS = 5,
    SLOT_MS = 10000,
    TICK_MS = 100
};

/* What it counts, in the device's memory. */
enum { REFUSED, SILENT_UNTIL, ENDED, SESSIONS, BLOCKS_AT = ENDED, BLOCKS_MS = SESSIONS };

static unsigned now_ms(void)
{
    return (unsigned)(now_us() / MS);
}

/* True while `until` is ahead; the clock may wrap. */
static bool is_ahead(unsigned until)
{
    return (int)(until - now_ms()) > 0;
}

static void pause_ms(const struct device *d, int ms)
{
    for (int left = ms; left > 0 && !*d->stop; left -= TICK_MS)
        poll(NULL, 0, TICK_MS);
}

static void served(struct talk *t)
{
    t->device->memory[REFUSED] = 0;
    conforming.on_established(t);
}

/* ---- as client ---------------------------------------------------------------------------------------------------------- */

static void slow_offer(struct talk *t, struct offer *offer)
{
    struct device *d = t->device;

    if (d->memory[REFUSED]++ >= REFUSALS) {
        pause_ms(d, SILENT_MS);
        d->memory[REFUSED] = 1;
    }
    pause_ms(d, STEP_MS);
    conforming.compose_offer(t, offer);
}

static struct bytes new_identity(struct talk *t)
{
    pause_ms(t->device, STEP_MS);
    return bytes_of_text(arena_printf(t->arena, "session-%u-%u", t->device->memory[SESSIONS]++, now_ms()));
}

static void slow_finish(struct talk *t)
{
    pause_ms(t->device, STEP_MS);
    conforming.send_finish(t);
}

/* ---- as server ---------------------------------------------------------------------------------------------------------- */

static bool is_busy(const struct talk *mine)
{
    const struct device *d = mine->device;

    if (is_ahead(d->memory[SILENT_UNTIL]) || is_ahead(d->memory[ENDED] + SETTLE_MS))
        return true;
    for (size_t i = 0; i < d->talk_n; i++) {
        const struct talk *t = d->talks[i];

        if (t != mine && t->stage > STAGE_HELLO && t->stage < STAGE_OVER && now_us() - t->used < SLOT_MS * MS)
            return true;
    }
    return false;
}

static void ask_when_free(struct talk *t)
{
    if (!is_busy(t))
        conforming.send_verify_request(t);
}

static bool check_when_free(struct talk *t)
{
    return !is_busy(t) && conforming.check_cookie(t);
}

static void slow_flight(struct talk *t, const struct answer *answer)
{
    struct device *d = t->device;

    if (++d->memory[REFUSED] > REFUSALS) {
        d->memory[REFUSED] = 0;
        d->memory[SILENT_UNTIL] = now_ms() + SILENT_MS;
    }
    pause_ms(d, FLIGHT_MS);
    conforming.compose_flight(t, answer);
}

static void slow_server_finish(struct talk *t)
{
    pause_ms(t->device, FLIGHT_MS);
    conforming.send_finish(t);
}

static void end_by_alert(struct talk *t, const struct event *e)
{
    t->device->memory[ENDED] = now_ms();
    conforming.on_alert(t, e);
}

static void end_by_refusal(struct talk *t, enum alert why)
{
    t->device->memory[ENDED] = now_ms();
    conforming.refuse(t, why);
}

void make_awkward(struct device *d)
{
    struct behaviour *b = &d->behaviour;

    b->on_established = served;
    d->memory[SILENT_UNTIL] = now_ms();
    d->memory[ENDED] = now_ms() - SETTLE_MS;
    if (d->role == LWM2M_CLIENT) {
        b->compose_offer = slow_offer;
        b->compose_identity = new_identity;
        b->send_finish = slow_finish;
        d->again_ms = SETTLE_MS;
        return;
    }
    b->send_verify_request = ask_when_free;
    b->check_cookie = check_when_free;
    b->compose_flight = slow_flight;
    b->send_finish = slow_server_finish;
    b->on_alert = end_by_alert;
    b->refuse = end_by_refusal;
}

/* ---- blocking ----------------------------------------------------------------------------------------------------------- */

static void came_to_nothing(struct device *d)
{
    if (++d->memory[REFUSED] < d->memory[BLOCKS_AT])
        return;
    d->memory[REFUSED] = 0;
    d->memory[SILENT_UNTIL] = now_ms() + d->memory[BLOCKS_MS];
}

static void pass_over(struct talk *t, struct bytes datagram)
{
    if (is_ahead(t->device->memory[SILENT_UNTIL]))
        t->stage = STAGE_OVER;
    else
        conforming.on_datagram(t, datagram);
}

static void count_alert(struct talk *t, const struct event *e)
{
    if (t->stage != STAGE_ESTABLISHED)
        came_to_nothing(t->device);
    conforming.on_alert(t, e);
}

static void count_refusal(struct talk *t, enum alert why)
{
    came_to_nothing(t->device);
    conforming.refuse(t, why);
}

void make_blocking(struct device *d, unsigned refusals, bool in_row, unsigned seconds)
{
    struct behaviour *b = &d->behaviour;

    d->memory[SILENT_UNTIL] = now_ms();
    d->memory[BLOCKS_AT] = refusals;
    d->memory[BLOCKS_MS] = seconds * 1000;
    b->on_datagram = pass_over;
    b->on_alert = count_alert;
    b->refuse = count_refusal;
    if (in_row)
        b->on_established = served;
}
