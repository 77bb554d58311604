/* Handshake messages that overtake one another: each is told in turn, by the record that brought it (RFC 6347 4.2.2). */
#include "endpoint/client.h"
#include "tests/unit.h"

static void send_nothing(void *context, struct bytes datagram)
{
    (void)context;
    (void)datagram;
}

/* A record of epoch 0 with one whole message of one octet. */
static struct bytes message(struct arena *a, uint8_t seq)
{
    const uint8_t octets[] = {
        CONTENT_HANDSHAKE,
        0xFE,
        0xFD,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        (uint8_t)(40 + seq),
        0,
        13, /* the record */
        SERVER_HELLO_DONE,
        0,
        0,
        1,
        0,
        seq,
        0,
        0,
        0,
        0,
        0,
        1,
        seq, /* the message */
    };

    return arena_copy(a, BYTES(octets));
}

START_TEST(what_waited_keeps_its_record)
{
    struct arena *arena = arena_new();
    struct assoc *a = assoc_new(arena, trace_new(arena), SIDE_CLIENT, (struct transport){send_nothing, NULL},
                                NO_BYTES, rng_of(1, "test"));
    static const uint8_t arrival[] = {2, 1, 0};
    struct event e;

    for (size_t i = 0; i < sizeof arrival; i++)
        assoc_feed(a, message(arena, arrival[i]));
    for (unsigned seq = 0; seq < sizeof arrival; seq++) {
        ck_assert(assoc_event(a, &e));
        ck_assert_int_eq(e.kind, EVENT_MESSAGE);
        ck_assert_uint_eq(e.message_seq, seq);
        ck_assert_uint_eq(e.body.at[0], seq);
        ck_assert_uint_eq(e.seq, 40 + seq);
        ck_assert_uint_eq(e.trace_at, 2 - seq);
    }
    ck_assert(!assoc_event(a, &e));
    assoc_close(a);
    arena_free(arena);
}
END_TEST

Suite *reassembly_suite(void)
{
    Suite *s = suite_create("reassembly");
    TCase *t = tcase_create("order");

    tcase_add_test(t, what_waited_keeps_its_record);
    suite_add_tcase(s, t);
    return s;
}
