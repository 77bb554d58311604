#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd_selftest.h"
#include "run/leftovers.h"
#include "run/process.h"

extern char **environ;

enum { LINE = 256 };

/* posix_spawn: there may be threads. A group of its own, so that what stops us does not stop it before its devices. */
static int spawn_program(const char *path, char *const *argv, int in, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    int code;

    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, 0);
    posix_spawnattr_init(&how);
    posix_spawnattr_setpgroup(&how, 0);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP);
    code = posix_spawn(pid, path, &files, &how, argv, environ);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    return code;
}

bool clients_open(struct selftest *s)
{
    char *path = arena_printf(s->arena, "%s/faulty-client", s->peers);
    char *argv[] = {path, "--on-demand", "--host",          "127.0.0.1",  "--port",
                    "1",  "--identity",  SELFTEST_IDENTITY, "--psk-file", arena_strdup(s->arena, s->key_file),
                    NULL};
    int pipe_of[2];

    if (pipe2(pipe_of, O_CLOEXEC) != 0)
        return false;
    if (spawn_program(path, argv, pipe_of[0], &s->clients_pid) != 0)
        s->clients_pid = 0;
    close(pipe_of[0]);
    if (s->clients_pid == 0) {
        close(pipe_of[1]);
        return false;
    }
    leftover_process(s->clients_pid, true);
    s->clients = pipe_of[1];
    return true;
}

bool clients_close(struct selftest *s)
{
    int status = 0;
    bool ended;

    close(s->clients);
    ended = waitpid(s->clients_pid, &status, 0) == s->clients_pid;
    leftover_process(s->clients_pid, false);
    return ended && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Lines are shorter than PIPE_BUF, so threads need no lock. */
static bool tell(const struct selftest *s, const char *line)
{
    size_t n = strlen(line);

    return write(s->clients, line, n) == (ssize_t)n;
}

static void *start_client(void *context, uint16_t port, char *why)
{
    static atomic_ulong count;
    const struct client_trial *c = context;
    unsigned long *id = calloc(1, sizeof *id);
    char line[LINE];

    if (!id) {
        snprintf(why, WHY_MAX, "out of memory");
        return NULL;
    }
    *id = 1 + atomic_fetch_add(&count, 1);
    snprintf(line, sizeof line, "dial %lu %u %s %s\n", *id, (unsigned)port,
             c->trial->row_n > 0 ? c->trial->device : "-", c->trial->base);
    if (tell(c->selftest, line))
        return id;
    snprintf(why, WHY_MAX, "the devices' program: %s", strerror(errno));
    free(id);
    return NULL;
}

static bool client_runs(void *context, void *handle, char *why)
{
    (void)context;
    (void)handle;
    (void)why;
    return true;
}

static void stop_client(void *context, void *handle)
{
    const struct client_trial *c = context;
    unsigned long *id = handle;
    char line[LINE];

    snprintf(line, sizeof line, "stop %lu\n", *id);
    free(id);
    tell(c->selftest, line); /* that it ended too soon is seen at the next start, and at the end */
}

struct client_hooks clients_of(struct client_trial *c)
{
    return (struct client_hooks){start_client, client_runs, stop_client, c};
}
