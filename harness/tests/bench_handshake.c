/*
 * bench_handshake [N]: CPU time of N full handshakes (default 500) of our client and of libssl's with the same OpenSSL server,
 * in alternating pairs; the median of five pairs. Absolute times mean nothing, the ratio does: over 1.1 is exit 1.
 * The server is build/peers/openssl-server, named by PSKGATE_BENCH_SERVER; the caller starts nothing.
 */
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "endpoint/client.h"

enum { PAIRS = 5 };

static const double RATIO_MAX = 1.1;

static const uint8_t key[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static const char identity[] = "bench";
static struct sockaddr_in address = {.sin_family = AF_INET};

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

static int dial_socket(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        die("socket");
    return fd;
}

static int64_t cpu_us(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000LL + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

/* ---- ours ----------------------------------------------------------------------------------------------------------- */

static void send_fd(void *context, struct bytes datagram)
{
    if (send(*(int *)context, datagram.at, datagram.n, 0) < 0)
        die("send");
}

static void step_ours(struct assoc *a, const struct offer *o, const struct event *e)
{
    struct server_hello sh;
    struct hello_verify_request hvr;

    if (e->kind != EVENT_MESSAGE)
        return;
    if (e->message_type == HELLO_VERIFY_REQUEST && parse_hello_verify_request(e->body, &hvr))
        send_client_hello(a, o, hvr.cookie);
    else if (e->message_type == SERVER_HELLO)
        take_server_hello(a, e->body, &sh);
    else if (e->message_type == SERVER_HELLO_DONE)
        send_client_finish(a, bytes_of_text(identity));
    else if (e->message_type == FINISHED && finished_verifies(a, e))
        flight_finish(a);
}

static void handshake_ours(uint64_t number)
{
    static const struct offer offer = {.ciphers = {TLS_PSK_WITH_AES_128_CCM_8}};
    uint8_t room[4096];
    int fd = dial_socket();
    struct arena *arena = arena_new();
    struct assoc *a = assoc_new(arena, NULL, SIDE_CLIENT, (struct transport){send_fd, &fd}, BYTES(key),
                                rng_of(number, "bench"));
    struct event e;

    send_client_hello(a, &offer, NO_BYTES);
    while (!a->done) {
        struct pollfd p = {fd, POLLIN, 0};

        if (poll(&p, 1, 1000) == 1) {
            ssize_t n = recv(fd, room, sizeof room, 0);

            if (n < 0)
                die("recv");
            assoc_feed(a, (struct bytes){room, (size_t)n});
        }
        assoc_tick(a, now_us());
        while (assoc_event(a, &e))
            step_ours(a, &offer, &e);
    }
    send_alert(a, 1, 0);
    assoc_close(a);
    arena_free(arena);
    close(fd);
}

/* ---- libssl's --------------------------------------------------------------------------------------------------------- */

static unsigned give_psk(SSL *ssl, const char *hint, char *id, unsigned id_max, unsigned char *psk,
                         unsigned psk_max)
{
    (void)ssl;
    (void)hint;
    if (id_max < sizeof identity || psk_max < sizeof key)
        return 0;
    memcpy(id, identity, sizeof identity);
    memcpy(psk, key, sizeof key);
    return sizeof key;
}

static void handshake_libssl(SSL_CTX *ctx)
{
    int fd = dial_socket();
    BIO *bio = BIO_new_dgram(fd, BIO_NOCLOSE);
    SSL *ssl = SSL_new(ctx);

    BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, &address);
    SSL_set_bio(ssl, bio, bio);
    if (SSL_connect(ssl) != 1) {
        ERR_print_errors_fp(stderr);
        exit(1);
    }
    SSL_shutdown(ssl);
    SSL_free(ssl);
    close(fd);
}

static SSL_CTX *libssl_context(void)
{
    SSL_CTX *ctx = SSL_CTX_new(DTLS_client_method());

    SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION);
    SSL_CTX_set_cipher_list(ctx, "PSK-AES128-CCM8");
    SSL_CTX_set_psk_client_callback(ctx, give_psk);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    return ctx;
}

/* ---- pairs ------------------------------------------------------------------------------------------------------------ */

static pid_t start_server(const char *program, const char *key_file)
{
    char port[8];
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    socklen_t n = sizeof address;
    int ready[2];

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, n) != 0 || pipe(ready) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &n) != 0)
        die("free port");
    close(fd);
    snprintf(port, sizeof port, "%u", ntohs(address.sin_port));
    pid_t pid = fork();

    if (pid == 0) {
        dup2(ready[1], STDOUT_FILENO);
        execl(program, program, "--port", port, "--identity", identity, "--psk-file", key_file, (char *)NULL);
        _exit(127);
    }
    close(ready[1]);
    char line[128];

    if (pid < 0 || read(ready[0], line, sizeof line) <= 0) {
        fprintf(stderr, "bench_handshake: %s did not start\n", program);
        exit(1);
    }
    close(ready[0]);
    return pid;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double measure(int count, SSL_CTX *ctx)
{
    double ratio[PAIRS];

    for (int pair = 0; pair < PAIRS; pair++) {
        int64_t begin = cpu_us();

        for (int i = 0; i < count; i++)
            handshake_ours((uint64_t)(pair * count + i));
        int64_t middle = cpu_us();

        for (int i = 0; i < count; i++)
            handshake_libssl(ctx);
        ratio[pair] = (double)(middle - begin) / (double)(cpu_us() - middle);
    }
    qsort(ratio, PAIRS, sizeof *ratio, by_value);
    return ratio[PAIRS / 2];
}

int main(int argc, char **argv)
{
    const char *program = getenv("PSKGATE_BENCH_SERVER");
    int count = argc > 1 ? atoi(argv[1]) : 500;
    char key_file[] = "/tmp/bench-psk-XXXXXX";
    int fd = mkstemp(key_file);

    if (fd < 0 || write(fd, "000102030405060708090a0b0c0d0e0f\n", 33) != 33)
        die(key_file);
    close(fd);
    if (!crypto_start())
        die("libcrypto");
    SSL_CTX *ctx = libssl_context();
    pid_t pid = start_server(program != NULL ? program : "build/peers/openssl-server", key_file);
    double ratio = measure(count, ctx);

    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    unlink(key_file);
    SSL_CTX_free(ctx);
    crypto_stop();
    printf("%s handshake CPU, ours to libssl's: %.2f (at most %.1f; median of %d pairs of %d)\n",
           ratio <= RATIO_MAX ? "ok" : "not ok", ratio, RATIO_MAX, PAIRS, count);
    return ratio <= RATIO_MAX ? 0 : 1;
}
