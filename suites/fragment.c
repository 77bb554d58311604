/* Messages in pieces, RFC 6347 4.2.3: what a server must put together, and what it must not. */
#include "case/case.h"

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

enum cut { TWO, FIVE, TWENTY, EACH_OCTET, REVERSED, SHUFFLED, OWN_DATAGRAMS, REPEATED };
enum { MANY = 65536 };

static bool cuts(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "2", .title = "2 pieces", .value = TWO},
        {.slug = "5", .title = "5 pieces", .value = FIVE},
        {.slug = "20", .title = "20 pieces", .value = TWENTY},
        {.slug = "each-octet", .title = "an octet a piece", .value = EACH_OCTET},
        {.slug = "reversed", .title = "5 pieces, the last first", .value = REVERSED},
        {.slug = "shuffled", .title = "5 pieces out of order", .value = SHUFFLED},
        {.slug = "own-datagrams", .title = "5 pieces in 5 datagrams", .value = OWN_DATAGRAMS},
        {.slug = "with-repeats", .title = "5 pieces, each twice", .value = REPEATED},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static struct pieces cut(struct test *t, size_t n, enum cut how)
{
    static const size_t count[] = {[TWO] = 2, [TWENTY] = 20, [EACH_OCTET] = MANY};
    bool in_order = how == TWO || how == TWENTY || how == EACH_OCTET;
    struct pieces p = split(t, n, in_order ? count[how] : 5);

    if (how == REVERSED)
        return reversed(t, p);
    if (how == SHUFFLED)
        return shuffled(t, p);
    return how == REPEATED ? doubled(t, p) : p;
}

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
     .requirement = REQ_FRAGMENTS_REASSEMBLED, .members = cuts)
{
    struct assoc *a = at_server_hello_done(t);
    struct bytes body = key_exchange_body(t, identity_of(t));

    a->packing.record_a_datagram = member(t) == OWN_DATAGRAMS;
    finish_in_pieces(a, body, cut(t, body.n, member(t)));
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

enum lie {
    OTHER_LENGTH,
    OTHER_TYPE,
    BEYOND_END,
    OFFSET_BEYOND,
    OFFSET_ONE,
    LENGTH_ZERO,
    HEADER_LONG,
    HEADER_SHORT
};

static bool lies(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "other-length", .title = "the second piece says another length", .value = OTHER_LENGTH},
        {.slug = "other-type", .title = "the second piece says another type", .value = OTHER_TYPE},
        {.slug = "beyond-end", .title = "a second piece that reaches beyond the end", .value = BEYOND_END},
        {.slug = "offset-beyond", .title = "the second piece begins beyond the end", .value = OFFSET_BEYOND},
        {.slug = "offset-one", .title = "all of the body, said to begin at 1", .value = OFFSET_ONE},
        {.slug = "length-zero", .title = "a body in a message of length 0", .value = LENGTH_ZERO},
        {.slug = "header-length-long", .title = "one octet fewer than the length", .value = HEADER_LONG},
        {.slug = "header-length-short", .title = "one octet more than the length", .value = HEADER_SHORT},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* The fragments of a message that do not agree. */
static void send_lie(struct assoc *a, uint8_t type, uint16_t seq, struct bytes body, enum lie lie)
{
    uint32_t n = (uint32_t)body.n, half = n / 2;
    struct fragment first = {type, n, seq, 0, half, bytes_slice(body, 0, half)};
    struct fragment second = {type, n, seq, half, n - half, bytes_slice(body, half, n - half)};
    struct fragment whole = {type, n, seq, 0, n, body};

    switch (lie) {
    case OTHER_LENGTH: second.length++; break;
    case OTHER_TYPE: second.type = SERVER_KEY_EXCHANGE; break;
    case BEYOND_END: second.offset++; break;
    case OFFSET_BEYOND: second.offset = n + 5; break;
    case OFFSET_ONE: whole.offset = 1; break;
    case LENGTH_ZERO: whole.length = 0; break;
    case HEADER_LONG: whole.length++; break;
    case HEADER_SHORT: whole.length--; break;
    }
    if (lie >= OFFSET_ONE) {
        send_fragment(a, &whole);
        return;
    }
    send_fragment(a, &first);
    send_fragment(a, &second);
}

CASE(pieces_disagree, .id = "fragment/disagreeing", .title = "Server takes no message whose pieces disagree",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_FRAGMENTS_AGREE, .negative = true, .members = lies)
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
        &key_exchange_overlapping, &finished_in_pieces, &second_hello_in_pieces, &pieces_disagree,
        &far_future);
