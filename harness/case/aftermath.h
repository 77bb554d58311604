/*
 * What became of a record, told by the answers to it and to good probes after it (design 2.2). What the verbs share that
 * judge it.
 */
#ifndef CASE_AFTERMATH_H
#define CASE_AFTERMATH_H

#include "case/internal.h"

struct aftermath {
    bool bad_answered, good_answered;
    bool alerted;
    bool late;                  /* the first good probe was not answered */
    struct event alert, answer; /* the first alert; the answer to the bad record */
};

/* Sends a good probe; its Message ID. */
uint16_t send_good(struct link *l);

/* Reads, and adds what it sees to `out`, until `until`; with stop_early only until the good probe is answered or an alert came. */
void read_answers(struct link *l, uint16_t good, uint16_t bad, int64_t until, bool stop_early,
                  struct aftermath *out);

/* A good probe after something bad: answered at the first try, or at one of two more. bad 0: none to be watched for. */
struct aftermath probe_after(struct link *l, uint16_t bad);

/* Ends the case as not judged when silence about the bad record may be loss: in the pool, where a good one was lost too. */
void distrust_late(struct test *t, const struct aftermath *after);

#endif
