#include <stdlib.h>
#include <unistd.h>

#include "core.h"

/* A handshake is given up sooner where there will be another: GnuTLS 3.7 hears nothing any more after a record of version 0. */
enum { HANDSHAKE_MS = 30000, HANDSHAKE_AGAIN_MS = 8000, IDLE_MS = 30000 };

/* One attempt: a socket with a local port of its own, a handshake, a request, and then service until the end.
 * */
struct attempt {
    int fd;
    struct assoc *assoc;
    struct registration registration;
    int64_t give_up; /* ms, while the handshake is under way */
};

static void receive_all(struct attempt *attempt)
{
    uint8_t buffer[PEER_DATAGRAM_MAX];

    for (int n = 0; n < 64 && attempt->assoc->step != STEP_DEAD; n++) {
        ssize_t length = recv(attempt->fd, buffer, sizeof buffer, 0);
        if (length < 0)
            return;
        if (length > 0)
            assoc_advance(attempt->assoc, buffer, (size_t)length, false);
    }
}

static void ask(struct attempt *attempt)
{
    uint8_t request[COAP_MESSAGE_MAX];
    size_t length = registration_request(&attempt->registration, request);

    if (length > 0 && !stack.send(attempt->assoc->session, request, length))
        attempt->assoc->step = STEP_DEAD;
}

/* One that dials again does so when its association has been dead for long: an LwM2M client would find that out by an Update. */
static int64_t idle_deadline(const struct attempt *attempt)
{
    bool waits = attempt->assoc->step == STEP_ESTABLISHED && options.again_ms >= 0;

    return waits ? attempt->assoc->used + IDLE_MS : INT64_MAX;
}

static bool is_over(const struct attempt *attempt)
{
    const struct registration *asked = &attempt->registration;

    if (attempt->assoc->step == STEP_DEAD || asked->failed || is_stopped())
        return true;
    if (attempt->assoc->step != STEP_ESTABLISHED)
        return now_ms() >= attempt->give_up;
    return (asked->answered && options.once) || now_ms() >= idle_deadline(attempt);
}

static int64_t next_deadline(const struct attempt *attempt)
{
    bool established = attempt->assoc->step == STEP_ESTABLISHED;
    int64_t ours = established ? attempt->registration.next : attempt->give_up;
    int64_t library = assoc_deadline(attempt->assoc), idle = idle_deadline(attempt);
    int64_t first = ours < library ? ours : library;

    return first < idle ? first : idle;
}

static void pursue(struct attempt *attempt)
{
    assoc_advance(attempt->assoc, NULL, 0, false);
    while (!is_over(attempt)) {
        if (wait_readable(attempt->fd, next_deadline(attempt)))
            receive_all(attempt);
        if (attempt->assoc->step != STEP_DEAD && assoc_deadline(attempt->assoc) <= now_ms())
            assoc_advance(attempt->assoc, NULL, 0, true);
        if (attempt->assoc->step == STEP_ESTABLISHED)
            ask(attempt);
    }
}

/* Returns what became of the request. */
static struct registration attempt_once(void)
{
    int patience_ms = options.again_ms < 0 ? HANDSHAKE_MS : HANDSHAKE_AGAIN_MS;
    struct attempt attempt = {.fd = open_socket(false), .give_up = now_ms() + patience_ms};

    attempt.registration.message_id = (uint16_t)now_ms();
    if (attempt.fd < 0)
        return attempt.registration;
    attempt.assoc = assoc_new(attempt.fd, NULL, 0);
    if (attempt.assoc) {
        attempt.assoc->registration = &attempt.registration;
        pursue(&attempt);
        assoc_free(attempt.assoc, true);
    }
    close(attempt.fd);
    return attempt.registration;
}

/* Until there is nothing more to do. True: the last attempt did what it had to. */
static bool dial(void)
{
    for (;;) {
        struct registration asked = attempt_once();
        if (options.once && asked.answered)
            return true;
        if (options.again_ms < 0)
            return asked.registered;
        if (!is_stopped())
            wait_readable(-1, now_ms() + options.again_ms);
        if (is_stopped())
            return true;
    }
}

int main(int argc, char **argv)
{
    bool good = false;

    if (!read_command_line(argc, argv, false)) {
        forget_command_line();
        return 2;
    }
    catch_signals();
    if (stack.start(&peer)) {
        good = dial();
        stack.stop();
    }
    forget_command_line();
    return good || is_stopped() ? 0 : 1;
}
