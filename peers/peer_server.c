#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core.h"

/* One table, keyed by the peer's address. An address has at most one established association and, beside it,
 * one handshake under way; the handshake replaces the association only when it completes (RFC 6347 4.2.8). */

enum {
    TABLE_SIZE = 256,
    HALF_OPEN_MS = 10000,
    /* RFC 6347 4.1, 4.2.2: record header, handshake header, client_version */
    RECORD_HEADER = 13,
    HANDSHAKE_HEADER = 12,
    RANDOM_AT = RECORD_HEADER + HANDSHAKE_HEADER + 2,
    TYPE_HANDSHAKE = 22,
    CLIENT_HELLO = 1
};

static struct assoc *table[TABLE_SIZE];
static int server_fd = -1;

/* A datagram as the table sees it: by the header of its first record. */
struct arrival {
    const uint8_t *data;
    size_t length;
    struct sockaddr_storage from;
    socklen_t from_length;
    bool handshake;        /* a handshake record */
    bool epoch_0;          /* in the clear */
    const uint8_t *random; /* of a ClientHello in the clear, else NULL */
};

static void classify(struct arrival *arrival)
{
    const uint8_t *d = arrival->data;

    if (arrival->length < RECORD_HEADER)
        return;
    arrival->handshake = d[0] == TYPE_HANDSHAKE;
    arrival->epoch_0 = d[3] == 0 && d[4] == 0;
    if (arrival->handshake && arrival->epoch_0 && arrival->length >= RANDOM_AT + RANDOM_LENGTH &&
        d[RECORD_HEADER] == CLIENT_HELLO && memcmp(d + RECORD_HEADER + 6, "\0\0", 3) == 0)
        arrival->random = d + RANDOM_AT;
}

/* ---- the table ---- */

static void drop(size_t i, bool notify)
{
    assoc_free(table[i], notify);
    table[i] = NULL;
}

static struct assoc *find(const struct arrival *arrival, bool established)
{
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        if (table[i] && (table[i]->step == STEP_ESTABLISHED) == established &&
            table[i]->address_length == arrival->from_length &&
            memcmp(&table[i]->address, &arrival->from, arrival->from_length) == 0)
            return table[i];
    }
    return NULL;
}

static size_t place_of(const struct assoc *assoc)
{
    size_t i = 0;

    while (table[i] != assoc)
        i++;
    return i;
}

/* Should `a` leave before `b` when the table is full? Half-open ones first, then the one unused for longest.
 * */
static bool leaves_before(const struct assoc *a, const struct assoc *b)
{
    bool a_half = a->step != STEP_ESTABLISHED;
    bool b_half = b->step != STEP_ESTABLISHED;

    return a_half != b_half ? a_half : a->used < b->used;
}

static void insert(struct assoc *assoc)
{
    size_t place = 0;

    for (size_t i = 1; i < TABLE_SIZE && table[place]; i++) {
        if (!table[i] || leaves_before(table[i], table[place]))
            place = i;
    }
    if (table[place])
        drop(place, false);
    table[place] = assoc;
}

/* ---- datagrams ---- */

static void advance(struct assoc *assoc, const struct arrival *arrival)
{
    bool was_established = assoc->step == STEP_ESTABLISHED;
    struct assoc *old = was_established || !arrival ? NULL : find(arrival, true);

    if (arrival)
        assoc_advance(assoc, arrival->data, arrival->length, false);
    else
        assoc_advance(assoc, NULL, 0, true);
    if (assoc->step == STEP_DEAD || assoc->step == STEP_COOKIE)
        drop(place_of(assoc), false);
    else if (assoc->step == STEP_ESTABLISHED && old)
        drop(place_of(old), false);
}

/* A hello that may begin a handshake: it gets a session of its own, which stays if it made progress. */
static void begin(const struct arrival *arrival)
{
    struct assoc *pending = find(arrival, false);
    struct assoc *fresh = assoc_new(server_fd, &arrival->from, arrival->from_length);

    if (!fresh)
        return;
    if (arrival->random) {
        memcpy(fresh->random, arrival->random, RANDOM_LENGTH);
        fresh->has_random = true;
    }
    assoc_advance(fresh, arrival->data, arrival->length, false);
    if (fresh->step != STEP_HANDSHAKE) {
        assoc_free(fresh, false);
        return;
    }
    if (pending)
        drop(place_of(pending), false);
    insert(fresh);
}

static bool began_with(const struct assoc *assoc, const uint8_t *random)
{
    return assoc && assoc->has_random && memcmp(assoc->random, random, RANDOM_LENGTH) == 0;
}

/* A hello that repeats the random of a handshake we know is a retransmission or a copy: the library deals
 * with it. Otherwise records in the clear and handshake records belong to the handshake under way, all else
 * to the established association. */
static void dispatch(struct arrival *arrival)
{
    struct assoc *established;
    struct assoc *pending;

    classify(arrival);
    established = find(arrival, true);
    pending = find(arrival, false);
    if (arrival->random && began_with(pending, arrival->random))
        advance(pending, arrival);
    else if (arrival->random && began_with(established, arrival->random))
        advance(established, arrival);
    else if (arrival->random)
        begin(arrival);
    else if (pending && (arrival->epoch_0 || arrival->handshake || !established))
        advance(pending, arrival);
    else if (established)
        advance(established, arrival);
    else if (arrival->epoch_0 && arrival->handshake)
        begin(arrival);
}

static void receive_all(void)
{
    static uint8_t buffer[PEER_DATAGRAM_MAX];

    for (int n = 0; n < TABLE_SIZE && !is_stopped(); n++) {
        struct arrival arrival = {.data = buffer, .from_length = sizeof arrival.from};
        ssize_t length = recvfrom(server_fd, buffer, sizeof buffer, 0, (struct sockaddr *)&arrival.from,
                                  &arrival.from_length);
        if (length < 0)
            return;
        arrival.length = (size_t)length;
        if (length > 0)
            dispatch(&arrival);
    }
}

/* ---- timers ---- */

static int64_t next_deadline(void)
{
    int64_t next = INT64_MAX;

    for (size_t i = 0; i < TABLE_SIZE; i++) {
        int64_t own = table[i] ? assoc_deadline(table[i]) : INT64_MAX;
        if (table[i] && table[i]->step != STEP_ESTABLISHED && table[i]->born + HALF_OPEN_MS < own)
            own = table[i]->born + HALF_OPEN_MS;
        if (own < next)
            next = own;
    }
    return next;
}

static void run_timers(void)
{
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        if (table[i] && table[i]->step != STEP_ESTABLISHED && now_ms() - table[i]->born >= HALF_OPEN_MS)
            drop(i, false);
        else if (table[i] && assoc_deadline(table[i]) <= now_ms())
            advance(table[i], NULL);
    }
}

static void serve(void)
{
    printf("listening on %s\n", options.where);
    fflush(stdout);
    while (!is_stopped()) {
        if (wait_readable(server_fd, next_deadline()))
            receive_all();
        run_timers();
    }
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        if (table[i])
            drop(i, true);
    }
}

int main(int argc, char **argv)
{
    int code = 1;

    if (!read_command_line(argc, argv, true)) {
        forget_command_line();
        return 2;
    }
    catch_signals();
    if (stack.start(&peer)) {
        server_fd = open_socket(true);
        if (server_fd >= 0) {
            serve();
            close(server_fd);
            code = 0;
        }
        stack.stop();
    }
    forget_command_line();
    return code;
}
