/* Messages in pieces, RFC 6347 4.2.3: what a client must put together, and what it must not. */
#include "suites/fragment.h"

/* ---- good pieces -------------------------------------------------------------------------------------------------------- */

/* Our ServerHello, cut so, and ServerHelloDone. */
static void answer_in_pieces(struct assoc *a, struct bytes body, struct pieces p)
{
    flight_begin(a);
    flight_message_in_pieces(a, SERVER_HELLO, body, p.at, p.n);
    flight_message(a, SERVER_HELLO_DONE, NO_BYTES);
    flight_send(a, true);
}

CASE(server_hello_in_pieces, .id = "fragment/client-server-hello",
     .title = "Client puts a ServerHello together", .dut = CLIENT, .requirement = REQ_FRAGMENTS_REASSEMBLED,
     .members = fragment_cuts)
{
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    struct bytes body = server_hello_body(a, .cipher = 0);

    a->packing.record_a_datagram = member(t) == OWN_DATAGRAMS;
    answer_in_pieces(a, body, cut_as(t, body.n, member(t)));
    expect_completed_client(a);
}

CASE(server_hello_overlapping, .id = "fragment/client-server-hello-overlapping",
     .title = "Client puts a ServerHello together whose pieces overlap", .dut = CLIENT,
     .requirement = REQ_FRAGMENT_OVERLAP)
{
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    struct bytes body = server_hello_body(a, .cipher = 0);

    answer_in_pieces(a, body, overlapping(t, body.n, body.n / 2));
    expect_completed_client(a);
}

CASE(hash_of_whole_messages, .id = "fragment/client-hash-of-whole-messages",
     .title = "Client's Finished is over whole messages when they come in pieces", .dut = CLIENT,
     .requirement = REQ_FINISHED_OVER_WHOLE_MESSAGES)
{
    struct assoc *a = await_client(t);
    enum alert refusal;

    first_client_hello(a);
    struct bytes body = server_hello_body(a, .cipher = 0);

    answer_in_pieces(a, body, split(t, body.n, 3));
    if (!client_goes_on(a, &refusal))
        not_applicable(t,
                       "the device does not go on with a ServerHello in 3 pieces; that is judged elsewhere");
    expect_client_finished(a);
}

CASE(hint_in_pieces, .id = "fragment/client-hint-in-5", .title = "Client puts a ServerKeyExchange together",
     .dut = CLIENT, .requirement = REQ_FRAGMENTS_REASSEMBLED)
{
    static const uint8_t length[] = {0, 200};
    struct assoc *a = await_client(t);
    struct bytes hint = join(t, BYTES(length), random_bytes(t, 200));
    struct pieces p = split(t, hint.n, 5);

    expect_client_hello(a);
    flight_begin(a);
    flight_message(a, SERVER_HELLO, server_hello_body(a, .cipher = 0));
    flight_message_in_pieces(a, SERVER_KEY_EXCHANGE, hint, p.at, p.n);
    flight_message(a, SERVER_HELLO_DONE, NO_BYTES);
    flight_send(a, true);
    expect_completed_client(a);
}

enum finished { FINISHED_2, FINISHED_EACH_OCTET, FINISHED_REVERSED };

static bool finished_cuts(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "2", .title = "2 pieces", .value = FINISHED_2},
        {.slug = "each-octet", .title = "an octet a piece", .value = FINISHED_EACH_OCTET},
        {.slug = "reversed", .title = "2 pieces, the last first", .value = FINISHED_REVERSED},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(finished_in_pieces, .id = "fragment/client-finished", .title = "Client puts a Finished together",
     .dut = CLIENT, .requirement = REQ_FRAGMENTS_REASSEMBLED, .members = finished_cuts)
{
    struct assoc *a = await_client_finished(t);
    struct pieces p = split(t, VERIFY_DATA, member(t) == FINISHED_EACH_OCTET ? MANY : 2);
    uint8_t data[VERIFY_DATA];

    if (member(t) == FINISHED_REVERSED)
        p = reversed(t, p);
    flight_begin(a);
    flight_change_cipher_spec(a);
    assoc_verify_data(a, SIDE_SERVER, a->transcript_n, data);
    flight_message_in_pieces(a, FINISHED, BYTES(data), p.at, p.n);
    flight_send(a, false);
    flight_finish(a);
    expect_served_client(a);
}

/* ---- pieces that contradict --------------------------------------------------------------------------------------------- */

CASE(pieces_disagree, .id = "fragment/client-disagreeing",
     .title = "Client takes no message whose pieces disagree", .dut = CLIENT,
     .requirement = REQ_FRAGMENTS_AGREE, .negative = true, .members = fragment_lies)
{
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    struct bytes body = server_hello_body(a, .cipher = 0);
    uint16_t seq = a->next_send_seq;

    flight_begin(a);
    deviate(t, "fragments of the ServerHello that disagree; the ServerHelloDone is right");
    flight_message(a, SERVER_HELLO, body);
    flight_begin(a); /* counted; it travels by hand */
    send_lie(a, SERVER_HELLO, seq, body, member(t));
    flight_message(a, SERVER_HELLO_DONE, NO_BYTES);
    flight_send(a, true);
    expect_abort(a);
}

CASE(far_future, .id = "fragment/client-far-future-message",
     .title = "Client is not stopped by messages far ahead of their time", .dut = CLIENT,
     .requirement = REQ_FUTURE_MESSAGE_HARMLESS, .negative = true)
{
    struct assoc *a = await_client(t);
    struct bytes body = random_bytes(t, VERIFY_DATA);

    expect_client_hello(a);
    deviate(t, "messages numbered 65535 and 255 before their time");
    send_fragment(a, &(struct fragment){FINISHED, VERIFY_DATA, 0xFFFF, 0, VERIFY_DATA, body});
    send_fragment(a, &(struct fragment){FINISHED, VERIFY_DATA, 0x00FF, 0, 6, bytes_slice(body, 0, 6)});
    server_hello(a, .cipher = good_suite(a));
    expect_completed_client(a);
}

/* ---- what it must live through ------------------------------------------------------------------------------------------ */

enum odd { ZERO_LENGTH, CUT_HEADER, CUT_BODY, LENGTH_FFFFFF, MANY_LENGTHS };

static bool odds(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "zero-length", .title = "a piece of no octets", .value = ZERO_LENGTH},
        {.slug = "cut-header", .title = "half a header", .value = CUT_HEADER},
        {.slug = "cut-body", .title = "a piece that says 100 octets and has 10", .value = CUT_BODY},
        {.slug = "length-ffffff", .title = "a message of 16777215 octets", .value = LENGTH_FFFFFF},
        {.slug = "many-lengths", .title = "ten pieces, each with another length", .value = MANY_LENGTHS},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* A first piece of a ServerHello of n octets that is odd. */
static void send_odd(struct assoc *a, uint16_t seq, size_t n, enum odd kind)
{
    static const uint8_t header[] = {SERVER_HELLO, 0, 0, 70, 0, 1}, ten[10];
    struct fragment f = {SERVER_HELLO, (uint32_t)n, seq, 0, sizeof ten, BYTES(ten)};

    switch (kind) {
    case ZERO_LENGTH:
        f.fragment_length = 0;
        f.body = NO_BYTES;
        break;
    case CUT_HEADER: send_plain_record(a, CONTENT_HANDSHAKE, DTLS_1_2, 0, UINT64_MAX, BYTES(header)); return;
    case CUT_BODY:
        f.fragment_length = 100;
        f.length = 200;
        break;
    case LENGTH_FFFFFF: f.length = 0xFFFFFF; break;
    case MANY_LENGTHS:
        for (; f.length < n + 10; f.length++)
            send_fragment(a, &f);
        return;
    }
    send_fragment(a, &f);
}

CASE(survives, .id = "fragment/client-survives", .title = "Client goes on dialling after odd pieces",
     .dut = CLIENT, .requirement = REQ_SURVIVES_BAD_INPUT, .negative = true, .members = odds, .slow = true)
{
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    struct bytes body = server_hello_body(a, .cipher = 0);
    uint16_t seq = a->next_send_seq;

    deviate(t, "an odd piece in place of a ServerHello, three times; a good flight follows");
    for (int i = 0; i < 3; i++)
        send_odd(a, seq, body.n, member(t));
    flight_begin(a);
    flight_message(a, SERVER_HELLO, body);
    flight_message(a, SERVER_HELLO_DONE, NO_BYTES);
    flight_send(a, true);
    note_what_comes(a);
}

CHAPTER(fragment_client_chapter, "fragment", "Messages in pieces: a client", &server_hello_in_pieces,
        &server_hello_overlapping, &hash_of_whole_messages, &hint_in_pieces, &finished_in_pieces,
        &pieces_disagree, &far_future, &survives);
