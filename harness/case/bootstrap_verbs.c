#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "case/internal.h"

enum { CODE_CHANGED = 0x44, CODE_CLASS = 5, SUCCESS = 2, LIFETIME_S = 300 };

/* Found out once in a run: a device that does nothing in its association is waited for long. */
static const char bootstrap[] = "bootstrap";

/* Whose turn it is, the bootstrap server's or the server's, hangs on the dials before. */
static bool takes_turns(const struct test *t)
{
    return t->env->lever == LEVER_BOOTSTRAP;
}

static const char no_register[] = "the device does not register; lwm2m/client-registers-over judges that";

struct assoc *await_to_register(struct test *t)
{
    if (takes_turns(t))
        await_bootstrap(t);
    return await_client(t);
}

struct assoc *await_registering(struct test *t)
{
    struct assoc *a = await_client(t);

    serve_good(a);
    if (takes_turns(t) && registers(a) && !registered(a)) {
        a = await_client(t);
        serve_good(a);
    }
    if (!registers(a))
        not_applicable(t, no_register);
    return a;
}

void needs_bootstrap(struct assoc *a)
{
    struct link *l = link_of(a);
    const struct case_env *env = l->test->env;

    if (!refusals_have(env->refusals, bootstrap) && asks_for_bootstrap(a))
        return;
    if (l->registered && takes_turns(l->test))
        not_judged(l->test, "the device registered where it was to ask for bootstrap");
    if (l->registered || !env->hasty)
        refusals_add(env->refusals, bootstrap);
    not_applicable(l->test, "the device asks for no bootstrap");
}

/* ---- where the device is to go ------------------------------------------------------------------------------------------- */

/* Our address as the device sees it: what the system would send to it from. */
static void own_address(const struct link *l, struct sockaddr_storage *own, socklen_t *n)
{
    int fd = socket(l->peer.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    *n = sizeof *own;
    if (fd < 0 || connect(fd, (const struct sockaddr *)&l->peer, l->peer_n) != 0 ||
        getsockname(fd, (struct sockaddr *)own, n) != 0)
        *own = l->test->env->address;
    if (fd >= 0)
        close(fd);
}

static void set_port(struct sockaddr_storage *a, uint16_t port)
{
    if (a->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)a)->sin6_port = htons(port);
    else
        ((struct sockaddr_in *)a)->sin_port = htons(port);
}

/* An association of ours at that port (0: a free one) that the device may dial. */
static struct link *listen_at(struct test *t, struct sockaddr_storage at, socklen_t n, uint16_t port,
                              struct bytes key)
{
    int fd = socket(at.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    set_port(&at, port);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&at, n) != 0) {
        if (fd >= 0)
            close(fd);
        not_judged(t, "no UDP socket: %s", strerror(errno));
    }
    return adopt_socket(t, SIDE_SERVER, key, fd);
}

static struct bytes uri_of(struct test *t, const struct sockaddr_storage *own, uint16_t port)
{
    char host[INET6_ADDRSTRLEN];
    bool v6 = own->ss_family == AF_INET6;

    inet_ntop(own->ss_family,
              v6 ? (const void *)&((const struct sockaddr_in6 *)own)->sin6_addr
                 : (const void *)&((const struct sockaddr_in *)own)->sin_addr,
              host, sizeof host);
    return bytes_of_text(arena_printf(t->arena, v6 ? "coaps://[%s]:%u" : "coaps://%s:%u", host, port));
}

/* ---- what is written ------------------------------------------------------------------------------------------------------ */

/* Delete or Write: the subject of the case, or else its set-up. */
static void put_or_leave(struct link *l, struct request r, bool is_subject)
{
    struct test *t = l->test;
    const char *what = r.method == LWM2M_DELETE ? "Delete" : r.method == LWM2M_POST ? "POST" : "Write";
    const char *expected = arena_printf(t->arena, "%s of %s answered by 2.xx", what, r.path);
    struct lwm2m_event e;
    bool answered = ask(l, &r, &e), done = answered && e.code >> CODE_CLASS == SUCCESS;

    if (!done && is_subject && answered)
        fail_shown(t, expected, "%s", code_text(t, e.code));
    if (!done && is_subject)
        fail_missed(t, expected, "no response");
    if (!answered)
        not_judged(t, "no response to the %s of %s", what, r.path);
    if (!done)
        not_applicable(t, "%s of %s is answered %s; lwm2m/client-int-0 judges the usual account", what,
                       r.path, code_text(t, e.code));
}

/* A device with one server needs no Access Control object (LwM2M 1.0 7.3): what it answers is noted. */
static void grant_rights(struct link *l)
{
    struct test *t = l->test;
    struct request r = {LWM2M_PUT, "/2/0", "", access_tlv(t->arena), CONTENT_TLV};
    struct lwm2m_event e;

    note(t, "Write of /2/0: %s", ask(l, &r, &e) ? code_text(t, e.code) : "no response");
}

/* A new association of ours, and the account that leads there. */
static struct link *open_account(struct link *l, const struct grant *g, struct account *account)
{
    struct test *t = l->test;
    struct sockaddr_storage own;
    socklen_t n;

    own_address(l, &own, &n);
    struct link *server = listen_at(t, own, n, 0, g->key);

    *account = (struct account){.present = true,
                                .mode = SECURITY_PSK,
                                .uri = uri_of(t, &own, server->port),
                                .identity = g->identity,
                                .key = g->key};
    return server;
}

/* What the device is to be answered when it asks: the pack leads to that link. */
static struct link *offer_pack(struct link *l, const struct grant *g)
{
    struct account account;
    struct link *server = open_account(l, g, &account);

    lwm2m_offer_pack(responder(l), bootstrap_pack(l->test->arena, &account, LIFETIME_S));
    return server;
}

static bool asks_for_pack(struct link *l)
{
    struct test *t = l->test;
    int64_t until = required_until(t) + t->env->patience_us;
    struct lwm2m_event e;

    while (!refusals_have(t->env->refusals, bootstrap) && next_lwm2m(l, until, &e)) {
        l->bootstrap_asked |= e.kind == LWM2M_PACK_REQUEST || e.kind == LWM2M_BOOTSTRAP_REQUEST;
        l->registered |= e.kind == LWM2M_REGISTER;
        if (l->bootstrap_asked || l->registered)
            return e.kind == LWM2M_PACK_REQUEST;
    }
    return false;
}

/* The lever is pulled when the association ends that the device is not wanted in: the next one is its other turn. */
struct assoc *await_pack_request(struct test *t, struct grant g)
{
    bool again = takes_turns(t);

    for (;; again = false) {
        struct assoc *a = await_client(t);

        expect_client_hello(a);
        struct link *server = offer_pack(link_of(a), &g);

        serve_good(a);
        if (asks_for_pack(link_of(a)))
            return server->assoc;
        if (!again || !registered(a))
            not_applicable(t, "the device asks for no Bootstrap-Pack");
    }
}

struct assoc *await_bootstrap(struct test *t)
{
    struct assoc *a = await_client(t);

    serve_good(a);
    if (takes_turns(t) && registers(a) && registered(a)) {
        a = await_client(t);
        serve_good(a);
    }
    needs_bootstrap(a);
    return a;
}

struct assoc *provide_(struct assoc *a, const struct grant *g)
{
    struct link *l = link_of(a);
    struct test *t = l->test;
    struct account account;
    struct link *server = open_account(l, g, &account);

    for (size_t i = 0; i < GRANT_CIPHERS; i++)
        account.ciphers[i] = g->ciphers[i];
    put_or_leave(l, (struct request){LWM2M_DELETE, "/0", "", NO_BYTES, -1}, g->is_subject);
    put_or_leave(l, (struct request){LWM2M_PUT, "/0/1", "", security_tlv(t->arena, &account), CONTENT_TLV},
                 g->is_subject);
    put_or_leave(l, (struct request){LWM2M_PUT, "/1/0", "", server_tlv(t->arena, LIFETIME_S), CONTENT_TLV},
                 g->is_subject);
    grant_rights(l);
    return server->assoc;
}

static const struct request finish = {LWM2M_POST, "/bs", "", {NULL, 0}, -1};

void expect_finish(struct assoc *a)
{
    static const char expected[] = "Bootstrap-Finish answered by 2.04";
    struct link *l = link_of(a);
    struct lwm2m_event e = demand_response(l, finish, expected);

    require(l->test, e.code == CODE_CHANGED, expected, "%s", code_text(l->test, e.code));
}

void finish_or_leave(struct assoc *a)
{
    put_or_leave(link_of(a), finish, false);
}

void expect_finish_refused(struct assoc *a)
{
    static const char expected[] = "Bootstrap-Finish answered by an error: the account has no key";
    struct link *l = link_of(a);
    struct lwm2m_event e = demand_response(l, finish, expected);

    require(l->test, e.code >> CODE_CLASS > SUCCESS, expected, "%s", code_text(l->test, e.code));
}

void hand_back(struct link *l)
{
    struct test *t = l->test;
    struct sockaddr_storage own;
    socklen_t n;
    struct lwm2m_event e;

    own_address(l, &own, &n);
    struct account account = {.mode = SECURITY_PSK,
                              .uri = uri_of(t, &own, l->port),
                              .identity = t->env->identity,
                              .key = t->env->psk};
    const struct request steps[] = {
        {LWM2M_DELETE, "/0", "", NO_BYTES, CONTENT_UNSAID},
        {LWM2M_PUT, "/0/1", "", security_tlv(t->arena, &account), CONTENT_TLV},
        {LWM2M_PUT, "/1/0", "", server_tlv(t->arena, LIFETIME_S), CONTENT_TLV},
        finish,
    };

    trace_row(t->trace, TRACE_WAIT, l->assoc->number, "lever: bootstrap, back to this port");
    for (size_t i = 0; i < sizeof steps / sizeof *steps && ask(l, &steps[i], &e); i++)
        continue;
}

void expect_dialled(struct assoc *a)
{
    static const char expected[] = "a ClientHello to the server that the device was given";
    struct link *l = link_of(a);
    int64_t until = now_us() + l->test->env->hello_wait_us;
    struct event e;

    while (next_event(l, until, &e))
        if (e.kind == EVENT_MESSAGE && e.message_type == CLIENT_HELLO) {
            l->have_hello = take_client_hello(a, e.body, &l->client_hello);
            say(l->test, expected, "it came");
            return;
        }
    fail_missed(l->test, expected, "none");
}

struct assoc *rebootstrap(struct assoc *server, struct assoc *old)
{
    struct link *bs = link_of(old);
    struct test *t = bs->test;
    void *trigger = bs->trigger;
    struct lwm2m_event e;

    bs->trigger = NULL; /* the device goes on */
    close_link(bs);
    struct link *l = listen_at(t, t->env->address, t->env->address_n, bs->port, t->env->psk);

    l->trigger = trigger;
    if (!ask(link_of(server), &(struct request){LWM2M_POST, "/1/0/9", "", NO_BYTES, -1}, &e) ||
        e.code != CODE_CHANGED)
        not_applicable(t, "the device knows no Bootstrap-Request Trigger");
    expect_dialled(l->assoc);
    return l->assoc;
}
