#include "base/clock.h"

#include <errno.h>
#include <time.h>

int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * SECOND + t.tv_nsec / 1000;
}

void sleep_until(int64_t until_us)
{
    struct timespec t = {.tv_sec = (time_t)(until_us / SECOND), .tv_nsec = (long)(until_us % SECOND * 1000)};

    if (until_us <= now_us())
        return;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        continue;
}
