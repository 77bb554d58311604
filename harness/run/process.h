/*
 * Programs that a run starts: the device (--spawn), its trigger, and every hook.
 *
 * A command is split as a shell would split its quotes and run without one, in a process group of its own; its stdin is an open
 * pipe that never ends, its output goes to a log of at most LOG_MAX octets. Invariant: whatever was started and not stopped, and
 * every key file that was written, is on a list that leftovers_clear ends and removes; it may be called at any time, by any
 * thread, also when a run is abandoned.
 */
#ifndef RUN_PROCESS_H
#define RUN_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"

enum { LOG_MAX = 1024 * 1024, WHY_MAX = 256 };

/* Where the output of a run's programs goes, and where their stdin comes from. */
struct stage;

/* log_path NULL: output is dropped. NULL: the system gives no pipe or file; `why` holds WHY_MAX octets. */
struct stage *stage_open(const char *log_path, char *why);
void stage_close(struct stage *s);

/* False with a reason when it is no extended regular expression. */
bool regex_check(const char *regex, char *why);

/* Watches what programs print from now on for a line that matches; stage_seen tells whether one came. The regex is a checked one. */
void stage_watch(struct stage *s, const char *regex);
bool stage_seen(struct stage *s);

/* What placeholders in a command stand for. */
struct placeholders {
    const char *host, *identity, *psk_file;
    uint16_t port;
};

struct process {
    pid_t pid;           /* also its group; 0: none */
    bool ended, stopped; /* stopped: it ran when it was told to end */
    int status;          /* of waitpid, when ended */
};

/* Starts a command. False: `why` says what is wrong with it. */
bool process_start(struct stage *s, const char *command, const struct placeholders *p, struct process *out,
                   char *why);

/* Runs a command to its end and takes what it prints, cap - 1 octets at most and a NUL; stdin is empty. False: `why`, when it cannot be
 * started, fails, prints more, or runs longer. What it printed may be secret: the caller wipes `out`. */
bool process_output(const char *command, const struct placeholders *p, int seconds, char *out, size_t cap,
                    char *why);

/* True while it runs; its status is taken when it has ended. */
bool process_runs(struct process *p);

/* TERM, two seconds, KILL, to the whole group. */
void process_stop(struct process *p);

/* For one that has ended: what it left running in its group is somebody's device, and runs on. */
void process_leave(struct process *p);

/* "ended by signal 11 (Segmentation fault)", "exited with status 1". */
const char *process_end(struct arena *a, const struct process *p);

/* True when it ended by a signal, or with a status that stands for one, and not by one that process_stop sent. */
bool process_crashed(const struct process *p);

/* True when the command can be split; else `why`. */
bool command_check(const char *command, char *why);

/* Writes the key in hex and a line feed to a new file of mode 0600; its path is in the arena. NULL: it cannot be written. */
const char *key_file_new(struct arena *a, struct bytes psk);
void key_file_remove(const char *path);

/* Ends every process and removes every key file that is left. */
void leftovers_clear(void);

/* The same at once and without the lock: for a signal handler that exits. */
void leftovers_abandon(void);

#endif
