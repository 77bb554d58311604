/*
 * What does not fit in a record, what a header says wrong, what comes in clear, and the form of the device's own records: RFC 6347 4.1,
 * RFC 5246 6.2.
 */
#include "record.h"

enum { PLAINTEXT_MAX = 16384, EXPANSION_MAX = 2048, PROBES = 8 };

/* ---- too long ------------------------------------------------------------------------------------------------------------ */

static struct bytes over_long_octets(struct test *t)
{
    return random_bytes(t, PLAINTEXT_MAX + EXPANSION_MAX + 1);
}

/* [setup] A path that carries such datagrams. */
static void needs_long_datagrams(struct assoc *a)
{
    if (a->packing.max_datagram > 0)
        not_applicable(test_of(a), "the device file limits datagrams to %zu octets", a->packing.max_datagram);
}

static void send_over_long(struct assoc *a)
{
    struct test *t = test_of(a);

    deviate(t, "a record of %d random octets", PLAINTEXT_MAX + EXPANSION_MAX + 1);
    send_plain_record(a, CONTENT_APPLICATION_DATA, a->version, a->write_epoch, UINT64_MAX,
                      over_long_octets(t));
}

static void over_long_ciphertext(struct test *t)
{
    struct assoc *a = established(t);

    needs_liveness(t);
    needs_long_datagrams(a);
    for (int i = 0; i < 2; i++)
        send_over_long(a);
    struct fate f = what_became(a, NULL);

    note(t, "the association: %s", fate_text(t, &f));
    say(t, "the device goes on serving good peers", "the good handshake after this case tells");
}

static void over_long_plaintext(struct test *t)
{
    struct assoc *a = established(t);

    needs_liveness(t);
    needs_long_datagrams(a);
    deviate(t, "a protected record of %d octets, one more than a record may hold", PLAINTEXT_MAX + 1);
    for (int i = 0; i < 2; i++) {
        struct sealed s = seal_payload(a, random_bytes(t, PLAINTEXT_MAX + 1), .type = 0);

        send_sealed(a, &s);
    }
    struct fate f = what_became(a, NULL);

    note(t, "the association: %s", fate_text(t, &f));
    say(t, "the device goes on serving good peers", "the good handshake after this case tells");
}

CASE(no_overflow, .id = "record/over-long-no-overflow-alert",
     .title = "Server sends no record_overflow for a record that does not authenticate",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_NO_UNAUTHENTICATED_OVERFLOW, .negative = true)
{
    static const char expected[] = "silence, or another alert than record_overflow";
    struct assoc *a = established(t);
    struct event e;

    needs_long_datagrams(a);
    send_over_long(a);
    if (alert_comes(a, &e))
        require(t, e.description != ALERT_RECORD_OVERFLOW, expected, "alert %s (%u)",
                alert_name(e.description), e.description);
    else
        say(t, expected, "silence");
}

/* ---- versions ------------------------------------------------------------------------------------------------------------ */

static bool foreign_versions(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "0xfefe", .title = "0xFEFE", .value = 0xFEFE},
        {.slug = "0xfefc", .title = "DTLS 1.3", .value = 0xFEFC},
        {.slug = "0x0303", .title = "TLS 1.2", .value = 0x0303},
        {.slug = "0x0100", .title = "0x0100", .value = 0x0100},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(handshake_version, .id = "record/handshake-record-version",
     .title = "Server takes no records of another version once one is agreed",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_RECORD_VERSION_CHECKED, .negative = true,
     .members = foreign_versions)
{
    struct assoc *a = at_server_hello_done(t);

    deviate(t, "the last flight in records of version 0x%04X, protected under it", (unsigned)member(t));
    a->record_version = (uint16_t)member(t);
    client_finish(a);
    expect_no_finished(a);
}

/* ---- alerts in clear ----------------------------------------------------------------------------------------------------- */

enum plain { PLAIN_FATAL, PLAIN_CLOSE, PLAIN_WARNING };

static bool plain_alerts(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "fatal", .title = "fatal handshake_failure", .value = PLAIN_FATAL},
        {.slug = "close-notify", .title = "close_notify", .value = PLAIN_CLOSE},
        {.slug = "warning", .title = "warning user_canceled", .value = PLAIN_WARNING},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static void plain_alert(struct test *t)
{
    static const uint8_t octets_of[][2] = {[PLAIN_FATAL] = {ALERT_FATAL, ALERT_HANDSHAKE_FAILURE},
                                           [PLAIN_CLOSE] = {ALERT_WARNING, ALERT_CLOSE_NOTIFY},
                                           [PLAIN_WARNING] = {ALERT_WARNING, ALERT_USER_CANCELED}};
    struct assoc *a = established(t);

    needs_liveness(t);
    deviate(t, "an alert in clear, twice, in an established association");
    for (int i = 0; i < 2; i++)
        send_plain_record(a, CONTENT_ALERT, a->version, 0, UINT64_MAX, BYTES(octets_of[member(t)]));
    expect_alive(a);
}

/* ---- what the device sends ------------------------------------------------------------------------------------------------ */

/* The explicit nonce of a record as a number. */
static uint64_t nonce_value(const struct trace_record *r)
{
    struct reader in = reader_of(r->nonce);

    return get_u64(&in);
}

static void nonce_form(struct test *t)
{
    static const char expected[] = "explicit nonces that are epoch and record number, or count up by one";
    struct assoc *a = aead(t);
    const struct trace_record *records;
    size_t numbers = 0, counted = 0, n = 0;
    uint64_t before = 0;

    exchange_probes(a, PROBES);
    size_t all = device_records(a, &records);

    for (size_t i = 0; i < all; i++) {
        const struct trace_record *r = &records[i];

        if (!r->opened || r->copy)
            continue;
        if (r->nonce.n != 8)
            not_applicable(t, "%s has no explicit nonce", a->cipher->name);
        uint64_t value = nonce_value(r);

        numbers += value == ((uint64_t)r->epoch << 48 | r->seq);
        counted += n > 0 && value == before + 1;
        before = value;
        n++;
    }
    require(t, n > 0 && (numbers == n || counted == n - 1), expected, "%zu of %zu are neither",
            n - (numbers > counted ? numbers : counted), n);
    note(t, "%s", numbers == n ? "epoch and record number" : "a counter");
}

static bool flight_was_repeated(const struct assoc *a)
{
    bool repeated = a->repeats_seen > 0;

    for (size_t i = 0; i < a->trace->n; i++)
        repeated |= a->trace->entries[i].retransmission;
    return repeated;
}

static void numbers_from_zero(struct test *t)
{
    static const char expected[] = "0 as the number of the first record of epoch 1";
    struct assoc *a = established(t);
    const struct trace_record *records;
    size_t n = device_records(a, &records);
    uint64_t least = n > 0 ? records[0].seq : 0;

    if (n == 0 || flight_was_repeated(a))
        not_judged(t, "a flight was repeated: the first record may be lost");
    for (size_t i = 0; i < n; i++)
        least = records[i].seq < least ? records[i].seq : least;
    require(t, least == 0, expected, "%llu", (unsigned long long)least);
}

static bool is_empty(const struct trace_record *r)
{
    bool judged =
        r->type == CONTENT_CHANGE_CIPHER_SPEC || r->type == CONTENT_ALERT || r->type == CONTENT_HANDSHAKE;

    return judged && (r->epoch == 0 ? r->n == RECORD_HEADER : r->opened && r->plaintext.n == 0);
}

static void no_empty_records(struct test *t)
{
    static const char expected[] = "no handshake, alert or ChangeCipherSpec record without content";
    struct assoc *a = established(t);
    struct event e;

    exchange_probes(a, PROBES);
    send_alert_surely(a, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
    alert_comes(a, &e);
    for (size_t i = 0; i < a->trace->n; i++) {
        const struct trace_entry *entry = &a->trace->entries[i];

        for (size_t k = 0; entry->from_device && k < entry->record_count; k++) {
            const struct trace_record *r = &entry->records[k];

            if (!is_empty(r))
                continue;
            mark_entry(t, i, r->at, r->n, "a record without content");
            fail_shown(t, expected, "a record of content type %u that holds nothing", r->type);
        }
    }
    say(t, expected, "none");
}

/* ---- the cases ---------------------------------------------------------------------------------------------------------- */

PAIR(long_ciphertext, "record", "over-long-ciphertext", "survives a record longer than any",
     REQ_SURVIVES_BAD_INPUT, true, NULL, over_long_ciphertext(t))
PAIR(long_plaintext, "record", "over-long-plaintext", "survives a protected record that holds too much",
     REQ_SURVIVES_BAD_INPUT, true, NULL, over_long_plaintext(t))
PAIR(alert_in_clear, "record", "plaintext-alert", "serves on after an alert in clear",
     REQ_PLAINTEXT_ALERT_IGNORED, true, plain_alerts, plain_alert(t))
PAIR(nonces, "record", "nonce-form", "makes its explicit nonces of record numbers, or counts them",
     REQ_NONCE_IS_NUMBER, false, NULL, nonce_form(t))
PAIR(from_zero, "record", "numbers-from-zero", "begins an epoch with record number 0",
     REQ_EPOCH_BEGINS_AT_ZERO, false, NULL, numbers_from_zero(t))
PAIR(no_empty, "record", "no-empty-records",
     "sends no handshake, alert or ChangeCipherSpec record without content", REQ_NO_EMPTY_RECORDS, false,
     NULL, no_empty_records(t))

CHAPTER(record_form_chapter, "record", "Records", &long_ciphertext, &long_plaintext, &no_overflow,
        &handshake_version, &alert_in_clear, &nonces, &from_zero, &no_empty, &client_long_ciphertext,
        &client_long_plaintext, &client_alert_in_clear, &client_nonces, &client_from_zero, &client_no_empty);
