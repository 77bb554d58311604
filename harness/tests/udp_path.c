/* A path that spoils what goes through it, for the tests of what the gate says of paths and of odd far ends.
 *     udp_path lossy PORT     every third datagram of each direction is dropped
 *     udp_path mtu:N PORT     datagrams of more than N octets are dropped
 *     udp_path delay:MS PORT  every datagram is late by MS
 *     udp_path oneway PORT    nothing comes back
 *     udp_path stale PORT     no path: answers each datagram with a record of epoch 1
 *     udp_path coap PORT      no path: sends CoAP in the clear to PORT, four times a second
 *     udp_path old PORT       no path: sends records of epoch 1 to PORT, four times a second
 * Paths lead to 127.0.0.1:PORT. All listen on 127.0.0.1, print "listening on HOST:PORT", and end after ten minutes at the
 * latest. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LIFETIME_S = 600, FLOWS = 64, DATAGRAM = 65536, LATE = 256, LATE_OCTETS = 2048, EVERY_MS = 250 };

/* One address on the near side, and its socket on the far side. */
struct flow {
    struct sockaddr_in near;
    int fd;
    unsigned there, back; /* datagrams so far */
};

/* A datagram that is under way. */
struct late {
    int64_t due_ms;
    int fd;
    struct sockaddr_in to;
    size_t n;
    uint8_t octets[LATE_OCTETS];
};

static struct {
    bool lossy, oneway, stale;
    size_t mtu;
    int64_t delay_ms;
    struct sockaddr_in far;
    int fd;
    struct flow flows[FLOWS];
    size_t flow_n;
    struct late late[LATE];
    size_t late_n;
} path;

static const uint8_t of_epoch_1[] = {23, 0xfe, 0xfd, 0, 1, 0, 0, 0,  0,  0,  7,  0,  16, 1, 2,
                                     3,  4,    5,    6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const uint8_t coap_ping[] = {0x40, 0x00, 0x12, 0x34};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
}

static int bound_socket(void)
{
    struct sockaddr_in own = loopback(0);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    return fd >= 0 && bind(fd, (struct sockaddr *)&own, sizeof own) == 0 ? fd : -1;
}

static void deliver(int fd, const struct sockaddr_in *to, const uint8_t *octets, size_t n)
{
    (void)!sendto(fd, octets, n, 0, (const struct sockaddr *)to, sizeof *to);
}

/* Sends it now, later, or never; `count` numbers the datagrams of its direction. */
static void pass(int fd, const struct sockaddr_in *to, const uint8_t *octets, size_t n, unsigned count)
{
    struct late *l = &path.late[path.late_n];

    if ((path.lossy && count % 3 == 2) || (path.mtu > 0 && n > path.mtu))
        return;
    if (path.delay_ms == 0) {
        deliver(fd, to, octets, n);
    } else if (path.late_n < LATE && n <= LATE_OCTETS) {
        *l = (struct late){.due_ms = now_ms() + path.delay_ms, .fd = fd, .to = *to, .n = n};
        memcpy(l->octets, octets, n);
        path.late_n++;
    }
}

/* Sends what is due, oldest first; the delay is the same for all, so they stand in that order. */
static int deliver_late(void)
{
    size_t done = 0;

    while (done < path.late_n && path.late[done].due_ms <= now_ms()) {
        const struct late *l = &path.late[done++];

        deliver(l->fd, &l->to, l->octets, l->n);
    }
    path.late_n -= done;
    memmove(path.late, path.late + done, path.late_n * sizeof *path.late);
    return path.late_n > 0 ? (int)(path.late[0].due_ms - now_ms()) + 1 : -1;
}

/* The oldest flow makes room for a new one. */
static struct flow *flow_of(const struct sockaddr_in *near)
{
    struct flow *f;

    for (size_t i = 0; i < path.flow_n; i++)
        if (path.flows[i].near.sin_port == near->sin_port)
            return &path.flows[i];
    if (path.flow_n == FLOWS) {
        close(path.flows[0].fd);
        memmove(path.flows, path.flows + 1, --path.flow_n * sizeof *path.flows);
    }
    f = &path.flows[path.flow_n++];
    *f = (struct flow){.near = *near, .fd = bound_socket()};
    return f;
}

static void from_near(uint8_t *room)
{
    struct sockaddr_in from;
    socklen_t n = sizeof from;
    ssize_t got = recvfrom(path.fd, room, DATAGRAM, 0, (struct sockaddr *)&from, &n);
    struct flow *f;

    if (got < 0)
        return;
    if (path.stale) {
        deliver(path.fd, &from, of_epoch_1, sizeof of_epoch_1);
        return;
    }
    f = flow_of(&from);
    pass(f->fd, &path.far, room, (size_t)got, f->there++);
}

static void from_far(struct flow *f, uint8_t *room)
{
    ssize_t got = recv(f->fd, room, DATAGRAM, 0);

    if (got >= 0 && !path.oneway)
        pass(path.fd, &f->near, room, (size_t)got, f->back++);
}

static void carry(void)
{
    static uint8_t room[DATAGRAM];

    for (;;) {
        struct pollfd fds[FLOWS + 1] = {{path.fd, POLLIN, 0}};
        size_t n = path.flow_n;

        for (size_t i = 0; i < n; i++)
            fds[i + 1] = (struct pollfd){path.flows[i].fd, POLLIN, 0};
        poll(fds, n + 1, deliver_late());
        for (size_t i = 0; i < n; i++)
            if (fds[i + 1].revents)
                from_far(&path.flows[i], room);
        if (fds[0].revents)
            from_near(room);
    }
}

static void send_again_and_again(const uint8_t *octets, size_t n)
{
    for (;;) {
        deliver(path.fd, &path.far, octets, n);
        poll(NULL, 0, EVERY_MS);
    }
}

static bool choose(const char *mode)
{
    path.lossy = strcmp(mode, "lossy") == 0;
    path.oneway = strcmp(mode, "oneway") == 0;
    path.stale = strcmp(mode, "stale") == 0;
    if (strncmp(mode, "mtu:", 4) == 0)
        path.mtu = (size_t)strtoul(mode + 4, NULL, 10);
    if (strncmp(mode, "delay:", 6) == 0)
        path.delay_ms = strtol(mode + 6, NULL, 10);
    return path.lossy || path.oneway || path.stale || path.mtu > 0 || path.delay_ms > 0 ||
           strcmp(mode, "coap") == 0 || strcmp(mode, "old") == 0;
}

int main(int argc, char **argv)
{
    struct sockaddr_in own;
    socklen_t n = sizeof own;

    if (argc != 3 || !choose(argv[1])) {
        fputs("usage: udp_path lossy|mtu:N|delay:MS|oneway|stale|coap|old PORT\n", stderr);
        return 2;
    }
    path.far = loopback((uint16_t)strtoul(argv[2], NULL, 10));
    path.fd = bound_socket();
    if (path.fd < 0 || getsockname(path.fd, (struct sockaddr *)&own, &n) != 0) {
        perror("udp_path");
        return 1;
    }
    alarm(LIFETIME_S);
    printf("listening on 127.0.0.1:%u\n", (unsigned)ntohs(own.sin_port));
    fflush(stdout);
    if (strcmp(argv[1], "coap") == 0)
        send_again_and_again(coap_ping, sizeof coap_ping);
    if (strcmp(argv[1], "old") == 0)
        send_again_and_again(of_epoch_1, sizeof of_epoch_1);
    carry();
}
