/* One UDP socket, and the talk that each datagram belongs to. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "device/talk.h"

enum { BURST = 64, WAIT_MS = 500, RANDOM_AT = 2 };

/* ---- whose datagram is it ---- */

/* What the first record of a datagram tells. */
struct glance {
    bool is_record, is_hello; /* is_hello: the beginning of a ClientHello in the clear */
    uint16_t epoch;
    uint8_t content;
    struct bytes cid;    /* of a record that carries one of the device's ids */
    struct bytes random; /* of the hello, when it is in this fragment */
};

static struct glance glance_at(struct bytes datagram)
{
    struct glance g = {0};
    struct reader r = reader_of(datagram);
    struct record record;
    struct fragment f;

    if (!get_record_with_cid(&r, OWN_CID, &record))
        return g;
    g.is_record = true;
    g.epoch = record.epoch;
    g.content = record.type;
    g.cid = record.cid;
    struct reader inner = reader_of(record.fragment);

    if (record.type != CONTENT_HANDSHAKE || record.epoch != 0 || !get_fragment(&inner, &f))
        return g;
    g.is_hello = f.type == CLIENT_HELLO && f.offset == 0;
    if (g.is_hello && f.body.n >= RANDOM_AT + HELLO_RANDOM)
        g.random = bytes_slice(f.body, RANDOM_AT, HELLO_RANDOM);
    return g;
}

static bool is_of(const struct talk *t, const struct sockaddr_storage *from, socklen_t n)
{
    return t->stage != STAGE_OVER && t->address_n == n && memcmp(&t->address, from, n) == 0;
}

/* The association of an address, or its handshake under way: the one that has come furthest. */
static struct talk *find_talk(struct device *d, const struct sockaddr_storage *from, socklen_t n,
                              bool established)
{
    struct talk *found = NULL;

    for (size_t i = 0; i < d->talk_n; i++) {
        struct talk *t = d->talks[i];

        if (is_of(t, from, n) && (t->stage == STAGE_ESTABLISHED) == established &&
            (found == NULL || t->stage > found->stage))
            found = t;
    }
    return found;
}

/* RFC 9146 3: where there is a connection id, it tells the association, and the address does not. */
static struct talk *find_by_cid(struct device *d, struct bytes cid)
{
    for (size_t i = 0; i < d->talk_n && cid.n > 0; i++) {
        const struct assoc *a = d->talks[i]->assoc;

        if (d->talks[i]->stage != STAGE_OVER && a->cid.agreed && bytes_equal(a->cid.ours, cid))
            return d->talks[i];
    }
    return NULL;
}

static bool is_same_hello(const struct talk *t, struct bytes random)
{
    return t != NULL && (t->stage == STAGE_HELLO || bytes_equal(random, BYTES(t->assoc->client_random)));
}

static struct talk *oldest(struct device *d, bool established)
{
    struct talk *found = NULL;

    for (size_t i = 0; i < d->talk_n; i++) {
        struct talk *t = d->talks[i];

        if ((t->stage == STAGE_ESTABLISHED) == established && (found == NULL || t->used < found->used))
            found = t;
    }
    return found;
}

/* Half-open ones go first when there is no more room. */
static void make_room(struct device *d)
{
    if (d->talk_n < TALKS_MAX)
        return;
    struct talk *gone = oldest(d, false);

    talk_free(gone != NULL ? gone : oldest(d, true));
}

/* RFC 6347 4.2.8: a hello from a known address begins a handshake beside the association; a repeated one belongs to its own. */
static struct talk *talk_of_hello(struct device *d, struct bytes random, struct talk *half, struct talk *old,
                                  const struct sockaddr_storage *from, socklen_t n)
{
    if (is_same_hello(half, random))
        return half;
    if (is_same_hello(old, random))
        return old;
    if (old != NULL && d->behaviour.replace_known(old))
        old->stage = STAGE_OVER;
    make_room(d);
    return talk_new(d, SIDE_SERVER, d->fd, from, n);
}

static struct talk *choose_talk(struct device *d, struct bytes datagram, const struct sockaddr_storage *from,
                                socklen_t n)
{
    struct glance g = glance_at(datagram);
    struct talk *half = find_talk(d, from, n, false), *old = find_talk(d, from, n, true);

    struct talk *known = find_by_cid(d, g.cid);

    if (known != NULL)
        return known;
    if (g.is_hello)
        return talk_of_hello(d, g.random, half, old, from, n);
    if (g.is_record && g.epoch > 0 && g.content != CONTENT_HANDSHAKE)
        return old != NULL ? old : half;
    return half != NULL ? half : old;
}

/* ---- the loop ---- */

static void reap(struct device *d)
{
    for (size_t i = d->talk_n; i-- > 0;)
        if (d->talks[i]->stage == STAGE_OVER)
            talk_free(d->talks[i]);
}

static void receive_one(struct device *d, struct bytes datagram, const struct sockaddr_storage *from,
                        socklen_t n)
{
    struct talk *t = choose_talk(d, datagram, from, n);

    if (t != NULL) {
        t->from = *from;
        t->from_n = n;
        talk_feed(t, datagram);
    } else {
        d->behaviour.on_stray(d, from, n, datagram);
    }
    reap(d);
}

static void receive_burst(struct device *d)
{
    static uint8_t datagram[DATAGRAM_MAX];

    for (int i = 0; i < BURST; i++) {
        struct sockaddr_storage from;
        socklen_t size = sizeof from;

        memset(&from, 0, sizeof from);
        ssize_t n = recvfrom(d->fd, datagram, sizeof datagram, MSG_DONTWAIT, (struct sockaddr *)&from, &size);

        if (n < 0)
            return;
        receive_one(d, (struct bytes){datagram, (size_t)n}, &from, size);
    }
}

static int wait_ms(struct device *d)
{
    int64_t due = INT64_MAX, now = now_us();

    for (size_t i = 0; i < d->talk_n; i++) {
        int64_t of = talk_due(d->talks[i]);

        due = of < due ? of : due;
    }
    if (due <= now)
        return 0;
    return due - now > WAIT_MS * MS ? WAIT_MS : (int)((due - now) / MS) + 1;
}

static int listen_at(struct device *d)
{
    int fd = socket(d->address.ss_family, SOCK_DGRAM, 0);

    if (fd < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
        bind(fd, (struct sockaddr *)&d->address, d->address_n) != 0) {
        fprintf(stderr, "cannot listen: %s\n", strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

int device_serve(struct device *d, void (*ready)(struct device *d))
{
    d->fd = listen_at(d);
    if (d->fd < 0)
        return 1;
    ready(d);
    while (!*d->stop) {
        struct pollfd p = {.fd = d->fd, .events = POLLIN};

        if (poll(&p, 1, wait_ms(d)) > 0)
            receive_burst(d);
        for (size_t i = 0; i < d->talk_n; i++)
            talk_tick(d->talks[i], now_us());
        reap(d);
    }
    while (d->talk_n > 0)
        talk_free(d->talks[0]);
    close(d->fd);
    return 0;
}
