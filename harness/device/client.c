/* One handshake after the other, each from a port of its own. */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "device/talk.h"

enum { BURST = 64, WAIT_MS = 200, AGAIN_MS = 150, GIVE_UP_US = 30 * SECOND, DESCRIPTORS = 5 };

static int open_socket(const struct device *d)
{
    int fd = socket(d->address.ss_family, SOCK_DGRAM, 0);

    if (fd < 0)
        return -1;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
        connect(fd, (const struct sockaddr *)&d->address, d->address_n) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void receive_burst(struct talk *t)
{
    uint8_t datagram[DATAGRAM_MAX];

    for (int i = 0; i < BURST && t->stage != STAGE_OVER; i++) {
        ssize_t n = recv(t->fd, datagram, sizeof datagram, MSG_DONTWAIT);

        if (n < 0)
            return;
        talk_feed(t, (struct bytes){datagram, (size_t)n});
    }
}

static void wait_for(struct talk *t)
{
    struct pollfd p[DESCRIPTORS] = {{.fd = t->fd, .events = POLLIN},
                                    {.fd = t->device->wake, .events = POLLIN}};
    int more[DESCRIPTORS - 2];
    size_t n = lwm2m_descriptors(t->lwm2m, more);
    int64_t left = talk_due(t) - now_us();

    for (size_t i = 0; i < n; i++)
        p[2 + i] = (struct pollfd){.fd = more[i], .events = POLLIN};
    poll(p, (nfds_t)(2 + n), left <= 0 ? 0 : left > WAIT_MS * MS ? WAIT_MS : (int)(left / MS) + 1);
}

static bool is_over(const struct talk *t)
{
    const struct device *d = t->device;

    if (t->stage == STAGE_OVER || *d->stop || d->moved)
        return true;
    if (t->stage != STAGE_ESTABLISHED)
        return now_us() - t->born > GIVE_UP_US;
    return d->once && t->answered;
}

static void leave(struct talk *t)
{
    if (t->stage == STAGE_ESTABLISHED)
        send_alert(t->assoc, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
}

/* Returns whether the Register was answered with success. */
static bool dial_once(struct device *d)
{
    bool registered = false;
    int fd = open_socket(d);

    if (fd < 0)
        return false;
    struct talk *t = talk_new(d, SIDE_CLIENT, fd, NULL, 0);

    if (t != NULL) {
        client_begin(t);
        while (!is_over(t)) {
            wait_for(t);
            receive_burst(t);
            talk_tick(t, now_us());
        }
        leave(t);
        d->failed = t->request == 0 ? d->failed + 1 : 0;
        registered = t->registered;
        talk_free(t);
    }
    close(fd);
    return registered;
}

static void pause_ms(const struct device *d, int ms)
{
    int64_t until = now_us() + ms * MS;

    while (!*d->stop && now_us() < until)
        poll(NULL, 0, ms < WAIT_MS ? ms : WAIT_MS);
}

int device_dial(struct device *d)
{
    bool by_itself = d->again_ms < 0 && d->traits & RESUMES;
    int again_ms = by_itself ? AGAIN_MS : d->again_ms;

    for (;;) {
        bool registered = dial_once(d);

        if (d->moved && !*d->stop) {
            d->moved = false;
            continue;
        }
        if (*d->stop || (d->once && registered))
            return 0;
        if (again_ms < 0)
            return registered ? 0 : 1;
        pause_ms(d, d->behaviour.pause_before_dial(d, again_ms));
    }
}
