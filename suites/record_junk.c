/* Octets that are no record of the association, and good records beside bad ones: RFC 6347 4.1, 4.1.1, 4.1.2.7. */
#include "record.h"

enum { JUNK = 40, TYPE_99 = 99, TRIES = 3, TAIL = 7 };

/* ---- junk --------------------------------------------------------------------------------------------------------------- */

enum junk {
    JUNK_TYPE,
    JUNK_VERSION,
    JUNK_LENGTH_BEYOND,
    JUNK_LENGTH_ZERO,
    JUNK_EPOCH_2,
    JUNK_EPOCH_LAST,
    JUNK_ONE_OCTET,
    JUNK_HEADER,
    JUNK_EMPTY,
    JUNK_PLAIN_DATA,
};

static bool junks(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "type-99", .title = "content type 99", .value = JUNK_TYPE},
        {.slug = "version-0", .title = "version 0", .value = JUNK_VERSION},
        {.slug = "length-beyond", .title = "a length beyond the datagram", .value = JUNK_LENGTH_BEYOND},
        {.slug = "length-zero", .title = "length 0", .value = JUNK_LENGTH_ZERO},
        {.slug = "epoch-2", .title = "epoch 2", .value = JUNK_EPOCH_2},
        {.slug = "epoch-65535", .title = "epoch 65535", .value = JUNK_EPOCH_LAST},
        {.slug = "one-octet", .title = "one octet", .value = JUNK_ONE_OCTET},
        {.slug = "header-only", .title = "a header without its record", .value = JUNK_HEADER},
        {.slug = "empty-datagram", .title = "an empty datagram", .value = JUNK_EMPTY},
        {.slug = "epoch-0-data", .title = "application data in epoch 0", .value = JUNK_PLAIN_DATA},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* A record of the next number, as its fields say; the length is said, not counted. */
static struct bytes raw_record(struct assoc *a, uint8_t content, uint16_t version, uint16_t epoch,
                               uint16_t length, struct bytes fragment)
{
    size_t cap = RECORD_HEADER + fragment.n;
    struct writer w = writer_of(arena_alloc(arena_of(test_of(a)), cap), cap);

    put_u8(&w, content);
    put_u16(&w, version);
    put_u16(&w, epoch);
    put_u48(&w, take_seq(a, epoch == 0 ? 0 : a->write_epoch));
    put_u16(&w, length);
    put_bytes(&w, fragment);
    return written(&w);
}

static struct bytes junk_of(struct assoc *a, enum junk kind)
{
    struct bytes noise = random_bytes(test_of(a), JUNK);
    uint16_t epoch = a->write_epoch, version = a->version;
    uint8_t data = CONTENT_APPLICATION_DATA;

    switch (kind) {
    case JUNK_TYPE: return raw_record(a, TYPE_99, version, epoch, JUNK, noise);
    case JUNK_VERSION: return raw_record(a, data, 0, epoch, JUNK, noise);
    case JUNK_LENGTH_BEYOND: return raw_record(a, data, version, epoch, 10 * JUNK, noise);
    case JUNK_LENGTH_ZERO: return raw_record(a, data, version, epoch, 0, NO_BYTES);
    case JUNK_EPOCH_2: return raw_record(a, data, version, 2, JUNK, noise);
    case JUNK_EPOCH_LAST: return raw_record(a, data, version, 0xFFFF, JUNK, noise);
    case JUNK_ONE_OCTET: return bytes_slice(raw_record(a, data, version, epoch, JUNK, noise), 0, 1);
    case JUNK_HEADER: return raw_record(a, data, version, epoch, JUNK, NO_BYTES);
    case JUNK_EMPTY: return NO_BYTES;
    default: return raw_record(a, data, version, 0, JUNK, noise);
    }
}

static void junk_ignored(struct test *t)
{
    struct assoc *a = established(t);
    struct member row = {0};

    needs_liveness(t);
    junks(member(t), &row);
    deviate(t, "twice, in an established association: %s", row.title);
    for (int i = 0; i < 2; i++)
        send_datagram(a, junk_of(a, member(t)));
    expect_undisturbed(a);
}

/* RFC 6347 4.1.2.7: an alert about an invalid record is a fatal one. */
static void junk_alert(struct test *t)
{
    static const enum junk kinds[] = {JUNK_TYPE, JUNK_EPOCH_2, JUNK_LENGTH_ZERO};
    static const char expected[] = "silence, or a fatal alert";
    struct assoc *a = established(t);
    struct event e;

    deviate(t, "content type 99, epoch 2, and length 0, after one another");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        send_datagram(a, junk_of(a, kinds[i]));
    if (!alert_comes(a, &e)) {
        say(t, expected, "silence");
        return;
    }
    require(t, e.level == ALERT_FATAL, expected, "alert %s (%u) of level %u", alert_name(e.description),
            e.description, e.level);
}

/* ---- authenticated, without a place ------------------------------------------------------------------------------------- */

static void unknown_type(struct test *t)
{
    struct assoc *a = established(t);
    struct sealed s = seal_payload(a, random_bytes(t, 4), .type = TYPE_99);

    deviate(t, "a protected record of content type 99");
    expect_alive_or_ended(a, &s, false, ALERT_UNEXPECTED_MESSAGE);
}

static bool contents(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "handshake", .title = "handshake", .value = CONTENT_HANDSHAKE},
        {.slug = "alert", .title = "alert", .value = CONTENT_ALERT},
        {.slug = "change-cipher-spec", .title = "ChangeCipherSpec", .value = CONTENT_CHANGE_CIPHER_SPEC},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static void empty_protected(struct test *t)
{
    struct assoc *a = established(t);
    struct sealed s = seal_payload(a, NO_BYTES, .type = (uint8_t)member(t));

    deviate(t, "a protected record of content type %u that holds nothing", (unsigned)member(t));
    expect_alive_or_ended(a, &s, false, ALERT_UNEXPECTED_MESSAGE, ALERT_DECODE_ERROR, ALERT_BAD_RECORD_MAC);
}

/* ---- good and bad in one datagram ---------------------------------------------------------------------------------------- */

/* Which of two records are answered. */
struct two {
    uint16_t id[2];
    bool answered[2];
};

/* Reads until both are answered or the device falls silent. */
static bool both_answered(struct assoc *a, struct two *two)
{
    while (!two->answered[0] || !two->answered[1]) {
        struct event e = await_event(a, false);

        if (e.kind == EVENT_NONE || e.kind == EVENT_ALERT)
            return false;
        for (int i = 0; i < 2; i++)
            two->answered[i] |= e.kind == EVENT_APPLICATION_DATA && e.message_seq == two->id[i];
    }
    return true;
}

/* Two good records in one datagram; true when both are answered, for `at_once` before another datagram of ours comes. */
static bool pair_is_answered(struct assoc *a, bool at_once)
{
    struct sealed one = good_probe(a), two = good_probe(a);
    struct two pair = {.id = {one.message_id, two.message_id}};

    send_together(a, &one, &two);
    if (both_answered(a, &pair) || at_once)
        return pair.answered[0] && pair.answered[1];
    struct sealed next = good_probe(a);

    send_sealed(a, &next); /* its answer is not asked for */
    return both_answered(a, &pair);
}

static void good_good(struct test *t, bool at_once)
{
    const char *expected = at_once
                               ? "an answer to each of two good records in one datagram, before another comes"
                               : "an answer to each of two good records in one datagram";
    struct assoc *a = established(t);

    ask_with_requests(a);
    silence_lwm2m(a); /* no other datagram of ours may bring the second record to light */
    for (int i = 0; i < TRIES; i++)
        if (pair_is_answered(a, at_once)) {
            say(t, expected, "both");
            return;
        }
    served_probe(a);
    fail_missed(t, expected, "one of the two at most, though a record alone is answered");
}

enum beside { BESIDE_BAD_MAC, BESIDE_OLD_EPOCH, BESIDE_TYPE, BESIDE_VERSION };

/* Behind a record of unknown type or version nothing tells where the next one begins: what becomes of the rest is worth a note. */
static bool besides(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "bad-mac-then-good", .title = "a bad MAC", .value = BESIDE_BAD_MAC},
        {.slug = "old-epoch-then-good", .title = "epoch 0", .value = BESIDE_OLD_EPOCH},
        {.slug = "unknown-type-then-good",
         .title = "content type 99",
         .value = BESIDE_TYPE,
         .requirement = REQ_REST_OF_UNKNOWN,
         .own_requirement = true},
        {.slug = "wrong-version-then-good",
         .title = "version 0x0303",
         .value = BESIDE_VERSION,
         .requirement = REQ_REST_OF_UNKNOWN,
         .own_requirement = true},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static struct bytes bad_beside(struct assoc *a, enum beside kind)
{
    struct bytes noise = random_bytes(test_of(a), JUNK);
    uint8_t data = CONTENT_APPLICATION_DATA;

    if (kind == BESIDE_TYPE)
        return raw_record(a, TYPE_99, a->version, a->write_epoch, JUNK, noise);
    if (kind == BESIDE_OLD_EPOCH)
        return raw_record(a, data, a->version, 0, JUNK, noise);
    if (kind == BESIDE_VERSION)
        return raw_record(a, data, 0x0303, a->write_epoch, JUNK, noise);
    struct sealed s = good_probe(a);

    flip_bit(&s, s.n - 1);
    return (struct bytes){s.wire, s.n};
}

static void bad_then_good(struct test *t)
{
    static const char expected[] = "an answer to the good record behind the bad one, and no alert";
    struct assoc *a = established(t);
    struct member row = {0};

    ask_with_requests(a);
    besides(member(t), &row);
    deviate(t, "a record of %s and a good one behind it, in one datagram", row.title);
    for (int i = 0; i < TRIES; i++) {
        struct bytes bad = bad_beside(a, member(t));
        struct sealed good = good_probe(a);

        send_datagram(a, join(t, bad, (struct bytes){good.wire, good.n}));
        struct event e;

        while (e = await_event(a, false), e.kind != EVENT_NONE) {
            require(t, e.kind != EVENT_ALERT, expected, "alert %s (%u)", alert_name(e.description),
                    e.description);
            if (e.kind == EVENT_APPLICATION_DATA && e.message_seq == good.message_id) {
                say(t, expected, "so it is");
                return;
            }
        }
    }
    fail_missed(t, expected, "no answer");
}

static void good_then_junk(struct test *t)
{
    struct assoc *a = established(t);
    struct sealed good = good_probe(a);

    deviate(t, "a good record, and %d octets behind it that are no record", TAIL);
    send_datagram(a, join(t, (struct bytes){good.wire, good.n}, random_bytes(t, TAIL)));
    expect_undisturbed(a);
}

/* ---- the cases ---------------------------------------------------------------------------------------------------------- */

PAIR(junk, "record", "junk", "passes over what is no record of the association", REQ_INVALID_RECORD_DROPPED,
     true, junks, junk_ignored(t))
PAIR(junk_fatal, "record", "junk-alert-fatal", "answers an invalid record by no alert but a fatal one",
     REQ_INVALID_RECORD_ALERT_FATAL, true, NULL, junk_alert(t))
PAIR(unknown, "record", "unknown-type-protected",
     "drops a protected record of unknown type, or ends the association by an alert",
     REQ_UNEXPECTED_MESSAGE_MANNER, true, NULL, unknown_type(t))
PAIR(empty, "record", "empty-protected",
     "drops a protected record that holds nothing, or ends the association by an alert",
     REQ_UNEXPECTED_MESSAGE_MANNER, true, contents, empty_protected(t))
PAIR(together, "record", "together-good-good", "processes both records of a datagram",
     REQ_RECORDS_SHARE_DATAGRAM, false, NULL, good_good(t, false))
PAIR(at_once, "record", "together-at-once", "processes both records of a datagram before another one comes",
     REQ_RECORDS_AT_ONCE, false, NULL, good_good(t, true))
PAIR(beside_bad, "record", "together", "processes the record behind a bad one in a datagram",
     REQ_REST_OF_DATAGRAM, true, besides, bad_then_good(t))
PAIR(tail, "record", "together-good-then-junk", "passes over junk behind a record",
     REQ_INVALID_RECORD_DROPPED, true, NULL, good_then_junk(t))

CHAPTER(record_junk_chapter, "record", "Records", &junk, &junk_fatal, &unknown, &empty, &together, &at_once,
        &beside_bad, &tail, &client_junk, &client_junk_fatal, &client_unknown, &client_empty,
        &client_together, &client_at_once, &client_beside_bad, &client_tail);
