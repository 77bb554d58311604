#include "run/hooks.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "endpoint/client.h"
#include "run/credentials.h"

enum { READY_SECONDS = 10, RESET_SECONDS = 30, SPAWN_TRIES = 3 };
enum {
    PORT_FIRST = 20000,
    PORT_COUNT = 12000,
    PORT_TRIES = 50
}; /* below the usual range of ephemeral ports */

/* Keeps the datagram that an association sends. */
static void keep_datagram(void *context, struct bytes datagram)
{
    *(struct bytes *)context = datagram;
}

/* The datagram of a well-formed hello that suits strict servers too: both mandatory suites, every usual extension. */
static struct bytes ready_hello(struct arena *a)
{
    static const struct offer offer = {
        .ciphers = {TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CBC_SHA256}};
    struct bytes sent = NO_BYTES;
    struct transport keep = {keep_datagram, &sent};
    struct assoc *assoc =
        assoc_new(a, NULL, SIDE_CLIENT, keep, NO_BYTES, rng_of((uint64_t)now_us(), "ready"));

    send_client_hello(assoc, &offer, NO_BYTES);
    return arena_copy(a, sent);
}

bool hooks_open(struct hooks *h, struct arena *a, const struct dut *d, const char *log_path, char *why)
{
    bool programs = *d->spawn || *d->trigger || *d->reset;

    *h = (struct hooks){.device = d, .port = d->port, .host = d->host};
    if (!programs)
        return true;
    h->identity = identity_text(a, d->identity);
    h->psk_file = "";
    if (strstr(d->spawn, "{psk_file}") || strstr(d->trigger, "{psk_file}") || strstr(d->reset, "{psk_file}"))
        h->psk_file = key_file_new(a, d->psk);
    if (!h->psk_file)
        snprintf(why, WHY_MAX, "no temporary file for the key can be written");
    else
        h->stage = stage_open(log_path, why);
    return h->stage != NULL;
}

void hooks_close(struct hooks *h)
{
    process_stop(&h->server);
    stage_close(h->stage);
    if (h->psk_file && *h->psk_file)
        key_file_remove(h->psk_file);
}

static struct placeholders placeholders_of(const struct hooks *h, uint16_t port)
{
    return (struct placeholders){
        .host = h->host, .identity = h->identity, .psk_file = h->psk_file, .port = port};
}

static bool socket_address(const char *host, uint16_t port, struct sockaddr_storage *out, socklen_t *n)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found;
    char service[8];

    snprintf(service, sizeof service, "%u", (unsigned)port);
    if (getaddrinfo(host, service, &hints, &found) != 0)
        return false;
    memcpy(out, found->ai_addr, found->ai_addrlen);
    *n = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

/* The port, bound for a moment: 0 when somebody has it. `port` 0: whichever the system gives. */
static uint16_t try_port(const char *host, uint16_t port)
{
    struct sockaddr_storage address;
    socklen_t n;
    uint16_t bound = 0;
    int fd;

    if (!socket_address(host, port, &address, &n))
        return 0;
    fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, n) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &n) == 0)
        bound = ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                                    : ((struct sockaddr_in *)&address)->sin_port);
    if (fd >= 0)
        close(fd);
    return bound;
}

/* A UDP port of that host that nobody has now; 0: none. Not one of those that the system hands out: a device that died comes back to its
 * port, and meanwhile a socket of ours would have got it. */
static uint16_t free_port(const char *host)
{
    uint16_t port = 0, random;

    for (int i = 0; i < PORT_TRIES && port == 0; i++)
        if (getrandom(&random, sizeof random, 0) == (ssize_t)sizeof random)
            port = try_port(host, (uint16_t)(PORT_FIRST + random % PORT_COUNT));
    return port ? port : try_port(host, 0);
}

/* True when a DTLS record came within ms; with a ServerHello in it the server holds a place for us. */
static bool answers(int fd, int ms, bool *place)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    uint8_t head[64];
    ssize_t n;

    if (poll(&p, 1, ms) <= 0)
        return false;
    n = recv(fd, head, sizeof head, MSG_DONTWAIT);
    if (n < 0)
        sleep_until(now_us() + ms * MS); /* nothing listens yet */
    *place = n > RECORD_HEADER && head[0] == CONTENT_HANDSHAKE && head[RECORD_HEADER] == SERVER_HELLO;
    return n >= RECORD_HEADER && head[0] >= 20 && head[0] <= 25 && head[1] == 0xfe;
}

/* Leaves politely: a fatal user_canceled, so that a server with one slot is free again. */
static void say_goodbye(int fd)
{
    static const uint8_t alert[] = {21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 99, 0, 2, 2, 90};

    if (send(fd, alert, sizeof alert, 0) < 0)
        return; /* it is gone already */
}

/* Sends hellos until one is answered; false when the time is over or the program ended. */
static bool greet(struct hooks *h, int fd, struct bytes hello, bool *place)
{
    int64_t until = now_us() + READY_SECONDS * SECOND;

    while (now_us() < until && process_runs(&h->server)) {
        if (send(fd, hello.at, hello.n, 0) < 0)
            sleep_until(now_us() + 50 * MS);
        else if (answers(fd, 100, place))
            return true;
    }
    return false;
}

static bool wait_ready(struct hooks *h, char *why)
{
    struct arena *a = arena_new();
    struct sockaddr_storage address;
    socklen_t n;
    bool ready = false, place = false;
    int fd = socket_address(h->host, h->port, &address, &n)
                 ? socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0)
                 : -1;

    if (fd < 0 || connect(fd, (struct sockaddr *)&address, n) != 0)
        snprintf(why, WHY_MAX, "%.200s: no such address", h->host);
    else
        snprintf(why, WHY_MAX, "the device answered no ClientHello within %d s", READY_SECONDS);
    ready = fd >= 0 && greet(h, fd, ready_hello(a), &place);
    if (place)
        say_goodbye(fd);
    if (fd >= 0)
        close(fd);
    arena_free(a);
    return ready && process_runs(&h->server);
}

/* What the device prints tells that it is ready; without that its port does. */
static bool says_ready(const struct hooks *h)
{
    return *h->device->ready && strcmp(h->device->ready, "port") != 0;
}

static bool wait_line(struct hooks *h, int64_t until, char *why)
{
    while (!stage_seen(h->stage) && now_us() < until && (!*h->device->spawn || process_runs(&h->server)))
        sleep_until(now_us() + 10 * MS);
    if (!stage_seen(h->stage))
        snprintf(why, WHY_MAX, "no line of the device's output matches '%.150s'", h->device->ready);
    return stage_seen(h->stage);
}

bool hooks_spawn(struct hooks *h, char *why)
{
    bool chooses = strstr(h->device->spawn, "{port}") != NULL;

    for (unsigned i = 0; i < SPAWN_TRIES; i++) {
        struct placeholders p;
        struct arena *a;

        process_stop(&h->server);
        if (h->starts == 0 && chooses)
            h->port = free_port(h->host);
        p = placeholders_of(h, h->port);
        if (says_ready(h))
            stage_watch(h->stage, h->device->ready);
        if (!process_start(h->stage, h->device->spawn, &p, &h->server, why))
            return false;
        if (says_ready(h) ? wait_line(h, now_us() + READY_SECONDS * SECOND, why) : wait_ready(h, why)) {
            h->starts++;
            return true;
        }
        if (process_runs(&h->server))
            return false;
        a = arena_new();
        snprintf(why, WHY_MAX, "the device that was started %s", process_end(a, &h->server));
        arena_free(a);
    }
    return false;
}

bool hooks_reset(struct hooks *h, char *why)
{
    struct placeholders p = placeholders_of(h, h->port);
    struct process reset;
    int64_t until = now_us() + RESET_SECONDS * SECOND;
    struct arena *a;
    bool done;

    *why = '\0';
    if (!*h->device->reset)
        return false;
    if (says_ready(h))
        stage_watch(h->stage, h->device->ready);
    if (!process_start(h->stage, h->device->reset, &p, &reset, why))
        return false;
    while (process_runs(&reset) && now_us() < until)
        sleep_until(now_us() + 10 * MS);
    done = reset.ended && reset.status == 0;
    a = arena_new();
    if (!done)
        snprintf(why, WHY_MAX, "the reset hook %s",
                 reset.ended ? process_end(a, &reset) : "does not end within 30 s");
    arena_free(a);
    if (done)
        process_leave(&reset);
    else
        process_stop(&reset);
    return done && (!says_ready(h) || wait_line(h, until, why));
}

bool hooks_key_of(void *context, struct arena *a, struct bytes identity, struct bytes *key, char *why)
{
    const struct hooks *h = context;
    const char *error = NULL;

    if (key_from_command(a, h->device->psk_cmd, identity, key, &error))
        return true;
    snprintf(why, WHY_MAX, "%s", error);
    return false;
}

static void *start_client(void *context, uint16_t port, char *why)
{
    struct hooks *h = context;
    struct placeholders p = placeholders_of(h, port);
    struct process *started = calloc(1, sizeof *started);

    if (started && process_start(h->stage, h->device->trigger, &p, started, why))
        return started;
    free(started);
    return NULL;
}

static bool client_alive(void *context, void *handle, char *why)
{
    struct process *p = handle;
    struct arena *a;

    (void)context;
    if (process_runs(p) || p->status == 0)
        return true;
    a = arena_new();
    snprintf(why, WHY_MAX, "the trigger %s", process_end(a, p));
    arena_free(a);
    return false;
}

/* A case and its triggers are one thread's. */
static _Thread_local char crash[WHY_MAX];

void hooks_crash(char *why)
{
    if (*crash)
        snprintf(why, WHY_MAX, "%s", crash);
    *crash = '\0';
}

static void stop_client(void *context, void *handle)
{
    struct process *p = handle;

    (void)context;
    process_stop(p);
    if (process_crashed(p)) {
        struct arena *a = arena_new();

        snprintf(crash, sizeof crash, "the device's program %s", process_end(a, p));
        arena_free(a);
    }
    free(p);
}

/* Attended: a person makes the device dial; where a lever does, only the first time. */
static void *ask_person(void *context, uint16_t port, char *why)
{
    struct hooks *h = context;

    (void)why;
    if (h->device->lever && atomic_load(&h->asked) > 0)
        return h;
    fprintf(stderr, "\npskgate: have the device dial %s port %u now (association %u)\n", h->host,
            (unsigned)port, atomic_fetch_add(&h->asked, 1) + 1);
    return h;
}

static bool person_stays(void *context, void *handle, char *why)
{
    (void)context;
    (void)handle;
    (void)why;
    return true;
}

static void thank_person(void *context, void *handle)
{
    (void)context;
    (void)handle;
}

struct client_hooks hooks_client(struct hooks *h)
{
    if (h->device->role != CLIENT)
        return (struct client_hooks){0};
    if (!*h->device->trigger)
        return (struct client_hooks){ask_person, person_stays, thank_person, h};
    return (struct client_hooks){start_client, client_alive, stop_client, h};
}
