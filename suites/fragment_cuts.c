/* How a message is cut, and how the pieces of one contradict each other. */
#include "suites/fragment.h"

bool fragment_cuts(size_t i, struct member *out)
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

struct pieces cut_as(struct test *t, size_t n, enum cut how)
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

bool fragment_lies(size_t i, struct member *out)
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

void send_lie(struct assoc *a, uint8_t type, uint16_t seq, struct bytes body, enum lie lie)
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
