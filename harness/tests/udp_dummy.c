/* A UDP socket that is no DTLS device, for the tests of what the gate says of such things.
 *     udp_dummy free     prints a port that is free now and leaves
 *     udp_dummy silent   never answers          udp_dummy echo     sends every datagram back
 *     udp_dummy random   answers each datagram with 1 to 256 octets of noise
 * The last three listen on 127.0.0.1, print "listening on HOST:PORT", and end after ten minutes at the latest. */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LIFETIME_S = 600, NOISE_MAX = 256 };

struct mode {
    const char *name;
    /* Turns the datagram of `length` octets into the answer; returns the answer's length, 0 for none. */
    size_t (*answer)(uint8_t *datagram, size_t length);
};

static size_t answer_nothing(uint8_t *datagram, size_t length)
{
    (void)datagram;
    (void)length;
    return 0;
}

static size_t answer_same(uint8_t *datagram, size_t length)
{
    (void)datagram;
    return length;
}

/* Noise from a fixed seed, so that a failure can be seen again. */
static size_t answer_noise(uint8_t *datagram, size_t length)
{
    static unsigned short state[3] = {0x5053, 0x4b47, 0x4154};
    size_t noise = (size_t)(nrand48(state) % NOISE_MAX) + 1;

    (void)length;
    for (size_t i = 0; i < noise; i++)
        datagram[i] = (uint8_t)(nrand48(state) >> 8);
    return noise;
}

static const struct mode modes[] = {
    {"free", NULL},
    {"silent", answer_nothing},
    {"echo", answer_same},
    {"random", answer_noise},
};

static const struct mode *find_mode(const char *name)
{
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (strcmp(modes[i].name, name) == 0)
            return &modes[i];
    }
    return NULL;
}

/* A bound socket, and its port; -1 when there is none to be had. */
static int bind_socket(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0)
        return -1;
    *port = ntohs(address.sin_port);
    return fd;
}

static void serve(int fd, const struct mode *mode)
{
    static uint8_t datagram[65536];

    for (;;) {
        struct sockaddr_in from;
        socklen_t from_length = sizeof from;
        ssize_t got = recvfrom(fd, datagram, sizeof datagram, 0, (struct sockaddr *)&from, &from_length);
        size_t length = got > 0 ? mode->answer(datagram, (size_t)got) : 0;

        if (length > 0)
            (void)sendto(fd, datagram, length, 0, (struct sockaddr *)&from, from_length);
    }
}

int main(int argc, char **argv)
{
    const struct mode *mode = argc == 2 ? find_mode(argv[1]) : NULL;
    uint16_t port;
    int fd;

    if (!mode) {
        fputs("usage: udp_dummy free|silent|echo|random\n", stderr);
        return 2;
    }
    fd = bind_socket(&port);
    if (fd < 0) {
        perror("udp_dummy");
        return 1;
    }
    if (!mode->answer) {
        printf("%u\n", port);
        return 0;
    }
    alarm(LIFETIME_S);
    printf("listening on 127.0.0.1:%u\n", port);
    fflush(stdout);
    serve(fd, mode);
}
