/* Loss, repetition and order on the path, RFC 6347 4.2.4: what a server must live with, and what it repeats itself. */
#include "case/case.h"

enum { WATCH_MS = 20000, WHOLE_MS = 2000, ANSWER_MS = 700, MEASUREMENTS = 2, LAST_FLIGHT_TRIES = 3 };
enum { TIMER_LEAST_US = 800000, SECOND_US = 1000000 };

/* A peer that waits patiently, over the path that the case made. */
static struct assoc *dial_patiently(struct test *t)
{
    be_patient(t);
    return dial(t);
}

/* ---- the path ------------------------------------------------------------------------------------------------------------ */

struct loss {
    const char *slug, *title;
    enum way way;
    enum on_path what;
    bool on_demand; /* it comes again when we ask, and by no timer: no need for patience */
};

static const struct loss losses[] = {
    {"client-hello", "the first ClientHello", SENT, PATH_CLIENT_HELLO, false},
    {"verify-request", "the HelloVerifyRequest", RECEIVED, PATH_VERIFY_REQUEST, false},
    {"second-client-hello", "the ClientHello with the cookie", SENT, PATH_SECOND_HELLO, false},
    {"server-hello", "the ServerHello", RECEIVED, PATH_SERVER_HELLO, false},
    {"server-hello-done", "the ServerHelloDone", RECEIVED, PATH_SERVER_HELLO_DONE, false},
    {"key-exchange", "the ClientKeyExchange", SENT, PATH_KEY_EXCHANGE, false},
    {"change-cipher-spec", "the client's ChangeCipherSpec", SENT, PATH_CHANGE_CIPHER_SPEC, false},
    {"finished", "the client's Finished", SENT, PATH_FINISHED, false},
    {"server-change-cipher-spec", "the server's ChangeCipherSpec", RECEIVED, PATH_CHANGE_CIPHER_SPEC, true},
    {"server-finished", "the server's Finished", RECEIVED, PATH_FINISHED, true},
};

static bool lost(size_t i, struct member *out)
{
    if (i >= sizeof losses / sizeof *losses)
        return false;
    *out = (struct member){.slug = losses[i].slug, .title = losses[i].title, .value = (uint32_t)i};
    return true;
}

CASE(datagram_lost, .id = "loss/lost", .title = "Server completes a handshake in which a datagram is lost",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_LOSS_SURVIVED, .members = lost, .slow = true)
{
    const struct loss *l = &losses[member(t)];

    lose(t, l->way, l->what);
    struct assoc *a = l->on_demand ? dial(t) : dial_patiently(t);

    pack_flights(a, MESSAGE_A_DATAGRAM);
    expect_completes(a);
}

static bool twice(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "client-hello", .title = "the first ClientHello", .value = PATH_CLIENT_HELLO},
        {.slug = "second-client-hello",
         .title = "the ClientHello with the cookie",
         .value = PATH_SECOND_HELLO},
        {.slug = "key-exchange", .title = "ClientKeyExchange", .value = PATH_KEY_EXCHANGE},
        {.slug = "change-cipher-spec", .title = "ChangeCipherSpec", .value = PATH_CHANGE_CIPHER_SPEC},
        {.slug = "finished", .title = "Finished", .value = PATH_FINISHED},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(datagram_twice, .id = "loss/twice",
     .title = "Server completes a handshake in which a datagram comes twice",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_DUPLICATES_SURVIVED, .members = twice)
{
    repeat(t, (enum on_path)member(t));
    struct assoc *a = dial_patiently(t);

    pack_flights(a, MESSAGE_A_DATAGRAM);
    expect_completes(a);
}

CASE(change_cipher_spec_again, .id = "loss/resealed-change-cipher-spec",
     .title =
         "Server completes a handshake in which the ChangeCipherSpec of a repeated flight overtakes Finished",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_DUPLICATES_SURVIVED)
{
    struct assoc *a = dial_patiently(t);

    good_hello(a);
    flight_begin(a);
    queue_client_key_exchange(a, identity_of(t));
    flight_change_cipher_spec(a);
    a->write_epoch = 0; /* the second one is in the clear as well */
    flight_change_cipher_spec(a);
    queue_finished(a);
    flight_send(a, true);
    expect_finished(a);
    if (liveness_of(t) != LIVENESS_NONE)
        expect_alive(a);
    say(t, "a completed handshake", "completed");
}

enum order { KEY_EXCHANGE_AND_CCS, CCS_AND_FINISHED, ALL_REVERSED };

static bool orders(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "key-exchange-and-ccs",
         .title = "ChangeCipherSpec before ClientKeyExchange",
         .value = KEY_EXCHANGE_AND_CCS},
        {.slug = "ccs-and-finished", .title = "Finished before ChangeCipherSpec", .value = CCS_AND_FINISHED},
        {.slug = "all-reversed",
         .title = "Finished, ChangeCipherSpec, ClientKeyExchange",
         .value = ALL_REVERSED},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(datagrams_swapped, .id = "loss/swapped",
     .title = "Server completes a handshake in which the client's last flight comes out of order",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_REORDER_SURVIVED, .members = orders)
{
    if (member(t) != CCS_AND_FINISHED)
        swap(t, PATH_KEY_EXCHANGE);
    if (member(t) != KEY_EXCHANGE_AND_CCS)
        swap(t, PATH_CHANGE_CIPHER_SPEC);
    struct assoc *a = dial_patiently(t);

    pack_flights(a, MESSAGE_A_DATAGRAM);
    expect_completes(a);
}

static bool packings(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "message-a-datagram", .title = "a message a datagram", .value = MESSAGE_A_DATAGRAM},
        {.slug = "key-exchange-apart",
         .title = "ClientKeyExchange, then ChangeCipherSpec with Finished",
         .value = KEY_EXCHANGE_APART},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(any_packing, .id = "loss/packing", .title = "Server takes a flight however it is packed",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_PACKING_TAKEN, .members = packings)
{
    struct assoc *a = dial_patiently(t);

    pack_flights(a, (enum flight_packing)member(t));
    expect_completes(a);
}

/* ---- the flight that nothing answers --------------------------------------------------------------------------------------- */

static struct assoc *at_server_hello_done(struct test *t)
{
    struct assoc *a = dial(t);

    good_hello(a);
    return a;
}

CASE(flight_repeated, .id = "loss/flight-repeated", .title = "Server repeats a flight that nothing answers",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_FLIGHT_REPEATED)
{
    static const char expected[] = "the flight up to ServerHelloDone again, by its own timer";
    struct repetitions r = watch_repetitions(at_server_hello_done(t), 1, WATCH_MS);

    if (r.n == 0)
        fail_missed(t, expected, "nothing came again");
    say(t, expected, "again after %d ms", (int)(r.after_us[0] / 1000));
}

CASE(flight_repeated_whole, .id = "loss/flight-repeated-whole",
     .title = "Server repeats every message of a flight", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_FLIGHT_REPEATED_WHOLE)
{
    static const uint8_t types[] = {SERVER_HELLO, SERVER_KEY_EXCHANGE, SERVER_HELLO_DONE};
    static const char expected[] = "each message of the flight again, with its number and its body";
    struct assoc *a = at_server_hello_done(t);

    if (watch_repetitions(a, 1, WATCH_MS).n == 0)
        not_applicable(t, "the device does not repeat its flight");
    watch_whole_repetition(a, types, sizeof types, WHOLE_MS);
    for (size_t i = 0; i < sizeof types; i++) {
        const char *bad = repeated_badly(a, types[i]);

        if (bad != NULL)
            fail_missed(t, expected, "%s", bad);
    }
    say(t, expected, "so");
}

CASE(new_numbers, .id = "loss/repetition-has-new-numbers",
     .title = "Server repeats a flight in records with new numbers", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_REPETITION_NEW_NUMBERS)
{
    static const char expected[] = "records with numbers that were not used before";
    struct assoc *a = at_server_hello_done(t);
    struct event used;

    if (watch_repetitions(a, 1, WATCH_MS).n == 0)
        not_applicable(t, "the device does not repeat its flight");
    if (find_used_number(a, &used)) {
        mark_entry(t, used.trace_at, used.record_at + 5, 6, "a number that was used before");
        fail_shown(t, expected, "record %llu of epoch %u again", (unsigned long long)used.seq, used.epoch);
    }
    say(t, expected, "so");
}

/* What was measured on a machine that may be late: in the pool it is not judged. */
static void distrust_if_hasty(struct test *t, const struct repetitions *r)
{
    if (is_hasty(t))
        not_judged(t, "measured while other cases ran: %d ms after the flight", (int)(r->after_us[0] / 1000));
}

static const char *family_of(int64_t us)
{
    return us < SECOND_US * 3 / 2 ? "of a second, RFC 6347 4.2.4.1"
           : us < 8 * SECOND_US   ? "longer than a second"
                                  : "for constrained networks, RFC 7925 11";
}

/* A fresh measurement; not-applicable without `wanted` repetitions. */
static struct repetitions measure(struct test *t, size_t wanted)
{
    struct assoc *a = at_server_hello_done(t);
    struct repetitions r = watch_repetitions(a, wanted, WATCH_MS);

    if (r.n < wanted)
        not_applicable(t, "the device repeated its flight %zu times only", r.n);
    if (r.disturbed)
        not_judged(t, "our hello went out twice: what was repeated may be an answer to that");
    hang_up(a);
    return r;
}

CASE(first_interval, .id = "loss/first-interval", .title = "Server waits a second before it repeats a flight",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_TIMER_NOT_SHORT, .slow = true)
{
    static const char expected[] = "no repetition sooner than 800 ms after the flight";
    struct repetitions r = {0};

    for (int i = 0; i < MEASUREMENTS; i++) {
        r = measure(t, 1);
        if (r.after_us[0] >= TIMER_LEAST_US) {
            say(t, expected, "%d ms", (int)(r.after_us[0] / 1000));
            note(t, "a timer %s: %d ms", family_of(r.after_us[0]), (int)(r.after_us[0] / 1000));
            return;
        }
        distrust_if_hasty(t, &r);
    }
    fail_shown(t, expected, "%d ms, in each of two handshakes", (int)(r.after_us[0] / 1000));
}

CASE(backs_off, .id = "loss/back-off", .title = "Server waits longer before each repetition",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_TIMER_BACKS_OFF, .slow = true)
{
    static const char expected[] = "an interval that is half as long again as the one before, at least";
    struct repetitions r = {0};

    for (int i = 0; i < MEASUREMENTS; i++) {
        r = measure(t, 2);
        int64_t one = r.after_us[0], two = r.after_us[1] - r.after_us[0];

        if (2 * two >= 3 * one) {
            say(t, expected, "%d ms, then %d ms", (int)(one / 1000), (int)(two / 1000));
            return;
        }
        distrust_if_hasty(t, &r);
    }
    fail_shown(t, expected, "%d ms, then %d ms, in the second of two handshakes", (int)(r.after_us[0] / 1000),
               (int)((r.after_us[1] - r.after_us[0]) / 1000));
}

/* ---- repeated on demand ------------------------------------------------------------------------------------------------------ */

CASE(repeated_hello_answered, .id = "loss/repeated-hello-answered",
     .title = "Server repeats its flight when the client repeats the hello", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_PEER_REPETITION_ANSWERED, .slow = true)
{
    static const char expected[] = "the flight again, before the server's own timer is over";

    for (int i = 0; i < MEASUREMENTS; i++) {
        struct assoc *a = at_server_hello_done(t);

        if (repetition_is_answered(a, ANSWER_MS)) {
            say(t, expected, "again");
            return;
        }
        hang_up(a);
    }
    fail_missed(t, expected, "nothing within %d ms, in each of two handshakes", ANSWER_MS);
}

/* A server may forget its flight once application data came: none is sent. */
static struct assoc *after_last_flight(struct test *t)
{
    struct assoc *a = dial(t);

    complete_and_keep_flight(a);
    wait_ms(t, 200, "the handshake is over for the server");
    return a;
}

CASE(last_flight_repeated, .id = "loss/last-flight-repeated",
     .title = "Server repeats its last flight when the client repeats its own",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_LAST_FLIGHT_REPEATED, .slow = true)
{
    static const char expected[] = "Finished again";

    if (!last_flight_comes_again(after_last_flight(t), LAST_FLIGHT_TRIES))
        fail_missed(t, expected, "none, though our last flight came to it again three times");
    say(t, expected, "again");
}

CASE(last_flight_has_ccs, .id = "loss/last-flight-has-ccs",
     .title = "Server repeats its last flight with its ChangeCipherSpec", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_LAST_FLIGHT_HAS_CCS, .slow = true)
{
    static const char expected[] = "ChangeCipherSpec again with Finished";
    struct assoc *a = after_last_flight(t);

    if (!last_flight_comes_again(a, LAST_FLIGHT_TRIES))
        not_applicable(t, "the device does not repeat its last flight");
    wait_ms(t, 200, "what belongs to the flight may come in another datagram");
    if (!repeats_change_cipher_spec(a))
        fail_missed(t, expected, "Finished without one");
    say(t, expected, "so");
}

CHAPTER(loss_chapter, "loss", "Loss, repetition and order on the path", &datagram_lost, &datagram_twice,
        &change_cipher_spec_again, &datagrams_swapped, &any_packing, &flight_repeated, &flight_repeated_whole,
        &new_numbers, &first_interval, &backs_off, &repeated_hello_answered, &last_flight_repeated,
        &last_flight_has_ccs);
