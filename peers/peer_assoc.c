#include "peer.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "core.h"

static volatile sig_atomic_t stopped;

int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- signals and the socket ---- */

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

void catch_signals(void)
{
    struct sigaction action = {.sa_handler = stop};
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
}

bool is_stopped(void)
{
    return stopped != 0;
}

static bool attach(int fd, bool bound)
{
    const struct sockaddr *address = (const struct sockaddr *)&options.address;

    if (bound)
        return bind(fd, address, options.address_length) == 0;
    return connect(fd, address, options.address_length) == 0;
}

int open_socket(bool bound)
{
    int fd = socket(options.address.ss_family, SOCK_DGRAM, 0);

    if (fd >= 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
        attach(fd, bound))
        return fd;
    if (fd >= 0)
        close(fd);
    complain("%s: no such address, or in use", options.where);
    return -1;
}

bool wait_readable(int fd, int64_t until)
{
    int64_t left = until - now_ms();
    struct timespec time;
    sigset_t none;
    fd_set set;

    if (left < 0)
        left = 0;
    if (left > 3600000)
        left = 3600000;
    time.tv_sec = (time_t)(left / 1000);
    time.tv_nsec = (long)(left % 1000) * 1000000;
    FD_ZERO(&set);
    if (fd >= 0)
        FD_SET(fd, &set);
    sigemptyset(&none);
    return pselect(fd + 1, &set, NULL, NULL, &time, &none) > 0;
}

/* ---- associations ---- */

struct assoc *assoc_new(int fd, const struct sockaddr_storage *address, socklen_t length)
{
    struct assoc *assoc = calloc(1, sizeof *assoc);

    if (!assoc)
        return NULL;
    assoc->fd = fd;
    if (address)
        memcpy(&assoc->address, address, length);
    assoc->address_length = length;
    assoc->born = assoc->used = now_ms();
    assoc->step = STEP_HANDSHAKE;
    assoc->session = stack.open(assoc);
    if (assoc->session)
        return assoc;
    free(assoc);
    return NULL;
}

void assoc_free(struct assoc *assoc, bool notify)
{
    stack.close(assoc->session, notify && assoc->step == STEP_ESTABLISHED);
    free(assoc);
}

enum step assoc_advance(struct assoc *assoc, const uint8_t *datagram, size_t length, bool expired)
{
    if (datagram)
        assoc->used = now_ms();
    assoc->datagram = length > 0 ? datagram : NULL;
    assoc->datagram_length = length;
    assoc->step = stack.run(assoc->session, expired);
    /* mbedTLS looks at its clock first: a timer that is over just now is served, and nothing is read. */
    if (assoc->datagram && assoc->step == STEP_HANDSHAKE)
        assoc->step = stack.run(assoc->session, false);
    assoc->datagram = NULL;
    return assoc->step;
}

int64_t assoc_deadline(const struct assoc *assoc)
{
    int left = stack.timeout_ms(assoc->session);

    return left < 0 ? INT64_MAX : now_ms() + left;
}

const uint8_t *assoc_peek(const struct assoc *assoc, size_t *length)
{
    *length = assoc->datagram ? assoc->datagram_length : 0;
    return assoc->datagram;
}

size_t assoc_take(struct assoc *assoc, void *buffer, size_t capacity)
{
    size_t length = assoc->datagram_length < capacity ? assoc->datagram_length : capacity;

    if (!assoc->datagram)
        return 0;
    memcpy(buffer, assoc->datagram, length);
    assoc->datagram = NULL;
    return length;
}

void assoc_send(struct assoc *assoc, const void *datagram, size_t length)
{
    const struct sockaddr *to = (const struct sockaddr *)&assoc->address;

    /* UDP promises nothing: a datagram that the socket refuses is a lost one. */
    (void)!sendto(assoc->fd, datagram, length, 0, assoc->address_length ? to : NULL, assoc->address_length);
}

void assoc_receive(struct assoc *assoc, const void *data, size_t length)
{
    uint8_t reply[COAP_MESSAGE_MAX];
    size_t reply_length = coap_answer(data, length, assoc->registration, reply);

    if (reply_length > 0)
        stack.send(assoc->session, reply, reply_length);
}

const void *assoc_address(const struct assoc *assoc, size_t *length)
{
    *length = assoc->address_length;
    return &assoc->address;
}
