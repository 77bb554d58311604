/* The device of our own, conforming or with one planted fault, on the command line of all peers: server or client by its
 * name, and --fault ID[:PARAMETER] or --base NAME beside; by the name awkward-server or awkward-client one that is hard to test. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <popt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faulty_awkward.h"
#include "faulty_many.h"

enum { KEY_MAX = 512, IDENTITY_MAX = 65535, USAGE = 2 };

static struct {
    int port;
    char *host, *identity, *psk_file, *config, *fault, *base, *endpoint;
    int again, lifetime, once, bootstrap, on_demand, blocks, in_row, silence;
} given = {.again = -1, .lifetime = 300, .silence = 60};

static const struct poptOption option_table[] = {
    {"port", 0, POPT_ARG_INT, &given.port, 0, "UDP port", "N"},
    {"host", 0, POPT_ARG_STRING, &given.host, 0, "IPv4 or IPv6 address (127.0.0.1)", "ADDR"},
    {"identity", 0, POPT_ARG_STRING, &given.identity, 0, "PSK identity, text or hex:..", "ID"},
    {"psk-file", 0, POPT_ARG_STRING, &given.psk_file, 0, "file with the key in hex", "FILE"},
    {"config", 0, POPT_ARG_STRING, &given.config, 0, "lwm2m, the only one", "NAME"},
    {"bootstrap", 0, POPT_ARG_NONE, &given.bootstrap, 0, "bootstrap instead of registration", NULL},
    {"fault", 0, POPT_ARG_STRING, &given.fault, 0, "a row of faults.def", "ID[:PARAMETER]"},
    {"base", 0, POPT_ARG_STRING, &given.base, 0, "a row of bases.def (base)", "NAME"},
    {"endpoint", 0, POPT_ARG_STRING, &given.endpoint, 0, "client: endpoint name", "NAME"},
    {"on-demand", 0, POPT_ARG_NONE, &given.on_demand, 0, "client: dial as lines on stdin say", NULL},
    {"again", 0, POPT_ARG_INT, &given.again, 0, "client: dial again so long after an end", "MS"},
    {"once", 0, POPT_ARG_NONE, &given.once, 0, "client: leave when the registration was answered", NULL},
    {"lifetime", 0, POPT_ARG_INT, &given.lifetime, 0, "client: lifetime to register with (300)", "S"},
    {"blocks", 0, POPT_ARG_INT, &given.blocks, 0, "server: silence after so many failed handshakes", "N"},
    {"in-row", 0, POPT_ARG_NONE, &given.in_row, 0, "server: --blocks counts from the last good handshake",
     NULL},
    {"silence", 0, POPT_ARG_INT, &given.silence, 0, "server: how long --blocks is silent (60)", "S"},
    POPT_AUTOHELP POPT_TABLEEND};

static volatile int stopped;

static void stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = stop};

    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
}

static bool read_identity(struct arena *arena, struct bytes *out)
{
    size_t n = strlen(given.identity), length = n;
    uint8_t *octets = arena_alloc(arena, n + 1);

    if (strncmp(given.identity, "hex:", 4) != 0)
        memcpy(octets, given.identity, n);
    else if (!hex_decode(given.identity + 4, octets, n, &length))
        return false;
    *out = (struct bytes){octets, length};
    return length > 0 && length <= IDENTITY_MAX;
}

static bool read_key(struct arena *arena, struct bytes *out)
{
    char *text = arena_alloc(arena, 2 * KEY_MAX + 3);
    uint8_t *octets = arena_alloc(arena, KEY_MAX);
    FILE *file = fopen(given.psk_file, "r");
    size_t n = 0;

    if (file == NULL)
        return false;
    setvbuf(file, NULL, _IONBF, 0); /* no copy of the key where nothing wipes it */
    n = fread(text, 1, 2 * KEY_MAX + 2, file);
    fclose(file);
    text[n] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    *out = (struct bytes){octets, 0};
    return hex_decode(text, octets, KEY_MAX, &out->n) && out->n > 0;
}

static bool read_address(struct device *d)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_DGRAM};
    const char *host = given.host != NULL ? given.host : "127.0.0.1";
    struct addrinfo *found;
    char service[12];

    snprintf(service, sizeof service, "%d", given.port);
    if (given.port < 1 || given.port > 65535 || getaddrinfo(host, service, &hints, &found) != 0)
        return false;
    memcpy(&d->address, found->ai_addr, found->ai_addrlen);
    d->address_n = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

/* What is wrong with the command line, or NULL. */
static const char *set_up(struct device *d, struct arena *arena, bool server)
{
    enum lwm2m_role role = !server ? LWM2M_CLIENT : given.bootstrap ? LWM2M_BOOTSTRAP_SERVER : LWM2M_SERVER;
    struct bytes identity, key;

    if (given.identity == NULL || !read_identity(arena, &identity))
        return "--identity is missing or malformed";
    if (given.psk_file == NULL || !read_key(arena, &key))
        return "--psk-file is missing, unreadable or no hex";
    if (given.config != NULL && strcmp(given.config, "lwm2m") != 0)
        return "--config has only lwm2m here";
    device_init(d, role, identity, key);
    if (!read_address(d))
        return "--port or --host is malformed";
    if (!take_base(d, given.base != NULL ? given.base : "base"))
        return "--base has no such name";
    if (given.fault != NULL && !plant_fault(d, server ? FAULT_SERVER : FAULT_CLIENT, given.fault))
        return "--fault has no such name for this role";
    d->endpoint = given.endpoint != NULL ? given.endpoint : arena_escape(arena, identity);
    d->lifetime = given.lifetime;
    d->again_ms = given.again;
    d->once = given.once;
    d->bootstrap = d->bootstrap || (given.bootstrap && !server);
    d->stop = &stopped;
    if (given.blocks > 0 && server)
        make_blocking(d, (unsigned)given.blocks, given.in_row != 0, (unsigned)given.silence);
    return NULL;
}

static void say_ready(struct device *d)
{
    (void)d;
    printf("listening on %s:%d\n", given.host != NULL ? given.host : "127.0.0.1", given.port);
    fflush(stdout);
}

static int run(struct device *d, bool server)
{
    int status;

    if (!given.on_demand)
        catch_signals();
    if (!crypto_start()) {
        fprintf(stderr, "libcrypto lacks an algorithm\n");
        return 1;
    }
    lwm2m_start();
    status = server ? device_serve(d, say_ready) : given.on_demand ? dial_on_demand(d) : device_dial(d);
    lwm2m_stop();
    crypto_stop();
    return status;
}

int main(int argc, char **argv)
{
    const char *name = strrchr(argv[0], '/') != NULL ? strrchr(argv[0], '/') + 1 : argv[0];
    bool server = strstr(name, "client") == NULL;
    poptContext parser = poptGetContext(name, argc, (const char **)argv, option_table, 0);
    struct arena *arena = arena_new();
    int code = poptGetNextOpt(parser), status = USAGE;
    struct device *d = arena_new_of(arena, struct device);
    const char *wrong = code < -1                     ? poptStrerror(code)
                        : poptPeekArg(parser) != NULL ? "arguments left over"
                                                      : NULL;

    if (wrong == NULL)
        wrong = set_up(d, arena, server);
    if (wrong == NULL && strstr(name, "awkward") != NULL)
        make_awkward(d);
    if (wrong != NULL)
        fprintf(stderr, "%s: %s\n", name, wrong);
    else
        status = run(d, server);
    arena_free(arena);
    poptFreeContext(parser);
    return status;
}
