/* Loss, repetition and order on the path, RFC 6347 4.2.4: what a client must live with, and what it repeats itself. */
#include "case/case.h"

enum { WATCH_MS = 20000, WHOLE_MS = 2000, MEASUREMENTS = 2 };
enum { TIMER_LEAST_US = 800000, SECOND_US = 1000000 };

/* ---- the path ------------------------------------------------------------------------------------------------------------ */

struct loss {
    const char *slug, *title;
    enum way way;
    enum on_path what;
    bool last_flight; /* of ours: whether it came is told by life alone */
};

static const struct loss losses[] = {
    {"client-hello", "the first ClientHello", RECEIVED, PATH_CLIENT_HELLO, false},
    {"verify-request", "the HelloVerifyRequest", SENT, PATH_VERIFY_REQUEST, false},
    {"second-client-hello", "the ClientHello with the cookie", RECEIVED, PATH_SECOND_HELLO, false},
    {"server-hello", "the ServerHello", SENT, PATH_SERVER_HELLO, false},
    {"server-hello-done", "the ServerHelloDone", SENT, PATH_SERVER_HELLO_DONE, false},
    {"key-exchange", "the ClientKeyExchange", RECEIVED, PATH_KEY_EXCHANGE, false},
    {"change-cipher-spec", "the client's ChangeCipherSpec", RECEIVED, PATH_CHANGE_CIPHER_SPEC, false},
    {"finished", "the client's Finished", RECEIVED, PATH_FINISHED, false},
    {"server-change-cipher-spec", "the server's ChangeCipherSpec", SENT, PATH_CHANGE_CIPHER_SPEC, true},
    {"server-finished", "the server's Finished", SENT, PATH_FINISHED, true},
};

static bool lost(size_t i, struct member *out)
{
    if (i >= sizeof losses / sizeof *losses)
        return false;
    *out = (struct member){.slug = losses[i].slug, .title = losses[i].title, .value = (uint32_t)i};
    return true;
}

/* The device's first hello, over the path that the case made; our flights a message a datagram. */
static struct assoc *await_patiently(struct test *t)
{
    be_patient(t);
    struct assoc *a = await_client(t);

    pack_flights(a, MESSAGE_A_DATAGRAM);
    return a;
}

CASE(datagram_lost, .id = "loss/client-lost",
     .title = "Client completes a handshake in which a datagram is lost", .dut = CLIENT,
     .requirement = REQ_LOSS_SURVIVED, .members = lost, .slow = true)
{
    const struct loss *l = &losses[member(t)];

    if (l->last_flight)
        needs_liveness(t);
    lose(t, l->way, l->what);
    expect_completes(await_patiently(t));
}

static bool twice(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "verify-request", .title = "HelloVerifyRequest", .value = PATH_VERIFY_REQUEST},
        {.slug = "server-hello", .title = "ServerHello", .value = PATH_SERVER_HELLO},
        {.slug = "server-hello-done", .title = "ServerHelloDone", .value = PATH_SERVER_HELLO_DONE},
        {.slug = "change-cipher-spec", .title = "ChangeCipherSpec", .value = PATH_CHANGE_CIPHER_SPEC},
        {.slug = "finished", .title = "Finished", .value = PATH_FINISHED},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(datagram_twice, .id = "loss/client-twice",
     .title = "Client completes a handshake in which a datagram comes twice", .dut = CLIENT,
     .requirement = REQ_DUPLICATES_SURVIVED, .members = twice)
{
    enum on_path what = (enum on_path)member(t);

    if (what == PATH_CHANGE_CIPHER_SPEC || what == PATH_FINISHED)
        needs_liveness(t);
    repeat(t, what);
    expect_completes(await_patiently(t));
}

enum order { HELLO_AND_DONE, CCS_AND_FINISHED };

static bool orders(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "hello-and-done", .title = "ServerHelloDone before ServerHello", .value = HELLO_AND_DONE},
        {.slug = "ccs-and-finished", .title = "Finished before ChangeCipherSpec", .value = CCS_AND_FINISHED},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(datagrams_swapped, .id = "loss/client-swapped",
     .title = "Client completes a handshake in which a flight of the server comes out of order",
     .dut = CLIENT, .requirement = REQ_REORDER_SURVIVED, .members = orders)
{
    if (member(t) == CCS_AND_FINISHED)
        needs_liveness(t);
    swap(t, member(t) == HELLO_AND_DONE ? PATH_SERVER_HELLO : PATH_CHANGE_CIPHER_SPEC);
    expect_completes(await_patiently(t));
}

CASE(data_before_finished, .id = "loss/client-data-before-finished",
     .title = "Client keeps or drops application data that comes before a lost Finished, and completes",
     .dut = CLIENT, .requirement = REQ_EARLY_DATA_HARMLESS)
{
    needs_liveness(t);
    lose(t, SENT, PATH_FINISHED);
    send_data_at_once(t);
    expect_completes(await_patiently(t));
}

static bool packings(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "message-a-datagram", .title = "a message a datagram", .value = MESSAGE_A_DATAGRAM},
        {.slug = "shared-record",
         .title = "ServerHello and ServerHelloDone in one record",
         .value = SHARED_RECORDS},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(any_packing, .id = "loss/client-packing", .title = "Client takes a flight however it is packed",
     .dut = CLIENT, .requirement = REQ_PACKING_TAKEN, .members = packings)
{
    struct assoc *a = await_patiently(t);

    pack_flights(a, (enum flight_packing)member(t));
    expect_completes(a);
}

/* ---- the flight that nothing answers --------------------------------------------------------------------------------------- */

static struct assoc *after_client_flight(struct test *t)
{
    struct assoc *a = await_client(t);

    await_client_flight(a);
    return a;
}

CASE(flight_repeated, .id = "loss/client-flight-repeated",
     .title = "Client repeats a flight that nothing answers", .dut = CLIENT,
     .requirement = REQ_FLIGHT_REPEATED)
{
    static const char expected[] = "the flight up to Finished again, by its own timer";
    struct repetitions r = watch_repetitions(after_client_flight(t), 1, WATCH_MS);

    if (r.n == 0)
        fail_missed(t, expected, "nothing came again");
    say(t, expected, "again after %d ms", (int)(r.after_us[0] / 1000));
}

CASE(flight_repeated_whole, .id = "loss/client-flight-repeated-whole",
     .title = "Client repeats every message of a flight", .dut = CLIENT,
     .requirement = REQ_FLIGHT_REPEATED_WHOLE)
{
    static const uint8_t types[] = {CLIENT_KEY_EXCHANGE, FINISHED};
    static const char expected[] = "each message of the flight again, with its number and its body";
    struct assoc *a = after_client_flight(t);

    if (watch_repetitions(a, 1, WATCH_MS).n == 0)
        not_applicable(t, "the device does not repeat its flight");
    watch_whole_repetition(a, types, sizeof types, WHOLE_MS);
    for (size_t i = 0; i < sizeof types; i++) {
        const char *bad = repeated_badly(a, types[i]);

        if (bad != NULL)
            fail_missed(t, expected, "%s", bad);
    }
    if (!repeats_change_cipher_spec(a))
        fail_missed(t, expected, "no ChangeCipherSpec");
    say(t, expected, "so");
}

CASE(new_numbers, .id = "loss/client-repetition-has-new-numbers",
     .title = "Client repeats a flight in records with new numbers", .dut = CLIENT,
     .requirement = REQ_REPETITION_NEW_NUMBERS)
{
    static const char expected[] = "records with numbers that were not used before";
    struct assoc *a = after_client_flight(t);
    struct event used;

    if (watch_repetitions(a, 1, WATCH_MS).n == 0)
        not_applicable(t, "the device does not repeat its flight");
    if (find_used_number(a, &used)) {
        mark_entry(t, used.trace_at, used.record_at + 5, 6, "a number that was used before");
        fail_shown(t, expected, "record %llu of epoch %u again", (unsigned long long)used.seq, used.epoch);
    }
    say(t, expected, "so");
}

/* What was measured on a machine that may be late: in the pool it is not judged. A device that dials when it likes is
 * measured once. */
static bool measure_again(struct test *t, const struct repetitions *r, int i)
{
    if (is_hasty(t))
        not_judged(t, "measured while other cases ran: %d ms after the flight", (int)(r->after_us[0] / 1000));
    return i + 1 < MEASUREMENTS && dials_on_demand(t);
}

static struct repetitions measure(struct test *t, size_t wanted)
{
    struct assoc *a = after_client_flight(t);
    struct repetitions r = watch_repetitions(a, wanted, WATCH_MS);

    if (r.n < wanted)
        not_applicable(t, "the device repeated its flight %zu times only", r.n);
    if (r.disturbed)
        not_judged(t, "our flight went out twice: what was repeated may be an answer to that");
    return r;
}

static const char *family_of(int64_t us)
{
    return us < SECOND_US * 3 / 2 ? "of a second, RFC 6347 4.2.4.1"
           : us < 8 * SECOND_US   ? "longer than a second"
                                  : "for constrained networks, RFC 7925 11";
}

CASE(first_interval, .id = "loss/client-first-interval",
     .title = "Client waits a second before it repeats a flight", .dut = CLIENT,
     .requirement = REQ_TIMER_NOT_SHORT, .slow = true)
{
    static const char expected[] = "no repetition sooner than 800 ms after the flight";
    struct repetitions r;
    int i = 0;

    do {
        r = measure(t, 1);
        if (r.after_us[0] >= TIMER_LEAST_US) {
            say(t, expected, "%d ms", (int)(r.after_us[0] / 1000));
            note(t, "a timer %s: %d ms", family_of(r.after_us[0]), (int)(r.after_us[0] / 1000));
            return;
        }
    } while (measure_again(t, &r, i++));
    fail_shown(t, expected, "%d ms, in each of %d handshakes", (int)(r.after_us[0] / 1000), i);
}

CASE(backs_off, .id = "loss/client-back-off", .title = "Client waits longer before each repetition",
     .dut = CLIENT, .requirement = REQ_TIMER_BACKS_OFF, .slow = true)
{
    static const char expected[] = "an interval that is half as long again as the one before, at least";
    struct repetitions r;
    int i = 0;

    do {
        r = measure(t, 2);
        int64_t one = r.after_us[0], two = r.after_us[1] - r.after_us[0];

        if (2 * two >= 3 * one) {
            say(t, expected, "%d ms, then %d ms", (int)(one / 1000), (int)(two / 1000));
            return;
        }
    } while (measure_again(t, &r, i++));
    fail_shown(t, expected, "%d ms, then %d ms, in the last of %d handshakes", (int)(r.after_us[0] / 1000),
               (int)((r.after_us[1] - r.after_us[0]) / 1000), i);
}

CHAPTER(loss_client_chapter, "loss", "Loss, repetition and order on the path: clients", &datagram_lost,
        &datagram_twice, &datagrams_swapped, &data_before_finished, &any_packing, &flight_repeated,
        &flight_repeated_whole, &new_numbers, &first_interval, &backs_off);
