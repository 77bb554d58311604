/* Records that a device sends and takes under CBC suites: how they are protected is proved by their MAC, never inferred. */
#include <string.h>

#include "etm.h"

enum { TRIES = 3, EVENTS_MAX = 64 };

/* Judges a record of the device that did not open. */
typedef void judge_record(struct test *t, const struct event *record);

/* True when a probe is answered; what cannot be read meanwhile goes to the judge. */
static bool probe_answered(struct assoc *a, judge_record *judge)
{
    struct sealed s = good_probe(a);

    send_sealed(a, &s);
    for (int i = 0; i < EVENTS_MAX; i++) {
        struct event e = await_event(a, false);

        if (e.kind == EVENT_NONE || e.kind == EVENT_ALERT)
            return false;
        if (e.kind == EVENT_BAD_RECORD)
            judge(test_of(a), &e);
        if (e.kind == EVENT_APPLICATION_DATA && e.message_seq == s.message_id)
            return true;
    }
    return false;
}

static void exchange_judged(struct assoc *a, size_t n, judge_record *judge)
{
    for (size_t i = 0; i < n; i++) {
        bool answered = false;

        for (int tries = 0; tries < TRIES && !answered; tries++)
            answered = probe_answered(a, judge);
        if (!answered)
            not_judged(test_of(a), "probe %zu of %zu is not answered", i + 1, n);
    }
}

/* ---- what the device sends ---------------------------------------------------------------------------------------------- */

static const char *protection_of(const struct event *record)
{
    switch (record->opens_as) {
    case MAC_THEN_ENCRYPT: return "a record that verifies as MAC-then-encrypt";
    case ENCRYPT_THEN_MAC: return "a record that verifies as encrypt-then-MAC";
    default: return "a record that verifies in neither way";
    }
}

static void judge_etm(struct test *t, const struct event *record)
{
    if (record->opened != OPEN_BAD_PADDING) /* there the MAC was right */
        fail_shown(t, "every record of the device verifies as encrypt-then-MAC", "%s", protection_of(record));
}

static void judge_mte(struct test *t, const struct event *record)
{
    if (record->opened != OPEN_BAD_PADDING || record->opens_as == ENCRYPT_THEN_MAC)
        fail_shown(t, "every record of the device verifies as MAC-then-encrypt", "%s", protection_of(record));
}

static void judge_padding(struct test *t, const struct event *record)
{
    if (record->opened == OPEN_BAD_PADDING)
        fail_shown(t, "every padding octet has the value of padding_length",
                   "a record with a good MAC and wrong padding");
}

static void data_proved(struct test *t)
{
    struct assoc *a = cbc_etm(t);

    exchange_judged(a, 8, judge_etm);
    expect_mac_order(a, ENCRYPT_THEN_MAC);
}

static void data_mte(struct test *t)
{
    struct assoc *a = cbc_mte(t);

    exchange_judged(a, 4, judge_mte);
    expect_mac_order(a, MAC_THEN_ENCRYPT);
}

static void padding_right(struct test *t)
{
    struct assoc *a = cbc_etm(t);
    const struct trace_record *records;

    exchange_judged(a, 8, judge_padding);
    say(t, "every padding octet has the value of padding_length", "so it is in all %zu records",
        device_records(a, &records));
}

/* ---- what the device takes ---------------------------------------------------------------------------------------------- */

static void our_records_read(struct test *t)
{
    struct assoc *a = cbc_etm(t);

    for (int i = 0; i < 3; i++)
        expect_alive(a);
}

static bool protections(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "etm", .title = "encrypt-then-MAC", .value = 0},
        {.slug = "mte", .title = "MAC-then-encrypt", .value = 1},
        {.slug = "aead", .title = "AEAD", .value = 2},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static void empty_plaintext(struct test *t)
{
    static struct assoc *(*const reach[])(struct test * t) = {cbc_etm, cbc_mte, aead};
    struct assoc *a = reach[member(t)](t);

    needs_liveness(t);
    struct sealed empty = seal_payload(a, NO_BYTES, .type = CONTENT_APPLICATION_DATA);

    send_sealed(a, &empty);
    expect_alive(a);
}

/* ---- padding of every length -------------------------------------------------------------------------------------------- */

enum { PADDINGS = 256, WINDOW = 8, CONTENT_MIN = 32 };

/* What is sent with one padding length. */
struct filled {
    uint16_t id;
    struct bytes content;
    bool replied;
};

/* A confirmable GET with that Message ID, RFC 7252 3: a server is asked for /, a client for /3/0/0, and Uri-Query fills the
 * message up to n octets. */
static struct bytes filled_get(struct test *t, uint16_t id, size_t n)
{
    static const uint8_t path[] = {0xB1, '3', 0x01, '0', 0x01, '0'};
    bool client = device_is_client(t);
    struct writer w = writer_of(arena_alloc(arena_of(t), n), n);

    put_u16(&w, 0x4001);
    put_u16(&w, id);
    if (client)
        put_bytes(&w, BYTES(path));
    put_u8(&w, client ? 0x4D : 0xDD);
    if (!client)
        put_u8(&w, 15 - 13);
    put_u8(&w, (uint8_t)(n - w.n - 1 - 13));
    put_fill(&w, 'x', n - w.n);
    return written(&w);
}

static struct bytes filled_echo(struct test *t, struct bytes probe, size_t n)
{
    struct writer w = writer_of(arena_alloc(arena_of(t), n), n);

    put_bytes(&w, bytes_slice(probe, 0, probe.n - 1));
    put_fill(&w, 'x', n - w.n - 1);
    put_u8(&w, '\n');
    return written(&w);
}

static struct filled filled_for(struct assoc *a, size_t padding)
{
    struct test *t = test_of(a);
    size_t mac_n = a->encrypt_then_mac ? 0 : a->write[a->write_epoch].keys.mac_n;
    size_t n = CONTENT_MIN + (16 - (mac_n + padding + 1) % 16) % 16;
    struct filled f = {0};
    struct bytes probe = probe_octets(a, &f.id);

    f.content = liveness_of(t) == LIVENESS_ECHO ? filled_echo(t, probe, n) : filled_get(t, f.id, n);
    return f;
}

/* An acknowledgement or a reset carries the Message ID of what it answers, RFC 7252 4.2; an echo the octets themselves. */
static bool answers(struct test *t, struct bytes reply, const struct filled *f)
{
    if (liveness_of(t) == LIVENESS_ECHO)
        return reply.n >= 12 && memcmp(reply.at, f->content.at, 12) == 0;
    struct reader r = reader_of(reply);
    uint8_t first = get_u8(&r);

    get_u8(&r);
    return get_u16(&r) == f->id && !r.bad && first >> 6 == 1 && (first >> 4 & 3) >= 2;
}

static size_t collect(struct assoc *a, struct filled *window, size_t n)
{
    const struct trace_record *records;
    size_t count = device_records(a, &records), replied = 0;

    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < count && !window[i].replied; k++)
            window[i].replied = records[k].opened && records[k].type == CONTENT_APPLICATION_DATA &&
                                answers(test_of(a), records[k].plaintext, &window[i]);
        replied += window[i].replied;
    }
    return replied;
}

static void judge_nothing(struct test *t, const struct event *record)
{
    (void)t;
    (void)record;
}

/* Sends what was not answered yet, and a good probe behind it: once that is answered, the others were. Returns how many of n are. */
static size_t send_window(struct assoc *a, struct filled *window, size_t n, size_t padding)
{
    size_t replied = 0;

    for (int tries = 0; tries < TRIES && replied < n; tries++) {
        for (size_t i = 0; i < n; i++) {
            if (window[i].replied)
                continue;
            struct sealed s =
                seal_payload(a, window[i].content, .pad_set = true, .pad = (uint8_t)(padding + i));

            send_sealed(a, &s);
        }
        probe_answered(a, judge_nothing);
        replied = collect(a, window, n);
        if (replied < n)
            await_event(a, false);
        replied = collect(a, window, n);
    }
    return replied;
}

/* The device answers such a request when its padding is the usual one. */
static void needs_reply(struct assoc *a)
{
    size_t usual = 15;
    struct filled f = filled_for(a, usual);

    if (send_window(a, &f, 1, usual) == 0)
        not_applicable(test_of(a), "the device answers no request that could be filled up to every length");
}

static const char *lengths_without_reply(struct test *t, const struct filled *all, size_t n)
{
    const char *list = "";

    for (size_t i = 0; i < n;) {
        size_t end = i;

        while (end < n && !all[end].replied)
            end++;
        if (end > i)
            list = arena_printf(arena_of(t), "%s%s%zu to %zu", list, *list != '\0' ? ", " : "", i, end - 1);
        i = end + 1;
    }
    return list;
}

static void every_padding(struct test *t, struct assoc *(*reach)(struct test *t))
{
    static const char expected[] = "a reply to every record, its padding 0 to 255 octets long";
    struct assoc *a = reach(t);
    struct filled *all = arena_array(arena_of(t), struct filled, PADDINGS);
    size_t tried = 0, replied = 0, in_window = WINDOW;

    needs_liveness(t);
    needs_reply(a);
    for (; tried < PADDINGS && in_window > 0; tried += WINDOW) {
        for (size_t i = 0; i < WINDOW; i++)
            all[tried + i] = filled_for(a, tried + i);
        in_window = send_window(a, &all[tried], WINDOW, tried);
        replied += in_window;
    }
    if (replied < PADDINGS)
        fail_missed(t, expected, "no reply to padding lengths %s%s", lengths_without_reply(t, all, tried),
                    tried < PADDINGS ? "; longer ones were not tried" : "");
    say(t, expected, "a reply to each of the %zu", replied);
}

/* ---- records that are too short ----------------------------------------------------------------------------------------- */

static bool short_lengths(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "0", .title = "0", .value = 0},    {.slug = "1", .title = "1", .value = 1},
        {.slug = "15", .title = "15", .value = 15}, {.slug = "16", .title = "16", .value = 16},
        {.slug = "31", .title = "31", .value = 31}, {.slug = "32", .title = "32", .value = 32},
        {.slug = "47", .title = "47", .value = 47}, {.slug = "48", .title = "48", .value = 48},
        {.slug = "63", .title = "63", .value = 63},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* What became of the association: worth knowing, not judged. */
static void note_fate(struct assoc *a)
{
    struct test *t = test_of(a);

    if (liveness_of(t) != LIVENESS_NONE) {
        struct sealed s = good_probe(a);

        send_sealed(a, &s);
    }
    struct event e = await_event(a, false);

    if (e.kind == EVENT_ALERT)
        note(t, "alert %s (%u) ends the association", alert_name(e.description), e.description);
    if (e.kind == EVENT_APPLICATION_DATA)
        note(t, "the association lives on");
    if (e.kind == EVENT_NONE)
        note(t, "nothing comes any more on this association");
}

static void short_record(struct test *t)
{
    struct assoc *a = cbc_or_aead(t);

    deviate(t, "three records of epoch 1 with %u random octets", (unsigned)member(t));
    for (int i = 0; i < 3; i++)
        send_plain_record(a, CONTENT_APPLICATION_DATA, DTLS_1_2, a->write_epoch, UINT64_MAX,
                          random_bytes(t, member(t)));
    note_fate(a);
    say(t, "the device goes on serving good peers", "the good handshake after this case tells");
}

/* ---- the cases ---------------------------------------------------------------------------------------------------------- */

ETM_PAIR(etm_data, "data-proved", "protects application data by encrypt-then-MAC once that is agreed",
         REQ_ETM_APPLIED, false, NULL, data_proved(t))
ETM_PAIR(etm_read, "our-records-read", "reads encrypt-then-MAC records once that is agreed", REQ_ETM_APPLIED,
         false, NULL, our_records_read(t))
ETM_PAIR(mte_data, "mte-when-not-agreed",
         "protects CBC records by MAC-then-encrypt where encrypt_then_mac is not agreed",
         REQ_ETM_NOT_APPLIED_UNAGREED, false, NULL, data_mte(t))
ETM_PAIR(right, "padding-right", "pads its CBC records rightly", REQ_CBC_PADDING_RIGHT, false, NULL,
         padding_right(t))
ETM_PAIR(empty, "empty-plaintext", "serves on after a good record without application data",
         REQ_EMPTY_PLAINTEXT_TAKEN, false, protections, empty_plaintext(t))
ETM_PAIR(lengths, "padding-0-to-255", "takes encrypt-then-MAC records with padding of every length",
         REQ_CBC_PADDING_ANY_LENGTH, false, NULL, every_padding(t, cbc_etm))
ETM_PAIR(mte_lengths, "mte-padding-0-to-255", "takes MAC-then-encrypt records with padding of every length",
         REQ_CBC_PADDING_ANY_LENGTH, false, NULL, every_padding(t, cbc_mte))
ETM_PAIR(too_short, "short-record", "goes on serving good peers after protected records of that many octets",
         REQ_SURVIVES_BAD_INPUT, true, short_lengths, short_record(t))

CHAPTER(etm_records_chapter, "etm", "Encrypt-then-MAC and CBC records", &etm_data, &etm_read, &mte_data,
        &right, &empty, &lengths, &mte_lengths, &too_short, &client_etm_data, &client_etm_read,
        &client_mte_data, &client_right, &client_empty, &client_lengths, &client_mte_lengths,
        &client_too_short);
