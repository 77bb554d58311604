/* Clients that dial the same port again: by themselves after their handshake was refused, or as they are made to. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "case/internal.h"

/* How long a device whose trigger has ended is listened for: longer than a loop that is judged waits. */
enum {
    ENDED_MS = 500,
    REDIAL_US = 500000 /* to dial again by itself, beside patience */,
    SLICE_MS = 50,
    TRIGGER_REASON = 256
};

static bool is_ended(const struct link *l)
{
    const struct client_hooks *hooks = &l->test->env->hooks;
    char why[TRIGGER_REASON] = "";

    return l->trigger != NULL && hooks->alive != NULL && !hooks->alive(hooks->context, l->trigger, why);
}

/* The hello of another handshake, not the last one's again. */
static bool new_hello_comes(struct link *l, const uint8_t *last_random, int64_t until)
{
    int64_t ended_until = now_us() + ENDED_MS * MS;
    struct event e;

    while (now_us() < until && (now_us() < ended_until || !is_ended(l))) {
        int64_t slice = now_us() + SLICE_MS * MS;

        if (!next_event(l, slice < until ? slice : until, &e) || e.kind != EVENT_MESSAGE ||
            e.message_type != CLIENT_HELLO)
            continue;
        l->have_hello = take_client_hello(l->assoc, e.body, &l->client_hello);
        if (l->have_hello && memcmp(l->assoc->client_random, last_random, HELLO_RANDOM) != 0)
            return true;
    }
    return false;
}

/* The alert comes where it belongs, at the ClientKeyExchange; before it when that does not come. */
static void refuse_handshake(struct assoc *a, enum alert refusal)
{
    enum alert given;

    server_hello_(a, &(struct answer){.cipher = offered(a, ANY_PLAIN_PSK)});
    client_goes_on(a, &given);
    send_alert(a, ALERT_FATAL, (uint8_t)refusal);
}

unsigned dials_again(struct assoc *a, enum alert refusal, int ms, unsigned most)
{
    struct test *t = link_of(a)->test;
    unsigned n = 0;

    refuse_handshake(a, refusal);
    for (int64_t last = now_us(), until = last + ms * MS; n < most; n++) {
        struct link *l = listen_on(link_of(a));

        if (!new_hello_comes(l, a->client_random, until))
            break;
        trace_row(t->trace, TRACE_NOTE, l->assoc->number, "it dials again after %lld ms",
                  (long long)((now_us() - last) / MS));
        last = now_us();
        a = l->assoc;
        refuse_handshake(a, refusal);
    }
    return n;
}

/* ---- the same port again ------------------------------------------------------------------------------------------------------ */

/* Both links have the socket. */
static struct link *listen_beside(struct link *old)
{
    struct test *t = old->test;
    int fd = fcntl(old->fd, F_DUPFD_CLOEXEC, 0);

    if (fd < 0)
        not_judged(t, "no second descriptor: %s", strerror(errno));
    struct link *l = adopt_socket(t, SIDE_SERVER, t->env->psk, fd);

    l->trigger = old->trigger;
    old->trigger = NULL;
    return l;
}

struct link *listen_on(struct link *old)
{
    struct link *l = listen_beside(old);

    close_link(old);
    return l;
}

static bool hello_comes(struct link *l)
{
    int64_t until = now_us() + 2 * l->test->env->patience_us + REDIAL_US;
    struct event e;

    while (next_event(l, until, &e))
        if (e.kind == EVENT_MESSAGE && e.message_type == CLIENT_HELLO) {
            l->have_hello = take_client_hello(l->assoc, e.body, &l->client_hello);
            return l->have_hello;
        }
    return false;
}

struct assoc *next_dial(struct assoc *old)
{
    struct link *l = listen_on(link_of(old));

    return hello_comes(l) ? l->assoc : await_client(l->test);
}

struct assoc *await_redial(struct assoc *old)
{
    pull_lever(link_of(old));
    hang_up(old);
    struct link *l = listen_on(link_of(old));

    return hello_comes(l) ? l->assoc : NULL;
}

struct assoc *await_redial_beside(struct assoc *old)
{
    pull_lever(link_of(old));
    hang_up(old);
    struct link *l = listen_beside(link_of(old));

    link_of(old)->elder = l; /* who reads for both; nothing is the old one's any more */
    return hello_comes(l) ? l->assoc : NULL;
}
