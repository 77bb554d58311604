/*
 * Devices that lock a peer out after some handshakes in a row that were not completed: LwM2M 1.1 backs off for a day after five tries,
 * MAC-error filters and account locks do it sooner. A run that takes devices one association at a time counts, and puts a good
 * handshake between where a case, or several in a row, would go too far.
 *
 * Invariant: a lockout is for one thread at a time.
 */
#ifndef CASE_LOCKOUT_H
#define CASE_LOCKOUT_H

#include <stdatomic.h>
#include <stdint.h>

enum { REFUSALS_IN_ROW = 4 };

struct lockout {
    unsigned in_row; /* associations that came to something and were not completed, since one was */
};

/* Room between associations, for servers that count them. Any thread, at any time. */
struct pace {
    int64_t apart_us;
    _Atomic int64_t next_us; /* when the next may begin, now_us */
};

#endif
