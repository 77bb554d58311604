/* Devices that are worn out: what a thousand of a kind do to them. */
#include <unistd.h>

#include "device/faulty.h"

enum { LIKE_A_CRASH = 134, TOO_MANY = 500, THOUSAND = 1000, HELLOS_LOST = 8, UNASSIGNED = 0xE001 };

static void count(unsigned *n)
{
    if (++*n > TOO_MANY)
        _exit(LIKE_A_CRASH);
}

/* After a thousand hellos without a cookie it hears the next ones no more: those took all its places. */
bool cookie_keeps_state(struct talk *t)
{
    unsigned *pending = &t->device->memory[0], *lost = &t->device->memory[1];

    *pending += t->hello.cookie.n == 0;
    if (*pending == THOUSAND) {
        *pending = 0;
        *lost = HELLOS_LOST;
    }
    if (*lost == 0)
        return conforming.ask_cookie(t);
    --*lost;
    t->stage = STAGE_OVER;
    return true;
}

void not_when_it_is_over(struct talk *t)
{
    if (t->stage != STAGE_OVER)
        conforming.send_verify_request(t);
}

void dies_on_half_open(struct talk *t, struct answer *answer)
{
    count(&t->device->memory[0]);
    conforming.compose_answer(t, answer);
}

void takes_breath(struct talk *t)
{
    t->device->memory[0] = 0;
    conforming.on_established(t);
}

bool dies_on_bad_hellos(struct talk *t)
{
    if (is_only_suite(&t->hello, UNASSIGNED))
        count(&t->device->memory[0]);
    return conforming.ask_cookie(t);
}

void dies_on_junk(struct device *d, const struct sockaddr_storage *from, socklen_t n, struct bytes datagram)
{
    count(&d->memory[0]);
    conforming.on_stray(d, from, n, datagram);
}

/* In one handshake, before it is complete. */
void dies_on_many_datagrams(struct talk *t, struct bytes datagram)
{
    (void)datagram;
    if (t->stage != STAGE_ESTABLISHED)
        count(&t->memory[0]);
}

void dies_on_forged(struct talk *t, const struct event *e)
{
    count(&t->memory[0]);
    conforming.on_bad_record(t, e);
}

bool dies_on_replays(struct talk *t, const struct record *r)
{
    bool fresh = conforming.accept_record(t, r);

    if (!fresh)
        count(&t->memory[0]);
    return fresh;
}
