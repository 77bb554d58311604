/*
 * Invariants: what no trace of a conforming device shows, whatever the device is sent (they are checked on every trace of the
 * run). These cases make an ordinary trace in which a breach would show, and carry the verdict.
 */
#include <string.h>

#include "case/case.h"

/* What check_invariants finds in the trace fails the case after it ran; until then the exchange only has to happen. */
static void say_clean(struct test *t, const char *expected)
{
    say(t, expected, "nothing else in any trace of this run");
}

/* An established association with the device, whichever role it plays. */
static struct assoc *established(struct test *t)
{
    if (device_is_client(t)) {
        struct assoc *a = await_client(t);

        serve_good(a);
        return a;
    }
    struct assoc *a = dial(t);

    good_handshake(a);
    return a;
}

/* The same under a CBC suite, with encrypt_then_mac when the device will have it. */
static struct assoc *established_cbc(struct test *t)
{
    if (device_is_client(t)) {
        struct assoc *a = await_client(t);

        expect_client_hello(a);
        serve(a, .cipher = offered(a, PLAIN_PSK_CBC));
        return a;
    }
    struct assoc *a = dial(t);

    handshake(a, .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256}, .encrypt_then_mac = WITH);
    return a;
}

static struct assoc *established_aead(struct test *t)
{
    if (device_is_client(t)) {
        struct assoc *a = await_client(t);

        expect_client_hello(a);
        serve(a, .cipher = offered(a, PLAIN_PSK_AEAD));
        return a;
    }
    struct assoc *a = dial(t);

    handshake(a, .ciphers = {TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CCM,
                             TLS_PSK_WITH_AES_128_GCM_SHA256});
    return a;
}

/* INVARIANT(symbol, slug, requirement, title for servers, title for clients) { body }: one body, a case for either role. */
#define INVARIANT(symbol, slug, REQ, what)                                                                   \
    static void symbol##_exchange(struct test *t);                                                           \
    CASE(symbol, .id = "invariant/" slug, .title = "Server: " what, .dut = SERVER | BOOTSTRAP_SERVER,        \
         .requirement = REQ)                                                                                 \
    {                                                                                                        \
        symbol##_exchange(t);                                                                                \
        say_clean(t, what);                                                                                  \
    }                                                                                                        \
    CASE(client_##symbol, .id = "invariant/client-" slug, .title = "Client: " what, .dut = CLIENT,           \
         .requirement = REQ)                                                                                 \
    {                                                                                                        \
        symbol##_exchange(t);                                                                                \
        say_clean(t, what);                                                                                  \
    }                                                                                                        \
    static void symbol##_exchange(struct test *t)

INVARIANT(record_numbers, "record-numbers", REQ_RECORD_NUMBERS_UNIQUE,
          "every record of an epoch has a number of its own")
{
    exchange_probes(established(t), 16);
}

INVARIANT(nonces, "nonces", REQ_NONCES_UNIQUE, "an explicit nonce is used once under a key")
{
    exchange_probes(established_aead(t), 32);
}

INVARIANT(cbc_iv_fresh, "cbc-iv-fresh", REQ_CBC_IV_FRESH, "every CBC record has an IV of its own")
{
    exchange_probes(established_cbc(t), 64);
}

INVARIANT(cbc_iv_unpredictable, "cbc-iv-unpredictable", REQ_CBC_IV_UNPREDICTABLE, "CBC IVs are no counter")
{
    exchange_probes(established_cbc(t), 64);
}

INVARIANT(cbc_iv_unchained, "cbc-iv-unchained", REQ_CBC_IV_UNPREDICTABLE,
          "no CBC IV is the last ciphertext block of the record before")
{
    exchange_probes(established_cbc(t), 64);
}

/* A hello's random: new, not the other side's, and not one octet over and over. */
static void expect_random(struct test *t, struct bytes random, struct bytes others[], size_t n)
{
    static const char expected[] = "a fresh random in every handshake";

    require(t, !bytes_all(bytes_slice(random, 4, 28), random.at[4]), expected,
            "a random of one octet over and over");
    for (size_t i = 0; i < n; i++)
        require(t, !bytes_equal(random, others[i]), expected, "the random of an earlier hello");
}

CASE(random_fresh, .id = "invariant/random-fresh", .title = "Server: every handshake has a random of its own",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_RANDOM_FRESH)
{
    struct bytes seen[8];
    size_t n = 0;

    for (size_t i = 0; i < 4; i++) {
        struct assoc *a = dial(t);

        good_hello(a);
        seen[n++] = BYTES(a->client_random);
        expect_random(t, BYTES(a->server_random), seen, n);
        seen[n++] = BYTES(a->server_random);
    }
    say_clean(t, "a fresh random in every handshake");
}

CASE(client_random_fresh, .id = "invariant/client-random-fresh",
     .title = "Client: every handshake has a random of its own", .dut = CLIENT,
     .requirement = REQ_RANDOM_FRESH)
{
    struct assoc *a = await_client(t);
    struct bytes first = first_client_hello(a)->random;

    expect_random(t, first, NULL, 0);
    serve_good(a); /* whom nobody answers sends the same hello again */
    expect_random(t, first_client_hello(await_client(t))->random, &first, 1);
    say_clean(t, "a fresh random in every handshake");
}

CASE(second_hello_same, .id = "invariant/client-second-hello-same",
     .title = "Client: the second hello repeats what the first said", .dut = CLIENT,
     .requirement = REQ_CLIENT_RANDOM_STABLE)
{
    struct assoc *a = await_client(t);
    struct bytes before = first_client_hello(a)->extensions;
    struct bytes after = expect_client_hello(a)->extensions;

    if (!bytes_equal(before, after))
        note(t, "the extensions of the second hello differ from the first's");
    say_clean(t, "version, random, session id, suites and compression methods as in the first hello");
}

CASE(extensions_were_offered, .id = "invariant/extensions-were-offered",
     .title = "Server: a ServerHello answers only extensions that were offered",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_EXTENSIONS_WERE_OFFERED)
{
    static const struct offer less[] = {
        {.ciphers = {TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CBC_SHA256},
         .extended_master_secret = WITHOUT},
        {.ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256, TLS_PSK_WITH_AES_128_CCM_8},
         .encrypt_then_mac = WITHOUT},
        {.ciphers = {TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CBC_SHA256},
         .renegotiation_scsv = WITHOUT},
    };

    for (size_t i = 0; i < sizeof less / sizeof *less; i++) {
        struct assoc *a = dial(t);

        client_hello_(a, &less[i]);
        await_event(a, true); /* a ServerHello; a refusal is allowed */
    }
    say_clean(t, "extensions of a ServerHello are among those offered");
}

INVARIANT(extensions_once, "extensions-once", REQ_EXTENSIONS_ONCE, "an extension stands once in a hello")
{
    established(t);
}

/* A record with a bad MAC or tag, and one of odd length: whatever answers them, it is not decryption_failed. */
INVARIANT(no_decryption_failed, "no-decryption-failed", REQ_NO_DECRYPTION_FAILED,
          "alert decryption_failed (21) is never sent")
{
    struct assoc *a = device_is_client(t) ? await_client(t) : dial(t);

    if (device_is_client(t))
        serve_good(a);
    else
        good_handshake(a);
    struct sealed bad = good_probe(a), odd = good_probe(a);

    deviate(t, "the last bit of the record's MAC or tag is flipped");
    flip_bit(&bad, bad.n - 1);
    send_sealed(a, &bad);
    deviate(t, "a protected record of 17 octets");
    odd.wire[11] = 0;
    odd.wire[12] = 17;
    odd.n = RECORD_HEADER + 17;
    expect_not_processed(a, &odd);
}

INVARIANT(record_lengths, "record-lengths", REQ_RECORD_LENGTHS,
          "no record is longer than 2^14 octets, or 2^14 + 2,048 under protection")
{
    exchange_probes(established(t), 4);
}

INVARIANT(no_plaintext_data, "no-plaintext-data", REQ_NO_PLAINTEXT_DATA,
          "no application data leaves in epoch 0")
{
    exchange_probes(established(t), 4);
}

INVARIANT(no_plaintext_handshake, "no-plaintext-handshake", REQ_NO_PLAINTEXT_HANDSHAKE,
          "after the handshake no new handshake message comes in epoch 0")
{
    struct assoc *a = established(t);

    exchange_probes(a, 4);
    await_event(a, false);
}

/* ---- garbage ------------------------------------------------------------------------------------------------------------ */

enum garbage { EMPTY, ONE_OCTET, HEADER_ONLY, LENGTH_FFFF, TYPE_99, VERSION_ZERO, RANDOM };

static bool garbage(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "empty", .title = "no octets", .value = EMPTY},
        {.slug = "one-octet", .title = "one octet", .value = ONE_OCTET},
        {.slug = "header-only", .title = "a header and no fragment", .value = HEADER_ONLY},
        {.slug = "length-ffff", .title = "a length beyond the datagram", .value = LENGTH_FFFF},
        {.slug = "type-99", .title = "content type 99", .value = TYPE_99},
        {.slug = "version-zero", .title = "version 0x0000", .value = VERSION_ZERO},
        {.slug = "random", .title = "random octets", .value = RANDOM},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static struct bytes garbage_datagram(struct test *t, enum garbage kind, uint16_t epoch)
{
    struct writer w = writer_of(arena_alloc(arena_of(t), 64), 64);

    if (kind == RANDOM)
        return random_bytes(t, 200);
    if (kind == EMPTY)
        return NO_BYTES;
    put_u8(&w, kind == TYPE_99 ? 99 : CONTENT_HANDSHAKE);
    if (kind == ONE_OCTET)
        return written(&w);
    put_u16(&w, kind == VERSION_ZERO ? 0 : DTLS_1_2);
    put_u16(&w, epoch);
    put_u48(&w, 4096);
    put_u16(&w, kind == HEADER_ONLY ? 0 : kind == LENGTH_FFFF ? 0xFFFF : 20);
    if (kind != HEADER_ONLY)
        put_bytes(&w, random_bytes(t, kind == LENGTH_FFFF ? 10 : 20));
    return written(&w);
}

static void send_garbage(struct assoc *a, uint16_t epoch)
{
    struct test *t = test_of(a);

    deviate(t, "garbage, three times");
    for (int i = 0; i < 3; i++)
        send_datagram(a, garbage_datagram(t, member(t), epoch));
}

CASE(survives_garbage, .id = "invariant/survives-garbage", .title = "Server goes on serving after garbage",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_SURVIVES_BAD_INPUT, .negative = true,
     .members = garbage)
{
    send_garbage(dial(t), 0);
    struct assoc *a = dial(t);

    good_handshake(a);
    send_garbage(a, 1);
    await_event(a, false);
    expect_handshake(dial(t), .version = DTLS_1_2);
}

CASE(client_survives_garbage, .id = "invariant/client-survives-garbage",
     .title = "Client goes on after garbage", .dut = CLIENT, .requirement = REQ_SURVIVES_BAD_INPUT,
     .negative = true, .members = garbage)
{
    be_patient(t); /* a handshake that garbage spoiled goes on as long as the device's timers say */
    send_garbage(await_client(t), 0);
    struct assoc *a = await_client(t);

    serve_good(a);
    send_garbage(a, 1);
    await_event(a, false);
    expect_served(await_client(t), .cipher = 0);
    say(t, "the device dials again and completes", "it does");
}

CHAPTER(invariant_chapter, "invariant", "Invariants of every trace", &record_numbers, &nonces, &cbc_iv_fresh,
        &cbc_iv_unpredictable, &cbc_iv_unchained, &random_fresh, &extensions_were_offered, &extensions_once,
        &no_decryption_failed, &record_lengths, &client_record_lengths, &no_plaintext_data,
        &no_plaintext_handshake, &survives_garbage, &client_record_numbers, &client_nonces,
        &client_cbc_iv_fresh, &client_cbc_iv_unpredictable, &client_cbc_iv_unchained, &client_random_fresh,
        &second_hello_same, &client_extensions_once, &client_no_decryption_failed, &client_no_plaintext_data,
        &client_no_plaintext_handshake, &client_survives_garbage);
