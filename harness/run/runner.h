/*
 * Runs the selected cases against one device and makes the model of it.
 *
 * Invariant: run_device always returns a finished model, whatever the device does: a device that cannot be reached, a deadline and a
 * signal are verdicts, too. Nothing static is shared between runs, so several may go on side by side.
 */
#ifndef RUN_RUNNER_H
#define RUN_RUNNER_H

#include "run/baseline.h"
#include "run/catalogue.h"
#include "run/device_file.h"
#include "run/model.h"
#include "run/waivers.h"

/* How far a run has come, in cases. */
struct run_progress {
    size_t settled, of, in_flight;
    int64_t since_us; /* the first case began */
};

struct run_config {
    const struct dut *device; /* resolved */
    const struct catalogue *all, *selected;
    const struct catalogue *whole; /* what `selected` is a shard of; NULL: it is the whole selection */
    enum profile profile;
    const struct options *options;
    uint64_t seed;
    int64_t timer_us;                  /* our initial retransmission time; 0: by the device's timer profile */
    const struct client_hooks *client; /* client device: how it is made to dial; NULL: by its trigger */
    const char *output;                /* directory, exists; NULL: none */
    bool captures;                     /* captures will be written there */
    bool
        insist; /* run the cases though no good handshake completes, as long as the device answers: ours do */
    struct waivers *waivers;         /* NULL: none; their state is set */
    const struct baseline *baseline; /* NULL: none */
    /* Told of every settled case, one at a time, from any thread, and about once a second with case NULL; NULL: nobody. */
    void (*progress)(void *context, const struct model_case *c, struct run_progress p);
    /* Told of every message as it comes, from any thread, one at a time; NULL: nobody. */
    void (*message)(void *context, const char *case_id, const struct model_message *msg);
    /* Told once, before the cases: how long the run may take. NULL: nobody. */
    void (*estimated)(void *context, const char *text);
    void *context;
};

/* The model lives in the arena, which the caller frees, unless the run was abandoned. What the configuration points at is copied, but
 * for what that points at in its turn, which must live as long as the arena; `context` is not used once the model is there. */
struct model *run_device(struct arena *a, const struct run_config *config);

/* Catches SIGINT and SIGTERM: runs that go on end soon, and say that they are incomplete. Once, before any thread. */
void run_catch_signals(void);

/* The signal that came, or 0. */
int run_signal(void);

/* True when a run was given up with cases under way: their threads still use its memory, so the program must end by
 * _exit, after leftovers_clear. */
bool run_abandoned(void);

/* A seed nobody chose. */
uint64_t random_seed(void);

#endif
