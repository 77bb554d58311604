/* Identities that a server must not take for its client's, RFC 4279 2 and RFC 7925 4.2. */
#include <ctype.h>
#include <string.h>

#include "suites/sweep.h"

enum { SERVERS = SERVER | BOOTSTRAP_SERVER, IDENTITY_MAX = 65535 };

/* A whole handshake with the right key and that identity, which must not complete. */
static void expect_identity_refused(struct test *t, struct bytes identity, const char *deviation)
{
    struct assoc *a = dial(t);

    good_hello(a);
    deviate(t, "%s, with the right key", deviation);
    client_finish_as(a, identity);
    expect_no_finished(a);
}

CASE(empty_identity, .id = "psk/empty-identity",
     .title = "Server does not authenticate an identity of no octets", .dut = SERVERS,
     .requirement = REQ_EMPTY_IDENTITY_REFUSED, .negative = true)
{
    if (identity_of(t).n == 0)
        not_applicable(t, "the device's identity has no octets");
    expect_identity_refused(t, NO_BYTES, "an identity of no octets");
}

/* ---- nearly the right one --------------------------------------------------------------------------------------------- */

enum variant {
    NUL_APPENDED,
    NUL_AND_MORE,
    NUL_FIRST,
    SPACE_APPENDED,
    SPACE_FIRST,
    SHORTENED,
    DOUBLED,
    OTHER_CASE,
    OCTET_TURNED,
    HEX_TEXT,
    QUOTED
};

static bool identity_variants(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "nul-appended", .title = "a NUL appended", .value = NUL_APPENDED},
        {.slug = "nul-and-more", .title = "a NUL and a letter appended", .value = NUL_AND_MORE},
        {.slug = "nul-first", .title = "a NUL before it", .value = NUL_FIRST},
        {.slug = "space-appended", .title = "a space appended", .value = SPACE_APPENDED},
        {.slug = "space-first", .title = "a space before it", .value = SPACE_FIRST},
        {.slug = "shortened", .title = "the last octet left out", .value = SHORTENED},
        {.slug = "doubled", .title = "twice in a row", .value = DOUBLED},
        {.slug = "other-case", .title = "the case of its letters turned", .value = OTHER_CASE},
        {.slug = "octet-turned", .title = "one bit of its middle octet turned", .value = OCTET_TURNED},
        {.slug = "hex-text", .title = "its octets in hexadecimal", .value = HEX_TEXT},
        {.slug = "quoted", .title = "in quotation marks", .value = QUOTED},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static struct bytes turn_case(struct test *t, struct bytes id)
{
    uint8_t *at = arena_alloc(arena_of(t), id.n);
    bool turned = false;

    for (size_t i = 0; i < id.n; i++) {
        bool letter = id.at[i] < 0x80 && isalpha(id.at[i]);

        at[i] = letter ? id.at[i] ^ 0x20 : id.at[i];
        turned |= letter;
    }
    if (!turned)
        not_applicable(t, "the identity has no letters");
    return (struct bytes){at, id.n};
}

static struct bytes turn_middle(struct test *t, struct bytes id)
{
    uint8_t *at = arena_alloc(arena_of(t), id.n + 1);

    if (id.n == 0)
        not_applicable(t, "the identity has no octets");
    memcpy(at, id.at, id.n);
    at[id.n / 2] ^= 1;
    return (struct bytes){at, id.n};
}

static struct bytes shortened(struct test *t, struct bytes id)
{
    if (id.n < 2)
        not_applicable(t, "the identity is too short to be shortened");
    return bytes_slice(id, 0, id.n - 1);
}

static struct bytes identity_variant(struct test *t, enum variant kind)
{
    static const uint8_t nul[] = {0, 'x'};
    struct bytes id = identity_of(t), zero = {nul, 1}, space = bytes_of_text(" "),
                 quote = bytes_of_text("\"");

    switch (kind) {
    case NUL_APPENDED: return join(t, id, zero);
    case NUL_AND_MORE: return join(t, id, BYTES(nul));
    case NUL_FIRST: return join(t, zero, id);
    case SPACE_APPENDED: return join(t, id, space);
    case SPACE_FIRST: return join(t, space, id);
    case SHORTENED: return shortened(t, id);
    case DOUBLED: return join(t, id, id);
    case OTHER_CASE: return turn_case(t, id);
    case OCTET_TURNED: return turn_middle(t, id);
    case HEX_TEXT: return bytes_of_text(arena_hex(arena_of(t), id));
    default: return join(t, join(t, quote, id), quote);
    }
}

CASE(identity_compared, .id = "psk/identity", .title = "Server takes the exact identity alone",
     .dut = SERVERS, .requirement = REQ_IDENTITY_COMPARED_EXACTLY, .negative = true,
     .members = identity_variants)
{
    struct bytes id = identity_variant(t, member(t));

    if (bytes_equal(id, identity_of(t)) || id.n > IDENTITY_MAX)
        not_applicable(t, "the identity has no such variant");
    expect_identity_refused(t, id, "the identity is nearly the right one");
}

/* ---- identities that nobody has ----------------------------------------------------------------------------------------- */

static bool unknown_lengths(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "1-octet", .title = "1 octet", .value = 1},
        {.slug = "127-octets", .title = "127 octets", .value = 127},
        {.slug = "128-octets", .title = "128 octets", .value = 128},
        {.slug = "129-octets", .title = "129 octets", .value = 129},
        {.slug = "256-octets", .title = "256 octets", .value = 256},
        {.slug = "1000-octets", .title = "1000 octets", .value = 1000},
        {.slug = "65535-octets", .title = "65535 octets", .value = IDENTITY_MAX},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* n letters that are not the device's identity. */
static struct bytes letters(struct test *t, size_t n)
{
    struct bytes id = identity_of(t), any = random_bytes(t, n);
    uint8_t *at = arena_alloc(arena_of(t), n);

    for (size_t i = 0; i < n; i++)
        at[i] = (uint8_t)('a' + any.at[i] % 26);
    if (id.n > 0 && at[0] == id.at[0])
        at[0] = at[0] == 'a' ? 'b' : 'a';
    return (struct bytes){at, n};
}

CASE(unknown_identity_length, .id = "psk/unknown-identity",
     .title = "Server does not complete a handshake with an unknown identity", .dut = SERVERS,
     .requirement = REQ_UNKNOWN_IDENTITY_REFUSED, .negative = true, .members = unknown_lengths)
{
    expect_identity_refused(t, letters(t, member(t)), "an identity that nobody has");
}

enum octet_kind { EVERY_OCTET, NOT_UTF_8, ALL_ZERO };

static bool unknown_octets(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "every-octet", .title = "every octet from 00 to FF", .value = EVERY_OCTET},
        {.slug = "not-utf-8", .title = "octets that are not UTF-8", .value = NOT_UTF_8},
        {.slug = "all-zero", .title = "16 octets 00", .value = ALL_ZERO},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static struct bytes octets_of_kind(struct test *t, enum octet_kind kind)
{
    static const uint8_t overlong[] = {0xC0, 0x80, 0xFF, 0xFE}, zeros[16];
    uint8_t *at;

    if (kind != EVERY_OCTET)
        return kind == NOT_UTF_8 ? BYTES(overlong) : BYTES(zeros);
    at = arena_alloc(arena_of(t), 256);
    for (size_t i = 0; i < 256; i++)
        at[i] = (uint8_t)i;
    return (struct bytes){at, 256};
}

CASE(unknown_identity_octets, .id = "psk/unknown-identity-of",
     .title = "Server does not complete a handshake with an unknown identity", .dut = SERVERS,
     .requirement = REQ_UNKNOWN_IDENTITY_REFUSED, .negative = true, .members = unknown_octets)
{
    struct bytes id = octets_of_kind(t, member(t));

    if (bytes_equal(id, identity_of(t)))
        not_applicable(t, "it is the device's identity");
    expect_identity_refused(t, id, "an identity that nobody has");
}

/* ---- does a refusal tell which it was? ------------------------------------------------------------------------------------ */

static const char *answer_to(struct test *t, struct bytes key, struct bytes identity)
{
    struct assoc *a = dial_with_key(t, key);
    struct event e;

    good_hello(a);
    client_finish_as(a, identity);
    do
        e = await_event(a, false);
    while (e.kind == EVENT_REPEATED);
    if (e.kind == EVENT_MESSAGE || e.kind == EVENT_CHANGE_CIPHER_SPEC)
        not_applicable(
            t, "the handshake goes on; psk/wrong-key-refused-* and psk/unknown-identity-* judge that");
    hang_up(a);
    return refusal_text(t, e.kind == EVENT_ALERT ? (enum alert)e.description : ALERT_NONE);
}

CASE(refusals_alike, .id = "psk/refusals-alike",
     .title = "Server may answer a wrong key and an unknown identity alike", .dut = SERVERS,
     .requirement = REQ_REFUSALS_ALIKE, .negative = true)
{
    struct bytes key = psk_of(t), wrong = join(t, key, bytes_of_text("x"));
    const char *to_identity = answer_to(t, key, letters(t, 20));
    const char *to_key = answer_to(t, wrong, identity_of(t));
    bool alike = strcmp(to_identity, to_key) == 0;

    note(t, "%s", alike ? "both are answered alike" : "the answer tells which identities exist");
    say(t, "either: RFC 4279 2 lets a server choose", "unknown identity: %s; wrong key: %s", to_identity,
        to_key);
}

CHAPTER(psk_identity_chapter, "psk", "PSK identities and keys", &empty_identity, &identity_compared,
        &unknown_identity_length, &unknown_identity_octets, &refusals_alike);
