/*
 * Devices that lock a peer out after some handshakes in a row that were not completed: LwM2M 1.1 backs off for a day after five tries,
 * MAC-error filters and account locks do it sooner. A run that takes devices one association at a time counts, and puts a good
 * handshake between where a case, or several in a row, would go too far.
 *
 * Invariant: one thread at a time.
 */
#ifndef CASE_LOCKOUT_H
#define CASE_LOCKOUT_H

enum { REFUSALS_IN_ROW = 4 };

struct lockout {
    unsigned in_row; /* associations that came to something and were not completed, since one was */
};

#endif
