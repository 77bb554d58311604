/* Many datagrams of one kind, bounded: afterwards the device still serves. */
#include <string.h>

#include "case/case.h"

enum { SERVERS = SERVER | BOOTSTRAP_SERVER, MANY = 1000, JUNK_MAX = 1200, PIECE = 100, WHOLE = 16384 };

/* ---- handshakes that nobody goes on with ---------------------------------------------------------------------------------- */

CASE(half_open_hellos, .id = "dos/half-open-hellos",
     .title = "Server keeps no state for clients that do not send its cookie", .dut = SERVERS,
     .requirement = REQ_COOKIE_STATELESS, .negative = true, .alone = true)
{
    struct assoc *a = dial(t);

    if (ask_cookie(a, .version = DTLS_1_2).n == 0)
        not_applicable(t, "the device asks for no cookie");
    hang_up(a);
    expect_place_for_all(t, leave_half_open(t, MANY, false));
}

CASE(half_open_handshakes, .id = "dos/half-open-handshakes",
     .title = "Server serves on after a thousand handshakes that nobody finished", .dut = SERVERS,
     .requirement = REQ_SURVIVES_BAD_INPUT, .negative = true, .alone = true)
{
    leave_half_open(t, MANY, true);
    expect_recovery(t);
}

static struct bytes hello_without_common_suite(struct assoc *a, size_t i)
{
    static const uint16_t unassigned[] = {0xE001};
    struct offer offer = {.list = {unassigned, 1}, .renegotiation_scsv = WITHOUT};
    struct bytes body = build_client_hello(a, &offer, NO_BYTES);
    size_t cap = RECORD_HEADER + HANDSHAKE_HEADER + body.n;
    struct writer message = writer_of(arena_alloc(a->arena, cap), cap);
    struct writer w = writer_of(arena_alloc(a->arena, cap), cap);
    uint32_t n = (uint32_t)body.n;

    put_fragment(&message, &(struct fragment){CLIENT_HELLO, n, 0, 0, n, body});
    put_record(&w, CONTENT_HANDSHAKE, DTLS_1_0, 0, i, written(&message));
    return written(&w);
}

CASE(bad_hellos, .id = "dos/bad-hellos",
     .title = "Server serves on after a thousand hellos without a common suite", .dut = SERVERS,
     .requirement = REQ_SURVIVES_BAD_INPUT, .negative = true, .alone = true)
{
    flood(dial(t), MANY, hello_without_common_suite, "hellos of one suite that nobody has");
    expect_recovery(t);
}

/* ---- what no handshake consists of ------------------------------------------------------------------------------------------ */

static struct bytes junk(struct assoc *a, size_t i)
{
    return random_bytes(test_of(a), 1 + i % JUNK_MAX);
}

CASE(junk_datagrams, .id = "dos/junk", .title = "Server serves on after a thousand random datagrams",
     .dut = SERVERS, .requirement = REQ_SURVIVES_BAD_INPUT, .negative = true, .alone = true)
{
    flood(dial(t), MANY, junk, "1 to 1200 random octets");
    expect_recovery(t);
}

static struct bytes future_piece(struct assoc *a, size_t i)
{
    size_t cap = RECORD_HEADER + HANDSHAKE_HEADER + PIECE;
    struct writer message = writer_of(arena_alloc(a->arena, cap), cap);
    struct writer w = writer_of(arena_alloc(a->arena, cap), cap);
    uint16_t message_seq = (uint16_t)(a->next_send_seq + i);

    put_fragment(&message, &(struct fragment){CLIENT_KEY_EXCHANGE, WHOLE, message_seq, 0, PIECE,
                                              random_bytes(test_of(a), PIECE)});
    put_record(&w, CONTENT_HANDSHAKE, DTLS_1_2, 0, take_seq(a, 0), written(&message));
    return written(&w);
}

CASE(future_fragments, .id = "dos/future-fragments",
     .title = "Server serves on after a thousand pieces of messages that never come", .dut = SERVERS,
     .requirement = REQ_SURVIVES_BAD_INPUT, .negative = true, .alone = true)
{
    struct assoc *a = dial(t);

    good_hello(a);
    flood(a, MANY, future_piece, "first pieces of messages of 16384 octets, each with the next message_seq");
    hang_up(a);
    expect_recovery(t);
}

/* ---- in an association --------------------------------------------------------------------------------------------------------- */

static struct bytes forged_record(struct assoc *a, size_t i)
{
    struct sealed s = seal_payload(a, bytes_of_text("forged"), .type = CONTENT_APPLICATION_DATA);

    (void)i;
    flip_bit(&s, s.n - 1);
    return (struct bytes){s.wire, s.n};
}

CASE(forged_records, .id = "dos/forged-records",
     .title = "Server serves on after a thousand records with a bad MAC", .dut = SERVERS,
     .requirement = REQ_SURVIVES_BAD_INPUT, .negative = true, .alone = true)
{
    struct assoc *a = dial(t);

    good_handshake(a);
    flood(a, MANY, forged_record, "records whose last octet is changed");
    hang_up(a);
    expect_recovery(t);
}

static struct bytes the_same_record(struct assoc *a, size_t i)
{
    static _Thread_local struct sealed s;

    if (i == 0)
        s = seal_payload(a, NO_BYTES, .type = CONTENT_APPLICATION_DATA);
    return (struct bytes){s.wire, s.n};
}

CASE(replays, .id = "dos/replays", .title = "Server serves on after one record came a thousand times",
     .dut = SERVERS, .requirement = REQ_SURVIVES_BAD_INPUT, .negative = true, .alone = true)
{
    struct assoc *a = dial(t);

    good_handshake(a);
    flood(a, MANY, the_same_record, "one good record of no octets, again and again");
    hang_up(a);
    expect_recovery(t);
}

/* ---- clients ---------------------------------------------------------------------------------------------------------------------- */

CASE(client_junk, .id = "dos/client-junk", .title = "Client dials again after a thousand random datagrams",
     .dut = CLIENT, .requirement = REQ_SURVIVES_BAD_INPUT, .negative = true, .alone = true)
{
    struct assoc *a = await_client(t);

    flood(a, MANY, junk, "1 to 1200 random octets in answer to its hello");
    say(t, "the device dials again", "1000 datagrams were sent");
}

CASE(client_forged_records, .id = "dos/client-forged-records",
     .title = "Client dials again after a thousand records with a bad MAC", .dut = CLIENT,
     .requirement = REQ_SURVIVES_BAD_INPUT, .negative = true, .alone = true)
{
    struct assoc *a = await_client(t);

    serve_good(a);
    flood(a, MANY, forged_record, "records whose last octet is changed");
    say(t, "the device dials again", "1000 records were sent");
}

CHAPTER(dos_chapter, "dos", "Many datagrams at once", &half_open_hellos, &half_open_handshakes, &bad_hellos,
        &junk_datagrams, &future_fragments, &forged_records, &replays, &client_junk, &client_forged_records);
