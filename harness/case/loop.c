#include <errno.h>
#include <poll.h>
#include <string.h>

#include "case/internal.h"

/* A device that refuses in silence and forgets answers every copy of a hello with a new cookie, without an end. A secret that
 * changes meanwhile (RFC 6347 4.2.1) costs one more. */
enum { READ_BURST = 64, POLL_MAX = LINKS_MAX * 5, COOKIES_TAKEN = 2 };

/* A client repeats a hello by its own timer alone, however short ours is: 1 s, RFC 6347 4.2.4.1, and as much for a late machine. */
enum { DEVICE_TIMER_US = 2200000 };

/* Out of step with the device's timer, which is as long as ours most often: two that fire together each time, and a device that
 * sends before it reads, would never meet. */
int64_t patient_timer_us(const struct test *t)
{
    return t->env->timer_us + t->env->timer_us / 4;
}

static int64_t timers_until(const struct test *t)
{
    if (!t->patient)
        return (t->env->hasty ? 1 : 7) * t->env->timer_us;
    int64_t ours = (t->env->hasty ? 7 : 15) * patient_timer_us(t);

    return t->env->role == CLIENT && ours < DEVICE_TIMER_US ? DEVICE_TIMER_US : ours;
}

int64_t required_until(const struct test *t)
{
    return now_us() + timers_until(t) + t->env->patience_us;
}

/* ---- the responder ------------------------------------------------------------------------------------------------------ */

static void send_coap(void *context, struct bytes coap)
{
    struct link *l = context;
    struct assoc *a = l->assoc;

    if (l->last_words && l->last_word_sent)
        return;
    l->last_word_sent = true;
    if (!l->lwm2m_silent && a->write_epoch > 0)
        send_payload(a, CONTENT_APPLICATION_DATA, a->write_epoch, coap);
}

struct lwm2m *responder(struct link *l)
{
    struct test *t = l->test;

    if (l->lwm2m == NULL)
        l->lwm2m = lwm2m_open(t->arena, t->env->role == CLIENT ? LWM2M_SERVER : LWM2M_CLIENT, send_coap, l);
    if (l->lwm2m == NULL)
        not_judged(t, "no loopback socket for the LwM2M responder");
    return l->lwm2m;
}

/* Application data that no expectation asked for. */
static void serve_data(struct link *l, const struct event *e)
{
    l->application_data++;
    l->last_data = *e;
    if (!l->lwm2m_silent)
        lwm2m_input(responder(l), e->body);
}

/* ---- events ------------------------------------------------------------------------------------------------------------- */

static void answer_cookie(struct link *l, const struct event *e)
{
    struct hello_verify_request h;

    if (!parse_hello_verify_request(e->body, &h))
        return;
    l->cookie_seen = true;
    l->cookie = h.cookie;
    if (l->answer_cookies && l->cookies_taken++ < COOKIES_TAKEN)
        send_hello(l, h.cookie);
}

/* True when the event is for the verbs; false when it was dealt with here. */
static bool concerns_verbs(struct link *l, struct event *e)
{
    uint16_t id;

    switch (e->kind) {
    case EVENT_MESSAGE:
        if (e->message_type == NEW_SESSION_TICKET)
            l->ticket = e->body;
        if (e->message_type != HELLO_VERIFY_REQUEST)
            return true;
        answer_cookie(l, e);
        return !l->answer_cookies;
    case EVENT_APPLICATION_DATA:
        id = answered_probe(l, e->body);
        e->message_seq = id;
        if (id == 0)
            serve_data(l, e);
        return id != 0;
    case EVENT_REPEATED:
        if (e->message_type == CLIENT_KEY_EXCHANGE && e->epoch > 0)
            return true; /* of another handshake, read before that began */
        return e->message_type == CLIENT_HELLO && l->have_hello && e->body.n >= 34 &&
               memcmp(e->body.at + 2, l->assoc->client_random, HELLO_RANDOM) != 0;
    default: return true;
    }
}

/* What the association before at this port of ours repeats: nothing has answered our hello yet. */
static bool is_of_elder(const struct link *l)
{
    return l->test->env->role != CLIENT && l->elder != NULL && l->assoc->cipher == NULL;
}

/* A ChangeCipherSpec has no number (RFC 6347 3.2.2): one that overtook the ClientKeyExchange, and a Finished that overtook it, wait
 * for their turn; a repeated flight repeats it. True when the event is kept back, or is such a repetition. */
static bool out_of_turn(struct link *l, const struct event *e)
{
    if (e->kind == EVENT_CHANGE_CIPHER_SPEC && e->epoch == 0) {
        if (l->changed || is_of_elder(l))
            return true;
        l->changed = l->test->env->role != CLIENT || l->key_exchange;
        if (!l->changed)
            l->early_change = *e;
        return !l->changed;
    }
    if (e->kind != EVENT_MESSAGE || e->message_type != FINISHED || e->epoch == 0)
        return false;
    if (!l->changed)
        l->early_finished = *e;
    return !l->changed;
}

static bool take_waiting(struct event *waiting, struct event *out)
{
    if (waiting->kind == EVENT_NONE)
        return false;
    *out = *waiting;
    waiting->kind = EVENT_NONE;
    return true;
}

static bool take_in_turn(struct link *l, struct event *out)
{
    if (l->key_exchange && take_waiting(&l->early_change, out)) {
        l->changed = true;
        return true;
    }
    if (l->changed && take_waiting(&l->early_finished, out))
        return true;
    while (assoc_event(l->assoc, out)) {
        l->key_exchange |= out->kind == EVENT_MESSAGE && out->message_type == CLIENT_KEY_EXCHANGE;
        if (!out_of_turn(l, out))
            return true;
    }
    return false;
}

/* A warning, such as no_renegotiation, leaves the association as it is: RFC 5246 7.2. */
static void note_alert(struct link *l, const struct event *e)
{
    bool ends = e->level == ALERT_FATAL || e->description == ALERT_CLOSE_NOTIFY;

    if (e->kind != EVENT_ALERT)
        return;
    l->closed |= ends;
    l->warned |= !ends;
}

static bool take_event(struct link *l, struct event *out)
{
    while (take_in_turn(l, out)) {
        note_alert(l, out);
        l->opened |= out->kind != EVENT_MESSAGE || out->message_type != HELLO_VERIFY_REQUEST;
        if (concerns_verbs(l, out))
            return true;
    }
    return false;
}

/* ---- sockets ------------------------------------------------------------------------------------------------------------ */

static bool same_address(const struct sockaddr_storage *a, socklen_t a_n, const struct sockaddr_storage *b,
                         socklen_t b_n)
{
    return a_n == b_n && memcmp(a, b, a_n) == 0;
}

static bool is_hello(struct bytes datagram)
{
    return datagram.n > RECORD_HEADER && datagram.at[0] == CONTENT_HANDSHAKE &&
           datagram.at[RECORD_HEADER] == CLIENT_HELLO;
}

/* A client device is whoever sends the first ClientHello; others are strangers. */
static bool from_device(struct link *l, const struct sockaddr_storage *from, socklen_t n,
                        struct bytes datagram)
{
    if (l->connected)
        return true;
    if (l->peer_n == 0 && is_hello(datagram)) {
        l->peer = *from;
        l->peer_n = n;
    }
    if (same_address(&l->peer, l->peer_n, from, n))
        return true;
    if (is_hello(datagram)) {
        struct reader r = reader_of(bytes_slice(datagram, RECORD_HEADER + HANDSHAKE_HEADER, 2));

        l->stranger = true;
        l->stranger_version = get_u16(&r);
        l->newcomer = *from;
        l->newcomer_hello = arena_copy(l->test->arena, datagram);
    } else if (l->peer_n == 0 && l->strays++ == 0) {
        l->stray = arena_copy(l->test->arena, datagram);
    }
    return false;
}

/* CoAP in the clear, RFC 7252 3: version 1, a request, an option or the end behind the token. No DTLS record begins so. */
static bool is_plain_coap(struct bytes d)
{
    size_t token = d.n > 0 ? d.at[0] & 0x0F : 0;

    return d.n >= 4 && d.at[0] >> 6 == 1 && token <= 8 && d.n >= 4 + token && d.at[1] >= 1 && d.at[1] <= 31;
}

void deliver(struct link *l, int fd, struct bytes datagram)
{
    struct trace *trace = l->test->trace;
    size_t before = trace->n;

    assoc_feed(receiver_of(l, datagram), datagram);
    for (size_t i = before; i < trace->n; i++)
        trace->entries[i].other_port = fd == l->second_fd;
}

static void read_socket(struct link *l, int fd)
{
    static _Thread_local uint8_t room[DATAGRAM_MAX + 1];

    for (int i = 0; l->elder == NULL && i < READ_BURST; i++) {
        struct sockaddr_storage from = {0};
        socklen_t from_n = sizeof from;
        ssize_t n = recvfrom(fd, room, sizeof room, 0, (struct sockaddr *)&from, &from_n);

        if (n < 0 && errno != EAGAIN)
            l->test->out->socket_error = errno;
        if (n < 0 && errno == ECONNREFUSED) {
            l->test->out->unreachable = true;
            continue;
        }
        if (n < 0)
            return;
        struct bytes datagram = {room, (size_t)n};

        if (is_plain_coap(datagram))
            l->plain_coap = arena_copy(l->test->arena, datagram);
        if (from_device(l, &from, from_n, datagram) && path_delivers(l, datagram))
            deliver(l, fd, datagram);
    }
}

static size_t gather(struct test *t, struct pollfd *fds, int *timeout_ms)
{
    size_t n = 0;

    for (size_t i = 0; i < t->link_n; i++) {
        struct link *l = t->links[i];
        int behind[3];

        fds[n++] = (struct pollfd){l->fd, POLLIN, 0};
        if (l->second_fd >= 0)
            fds[n++] = (struct pollfd){l->second_fd, POLLIN, 0};
        if (l->lwm2m == NULL)
            continue;
        size_t m = lwm2m_descriptors(l->lwm2m, behind);
        int ms = lwm2m_timeout_ms(l->lwm2m);

        for (size_t k = 0; k < m; k++)
            fds[n++] = (struct pollfd){behind[k], POLLIN, 0};
        if (ms >= 0 && ms < *timeout_ms)
            *timeout_ms = ms;
    }
    return n;
}

static int64_t earliest_timer(const struct test *t, int64_t until)
{
    for (size_t i = 0; i < t->link_n; i++) {
        int64_t due = t->links[i]->assoc->flight_due;

        if (due != 0 && due < until)
            until = due;
    }
    return until;
}

static void serve_links(struct test *t)
{
    for (size_t i = 0; i < t->link_n; i++) {
        read_socket(t->links[i], t->links[i]->fd);
        if (t->links[i]->second_fd >= 0)
            read_socket(t->links[i], t->links[i]->second_fd);
        assoc_tick(t->links[i]->assoc, now_us());
        if (t->links[i]->lwm2m != NULL)
            lwm2m_process(t->links[i]->lwm2m);
    }
}

/* Waits for input or a timer, at most until `until`, and serves every link of the case once. */
static void turn(struct test *t, int64_t until)
{
    struct pollfd fds[POLL_MAX];
    int64_t left = earliest_timer(t, until) - now_us();
    int timeout_ms = left <= 0 ? 0 : (int)((left + 999) / 1000);
    size_t n = gather(t, fds, &timeout_ms);

    if (poll(fds, n, timeout_ms) < 0 && errno != EINTR)
        not_judged(t, "poll: %s", strerror(errno));
    serve_links(t);
}

bool next_event(struct link *l, int64_t until, struct event *out)
{
    if (l->gave_way)
        not_applicable(l->test, "the device has one slot, and this takes two associations at a time");
    for (;;) {
        if (l->test->over_limit > 0)
            leave(l->test, OUTCOME_NOT_APPLICABLE); /* end_test says why */
        if (take_event(l, out)) {
            l->test->last = *out;
            l->test->marked = false;
            return true;
        }
        if (now_us() >= until || newcomer_waits(l))
            return false;
        turn(l->test, until);
    }
}

bool next_lwm2m(struct link *l, int64_t until, struct lwm2m_event *out)
{
    struct event e;

    for (;;) {
        while (take_event(l, &e))
            l->peer_closed |= e.kind == EVENT_ALERT;
        if (lwm2m_next(responder(l), out))
            return true;
        if (now_us() >= until || l->peer_closed) {
            lwm2m_process(responder(l)); /* an answer may have come just before the goodbye */
            return lwm2m_next(responder(l), out);
        }
        turn(l->test, until);
    }
}

void wait_ms(struct test *t, int ms, const char *why)
{
    int64_t until = now_us() + (int64_t)ms * MS;

    trace_row(t->trace, TRACE_WAIT, 0, "wait %d ms: %s", ms, why);
    while (now_us() < until)
        turn(t, until);
}
