/*
 * What must not be left behind when the program ends, however it ends: process groups and key files.
 */
#ifndef RUN_LEFTOVERS_H
#define RUN_LEFTOVERS_H

#include <stdbool.h>
#include <sys/types.h>

/* Notes that a process group is there, or is gone. */
void leftover_process(pid_t group, bool there);

#endif
