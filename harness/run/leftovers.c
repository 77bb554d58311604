#include "run/leftovers.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "run/process.h"

enum { GROUPS_MAX = 512, FILES_MAX = 64, PATH_LENGTH = 512 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pid_t groups[GROUPS_MAX];
static char files[FILES_MAX][PATH_LENGTH];

void leftover_process(pid_t group, bool there)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < GROUPS_MAX; i++)
        if (groups[i] == (there ? 0 : group)) {
            groups[i] = there ? group : 0;
            break;
        }
    pthread_mutex_unlock(&lock);
}

static bool leftover_file(const char *path, bool there)
{
    bool noted = false;

    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < FILES_MAX && !noted; i++)
        if (strcmp(files[i], there ? "" : path) == 0) {
            snprintf(files[i], PATH_LENGTH, "%s", there ? path : "");
            noted = true;
        }
    pthread_mutex_unlock(&lock);
    return noted;
}

const char *key_file_new(struct arena *a, struct bytes psk)
{
    const char *directory = getenv("TMPDIR");
    char *path = arena_printf(a, "%s/pskgate-XXXXXX", directory && *directory ? directory : "/tmp");
    struct arena *own = arena_new();
    const char *hex = arena_printf(own, "%s\n", arena_hex(own, psk));
    int fd = strlen(path) < PATH_LENGTH ? mkstemp(path) : -1;
    bool written =
        fd >= 0 && leftover_file(path, true) && write(fd, hex, strlen(hex)) == (ssize_t)strlen(hex);

    if (fd >= 0)
        close(fd);
    if (fd >= 0 && !written)
        key_file_remove(path);
    arena_free(own);
    return written ? path : NULL;
}

void key_file_remove(const char *path)
{
    unlink(path);
    leftover_file(path, false);
}

static bool signal_groups(int which)
{
    bool any = false;

    for (size_t i = 0; i < GROUPS_MAX; i++)
        any = (groups[i] != 0 && kill(-groups[i], which) == 0) || any;
    return any;
}

static void remove_files(void)
{
    for (size_t i = 0; i < FILES_MAX; i++)
        if (files[i][0]) {
            unlink(files[i]);
            files[i][0] = '\0';
        }
}

void leftovers_abandon(void)
{
    signal_groups(SIGKILL);
    remove_files();
}

/* The dead are taken note of here: not every init does it for the orphans of others. */
static void reap(void)
{
    const struct timespec moment = {.tv_nsec = 20 * 1000 * 1000};

    for (int i = 0; i < 10 && waitpid(-1, NULL, WNOHANG) >= 0; i++)
        nanosleep(&moment, NULL);
}

void leftovers_clear(void)
{
    const struct timespec grace = {.tv_nsec = 200 * 1000 * 1000};

    pthread_mutex_lock(&lock);
    if (signal_groups(SIGTERM)) {
        nanosleep(&grace, NULL);
        signal_groups(SIGKILL);
        reap();
    }
    remove_files();
    pthread_mutex_unlock(&lock);
}
