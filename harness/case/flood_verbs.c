#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include "case/internal.h"

enum { ELSEWHERE_MAX = 64, BURST = 16, BURST_US = 2000, ANSWER_MS = 100, FEW_SLOTS = 64 };
enum { BEGIN_US = 10 * SECOND, RECOVERY_S = 60, SHUT_OUT = 30, GONE = 2 };

static bool is_loopback(const struct sockaddr_storage *s)
{
    if (s->ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)s)->sin6_addr);
    return ntohl(((const struct sockaddr_in *)s)->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

static size_t bounded(const struct test *t, size_t n)
{
    return is_loopback(&t->env->address) || n < ELSEWHERE_MAX ? n : ELSEWHERE_MAX;
}

void flood(struct assoc *a, size_t n, struct bytes (*make)(struct assoc *a, size_t i), const char *what)
{
    struct link *l = link_of(a);
    struct event e;

    n = bounded(l->test, n);
    deviate(l->test, "%zu datagrams, which are not kept: %s", n, what);
    for (size_t i = 0; i < n; i++) {
        a->transport.send(a->transport.context, make(a, i));
        if (i % BURST == BURST - 1)
            while (next_event(l, now_us() + BURST_US, &e))
                continue;
    }
}

/* ---- half-open handshakes ------------------------------------------------------------------------------------------------ */

static void send_on_socket(void *context, struct bytes datagram)
{
    const int *fd = context;

    (void)!send(*fd, datagram.at, datagram.n, 0);
}

/* The next message of the device, or EVENT_NONE after ANSWER_MS. */
static struct event answer_of(struct assoc *a, int fd)
{
    struct event e = {.kind = EVENT_NONE};
    uint8_t room[DATAGRAM_MAX];
    struct pollfd p = {fd, POLLIN, 0};

    while (!assoc_event(a, &e) && poll(&p, 1, ANSWER_MS) > 0) {
        ssize_t n = recv(fd, room, sizeof room, 0);

        if (n < 0)
            break;
        assoc_feed(a, (struct bytes){room, (size_t)n});
    }
    return e;
}

static bool is_message(const struct event *e, uint8_t type)
{
    return e->kind == EVENT_MESSAGE && e->message_type == type;
}

/* One client that goes away; true when it was answered so far. */
static bool go_half_way(struct test *t, int fd, bool with_cookie)
{
    struct arena *arena = arena_new();
    struct rng rng = rng_of(rng_u64(&t->rng), "half open");
    struct assoc *a =
        assoc_new(arena, NULL, SIDE_CLIENT, (struct transport){send_on_socket, &fd}, t->env->psk, rng);
    struct offer offer = filled(t, &(struct offer){0});
    struct hello_verify_request request;
    struct event e;

    send_client_hello(a, &offer, NO_BYTES);
    e = answer_of(a, fd);
    if (with_cookie && is_message(&e, HELLO_VERIFY_REQUEST) && parse_hello_verify_request(e.body, &request)) {
        send_client_hello(a, &offer, request.cookie);
        e = answer_of(a, fd);
    }
    assoc_close(a);
    arena_free(arena);
    return is_message(&e, SERVER_HELLO) || (!with_cookie && is_message(&e, HELLO_VERIFY_REQUEST));
}

struct half_open leave_half_open(struct test *t, size_t n, bool with_cookie)
{
    int64_t until = now_us() + BEGIN_US;
    struct half_open out = {0};
    size_t silent = 0;

    if (t->env->slots > 0 && t->env->slots < FEW_SLOTS)
        not_applicable(t, "the device has %u places, which this would only fill", t->env->slots);
    for (n = bounded(t, n); out.begun < n && now_us() < until; out.begun++) {
        int fd = open_socket(t->env, true);

        if (fd < 0)
            not_judged(t, "no UDP socket");
        bool answered = go_half_way(t, fd, with_cookie);

        out.answered += answered;
        silent = answered ? 0 : silent + 1;
        out.shut_out = silent > out.shut_out ? silent : out.shut_out;
        close(fd);
    }
    deviate(t, "%zu handshakes, each from a port of its own, which are left; %zu of them were answered",
            out.begun, out.answered);
    return out;
}

/* Good handshakes are tried, up to RECOVERY_S, or until nothing listens any more: how many it took; 0: none was served. */
static unsigned tries_until_served(struct test *t)
{
    int64_t began = now_us();
    unsigned tries = 0, unreachable = 0;

    do {
        struct canary_result good;
        enum canary kind;

        canary_run(t->env, t->env->good_cipher, t->env->good_without_etm, false, 2 * t->env->timer_us, &good);
        kind = good.kind;
        unreachable = good.detail.unreachable ? unreachable + 1 : 0;
        arena_free(good.detail.arena);
        tries++;
        if (kind == CANARY_SERVED)
            return tries;
        wait_ms(t, 1000, "the device may have to forget those who went away");
    } while (now_us() < began + RECOVERY_S * SECOND && unreachable < GONE);
    return 0;
}

static void fail_if_never(struct test *t, const char *expected, unsigned tries)
{
    if (tries == 0)
        fail_missed(t, expected, "none, for %d s or until nothing listened any more", RECOVERY_S);
}

void expect_place_for_all(struct test *t, struct half_open left)
{
    static const char expected[] = "each of them answered, and then a good handshake served at once";
    unsigned tries = tries_until_served(t);

    fail_if_never(t, expected, tries);
    if (left.answered > 0 && left.shut_out >= SHUT_OUT)
        fail_missed(t, expected, "%zu answered, but %zu in a row not: those before took the place",
                    left.answered, left.shut_out);
    if (tries > 1)
        fail_missed(t, expected, "a good handshake only at try %u: they took the place", tries);
    say(t, expected, "so it is");
}

void expect_recovery(struct test *t)
{
    static const char expected[] = "a good handshake is served";
    unsigned tries = tries_until_served(t);

    fail_if_never(t, expected, tries);
    if (tries > 1)
        note(t, "at try %u", tries);
    say(t, expected, "served");
}
