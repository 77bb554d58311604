/*
 * The device as a program: a server that we start and start again (--spawn), a client that is started once an association
 * (--trigger).
 *
 * Invariant: a spawned server keeps its port for the whole run, so that nobody needs to be told when it is started again. The
 * caller makes the calls for one spawned server one at a time; triggers may run side by side.
 */
#ifndef RUN_HOOKS_H
#define RUN_HOOKS_H

#include <stdatomic.h>

#include "case/run_case.h"
#include "run/device_file.h"
#include "run/process.h"

struct hooks {
    const struct dut *device;
    struct stage *stage;
    const char *psk_file, *identity; /* for placeholders */
    struct process server;           /* spawned */
    uint16_t port;                   /* its port */
    const char *host;                /* what {host} stands for */
    unsigned starts;
    atomic_uint asked; /* attended: how often a person was asked */
};

/* Opens the log and writes the key file when a command wants it. False: `why`. */
bool hooks_open(struct hooks *h, struct arena *a, const struct dut *d, const char *log_path, char *why);
void hooks_close(struct hooks *h);

/* Starts the server and waits until it is ready, 10 s at most: a ClientHello draws a DTLS record, or a line of its output matches. A port that was lost to somebody else is
 * replaced by another, the first time. False: `why`. */
bool hooks_spawn(struct hooks *h, char *why);

/* Runs the reset hook to its end, 30 s at most, and waits until the device is ready, if it says so in its output. False: there is none
 * (`why` is empty), or `why` says how it failed. */
bool hooks_reset(struct hooks *h, char *why);

/* The key of an identity, by the device's key command; for case_env. */
bool hooks_key_of(void *context, struct arena *a, struct bytes identity, struct bytes *key, char *why);

/* Takes how a program that this thread's trigger started crashed since the last call: a signal, or a status that stands for
 * one. Leaves `why` (WHY_MAX octets) as it is when none did. */
void hooks_crash(char *why);

/* The trigger as cases want it; without one a person is asked on stderr. */
struct client_hooks hooks_client(struct hooks *h);

#endif
