#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "case/silence.h"

enum { ON_ITS_HEELS_US = 20000 };

/* ---- hellos ------------------------------------------------------------------------------------------------------------- */

uint16_t good_cipher_of(struct test *t)
{
    return filled(t, &(struct offer){.version = 0}).ciphers[0];
}

void send_hello(struct link *l, struct bytes cookie)
{
    struct assoc *a = l->assoc;

    if (l->rewrite == NULL) {
        send_client_hello(a, &l->offer, cookie);
        return;
    }
    a->record_version = l->offer.record_version != 0 ? l->offer.record_version : DTLS_1_0;
    flight_begin(a);
    flight_message(a, CLIENT_HELLO, l->rewrite(l->test, build_client_hello(a, &l->offer, cookie)));
    flight_send(a, true);
}

void client_hello_as_(struct assoc *a, struct bytes (*rewrite)(struct test *t, struct bytes body),
                      const struct offer *o)
{
    struct link *l = link_of(a);

    l->offer = filled(l->test, o);
    l->rewrite = rewrite;
    l->answer_cookies = true;
    l->cookies_taken = 0;
    send_hello(l, NO_BYTES);
}

static bool is_server_hello(const struct event *e)
{
    return e->kind == EVENT_MESSAGE && e->message_type == SERVER_HELLO;
}

/* True when a ServerHello, which stands for the answer then, follows on a HelloVerifyRequest. */
static bool hello_on_its_heels(struct link *l, struct event *came)
{
    const struct case_env *env = l->test->env;
    int64_t until = now_us() + (2 * env->rtt_us > ON_ITS_HEELS_US ? 2 * env->rtt_us : ON_ITS_HEELS_US);
    struct event request = *came;

    while (next_event(l, until, came))
        if (is_server_hello(came))
            return true;
    *came = l->test->last = request;
    return false;
}

enum hello_answer await_hello_answer(struct assoc *a, struct event *came)
{
    struct link *l = link_of(a);
    struct silence quiet = silence_of(l);

    l->test->fell_silent = false;
    a->last_verify_request = NO_BYTES; /* the same one again answers another hello */
    while (silent_event(l, &quiet, came)) {
        if (came->kind == EVENT_ALERT) {
            l->peer_closed = true;
            return ANSWER_ALERT;
        }
        if (came->kind != EVENT_MESSAGE)
            continue;
        flight_answered(a);
        if (is_server_hello(came))
            return ANSWER_SERVER_HELLO;
        if (came->message_type == HELLO_VERIFY_REQUEST)
            return hello_on_its_heels(l, came) ? ANSWER_SERVER_HELLO : ANSWER_VERIFY_REQUEST;
    }
    *came = (struct event){.kind = EVENT_NONE};
    l->test->fell_silent = true;
    return ANSWER_NONE;
}

const char *answer_text(struct assoc *a, const struct event *came)
{
    return came->kind == EVENT_NONE ? "silence" : describe_event(link_of(a)->test, came);
}

/* ---- from elsewhere ----------------------------------------------------------------------------------------------------- */

static bool on_loopback(const struct case_env *env)
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)&env->address;

    return env->address.ss_family == AF_INET && ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

struct assoc *dial_from(struct test *t, const char *address)
{
    const struct case_env *env = t->env;
    struct sockaddr_in own = {.sin_family = AF_INET};

    if (!on_loopback(env) || inet_pton(AF_INET, address, &own.sin_addr) != 1)
        not_applicable(
            t, "the device is not on this machine's loopback network, where we have a second address");
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        not_judged(t, "no UDP socket: %s", strerror(errno));
    if (bind(fd, (const struct sockaddr *)&own, sizeof own) == 0 &&
        connect(fd, (const struct sockaddr *)&env->address, env->address_n) == 0)
        return adopt_socket(t, SIDE_CLIENT, env->psk, fd)->assoc;
    close(fd);
    not_applicable(t, "this machine does not give us the address %s", address);
}

struct assoc *dial_again(struct assoc *old)
{
    struct link *elder = link_of(old);
    struct test *t = elder->test;
    int fd = fcntl(elder->fd, F_DUPFD_CLOEXEC, 0);

    if (fd < 0)
        not_judged(t, "no second descriptor: %s", strerror(errno));
    struct link *l = adopt_socket(t, SIDE_CLIENT, t->env->psk, fd);

    l->elder = elder;
    elder->younger = l;
    return l->assoc;
}

void abandon(struct assoc *a)
{
    flight_begin(a);
    link_of(a)->peer_closed = true;
}

static bool opens(struct assoc *a, const struct record *r)
{
    uint8_t plain[RECORD_FRAGMENT_MAX];
    size_t n = 0;

    if (r->epoch == 0 || r->epoch >= EPOCHS || !a->read[r->epoch].ready)
        return false;
    bool opened = open_record(&a->read[r->epoch].keys, r, AS_NEGOTIATED, plain, &n) == OPENED;

    wipe(plain, n);
    return opened;
}

struct assoc *receiver_of(struct link *l, struct bytes datagram)
{
    struct reader r = reader_of(datagram);
    struct record record;

    if (l->younger == NULL)
        return l->assoc;
    while (get_record(&r, &record))
        if (opens(l->assoc, &record))
            return l->assoc;
    return l->younger->assoc;
}

/* ---- silence ------------------------------------------------------------------------------------------------------------ */

static void fail_if_it_answers(struct test *t, const struct event *e, uint16_t id)
{
    if (e->kind == EVENT_APPLICATION_DATA && e->message_seq == id)
        fail_shown(t, "no answer to a record of an association that is over", "its probe is answered");
}

void expect_unanswered(struct assoc *a, const struct sealed *probe)
{
    struct link *l = link_of(a), *younger = l->younger;
    struct test *t = l->test;
    int64_t until = now_us() + t->env->patience_us;
    struct event e;

    needs_liveness(t);
    if (younger != NULL && younger->probe_n < PROBES_MAX)
        younger->probes[younger->probe_n++] = (struct probe){probe->message_id, false};
    send_sealed(a, probe);
    while (now_us() < until) {
        bool came = next_event(l, until, &e);

        if (came)
            fail_if_it_answers(t, &e, probe->message_id);
        while (younger != NULL && next_event(younger, 0, &e))
            fail_if_it_answers(t, &e, probe->message_id);
    }
    say(t, "no answer to a record of an association that is over", "silence");
}

/* ---- what the device sent ----------------------------------------------------------------------------------------------- */

struct found {
    struct assoc *a;
    struct device_fragment *at;
    size_t n, cap;
};

static bool came_before(const struct found *out, const struct fragment *f)
{
    for (size_t i = 0; i < out->n; i++) {
        const struct fragment *g = &out->at[i].f;

        if (!out->at[i].change_cipher_spec && g->type == f->type && g->message_seq == f->message_seq &&
            g->offset == f->offset && g->fragment_length == f->fragment_length)
            return true;
    }
    return false;
}

static struct device_fragment *add_found(struct found *out)
{
    arena_grow(out->a->arena, &out->at, &out->cap, out->n, sizeof *out->at);
    return &out->at[out->n++];
}

static void add_record(struct found *out, size_t trace_at, const struct trace_record *r)
{
    const struct trace_entry *e = &out->a->trace->entries[trace_at];
    struct bytes plain =
        r->epoch == 0 ? bytes_slice(e->datagram, r->at + RECORD_HEADER, r->n - RECORD_HEADER) : r->plaintext;
    struct device_fragment row = {
        .epoch = r->epoch, .seq = r->seq, .t_us = e->t_us, .trace_at = trace_at, .copy = r->copy};
    struct reader in = reader_of(plain);
    struct fragment f;

    if (r->type == CONTENT_CHANGE_CIPHER_SPEC) {
        row.change_cipher_spec = true;
        *add_found(out) = row;
    }
    while (r->type == CONTENT_HANDSHAKE && get_fragment(&in, &f)) {
        row.copy = r->copy || came_before(out, &f);
        row.f = f;
        *add_found(out) = row;
    }
}

size_t fragments_of(struct assoc *a, const struct device_fragment **out)
{
    struct found found = {.a = a};
    const struct trace *trace = a->trace;

    for (size_t i = 0; i < trace->n; i++)
        for (size_t k = 0; k < trace->entries[i].record_count; k++)
            if (trace->entries[i].from_device && trace->entries[i].assoc == a->number)
                add_record(&found, i, &trace->entries[i].records[k]);
    *out = found.at;
    return found.n;
}
