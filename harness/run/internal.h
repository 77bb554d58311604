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

enum {
    BATCH_MAX = 4,
    THREADS_MAX = 256,
    EVIDENCE_MAX =
        16
        << 20,  /* octets of datagrams that the reports of a run hold; a usual run has one in thirty of it */
    ROUNDS = 3, /* in how many runs silence must be silence on a lossy path */
};

/* Why the pool runs: which of the jobs it takes. */
enum pass {
    PASS_FIRST,
    PASS_VOID,   /* jobs whose run does not count, since the device was out meanwhile */
    PASS_SILENT, /* on a lossy path: settled jobs that may rest on what did not come */
};

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
    bool silent;          /* its outcome may rest on what did not come */
    enum outcome outcome; /* of the run that was shown last */
    unsigned attempts, deaths;
    unsigned misses, silences; /* lone runs on a lossy path that missed something, that heard nothing wrong */
    unsigned idles;            /* lone runs that judged nothing */
    const char *how_it_died;
    char crash[WHY_MAX];    /* how a client device's program crashed in the last run; "" when it did not */
    struct model_case *out; /* its place in the model */
};

/* What the traces of a run said about a standing case. */
struct standing_found {
    bool breached;
    struct model_case evidence; /* expected, got, messages and so on of the first breach */
};

/* A job's place among them, by what it tells. */
struct ranked {
    unsigned worth;
    size_t turn;
    size_t index;
};

struct run {
    const struct run_config *config;
    struct run_config own_config; /* what it points to: a run that is given up outlives its caller */
    struct arena *arena;
    struct arena *scratch; /* the conducting thread's, which needs no lock */
    struct model *model;
    struct case_env env;
    struct refusals refusals; /* what env.refusals points to */
    struct ports ports;       /* what env.ports points to */
    struct pace pace;         /* what env.pace points to, when the user set one */
    struct lockout lockout;   /* what env.lockout points to, when one case runs at a time */
    struct hooks hooks;
    pthread_t idler; /* runs the cases that mostly idle, while `idling` */
    bool idling;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct job *jobs;
    struct ranked *order; /* in which they are taken */
    size_t job_n, next, settled;
    unsigned limit, running, threads, taken; /* cases at a time, batches under way, threads, batches so far */
    unsigned
        outages; /* how often the device stopped serving; each counted once, however many workers tell of it */
    enum pass pass;
    unsigned served_canaries,
        lost_canaries;    /* good handshakes, and those in which something had to be repeated */
    size_t evidence;      /* octets of datagrams that the model may still take */
    unsigned good_in_row; /* batches that a good handshake closed, since the limit changed */
    bool
        waits_in_vain; /* the device was waited for in vain, and only a new process served; guarded by `recovery` */
    enum canary
        alive; /* the best that a good handshake came to before the run: it comes to that while the device lives */
    unsigned refused;  /* associations of cases that came to something and were not completed */
    bool blocks;       /* it stops serving after such; from there one case runs at a time */
    bool block_sought; /* whether it does was found out; guarded by `recovery`, as is: */
    unsigned silences; /* of it that were waited for */
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
    size_t in_flight;                /* cases that run now */
    int64_t first_us, told_us;       /* when the cases began, when progress was last told */
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

/* ---- runner.c ---------------------------------------------------------------------------------------------------------------- */

/* Where the output of the device's programs goes; NULL: nowhere. */
const char *device_log(const struct run *r, struct arena *a);

/* ---- env.c: what a device says of itself, as its cases want it -------------------------------------------------------------- */

/* Our initial retransmission time, by the device's timer profile. */
int64_t env_timer_us(const struct dut *d);

/* How long a client's hello is waited for; a person needs longer than a program. */
int64_t env_hello_wait_us(const struct dut *d);

/* Resolves the address. False: `why` (WHY_MAX octets). */
bool env_address(struct case_env *env, const char *host, uint16_t port, char *why);

/* How many cases there are, and how long they may take, for people. In the scratch arena. */
const char *estimate_text(struct run *r);

/* ---- diagnosis.c: why not ------------------------------------------------------------------------------------------------------ */

/* Finds out why no good handshake completes, and notes it; the word for the cause. Without the lock. */
const char *diagnose_run(struct run *r);

/* ---- probe.c: before the run ------------------------------------------------------------------------------------------- */

/* Finds the good handshake, how the device shows life, and the round trip. False: why_not says why nothing can be judged. */
bool probe_device(struct run *r);

/* Waits until a device of one slot serves again after an association. */
void let_settle(const struct run *r);

/* True when only suite support can be judged of this case's kind. */
bool judges_suite_support(const struct planned *p);

/* ---- loss.c: a path that loses datagrams, a device that serves no more ------------------------------------------------------ */

enum loss {
    LOSS_NONE,   /* the device serves: a good handshake said otherwise, and was lost on the way */
    LOSS_MENDED, /* it was out, and serves again */
    LOSS_GONE,   /* it cannot be brought back, or the run is over; noted */
};

/* True when something of a good handshake was repeated that a device and a path with this round trip do not explain. */
bool shows_loss(const struct trace *t, int64_t rtt_us);

/* What a good handshake tells beside whether it completed: losses of the path, findings of its trace. Holds the lock. */
void note_canary(struct run *r, const struct canary_result *c);

/* True when enough good handshakes had to repeat what they sent: one run that saw nothing come proves little. */
bool path_is_lossy(struct run *r);

/* True when this lone run must come to the same again: it judged nothing, or the path is lossy and it rests on what did not come. Counts
 * it. Holds the lock. */
bool proves_little(struct run *r, struct job *j, const struct case_result *result);

/* True when a good handshake completes (or comes to what it came to before the run). Its timers are short: true is certain, false
 * calls for look_again. */
bool device_serves(struct run *r);

/* The same of an instance of it; `certain`: with the timers of RFC 6347, so that false is certain as well. */
bool instance_serves(struct run *r, const struct case_env *instance, bool certain);

/* The retransmission time of a look that is not the last word: microseconds, at most env.timer_us. */
int64_t quick_timer_us(const struct run *r);

/* True when the device serves no more: its process ended, or a good handshake with the timers of RFC 6347 does not complete, two of
 * them on a lossy path. No case is charged with a death on less. */
bool device_is_out(struct run *r);

/* A good handshake did not complete, begun when `seen` outages were known: one worker at a time finds out whether the device is out, and
 * brings it back (starts it, resets it, or waits for it). */
enum loss look_again(struct run *r, unsigned seen);

/* The device is out: counts that and brings it back. False: it is gone, or the run is over. */
bool bring_back(struct run *r);

/* Outages so far, once nobody brings the device back any more. */
unsigned outages_so_far(struct run *r);

/* A batch was closed by a good handshake: after many of them more cases run at a time again. Holds the lock. */
void note_good_batch(struct run *r);

/* Starts a spawned device anew, so that what is left of the pool in it is not the lone runs' matter. */
void begin_anew(struct run *r);

/* Ends a spawned device's process and starts another; true when that serves. */
bool start_anew(struct run *r);

/* ---- blocked.c: a server that passes over whoever does not complete handshakes ------------------------------------------------ */

/* The device stopped serving, and no process of ours ended; `back`: it serves again. Once a run finds out whether it blocks us, and
 * notes it; waits for a device that we cannot start again. True: it serves. Holds `recovery`. */
bool outlast_block(struct run *r, bool back);

/* A device that blocks is taken one association at a time, and never sees more than REFUSALS_IN_ROW of them fail. */
void heed_block(struct run *r, struct case_env *env);

void count_refused(struct run *r, unsigned refused);

/* Why what is left is not judged, once the device is gone. */
const char *block_text(const struct run *r);

/* The device stopped serving, twice, after a case with so many associations that were not completed. True when as many well-formed
 * handshakes that are just not completed have the same effect: it is in back-off, and the case proves nothing. Without the lock. */
bool backs_off(struct run *r, unsigned refused);

/* ---- order.c ------------------------------------------------------------------------------------------------------------------- */

/* Where time is short (one case at a time, or a deadline) the cases that tell most come first; else as in the catalogue, but that the
 * slow ones begin. */
void order_jobs(struct run *r);

/* ---- pool.c: cases side by side ------------------------------------------------------------------------------------------ */

/* Runs all jobs in the pool; on a lossy path, those that may rest on silence several times. Cases that mostly idle begin first, and may
 * be under way still when it returns. */
void run_pool(struct run *r);

/* Waits for those. */
void await_idle(struct run *r);

/* Runs a job's case against that device (the run's own, or an instance of it), --repeat times: the worst. The caller frees out->arena. */
void run_job(struct run *r, const struct case_env *device, struct job *j, bool alone,
             struct case_result *out);

/* Starts n threads, THREADS_MAX at most, that do one task with the run; `threads` has room for n. How many could be started. */
unsigned run_threads(struct run *r, unsigned n, void *(*task)(void *run), pthread_t *threads);
void join_threads(pthread_t *threads, unsigned n);

/* ---- lone.c, apart.c: cases alone ---------------------------------------------------------------------------------------- */

/* Runs the jobs again that a lone run must decide. */
void run_alone(struct run *r);

/* A device that we start on a port of our choosing is started several times, and each lone run has a process of its own: they wait side
 * by side. What does not come out plainly there is left to run_alone. */
void run_apart(struct run *r);

/* True when the device may be started several times at once, and so many cases run at a time that it is worth it. */
bool has_instances(const struct run *r);

/* ---- judge.c: from outcome to verdict ------------------------------------------------------------------------------------- */

/* Takes the result of a case that stood between good handshakes. Settles the job, or notes what a lone run must decide. */
void judge_pooled(struct run *r, struct job *j, struct case_result *result);

/* The device died of this case: the lone run decides. Holds the lock. */
void judge_void(struct run *r, struct job *j);

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

/* Tells of a settled case, or with NULL that time has passed. Holds the lock. */
void tell_progress(struct run *r, const struct model_case *c);

void add_note(struct run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- evidence.c ------------------------------------------------------------------------------------------------------------ */

/* A trace as the rows of a ladder, in the arena, as far as the budget (octets of datagrams) goes. */
void evidence_of(struct arena *a, const struct trace *t, size_t *budget, struct model_case *out);

/* A trace's watch: hands a row on to whom the run's configuration names. */
void evidence_watch(void *run, const struct trace *t, size_t index);

/* ---- model_build.c, summary.c, cipher_table.c -------------------------------------------------------------------------------- */

/* Fills in what is known before the run: tool, device, run, cases and requirements without verdicts. */
void model_begin(struct run *r);

/* The cases that were not selected, by the reason; after the run's options are in the model. */
void model_leave_out(struct run *r);

/* A case of the model that nothing is known of yet: not judged. */
void model_case_begin(struct run *r, const struct planned *p, struct model_case *out);

/* Verdicts of requirements, counts, sentence, exit code. */
void summarize(struct run *r);
void build_ciphers(struct run *r);

/* The command that runs one case again. */
const char *reproduce_command(struct run *r, const char *id);

#endif
