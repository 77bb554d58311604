#include "run/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <popt.h>
#include <pthread.h>
#include <regex.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "run/leftovers.h"

enum { ARGUMENTS_MAX = 128, LINE_MAX_OCTETS = 1024, STOP_WAIT_MS = 2000, SHELL_SIGNAL = 128 };

extern char **environ;

struct stage {
    int log;           /* the file; -1: dropped */
    int out[2], in[2]; /* pipes: their output, their stdin; ours are close-on-exec */
    atomic_bool closing;
    pthread_t drain;
    pthread_mutex_t lock; /* over what is watched for */
    bool watching, seen;
    regex_t regex;
    char line[LINE_MAX_OCTETS];
    size_t line_n;
};

/* Looks at output line by line; what has no end yet is looked at as it stands, a prompt has none. */
static void look_at(struct stage *s, const char *text, size_t n)
{
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < n && s->watching && !s->seen; i++) {
        bool ends = text[i] == '\n' || s->line_n == sizeof s->line - 1;

        if (!ends)
            s->line[s->line_n++] = text[i] ? text[i] : '.';
        if (ends || i == n - 1) {
            s->line[s->line_n] = '\0';
            s->seen = regexec(&s->regex, s->line, 0, NULL, 0) == 0;
        }
        s->line_n = ends ? 0 : s->line_n;
    }
    pthread_mutex_unlock(&s->lock);
}

bool regex_check(const char *regex, char *why)
{
    regex_t compiled;
    int code = regcomp(&compiled, regex, REG_EXTENDED | REG_NOSUB);

    if (code == 0)
        regfree(&compiled);
    else
        regerror(code, &compiled, why, WHY_MAX);
    return code == 0;
}

void stage_watch(struct stage *s, const char *regex)
{
    pthread_mutex_lock(&s->lock);
    if (s->watching)
        regfree(&s->regex);
    s->watching = regcomp(&s->regex, regex, REG_EXTENDED | REG_NOSUB) == 0;
    s->seen = false;
    s->line_n = 0;
    pthread_mutex_unlock(&s->lock);
}

bool stage_seen(struct stage *s)
{
    bool seen;

    pthread_mutex_lock(&s->lock);
    seen = s->seen;
    pthread_mutex_unlock(&s->lock);
    return seen;
}

/* Moves output to the log until the stage closes and nothing is left. */
static void *drain(void *context)
{
    struct stage *s = context;
    size_t kept = 0;
    char text[4096];

    for (;;) {
        struct pollfd p = {.fd = s->out[0], .events = POLLIN};
        int ready = poll(&p, 1, 50);
        ssize_t n = ready > 0 ? read(s->out[0], text, sizeof text) : 0;

        if (n <= 0 && atomic_load(&s->closing))
            return NULL;
        if (n > 0)
            look_at(s, text, (size_t)n);
        if (n <= 0 || s->log < 0 || kept >= LOG_MAX)
            continue;
        if ((size_t)n > LOG_MAX - kept)
            n = (ssize_t)(LOG_MAX - kept);
        kept += (size_t)n;
        if (write(s->log, text, (size_t)n) < 0)
            kept = LOG_MAX;
    }
}

struct stage *stage_open(const char *log_path, char *why)
{
    struct stage *s = calloc(1, sizeof *s);

    if (!s || pipe2(s->out, O_CLOEXEC) != 0 || pipe2(s->in, O_CLOEXEC) != 0) {
        snprintf(why, WHY_MAX, "no pipe: %s", strerror(errno));
        free(s);
        return NULL;
    }
    pthread_mutex_init(&s->lock, NULL);
    s->log = log_path ? open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;
    if (log_path && s->log < 0)
        snprintf(why, WHY_MAX, "%.200s: %s", log_path, strerror(errno));
    else if (pthread_create(&s->drain, NULL, drain, s) == 0)
        return s;
    else
        snprintf(why, WHY_MAX, "no thread");
    for (int i = 0; i < 2; i++) {
        close(s->out[i]);
        close(s->in[i]);
    }
    free(s);
    return NULL;
}

void stage_close(struct stage *s)
{
    if (!s)
        return;
    atomic_store(&s->closing, true);
    pthread_join(s->drain, NULL);
    for (int i = 0; i < 2; i++) {
        close(s->out[i]);
        close(s->in[i]);
    }
    if (s->log >= 0)
        close(s->log);
    if (s->watching)
        regfree(&s->regex);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* What a placeholder at the head of `text` stands for; its length in *n. */
static const char *placeholder(const char *text, const struct placeholders *p, const char *port, size_t *n)
{
    const struct {
        const char *name, *value;
    } known[] = {
        {"{host}", p->host}, {"{port}", port}, {"{identity}", p->identity}, {"{psk_file}", p->psk_file}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        *n = strlen(known[i].name);
        if (strncmp(text, known[i].name, *n) == 0)
            return known[i].value;
    }
    return NULL;
}

static const char *fill_in(struct arena *a, const char *word, const struct placeholders *p)
{
    const char *port = arena_printf(a, "%u", (unsigned)p->port), *done = "";

    while (*word) {
        size_t n = 0;
        const char *value = *word == '{' ? placeholder(word, p, port, &n) : NULL;

        if (value) {
            done = arena_printf(a, "%s%s", done, value);
            word += n;
        } else {
            n = 1 + strcspn(word + 1, "{");
            done = arena_printf(a, "%s%.*s", done, (int)n, word);
            word += n;
        }
    }
    return done;
}

static bool split(const char *command, int *argc, const char ***argv, char *why)
{
    int code = poptParseArgvString(command, argc, argv);

    if (code == 0 && *argc < ARGUMENTS_MAX)
        return true;
    if (code == 0)
        free(*argv);
    snprintf(why, WHY_MAX, "%.180s: %s", command, code ? poptStrerror(code) : "too many words");
    return false;
}

bool command_check(const char *command, char *why)
{
    const char **argv;
    int argc;

    if (!split(command, &argc, &argv, why))
        return false;
    free(argv);
    return true;
}

/* posix_spawn does what fork may not, among threads. */
static int spawn(int in, int out, int err, char *const *argv, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t none, usual;
    int code;

    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGTERM);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, 0);
    posix_spawn_file_actions_adddup2(&files, out, 1);
    posix_spawn_file_actions_adddup2(&files, err, 2);
    posix_spawnattr_init(&how);
    posix_spawnattr_setpgroup(&how, 0);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &usual);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    code = posix_spawnp(pid, argv[0], &files, &how, argv, environ);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    return code;
}

static bool start_with(int in, int out_fd, int err, const char *command, const struct placeholders *p,
                       struct process *out, char *why)
{
    char *filled[ARGUMENTS_MAX + 1];
    struct arena *a;
    const char **argv;
    int argc, code;

    *out = (struct process){0};
    if (!split(command, &argc, &argv, why))
        return false;
    a = arena_new();
    for (int i = 0; i < argc; i++)
        filled[i] = arena_strdup(a, fill_in(a, argv[i], p));
    filled[argc] = NULL;
    code = spawn(in, out_fd, err, filled, &out->pid);
    if (code != 0) {
        snprintf(why, WHY_MAX, "%.180s: %s", filled[0], strerror(code));
        out->pid = 0;
    } else {
        leftover_process(out->pid, true);
    }
    arena_free(a);
    free(argv);
    return code == 0;
}

bool process_start(struct stage *s, const char *command, const struct placeholders *p, struct process *out,
                   char *why)
{
    return start_with(s->in[0], s->out[1], s->out[1], command, p, out, why);
}

bool process_runs(struct process *p)
{
    if (p->pid == 0 || p->ended)
        return false;
    if (waitpid(p->pid, &p->status, WNOHANG) == 0)
        return true;
    p->ended = true;
    return false;
}

void process_stop(struct process *p)
{
    int64_t until = now_us() + STOP_WAIT_MS * MS;

    if (p->pid == 0)
        return;
    p->stopped = process_runs(p);
    kill(-p->pid, SIGTERM);
    while (process_runs(p) && now_us() < until)
        sleep_until(now_us() + 2 * MS);
    kill(-p->pid, SIGKILL);
    if (!p->ended)
        waitpid(p->pid, &p->status, 0);
    leftover_process(p->pid, false);
    p->pid = 0;
    p->ended = true;
}

void process_leave(struct process *p)
{
    leftover_process(p->pid, false);
    p->pid = 0;
}

const char *process_end(struct arena *a, const struct process *p)
{
    if (WIFSIGNALED(p->status))
        return arena_printf(a, "ended by signal %d (%s)", WTERMSIG(p->status),
                            strsignal(WTERMSIG(p->status)));
    return arena_printf(a, "exited with status %d", WEXITSTATUS(p->status));
}

/* A program may still crash of what it has to read when it is told to end. */
bool process_crashed(const struct process *p)
{
    int by = WIFSIGNALED(p->status) ? WTERMSIG(p->status) : WEXITSTATUS(p->status) - SHELL_SIGNAL;

    return p->ended && by > 0 && !(p->stopped && (by == SIGTERM || by == SIGKILL));
}

/* All that comes before the end, the limit or `until`; how much, one more than cap when there is more. */
static size_t read_all(int fd, struct process *p, int64_t until, char *out, size_t cap)
{
    size_t n = 0;

    while (now_us() < until && n <= cap) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        bool runs = process_runs(p);
        char octet;
        ssize_t got = poll(&poll_fd, 1, runs ? 20 : 0) > 0
                          ? read(fd, n < cap ? out + n : &octet, n < cap ? cap - n : 1)
                          : -1;

        if (got > 0)
            n += (size_t)got;
        else if (got == 0 || !runs)
            break;
    }
    return n;
}

bool process_output(const char *command, const struct placeholders *p, int seconds, char *out, size_t cap,
                    char *why)
{
    int64_t until = now_us() + seconds * SECOND;
    int ends[2], in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct process process;
    size_t n = 0;
    bool done = false;

    out[0] = '\0';
    if (in < 0 || pipe2(ends, O_CLOEXEC) != 0) {
        snprintf(why, WHY_MAX, "no pipe: %s", strerror(errno));
        if (in >= 0)
            close(in);
        return false;
    }
    if (start_with(in, ends[1], STDERR_FILENO, command, p, &process, why)) {
        n = read_all(ends[0], &process, until, out, cap - 1);
        while (n < cap && process_runs(&process) && now_us() < until)
            sleep_until(now_us() + 5 * MS);
        done = process.ended && process.status == 0 && n < cap;
        if (n >= cap)
            snprintf(why, WHY_MAX, "%.150s: printed more than %zu octets", command, cap - 1);
        else if (!process.ended)
            snprintf(why, WHY_MAX, "%.150s: still runs after %d s", command, seconds);
        else if (!done)
            snprintf(why, WHY_MAX, "%.150s: exit status %d", command,
                     WIFEXITED(process.status) ? WEXITSTATUS(process.status)
                                               : 128 + WTERMSIG(process.status));
        process_stop(&process);
    }
    out[n < cap ? n : 0] = '\0';
    close(in);
    close(ends[0]);
    close(ends[1]);
    return done;
}
