#include "peer.h"

#include <fcntl.h>
#include <netdb.h>
#include <popt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core.h"

#define CONFIG(stack, name, ciphers, cookies, means) {stack, name, ciphers, cookies, means},
static const struct config configs[] = {
#include "configs.def"
};

struct peer peer;
struct options options;

static poptContext parser;

/* ---- the command line ---- */

struct arguments {
    char *host;
    char *identity;
    char *psk_file;
    char *config;
    char *endpoint;
    int port;
    int again;
    int lifetime;
    int once;
    int bootstrap;
};
static struct arguments arguments;

static const struct poptOption common_options[] = {
    {"port", 0, POPT_ARG_INT, &arguments.port, 0, "UDP port", "N"},
    {"host", 0, POPT_ARG_STRING, &arguments.host, 0, "IPv4 or IPv6 address (127.0.0.1)", "ADDR"},
    {"identity", 0, POPT_ARG_STRING, &arguments.identity, 0, "PSK identity, text or hex:..", "ID"},
    {"psk-file", 0, POPT_ARG_STRING, &arguments.psk_file, 0, "file with the key in hex", "FILE"},
    {"config", 0, POPT_ARG_STRING, &arguments.config, 0, "lwm2m (default) or library", "NAME"},
    {"bootstrap", 0, POPT_ARG_NONE, &arguments.bootstrap, 0, "bootstrap instead of registration", NULL},
    POPT_TABLEEND};

static const struct poptOption server_options[] = {
    {NULL, 0, POPT_ARG_INCLUDE_TABLE, (void *)(uintptr_t)common_options, 0, "Options:", NULL},
    POPT_AUTOHELP POPT_TABLEEND};

static const struct poptOption client_options[] = {
    {NULL, 0, POPT_ARG_INCLUDE_TABLE, (void *)(uintptr_t)common_options, 0, "Options:", NULL},
    {"endpoint", 0, POPT_ARG_STRING, &arguments.endpoint, 0, "endpoint name (the identity)", "NAME"},
    {"again", 0, POPT_ARG_INT, &arguments.again, 0, "dial again so long after an end or a failure", "MS"},
    {"once", 0, POPT_ARG_NONE, &arguments.once, 0, "leave when the registration was answered", NULL},
    {"lifetime", 0, POPT_ARG_INT, &arguments.lifetime, 0, "lifetime to register with (300)", "S"},
    POPT_AUTOHELP POPT_TABLEEND};

void complain(const char *format, ...)
{
    va_list list;

    fprintf(stderr, "%s-%s: ", stack.name, peer.server ? "server" : "client");
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
}

static void wipe(void *memory, size_t length)
{
    volatile uint8_t *octet = memory;

    while (length-- > 0)
        *octet++ = 0;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = c ? strchr(digits, c) : NULL;

    return found ? (int)((found - digits) % 16) : -1;
}

/* True: `text` is hex and nothing else, for 1 to `capacity` octets. */
static bool read_hex(const char *text, uint8_t *octets, size_t capacity, size_t *length)
{
    size_t n = 0;

    for (; *text; text += 2, n++) {
        int high = hex_digit(text[0]);
        int low = high < 0 ? -1 : hex_digit(text[1]);
        if (low < 0 || n == capacity)
            return false;
        octets[n] = (uint8_t)(high << 4 | low);
    }
    *length = n;
    return n > 0;
}

static bool read_identity(const char *text)
{
    size_t length = strlen(text);

    if (strncmp(text, "hex:", 4) == 0)
        return read_hex(text + 4, peer.identity, PEER_IDENTITY_MAX, &peer.identity_length);
    if (length == 0 || length > PEER_IDENTITY_MAX)
        return false;
    memcpy(peer.identity, text, length);
    peer.identity_length = length;
    return true;
}

static bool read_key(const char *path)
{
    char text[2 * PEER_KEY_MAX + 2] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    bool good = length > 0;

    if (fd >= 0)
        close(fd);
    text[strcspn(text, "\r\n")] = '\0';
    good = good && read_hex(text, peer.key, PEER_KEY_MAX, &peer.key_length);
    wipe(text, sizeof text);
    return good;
}

static bool read_address(const char *host, int port)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_DGRAM};
    struct addrinfo *found;
    char service[12];

    snprintf(service, sizeof service, "%d", port);
    if (port < 1 || port > 65535 || getaddrinfo(host, service, &hints, &found) != 0)
        return false;
    memcpy(&options.address, found->ai_addr, found->ai_addrlen);
    options.address_length = found->ai_addrlen;
    snprintf(options.where, sizeof options.where, strchr(host, ':') ? "[%s]:%d" : "%s:%d", host, port);
    freeaddrinfo(found);
    return true;
}

static bool choose_config(const char *name)
{
    for (size_t i = 0; i < sizeof configs / sizeof configs[0]; i++) {
        if (strcmp(configs[i].stack, stack.name) == 0 && strcmp(configs[i].name, name) == 0)
            peer.config = &configs[i];
    }
    peer.lwm2m = strcmp(name, "lwm2m") == 0;
    return peer.config != NULL;
}

static const char *text_or(const char *text, const char *fallback)
{
    return text ? text : fallback;
}

/* What is wrong with the arguments, NULL when nothing is. */
static const char *read_arguments(void)
{
    if (!arguments.identity || !read_identity(arguments.identity))
        return "--identity: 1 to 256 octets, as text or hex:..";
    if (!arguments.psk_file || !read_key(arguments.psk_file))
        return "--psk-file: a file with 1 to 64 octets in hex";
    if (!read_address(text_or(arguments.host, "127.0.0.1"), arguments.port))
        return "--host, --port: an IPv4 or IPv6 address and a port from 1 to 65535";
    if (!choose_config(text_or(arguments.config, "lwm2m")))
        return "--config: lwm2m or library";
    if (arguments.again < -1 || arguments.lifetime < 1)
        return "--again, --lifetime: not negative";
    options.endpoint = text_or(arguments.endpoint, arguments.identity);
    if (strlen(options.endpoint) > PEER_IDENTITY_MAX)
        return "--endpoint: 256 octets at most";
    options.again_ms = arguments.again;
    options.lifetime = arguments.lifetime;
    options.once = arguments.once != 0;
    options.bootstrap = arguments.bootstrap != 0;
    return NULL;
}

bool read_command_line(int argc, char **argv, bool server)
{
    const char *wrong;
    int code;

    peer.server = server;
    arguments.again = -1;
    arguments.lifetime = 300;
    parser = poptGetContext(NULL, argc, (const char **)(uintptr_t)argv,
                            server ? server_options : client_options, 0);
    code = poptGetNextOpt(parser);
    if (code < -1) {
        complain("%s: %s", poptBadOption(parser, 0), poptStrerror(code));
        return false;
    }
    if (poptPeekArg(parser)) {
        complain("%s: no such argument", poptPeekArg(parser));
        return false;
    }
    wrong = read_arguments();
    if (wrong)
        complain("%s", wrong);
    return !wrong;
}

void forget_command_line(void)
{
    wipe(&peer, sizeof peer);
    free(arguments.host);
    free(arguments.identity);
    free(arguments.psk_file);
    free(arguments.config);
    free(arguments.endpoint);
    poptFreeContext(parser);
}

bool peer_identity_is(const struct peer *us, const void *identity, size_t length)
{
    return length == us->identity_length && memcmp(identity, us->identity, length) == 0;
}
