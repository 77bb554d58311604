#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "case/internal.h"

enum { PORT_TRIES = 16 };

struct link *link_of(struct assoc *a)
{
    return a->transport.context;
}

void put_on_wire(struct link *l, struct bytes datagram)
{
    ssize_t sent;

    if (l->connected)
        sent = send(l->moved ? l->second_fd : l->fd, datagram.at, datagram.n, 0);
    else if (l->peer_n > 0)
        sent = sendto(l->fd, datagram.at, datagram.n, 0, (const struct sockaddr *)&l->peer, l->peer_n);
    else
        return;
    if (sent < 0)
        l->test->out->socket_error = errno;
    if (sent < 0 && errno == ECONNREFUSED)
        l->test->out->unreachable = true;
}

/* True when the device's limit forbids it: the row of it becomes a note, and the case ends with the next look at the device. */
static bool is_over_limit(struct link *l, struct bytes datagram)
{
    struct test *t = l->test;
    size_t limit = t->env->max_datagram;

    if (limit == 0 || datagram.n <= limit)
        return false;
    t->over_limit = datagram.n;
    if (t->trace->n > 0) {
        struct trace_entry *e = &t->trace->entries[t->trace->n - 1];

        *e = (struct trace_entry){.kind = TRACE_NOTE, .t_us = e->t_us, .assoc = e->assoc};
        e->text =
            arena_printf(t->arena, "not sent: a datagram of %zu octets, where the device file allows %zu",
                         datagram.n, limit);
    }
    return true;
}

static void send_on_link(void *context, struct bytes datagram)
{
    struct link *l = context;

    if (is_over_limit(l, datagram))
        return;
    if (l->moved && l->assoc->trace->n > 0)
        l->assoc->trace->entries[l->assoc->trace->n - 1].other_port = true;
    path_send(l, datagram);
}

static uint16_t port_in(const struct sockaddr_storage *a)
{
    return ntohs(a->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)a)->sin6_port
                                          : ((const struct sockaddr_in *)a)->sin_port);
}

static uint16_t port_of(int fd)
{
    struct sockaddr_storage own;
    socklen_t n = sizeof own;

    return getsockname(fd, (struct sockaddr *)&own, &n) == 0 ? port_in(&own) : 0;
}

static int socket_at(const struct case_env *env, bool dial_out)
{
    int fd = socket(env->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const struct sockaddr *address = (const struct sockaddr *)&env->address;

    if (fd < 0)
        return -1;
    if ((dial_out ? connect(fd, address, env->address_n) : bind(fd, address, env->address_n)) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Sockets with ports that were used stay open until another is found, or the system would give the same again. */
int open_socket(const struct case_env *env, bool dial_out)
{
    int used[PORT_TRIES], n = 0, fd = socket_at(env, dial_out);
    bool any_port = env->ports && (dial_out || port_in(&env->address) == 0);

    while (fd >= 0 && any_port && !ports_take(env->ports, port_of(fd)) && n < PORT_TRIES) {
        used[n++] = fd;
        fd = socket_at(env, dial_out);
    }
    for (int i = 0; i < n; i++)
        close(used[i]);
    return fd;
}

struct link *adopt_socket(struct test *t, enum side side, struct bytes psk, int fd)
{
    struct link *l = arena_new_of(t->arena, struct link);

    l->test = t;
    l->fd = fd;
    l->second_fd = -1;
    if (t->link_n == LINKS_MAX) {
        close(fd);
        not_judged(t, "the case wants more than %d associations", LINKS_MAX);
    }
    l->connected = side == SIDE_CLIENT;
    l->port = port_of(l->fd);
    struct rng rng = rng_of(rng_u64(&t->rng), "association");

    l->assoc = assoc_new(t->arena, t->trace, side, (struct transport){send_on_link, l}, psk, rng);
    l->assoc->timer_us = t->env->timer_us;
    l->assoc->packing.max_datagram = t->env->max_datagram;
    if (t->patient) {
        l->assoc->resend_limit++;
        l->assoc->timer_us = patient_timer_us(t);
    }
    t->links[t->link_n++] = l;
    return l;
}

struct link *open_link(struct test *t, enum side side, struct bytes psk)
{
    int fd = open_socket(t->env, side == SIDE_CLIENT);

    if (fd < 0)
        not_judged(t, "no UDP socket: %s", strerror(errno));
    return adopt_socket(t, side, psk, fd);
}

/* Ends an association so that the device frees its place: close_notify when established, else a fatal alert. Where the device
 * opened none, an alert would be a stray datagram that some servers take for the first of an association. */
static void say_goodbye(struct link *l)
{
    struct assoc *a = l->assoc;

    a->flight_n = 0;
    if ((l->peer_closed && (l->closed || !l->warned)) || !l->opened || a->trace->n == 0)
        return;
    /* Who changed the cipher spec, or was sent a Finished, may be established, whether it should be or not: it reads no alert of epoch 0
     * any more. A client that is not reads no other. */
    bool established = l->established || (a->side == SIDE_CLIENT && l->changed);
    bool client = a->side == SIDE_SERVER;

    if (a->write_epoch > 0 && (established || client))
        send_alert(a, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
    if (a->write_epoch > 0 && established)
        return;
    if (a->received_any && (client || a->write[0].next_seq > 0))
        send_payload(a, CONTENT_ALERT, 0,
                     (struct bytes){(const uint8_t[]){ALERT_FATAL, ALERT_HANDSHAKE_FAILURE}, 2});
}

void hang_up(struct assoc *a)
{
    say_goodbye(link_of(a));
    count_association(link_of(a));
    link_of(a)->peer_closed = link_of(a)->closed = true;
}

static void keep_key_log(struct test *t, struct link *l)
{
    const char *line = assoc_key_log(l->assoc);

    if (!t->env->key_log || line[0] == '\0')
        return;
    t->out->key_log =
        arena_printf(t->arena, "%s%s%s", t->out->key_log, t->out->key_log[0] != '\0' ? "\n" : "", line);
}

void close_link(struct link *l)
{
    struct test *t = l->test;

    if (l->fd < 0)
        return;
    pull_lever(l);
    say_goodbye(l);
    count_association(l);
    keep_key_log(t, l);
    if (l->lwm2m != NULL)
        lwm2m_close(l->lwm2m);
    if (l->trigger != NULL)
        t->env->hooks.stop(t->env->hooks.context, l->trigger);
    l->lwm2m = NULL;
    l->trigger = NULL;
    assoc_close(l->assoc);
    close(l->fd);
    if (l->second_fd >= 0)
        close(l->second_fd);
    l->fd = l->second_fd = -1;
}

void close_links(struct test *t)
{
    for (size_t i = 0; i < t->link_n; i++)
        close_link(t->links[i]);
    t->link_n = 0;
}
