/* Record numbers: what comes twice, late, or with a number that was forged, RFC 6347 4.1.2.6. */
#include "record.h"

enum { WINDOW_LEAST = 32, AHEAD = 1000, FORGED_OCTETS = 40 };

static const uint64_t last_number = 0xFFFFFFFFFFFF;

/* The next numbers of the epoch are skipped; the first of them. */
static uint64_t skip_numbers(struct assoc *a, uint64_t n)
{
    uint64_t first = a->write[a->write_epoch].next_seq;

    a->write[a->write_epoch].next_seq += n;
    return first;
}

/* ---- what comes twice --------------------------------------------------------------------------------------------------- */

static void replayed(struct test *t, struct assoc *(*reach)(struct test *t))
{
    struct assoc *a = reach(t);

    ask_with_requests(a);
    struct sealed s = served_probe(a);

    deviate(t, "the record that was just answered, once more, octet for octet");
    expect_not_answered(a, &s, "the record that comes a second time");
}

/* [setup] A record of that number is answered: the window stands there. Another one is tried when the device was slow. */
static void move_window(struct assoc *a, uint64_t seq)
{
    struct sealed high = seal_probe(a, .seq = seq);
    struct fate f = what_became(a, &high);

    if (!f.answered)
        not_judged(test_of(a), "a record with a higher number, others left out, is not answered");
}

static void replayed_late(struct test *t)
{
    struct assoc *a = established(t);

    ask_with_requests(a);
    uint64_t first = skip_numbers(a, WINDOW_LEAST);
    struct sealed late = seal_probe(a, .seq = first + 1);

    move_window(a, first + WINDOW_LEAST - 1);
    struct fate f = what_became(a, &late);

    if (!f.answered)
        not_applicable(t, "the device takes no late records; that is judged by record/late-in-window");
    deviate(t, "the late record that was just answered, once more");
    expect_not_answered(a, &late, "the late record that comes a second time");
}

/* ---- what comes late ---------------------------------------------------------------------------------------------------- */

static bool delays(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "1", .title = "1 number late", .value = 1},
        {.slug = "10", .title = "10 numbers late", .value = 10},
        {.slug = "31", .title = "31 numbers late", .value = 31},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static void late_in_window(struct test *t)
{
    struct assoc *a = established(t);

    ask_with_requests(a);
    uint64_t first = skip_numbers(a, WINDOW_LEAST), top = first + WINDOW_LEAST - 1;
    struct sealed high = seal_probe(a, .seq = top), late = seal_probe(a, .seq = top - member(t));

    needs_liveness(t);
    expect_processed(a, &high);
    deviate(t, "a new record whose number is %u below the highest so far", (unsigned)member(t));
    expect_processed(a, &late);
}

static void left_of_window(struct test *t)
{
    struct assoc *a = established(t);

    ask_with_requests(a);
    uint64_t first = skip_numbers(a, AHEAD);
    struct sealed old = seal_probe(a, .seq = first);

    served_probe(a);
    deviate(t, "a new record whose number is %d below the highest so far", AHEAD);
    expect_not_answered(a, &old, "a record that is a thousand numbers late");
}

/* ---- what is forged ----------------------------------------------------------------------------------------------------- */

enum forged { FORGED_FAR, FORGED_LAST };

static bool forged_numbers(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "far", .title = "a thousand numbers ahead", .value = FORGED_FAR},
        {.slug = "last", .title = "the last number of all", .value = FORGED_LAST},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static void forged_number(struct test *t)
{
    struct assoc *a = established(t);
    uint64_t next = a->write[a->write_epoch].next_seq;

    needs_liveness(t);
    deviate(t, "two records with a bad MAC, their number %s",
            member(t) == FORGED_LAST ? "2^48-1" : "1000 ahead");
    for (int i = 0; i < 2; i++) {
        struct sealed s = seal_probe(a, .seq = member(t) == FORGED_LAST ? last_number : next + AHEAD);

        flip_bit(&s, s.n - 1);
        send_sealed(a, &s);
    }
    expect_no_harm(a, "records with a bad MAC and a high number");
}

static void send_forged_handshake(struct assoc *a)
{
    struct test *t = test_of(a);

    deviate(t, "two records of epoch 1 before its time, number 2^48-1, random octets");
    for (int i = 0; i < 2; i++)
        send_plain_record(a, CONTENT_HANDSHAKE, DTLS_1_2, 1, last_number, random_bytes(t, FORGED_OCTETS));
}

CASE(forged_during, .id = "record/forged-number-during-handshake",
     .title = "Server finishes the handshake after a forged record of the coming epoch",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_WINDOW_AFTER_MAC, .negative = true)
{
    static const char expected[] = "a completed handshake, or an alert";
    struct assoc *a = at_server_hello_done(t);
    enum alert refusal;

    send_forged_handshake(a);
    if (handshake_finishes(a, &refusal)) {
        say(t, expected, "completed");
        return;
    }
    if (refusal == ALERT_NONE)
        fail_missed(t, expected, "no Finished that verifies, and no alert");
    note(t, "alert %s (%u) ends the handshake; that is judged by the rows on bad records",
         alert_name((uint8_t)refusal), (unsigned)refusal);
    say(t, expected, "alert %s", alert_name((uint8_t)refusal));
}

CASE(client_forged_during, .id = "record/client-forged-number-during-handshake",
     .title = "Client finishes the handshake after a forged record of the coming epoch", .dut = CLIENT,
     .requirement = REQ_WINDOW_AFTER_MAC, .negative = true)
{
    struct assoc *a = at_client_hello(t);

    needs_liveness(t);
    server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK));
    expect_client_key_exchange(a);
    expect_client_finished(a);
    send_forged_handshake(a);
    server_finish(a);
    expect_no_harm(a, "forged records of the coming epoch");
}

/* ---- the cases ---------------------------------------------------------------------------------------------------------- */

PAIR(replay, "record", "replayed", "does not process a record a second time", REQ_REPLAY_REFUSED, true, NULL,
     replayed(t, established))
PAIR(replay_cbc, "record", "replayed-cbc", "does not process a CBC record a second time", REQ_REPLAY_REFUSED,
     true, NULL, replayed(t, cbc_etm))
PAIR(replay_late, "record", "replayed-late", "does not process a late record a second time",
     REQ_REPLAY_REFUSED, true, NULL, replayed_late(t))
PAIR(late, "record", "late-in-window", "processes a new record that is late", REQ_WINDOW_OF_32, false, delays,
     late_in_window(t))
PAIR(left, "record", "left-of-window", "does not process a record that is a thousand numbers late",
     REQ_OLD_NUMBER_REFUSED, true, NULL, left_of_window(t))
PAIR(forged, "record", "forged-number", "goes on after a record with a bad MAC and a high number",
     REQ_WINDOW_AFTER_MAC, true, forged_numbers, forged_number(t))

CHAPTER(record_window_chapter, "record", "Records", &replay, &replay_cbc, &replay_late, &late, &left, &forged,
        &forged_during, &client_replay, &client_replay_cbc, &client_replay_late, &client_late, &client_left,
        &client_forged, &client_forged_during);
