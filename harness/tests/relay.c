/* A path between the gate and a device that does what UDP paths do, for the tests of what that may change: nothing.
 *     relay LISTEN TARGET [loss=PERCENT] [copy=PERCENT] [late=PERCENT] [delay=MS] [split=1] [seed=N]
 *           [attack=NAME] [burst=N] [every=N] -- COMMAND...
 * It listens on 127.0.0.1:LISTEN and passes datagrams to and from 127.0.0.1:TARGET, with a socket towards the target for every
 * address that speaks to it. One of the two ports is 0: any free one, which COMMAND, started then, is told in the place of an
 * argument @; the relay ends as COMMAND does. loss: dropped; copy: sent twice; late: after what comes within the next
 * milliseconds; delay: all of them, each way; split: every record in a datagram of its own. What happens to the n-th datagram of
 * an address and direction depends on the seed alone.
 * attack: after each datagram of the device, `burst` of those that attacks.c makes (some of them from another port), for one in
 * `every` addresses; how many there were so far stands on stderr. */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/attacks.h"

enum {
    LIFETIME_S = 3600,
    CALLERS = 512, /* the eldest makes room */
    WAITING = 8192,
    LATE_US = 5000,
    CHECK_MS = 20,
    STRAY = 16,
    TOLD = 1000,
    RECORD_HEADER = 13,
    DATAGRAM_MAX = 65536
};

static struct {
    const char *name;
    unsigned value;
} knobs[] = {{"loss", 0},  {"copy", 0}, {"late", 0},   {"delay", 0},
             {"split", 0}, {"seed", 1}, {"burst", 20}, {"every", 1}};
enum knob { LOSS, COPY, LATE, DELAY, SPLIT, SEED, BURST, EVERY, KNOBS };

/* An address that spoke to us, and our socket towards the target on its behalf. */
struct caller {
    struct sockaddr_in address;
    int fd;
    unsigned number;
    unsigned count[2]; /* datagrams to and from the target */
};

struct waiting {
    int64_t due;
    int fd;
    unsigned number; /* of the caller: a waiting datagram does not outlive it */
    struct sockaddr_in to;
    size_t n;
    uint8_t *octets;
};

static struct caller callers[CALLERS];
static unsigned caller_n;
static struct waiting queue[WAITING];
static size_t queue_n;
static int front;
static struct sockaddr_in target;
static pid_t command;
static attack_function *attack;
static int elsewhere; /* a socket that nobody expects anything of */
static bool device_is_target;

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* 0 to 99, from the seed and what it is asked for (splitmix64's last step). */
static unsigned draw(unsigned number, bool from_target, unsigned nth, enum knob what)
{
    uint64_t x = ((uint64_t)knobs[SEED].value << 40) ^ ((uint64_t)number << 24) ^ ((uint64_t)nth << 8) ^
                 (uint64_t)what << 1 ^ (uint64_t)from_target;

    x = (x + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return (unsigned)((x ^ x >> 31) % 100);
}

static void send_now(int fd, const struct sockaddr_in *to, const uint8_t *octets, size_t n)
{
    (void)sendto(fd, octets, n, MSG_DONTWAIT, (const struct sockaddr *)to, sizeof *to);
}

static void send_due(int64_t now)
{
    size_t kept = 0;

    for (size_t i = 0; i < queue_n; i++) {
        struct waiting w = queue[i];

        if (w.due > now) {
            queue[kept++] = w;
            continue;
        }
        if (w.fd == front || callers[w.number % CALLERS].number == w.number)
            send_now(w.fd, &w.to, w.octets, w.n);
        free(w.octets);
    }
    queue_n = kept;
}

static void send_after(int64_t us, const struct caller *c, bool from_target, const uint8_t *octets, size_t n)
{
    const struct sockaddr_in *to = from_target ? &c->address : &target;
    int fd = from_target ? front : c->fd;
    uint8_t *kept = us > 0 && queue_n < WAITING ? malloc(n) : NULL;

    if (kept) {
        memcpy(kept, octets, n);
        queue[queue_n++] = (struct waiting){now_us() + us, fd, c->number, *to, n, kept};
    } else {
        send_now(fd, to, octets, n);
    }
}

/* One datagram of the path, and what becomes of it. */
static void pass(struct caller *c, bool from_target, const uint8_t *octets, size_t n)
{
    unsigned nth = c->count[from_target]++;
    int64_t us = (int64_t)knobs[DELAY].value * 1000;

    if (draw(c->number, from_target, nth, LOSS) < knobs[LOSS].value)
        return;
    if (draw(c->number, from_target, nth, LATE) < knobs[LATE].value)
        us += LATE_US;
    send_after(us, c, from_target, octets, n);
    if (draw(c->number, from_target, nth, COPY) < knobs[COPY].value)
        send_after(us, c, from_target, octets, n);
}

static void pass_records(struct caller *c, bool from_target, const uint8_t *octets, size_t n)
{
    while (knobs[SPLIT].value && n > RECORD_HEADER) {
        size_t record = RECORD_HEADER + (size_t)octets[11] * 256 + octets[12];

        if (record >= n)
            break;
        pass(c, from_target, octets, record);
        octets += record;
        n -= record;
    }
    pass(c, from_target, octets, n);
}

static void attack_after(struct caller *c, const uint8_t *octets, size_t n)
{
    static uint32_t made;
    static uint8_t out[ATTACK_MAX];
    const struct sockaddr_in *to = device_is_target ? &c->address : &target;
    int fd = device_is_target ? front : c->fd;

    unsigned which =
        device_is_target ? c->number : ntohs(target.sin_port); /* a client has a relay of its own */

    if (!attack || which % knobs[EVERY].value != knobs[EVERY].value - 1)
        return;
    for (unsigned i = 0; i < knobs[BURST].value; i++) {
        size_t length = attack(knobs[SEED].value * 0x1000000 + made, octets, n, out);

        send_now(made % STRAY == 0 ? elsewhere : fd, to, out, length);
        if (++made % TOLD == 0)
            fprintf(stderr, "relay: %u more hostile datagrams\n", (unsigned)TOLD);
    }
}

static struct caller *caller_of(const struct sockaddr_in *address)
{
    struct caller *c;

    for (unsigned i = caller_n; i > 0 && i + CALLERS > caller_n; i--) {
        c = &callers[(i - 1) % CALLERS];
        if (c->address.sin_port == address->sin_port &&
            c->address.sin_addr.s_addr == address->sin_addr.s_addr)
            return c;
    }
    c = &callers[caller_n % CALLERS];
    if (caller_n >= CALLERS)
        close(c->fd);
    *c = (struct caller){
        .address = *address, .fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), .number = caller_n++};
    if (connect(c->fd, (struct sockaddr *)&target, sizeof target) != 0) /* nobody else's datagrams */
        perror("relay: connect");
    return c;
}

static void receive(int fd, struct caller *from)
{
    static uint8_t octets[DATAGRAM_MAX];
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    ssize_t n = recvfrom(fd, octets, sizeof octets, MSG_DONTWAIT, (struct sockaddr *)&address, &size);

    if (n <= 0)
        return;
    struct caller *c = from ? from : caller_of(&address);

    pass_records(c, from, octets, (size_t)n);
    if (device_is_target == (from != NULL))
        attack_after(c, octets, (size_t)n);
}

/* As the command did: its status, or the signal that ended it. */
static _Noreturn void end_as(int status)
{
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
    }
    exit(WEXITSTATUS(status));
}

/* What is under way still arrives when the command has ended. */
static _Noreturn void relay(void)
{
    struct pollfd fds[CALLERS + 1];
    int status = 0, quiet;
    bool ended = false;

    for (;;) {
        unsigned n = caller_n < CALLERS ? caller_n : CALLERS;

        for (unsigned i = 0; i < n; i++)
            fds[i] = (struct pollfd){callers[i].fd, POLLIN, 0};
        fds[n] = (struct pollfd){front, POLLIN, 0};
        quiet = poll(fds, n + 1, queue_n > 0 ? 1 : CHECK_MS) == 0;
        send_due(now_us());
        for (unsigned i = 0; i < n; i++)
            if (fds[i].revents)
                receive(fds[i].fd, &callers[i]);
        if (fds[n].revents)
            receive(front, NULL);
        if (ended && quiet && queue_n == 0)
            end_as(status);
        ended = ended || waitpid(command, &status, WNOHANG) == command;
    }
}

static bool turn_knob(const char *argument)
{
    if (strncmp(argument, "attack=", 7) == 0)
        return (attack = find_attack(argument + 7)) != NULL;
    for (size_t i = 0; i < KNOBS; i++) {
        size_t n = strlen(knobs[i].name);

        if (strncmp(argument, knobs[i].name, n) != 0 || argument[n] != '=')
            continue;
        knobs[i].value = (unsigned)strtoul(argument + n + 1, NULL, 10);
        return true;
    }
    return false;
}

/* A socket on that port of the loopback, 0: any; its address. */
static int bind_socket(const char *port, struct sockaddr_in *own)
{
    socklen_t size = sizeof *own;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    *own = (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};
    if (fd < 0 || bind(fd, (struct sockaddr *)own, size) != 0 ||
        getsockname(fd, (struct sockaddr *)own, &size) != 0) {
        perror("relay");
        exit(1);
    }
    return fd;
}

static void start_command(char **argv, uint16_t port)
{
    static char text[8];

    snprintf(text, sizeof text, "%u", (unsigned)port);
    for (char **argument = argv; *argument; argument++)
        if (strcmp(*argument, "@") == 0)
            *argument = text;
    command = fork();
    if (command != 0)
        return;
    execvp(argv[0], argv);
    perror(argv[0]);
    _exit(127);
}

int main(int argc, char **argv)
{
    struct sockaddr_in own;
    int i = 3;

    while (i < argc && turn_knob(argv[i]))
        i++;
    if (i + 1 >= argc || strcmp(argv[i], "--") != 0) {
        fputs("usage: relay LISTEN TARGET [loss=%] [copy=%] [late=%] [delay=MS] [split=1] [seed=N] "
              "[attack=NAME] [burst=N] [every=N] -- COMMAND...\n",
              stderr);
        return 2;
    }
    device_is_target = strcmp(argv[1], "0") != 0;
    front = bind_socket(argv[1], &own);
    elsewhere = bind_socket("0", &target);
    close(bind_socket(device_is_target ? argv[2] : "0", &target));
    if (!device_is_target)
        target.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
    alarm(LIFETIME_S);
    start_command(argv + i + 1, ntohs(device_is_target ? target.sin_port : own.sin_port));
    relay();
}
