/* max_fragment_length, RFC 6066 4, and record_size_limit, RFC 8449. */
#include "suites/sweep.h"

enum { SERVERS = SERVER | BOOTSTRAP_SERVER, LIMIT_MIN = 64, LIMIT_MAX = 16384 };

static struct bytes max_fragment_length(struct test *t, uint8_t value)
{
    return extension(t, EXT_MAX_FRAGMENT_LENGTH, (struct bytes){&value, 1});
}

static struct bytes record_size_limit(struct test *t, uint16_t limit)
{
    uint8_t body[] = {(uint8_t)(limit >> 8), (uint8_t)limit};

    return extension(t, EXT_RECORD_SIZE_LIMIT, BYTES(body));
}

/* The ServerHello to a good hello with these extensions. */
static const struct server_hello *answer_to(struct assoc *a, struct bytes extensions)
{
    enum alert refusal;

    client_hello(a, .extensions = extensions);
    const struct server_hello *h = await_server_hello(a, &refusal);

    if (h == NULL)
        not_applicable(test_of(a), "the hello is refused (%s); negotiation/unknown-extensions judges that",
                       refusal_text(test_of(a), refusal));
    return h;
}

/* [setup] The device answers such an extension. */
static void needs_answer(struct test *t, struct bytes extensions, uint16_t type)
{
    struct assoc *a = dial(t);

    if (!find_extension(answer_to(a, extensions)->extensions, type, NULL))
        not_applicable(t, "%s: offered, not negotiated",
                       type == EXT_RECORD_SIZE_LIMIT ? "record_size_limit" : "max_fragment_length");
    hang_up(a);
}

/* Every protected record of the device holds at most that much. */
static void expect_at_most(struct assoc *a, size_t limit)
{
    struct test *t = test_of(a);
    const char *expected = arena_printf(arena_of(t), "at most %zu octets in every record", limit);
    const struct trace_record *r;
    size_t n = device_records(a, &r), largest = 0;

    for (size_t i = 0; i < n; i++)
        largest = r[i].opened && r[i].plaintext.n > largest ? r[i].plaintext.n : largest;
    require(t, largest <= limit, expected, "a record with %zu", largest);
    say(t, expected, "%zu records, the largest with %zu", n, largest);
}

/* A whole handshake with that extension, and four probes. */
static struct assoc *talk_under(struct test *t, struct bytes extensions, uint16_t type)
{
    struct assoc *a = dial(t);

    needs_liveness(t);
    if (!find_extension(answer_to(a, extensions)->extensions, type, NULL))
        not_applicable(t, "%s: offered, not negotiated",
                       type == EXT_RECORD_SIZE_LIMIT ? "record_size_limit" : "max_fragment_length");
    expect_server_hello_done(a);
    client_finish(a);
    expect_finished(a);
    exchange_probes(a, 4);
    return a;
}

/* ---- max_fragment_length ------------------------------------------------------------------------------------------------- */

static bool values(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "1", .title = "512 octets", .value = 1},
        {.slug = "2", .title = "1024 octets", .value = 2},
        {.slug = "3", .title = "2048 octets", .value = 3},
        {.slug = "4", .title = "4096 octets", .value = 4},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(echoed_same, .id = "extension/max-fragment-length",
     .title = "Server answers max_fragment_length with the value asked for, or not at all", .dut = SERVERS,
     .requirement = REQ_MFL_ECHOED_SAME, .members = values)
{
    static const char expected[] = "the same value, or no max_fragment_length";
    uint8_t value = (uint8_t)member(t);
    struct bytes body = NO_BYTES;
    struct assoc *a = dial(t);

    if (!find_extension(answer_to(a, max_fragment_length(t, value))->extensions, EXT_MAX_FRAGMENT_LENGTH,
                        &body)) {
        say(t, expected, "none");
        return;
    }
    require(t, body.n == 1 && body.at[0] == value, expected, "max_fragment_length %s",
            arena_hex(arena_of(t), body));
    say(t, expected, "the same");
}

static bool illegal_values(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "0", .title = "0", .value = 0},
        {.slug = "5", .title = "5", .value = 5},
        {.slug = "255", .title = "255", .value = 255},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(illegal_refused, .id = "extension/max-fragment-length-illegal",
     .title = "Server that knows max_fragment_length refuses a value that does not exist", .dut = SERVERS,
     .requirement = REQ_MFL_ILLEGAL_REFUSED, .negative = true, .members = illegal_values)
{
    uint8_t value = (uint8_t)member(t);

    needs_answer(t, max_fragment_length(t, 1), EXT_MAX_FRAGMENT_LENGTH);
    struct assoc *a = dial(t);

    deviate(t, "max_fragment_length %u", value);
    client_hello(a, .extensions = max_fragment_length(t, value));
    expect_refusal(a);
}

CASE(illegal_alert, .id = "extension/max-fragment-length-illegal-alert",
     .title = "Server says by illegal_parameter that a max_fragment_length does not exist", .dut = SERVERS,
     .requirement = REQ_MFL_ILLEGAL_ALERT, .negative = true)
{
    needs_answer(t, max_fragment_length(t, 1), EXT_MAX_FRAGMENT_LENGTH);
    struct assoc *a = dial(t);

    deviate(t, "max_fragment_length 5");
    client_hello(a, .extensions = max_fragment_length(t, 5));
    expect_refusal_alert(a, false, ALERT_ILLEGAL_PARAMETER);
}

CASE(mfl_kept, .id = "extension/max-fragment-length-kept",
     .title = "Server keeps to an agreed max_fragment_length", .dut = SERVERS, .requirement = REQ_MFL_KEPT)
{
    expect_at_most(talk_under(t, max_fragment_length(t, 1), EXT_MAX_FRAGMENT_LENGTH), 512);
}

/* ---- record_size_limit --------------------------------------------------------------------------------------------------- */

CASE(rsl_kept, .id = "extension/record-size-limit-kept",
     .title = "Server keeps to the record_size_limit of its peer", .dut = SERVERS,
     .requirement = REQ_RSL_KEPT)
{
    expect_at_most(talk_under(t, record_size_limit(t, LIMIT_MIN), EXT_RECORD_SIZE_LIMIT), LIMIT_MIN);
}

CASE(rsl_own, .id = "extension/record-size-limit-own",
     .title = "Server's own record_size_limit is one that the peer can keep", .dut = SERVERS,
     .requirement = REQ_RSL_OWN_LEGAL)
{
    static const char expected[] = "a record_size_limit of 64 to 16384";
    struct assoc *a = dial(t);
    struct bytes body = NO_BYTES;

    if (!find_extension(answer_to(a, record_size_limit(t, LIMIT_MIN))->extensions, EXT_RECORD_SIZE_LIMIT,
                        &body))
        not_applicable(t, "record_size_limit: offered, not negotiated");
    struct reader r = reader_of(body);
    uint16_t limit = get_u16(&r);

    require(t, body.n == 2 && limit >= LIMIT_MIN && limit <= LIMIT_MAX, expected, "%s",
            arena_hex(arena_of(t), body));
    say(t, expected, "%u", limit);
}

static bool illegal_limits(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "63", .title = "63", .value = LIMIT_MIN - 1},
        {.slug = "0", .title = "0", .value = 0},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(rsl_illegal, .id = "extension/record-size-limit-illegal",
     .title = "Server that knows record_size_limit refuses one below 64", .dut = SERVERS,
     .requirement = REQ_RSL_ILLEGAL_REFUSED, .negative = true, .members = illegal_limits)
{
    needs_answer(t, record_size_limit(t, LIMIT_MIN), EXT_RECORD_SIZE_LIMIT);
    struct assoc *a = dial(t);

    deviate(t, "record_size_limit %u", (unsigned)member(t));
    client_hello(a, .extensions = record_size_limit(t, (uint16_t)member(t)));
    expect_refusal(a);
}

CASE(rsl_and_mfl, .id = "extension/record-size-limit-and-max-fragment-length",
     .title = "Server that answers record_size_limit leaves max_fragment_length out", .dut = SERVERS,
     .requirement = REQ_RSL_WITHOUT_MFL)
{
    static const char expected[] = "not both in one ServerHello";

    needs_answer(t, record_size_limit(t, LIMIT_MIN), EXT_RECORD_SIZE_LIMIT);
    struct assoc *a = dial(t);
    const struct server_hello *h =
        answer_to(a, join(t, max_fragment_length(t, 1), record_size_limit(t, LIMIT_MIN)));
    bool limit = find_extension(h->extensions, EXT_RECORD_SIZE_LIMIT, NULL);
    bool length = find_extension(h->extensions, EXT_MAX_FRAGMENT_LENGTH, NULL);

    require(t, !limit || !length, expected, "both");
    say(t, expected, "%s", limit ? "record_size_limit" : length ? "max_fragment_length" : "neither");
}

CHAPTER(extension_sizes_chapter, "extension", "Extensions", &echoed_same, &illegal_refused, &illegal_alert,
        &mfl_kept, &rsl_kept, &rsl_own, &rsl_illegal, &rsl_and_mfl);
