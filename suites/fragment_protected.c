/* Protected messages whose header says more than the record holds: RFC 6347 4.2.2, 4.2.3. */
#include "record.h"

enum lie { LIE_LENGTH, LIE_PIECE, LIE_OFFSET };

static bool lies(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "length", .title = "a length of 16,777,215 octets", .value = LIE_LENGTH},
        {.slug = "piece", .title = "a piece of 16,777,215 octets", .value = LIE_PIECE},
        {.slug = "offset", .title = "a piece that begins at octet 16,777,215", .value = LIE_OFFSET},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static void protected_lie(struct test *t)
{
    static const uint32_t huge = 0xFFFFFF;
    struct assoc *a = established(t);
    enum lie lie = (enum lie)member(t);
    struct member row = {0};

    lies(lie, &row);
    deviate(t, "in protected records, a Finished and a hello with %s", row.title);
    for (int i = 0; i < 2; i++)
        send_fragment(a, &(struct fragment){
                             .type = i > 0                 ? FINISHED
                                     : device_is_client(t) ? HELLO_REQUEST
                                                           : CLIENT_HELLO,
                             .length = lie == LIE_OFFSET ? VERIFY_DATA : huge,
                             .message_seq = a->next_send_seq,
                             .offset = lie == LIE_OFFSET ? huge : 0,
                             .fragment_length = lie == LIE_PIECE ? huge : VERIFY_DATA,
                             .body = random_bytes(t, VERIFY_DATA),
                         });
    await_event(a, false);
    if (device_is_client(t))
        expect_served(await_client(t), .cipher = 0);
    else
        expect_handshake(dial(t), .version = 0);
}

PAIR(outlives_lie, "fragment", "protected-lie",
     "goes on serving after a protected message whose header says more than there is", REQ_SURVIVES_BAD_INPUT,
     true, lies, protected_lie(t))

CHAPTER(fragment_protected_chapter, "fragment", "Messages in pieces: protected", &outlives_lie,
        &client_outlives_lie);
