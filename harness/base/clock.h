/*
 * Time. One monotonic clock, in microseconds; its zero means nothing.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define MS 1000LL
#define SECOND 1000000LL

/* Now, in microseconds. */
int64_t now_us(void);

/* Sleeps until `until_us` (of now_us); returns at once when that has passed. */
void sleep_until(int64_t until_us);

#endif
