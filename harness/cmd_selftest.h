/*
 * The self-test: every planted fault must be reported by the case that names it, and the faultless device passes everything
 * (design 2.7).
 *
 * A trial is one run against one device of our own. Rows of the table that differ in the case alone share a trial.
 */
#ifndef CMD_SELFTEST_H
#define CMD_SELFTEST_H

#include <pthread.h>

#include "run/runner.h"

enum { ROWS_A_TRIAL = 16 };

#define SELFTEST_IDENTITY "selftest"

/* A row of peers/faults.def, without what only the device needs. */
struct fault_line {
    const char *id, *base, *parameter, *case_id, *also;
    enum role role;
};

struct trial {
    const struct fault_line *rows[ROWS_A_TRIAL]; /* none: the faultless device */
    size_t row_n;
    const char *base;
    enum role role;
    enum profile profile;
    const char *device; /* "accept-cipher:0x008c", or "no fault" */
    enum verdict
        *verdicts; /* of every case of the catalogue, VERDICT_COUNT: not run; kept for faultless devices */
    unsigned caught, missed, unclaimed;
    const char *report; /* what is printed of it */
    bool clean;         /* faultless: nothing failed */
};

struct selftest {
    struct arena *arena; /* guarded by lock */
    const struct options *options;
    struct catalogue all;
    const char *peers; /* directory of the programs */
    const char *key_file;
    struct bytes psk;
    int clients; /* where the program of the client devices takes its lines (peers/faulty_many.h) */
    pid_t clients_pid;
    unsigned table_wrong; /* cases without a fault, faults without a case */
    bool cross;           /* --all: every case */
    struct trial *trials;
    size_t n, cap, next;
    pthread_mutex_t lock;
};

/* What a trial's client device is started with. */
struct client_trial {
    const struct selftest *selftest;
    const struct trial *trial;
};

/* Starts the program that all client devices live in; false: it cannot be started. clients_close: false: it failed meanwhile. */
bool clients_open(struct selftest *s);
bool clients_close(struct selftest *s);

/* A trial's device in that program. *c stays the caller's. */
struct client_hooks clients_of(struct client_trial *c);

/* Of a family the first, the middle and the last member stand for all. */
bool runs_in_selftest(const struct selftest *s, const struct planned *p);

/* Runs trial t's device, and judges what the run says. Any thread. */
void trial_run(struct selftest *s, struct trial *t);

/* The faultless trial of that base and role; NULL when there is none. */
const struct trial *faultless(const struct selftest *s, const char *base, enum role role);

#endif
