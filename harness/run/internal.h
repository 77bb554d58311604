/*
 * What the parts of the runner share: one run, its jobs, and the steps from a case's outcome to its verdict.
 *
 * Invariant: `lock` guards the jobs' states, the model's arena and everything that is counted. A job is settled once. After
 * `closed` nothing of the run changes any more.
 */
#ifndef RUN_INTERNAL_H
#define RUN_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "run/hooks.h"
#include "run/runner.h"

enum { BATCH_MAX = 4 };

/* What is known of a job before it is settled. */
enum prior {
    PRIOR_NONE,   /* not run, or its run does not count */
    PRIOR_MISSED, /* something did not come in time */
    PRIOR_SHOWN,  /* failed by bytes that came */
    PRIOR_NOT_JUDGED,
};

/* A case of this run. */
struct job {
    const struct planned *planned;
    enum prior prior;
    bool settled, varied; /* varied: repetitions differed */
    unsigned attempts, deaths;
    const char *how_it_died;
    char crash[WHY_MAX];    /* how a client device's program crashed in the last run; "" when it did not */
    struct model_case *out; /* its place in the model */
};

/* What the traces of a run said about a standing case. */
struct standing_found {
    bool breached;
    struct model_case evidence; /* expected, got, messages and so on of the first breach */
};

struct run {
    const struct run_config *config;
    struct arena *arena;
    struct arena *scratch; /* the conducting thread's, which needs no lock */
    struct model *model;
    struct case_env env;
    struct refusals refusals; /* what env.refusals points to */
    struct hooks hooks;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct job *jobs;
    size_t job_n, next, settled;
    unsigned limit, running, threads, taken; /* cases at a time, batches under way, threads, batches so far */
    unsigned losses;                         /* how often the device did not serve */
    unsigned good_in_row; /* batches that a good handshake closed, since the limit changed */
    bool waits_in_vain;   /* the device was waited for in vain, and only a new process served */
    enum canary
        alive; /* the best that a good handshake came to before the run: it comes to that while the device lives */
    bool closed, conducted;
    bool gone;           /* it serves no more and could not be brought back */
    const char *why_not; /* why what is not settled is not judged; NULL: nothing the matter */
    atomic_bool stop;
    pthread_mutex_t recovery;

    int64_t began_us, settle_us;
    int64_t give_up_us;              /* what a good handshake waits for after its last retransmission */
    unsigned batch;                  /* cases that one good handshake may close */
    struct standing_found *standing; /* one a planned case; only standing ones are used */
    bool completed;                  /* at least one association */
    bool stimulated;                 /* at least one negative case stood between good handshakes */
    size_t observed;                 /* observations of cipher suites */
    struct string_list notes;
    const char *last_input;      /* id of the last case before the device fell silent */
    struct cipher_seen *ciphers; /* one a row of the cipher table */
};

/* What was observed of a cipher suite. */
struct cipher_seen {
    const char *did, *encrypt_then_mac, *case_id; /* did NULL: never observed */
    enum alert alert;
    size_t order; /* of observation */
};

/* ---- probe.c: before the run ------------------------------------------------------------------------------------------- */

/* Finds the good handshake, how the device shows life, and the round trip. False: why_not says why nothing can be judged. */
bool probe_device(struct run *r);

/* True when a good handshake completes (or when it comes to what it came to before the run). `patiently` waits for the last
 * retransmission that RFC 6347's timers ask for; else they run four times as fast, and what fails is looked at again. */
bool device_serves(struct run *r, bool patiently);

/* Brings a device back that stopped serving: starts it, resets it, or waits for it. `seen` is how many losses were known before the
 * good handshake that failed began: of one loss many may tell. False: it is gone, and that is noted. */
bool bring_back(struct run *r, unsigned seen);

/* Starts a spawned device anew, so that what is left of the pool in it is not the lone runs' matter. */
void begin_anew(struct run *r);

/* True when only suite support can be judged of this case's kind. */
bool judges_suite_support(const struct planned *p);

/* ---- pool.c: cases side by side, and alone ------------------------------------------------------------------------------- */

/* Runs all jobs in the pool. */
void run_pool(struct run *r);

/* Runs the jobs again that a lone run must decide. */
void run_alone(struct run *r);

/* Runs a job's case, --repeat times: the worst. The caller frees out->arena. */
void run_job(struct run *r, struct job *j, bool alone, struct case_result *out);

/* ---- judge.c: from outcome to verdict ------------------------------------------------------------------------------------- */

/* Takes the result of a case that stood between good handshakes. Settles the job, or notes what a lone run must decide. */
void judge_pooled(struct run *r, struct job *j, struct case_result *result);
void judge_alone(struct run *r, struct job *j, struct case_result *result);

/* The device died of this case, twice: how, and the evidence. */
void judge_dead(struct run *r, struct job *j, struct case_result *result);

/* Settles a job as not judged. `result` may be NULL. */
void judge_not(struct run *r, struct job *j, struct case_result *result, const char *reason);

/* Settles a job that was shown to fail and could not be run again. */
void judge_shown(struct run *r, struct job *j);

/* Settles the standing cases, and whatever else is left, as not judged. */
void judge_rest(struct run *r);

/* The place of a standing case's findings; NULL when there is no such case. */
struct standing_found *standing_of(struct run *r, const char *id);

/* Notes breaches and observations of a trace; `by` may be NULL (a good handshake of the runner's own). */
void take_findings(struct run *r, const struct planned *by, const struct case_result *result);

/* Sets why what is not settled is not judged. */
void set_why_not(struct run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

void add_note(struct run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- evidence.c ------------------------------------------------------------------------------------------------------------ */

/* A trace as the rows of a ladder, in the arena. */
void evidence_of(struct arena *a, const struct trace *t, struct model_case *out);

/* ---- model_build.c, summary.c, cipher_table.c -------------------------------------------------------------------------------- */

/* Fills in what is known before the run: tool, device, run, cases and requirements without verdicts. */
void model_begin(struct run *r);

/* A case of the model that nothing is known of yet: not judged. */
void model_case_begin(struct run *r, const struct planned *p, struct model_case *out);

/* Verdicts of requirements, counts, sentence, exit code. */
void summarize(struct run *r);
void build_ciphers(struct run *r);

/* The command that runs one case again. */
const char *reproduce_command(struct run *r, const char *id);

#endif
