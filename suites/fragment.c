/* Messages in pieces, RFC 6347 4.2.3: what a server must put together, and what it must not. */
#include "suites/fragment.h"

/* The device took a good offer and waits for ClientKeyExchange; all that follows is sent at once. */
static struct assoc *at_server_hello_done(struct test *t)
{
    struct assoc *a = dial(t);

    good_hello(a);
    return a;
}

static void expect_completed(struct assoc *a)
{
    expect_finished(a);
    if (liveness_of(test_of(a)) != LIVENESS_NONE)
        expect_alive(a);
    say(test_of(a), "a completed handshake", "completed");
}

/* ---- good pieces -------------------------------------------------------------------------------------------------------- */

/* Our last flight, its ClientKeyExchange cut so. */
static void finish_in_pieces(struct assoc *a, struct bytes body, struct pieces p)
{
    flight_begin(a);
    flight_message_in_pieces(a, CLIENT_KEY_EXCHANGE, body, p.at, p.n);
    assoc_derive(a);
    flight_change_cipher_spec(a);
    queue_finished(a);
    flight_send(a, true);
}

CASE(key_exchange_in_pieces, .id = "fragment/key-exchange",
     .title = "Server puts a ClientKeyExchange together", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_FRAGMENTS_REASSEMBLED, .members = fragment_cuts)
{
    struct assoc *a = at_server_hello_done(t);
    struct bytes body = key_exchange_body(t, identity_of(t));

    a->packing.record_a_datagram = member(t) == OWN_DATAGRAMS;
    finish_in_pieces(a, body, cut_as(t, body.n, member(t)));
    expect_completed(a);
}

enum overlap { ONE_OCTET, HALF, WHOLE_AFTER_PIECE };

static bool overlaps(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "1", .title = "one octet in common", .value = ONE_OCTET},
        {.slug = "half", .title = "half of it in common", .value = HALF},
        {.slug = "whole-after-piece", .title = "the whole after a piece", .value = WHOLE_AFTER_PIECE},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(key_exchange_overlapping, .id = "fragment/key-exchange-overlapping",
     .title = "Server puts a ClientKeyExchange together whose pieces overlap",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_FRAGMENT_OVERLAP, .members = overlaps)
{
    struct assoc *a = at_server_hello_done(t);
    struct bytes body = key_exchange_body(t, identity_of(t));

    finish_in_pieces(a, body,
                     member(t) == WHOLE_AFTER_PIECE
                         ? whole_after_piece(t, body.n, 5)
                         : overlapping(t, body.n, member(t) == HALF ? body.n / 2 : 1));
    expect_completed(a);
}

CASE(hash_of_whole_messages, .id = "fragment/hash-of-whole-messages",
     .title = "Server's Finished is over whole messages when they come in pieces",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_FINISHED_OVER_WHOLE_MESSAGES)
{
    static const char expected[] = "a Finished that verifies";
    struct assoc *a = at_server_hello_done(t);
    struct bytes body = key_exchange_body(t, identity_of(t));
    struct event e;

    finish_in_pieces(a, body, split(t, body.n, 3));
    do {
        e = await_event(a, true);
        if (e.kind == EVENT_NONE || e.kind == EVENT_ALERT)
            not_applicable(
                t,
                "the device does not go on with a ClientKeyExchange in 3 pieces; that is judged elsewhere");
    } while (e.kind != EVENT_MESSAGE || e.message_type != FINISHED);
    require(t, finished_verifies(a, &e), expected, "a Finished with wrong verify_data");
    say(t, expected, "it does");
}

enum finished { FINISHED_2, FINISHED_EACH_OCTET, FINISHED_REVERSED, FINISHED_OVERLAPPING };

static bool finished_cuts(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "2", .title = "2 pieces", .value = FINISHED_2},
        {.slug = "each-octet", .title = "an octet a piece", .value = FINISHED_EACH_OCTET},
        {.slug = "reversed", .title = "2 pieces, the last first", .value = FINISHED_REVERSED},
        {.slug = "overlapping",
         .title = "2 pieces with 4 octets in common",
         .value = FINISHED_OVERLAPPING,
         .requirement = REQ_FRAGMENT_OVERLAP,
         .own_requirement = true},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(finished_in_pieces, .id = "fragment/finished", .title = "Server puts a Finished together",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_FRAGMENTS_REASSEMBLED, .members = finished_cuts)
{
    struct assoc *a = at_server_hello_done(t);
    struct pieces p = split(t, VERIFY_DATA, member(t) == FINISHED_EACH_OCTET ? MANY : 2);
    uint8_t data[VERIFY_DATA];

    if (member(t) == FINISHED_REVERSED)
        p = reversed(t, p);
    if (member(t) == FINISHED_OVERLAPPING)
        p = overlapping(t, VERIFY_DATA, 4);
    flight_begin(a);
    queue_client_key_exchange(a, identity_of(t));
    flight_change_cipher_spec(a);
    assoc_verify_data(a, SIDE_CLIENT, a->transcript_n, data);
    flight_message_in_pieces(a, FINISHED, BYTES(data), p.at, p.n);
    flight_send(a, true);
    expect_completed(a);
}

enum hello_cut { HELLO_2, HELLO_5, HELLO_OVERLAPPING };

static bool hello_cuts(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "2", .title = "2 pieces", .value = HELLO_2},
        {.slug = "5", .title = "5 pieces", .value = HELLO_5},
        {.slug = "overlapping", .title = "2 pieces that share half", .value = HELLO_OVERLAPPING},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(second_hello_in_pieces, .id = "fragment/second-hello",
     .title = "Server puts a ClientHello with its cookie together", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_HELLO_FRAGMENTS_TAKEN, .members = hello_cuts)
{
    struct assoc *a = dial(t);
    struct bytes cookie = ask_cookie(a, .version = DTLS_1_2);

    if (cookie.n == 0)
        not_applicable(t, "the device asks for no cookie");
    struct bytes body = hello_body(a, cookie);
    struct pieces p = member(t) == HELLO_OVERLAPPING ? overlapping(t, body.n, body.n / 2)
                                                     : split(t, body.n, member(t) == HELLO_5 ? 5 : 2);

    flight_begin(a);
    flight_message_in_pieces(a, CLIENT_HELLO, body, p.at, p.n);
    flight_send(a, true);
    expect_server_hello(a);
}

/* ---- pieces that contradict --------------------------------------------------------------------------------------------- */

CASE(pieces_disagree, .id = "fragment/disagreeing", .title = "Server takes no message whose pieces disagree",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_FRAGMENTS_AGREE, .negative = true,
     .members = fragment_lies)
{
    struct assoc *a = at_server_hello_done(t);
    struct bytes body = key_exchange_body(t, identity_of(t));
    uint16_t seq = a->next_send_seq;

    flight_begin(a);
    flight_message(a, CLIENT_KEY_EXCHANGE, body);
    assoc_derive(a);
    flight_begin(a); /* counted; it travels by hand */
    deviate(t, "fragments of the ClientKeyExchange that disagree; what follows is right");
    send_lie(a, CLIENT_KEY_EXCHANGE, seq, body, member(t));
    flight_change_cipher_spec(a);
    queue_finished(a);
    flight_send(a, false);
    expect_no_finished(a);
}

CASE(far_future, .id = "fragment/far-future-message",
     .title = "Server is not stopped by messages far ahead of their time", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_FUTURE_MESSAGE_HARMLESS, .negative = true)
{
    struct assoc *a = at_server_hello_done(t);
    struct bytes body = random_bytes(t, VERIFY_DATA);

    deviate(t, "messages numbered 65535 and 255 before their time");
    send_fragment(a, &(struct fragment){FINISHED, VERIFY_DATA, 0xFFFF, 0, VERIFY_DATA, body});
    send_fragment(a, &(struct fragment){FINISHED, VERIFY_DATA, 0x00FF, 0, 6, bytes_slice(body, 0, 6)});
    client_finish(a);
    expect_completed(a);
}

CHAPTER(fragment_chapter, "fragment", "Messages in pieces", &key_exchange_in_pieces,
        &key_exchange_overlapping, &hash_of_whole_messages, &finished_in_pieces, &second_hello_in_pieces,
        &pieces_disagree, &far_future);
