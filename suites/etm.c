/* The extension encrypt_then_mac as a server answers it, RFC 7366. */
#include "etm.h"

static bool echoes(const struct server_hello *hello)
{
    return find_extension(hello->extensions, EXT_ENCRYPT_THEN_MAC, NULL);
}

/* Sends a hello for the mandatory CBC suite; its ServerHello. [setup] */
static const struct server_hello *answer_to_cbc(struct assoc *a)
{
    enum alert refusal;

    client_hello(a, .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256}, .encrypt_then_mac = WITH);
    const struct server_hello *hello = await_server_hello(a, &refusal);

    if (hello == NULL)
        not_applicable(test_of(a),
                       "the device does not take TLS_PSK_WITH_AES_128_CBC_SHA256 with encrypt_then_mac");
    return hello;
}

/* The twin of an odd hello: the same with the extension as it should be is answered with it. [setup] */
static void needs_echo_for_good_hello(struct test *t)
{
    if (!echoes(answer_to_cbc(dial(t))))
        not_applicable(t, "encrypt_then_mac: offered, not negotiated");
}

CASE(echoed_for_cbc, .id = "etm/echoed-for-cbc",
     .title = "Server answers encrypt_then_mac when it picks a CBC suite", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_ETM_ECHOED_FOR_CBC)
{
    bool there = echoes(answer_to_cbc(dial(t)));

    require(t, there, "encrypt_then_mac in the ServerHello",
            there ? "it is there" : "a ServerHello without it");
}

static bool aead_suites(size_t i, struct member *out)
{
    static const uint16_t suites[] = {TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CCM,
                                      TLS_PSK_WITH_AES_128_GCM_SHA256, TLS_PSK_WITH_CHACHA20_POLY1305_SHA256};

    if (i >= sizeof suites / sizeof *suites)
        return false;
    code_member(out, suites[i]);
    return true;
}

/* Sends that hello; the ServerHello must not join encrypt_then_mac with an AEAD suite. */
static void expect_no_echo_with_aead(struct test *t, const struct offer *o)
{
    struct assoc *a = dial(t);
    enum alert refusal;

    client_hello_(a, o);
    const struct server_hello *hello = await_server_hello(a, &refusal);

    if (hello == NULL)
        not_applicable(t, "the device refuses the offer");
    if (a->cipher == NULL || !cipher_is_aead(a->cipher))
        not_applicable(t, "the device picks %s, which is no AEAD suite", cipher_name(hello->cipher));
    require(t, !echoes(hello), "no encrypt_then_mac beside an AEAD suite", "%s %s encrypt_then_mac",
            cipher_name(hello->cipher), echoes(hello) ? "and" : "without");
}

CASE(not_echoed_for, .id = "etm/not-echoed-for",
     .title = "Server leaves encrypt_then_mac out when it picks an AEAD suite",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_ETM_NOT_WITH_AEAD, .negative = true,
     .members = aead_suites)
{
    expect_no_echo_with_aead(t, &(struct offer){.ciphers = {(uint16_t)member(t)}, .encrypt_then_mac = WITH});
}

CASE(not_echoed_when_aead_preferred, .id = "etm/not-echoed-when-aead-preferred",
     .title = "Server that prefers an AEAD suite to an offered CBC suite leaves encrypt_then_mac out",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_ETM_NOT_WITH_AEAD, .negative = true)
{
    expect_no_echo_with_aead(t, &(struct offer){
                                    .ciphers = {TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CBC_SHA256},
                                    .encrypt_then_mac = WITH,
                                });
}

CASE(absent_when_not_offered, .id = "etm/absent-when-not-offered",
     .title = "Server sends no encrypt_then_mac to a client that did not", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_ETM_ONLY_IF_OFFERED, .negative = true)
{
    static const struct offer without[] = {
        {.ciphers = {TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CBC_SHA256},
         .encrypt_then_mac = WITHOUT},
        {.ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256}, .encrypt_then_mac = WITHOUT},
    };
    static const char expected[] = "no encrypt_then_mac in the ServerHello";
    size_t answered = 0;

    for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
        struct assoc *a = dial(t);
        enum alert refusal;

        client_hello_(a, &without[i]);
        const struct server_hello *hello = await_server_hello(a, &refusal);

        if (hello == NULL)
            continue;
        answered++;
        require(t, !echoes(hello), expected, "encrypt_then_mac with %s, though the hello had none",
                cipher_name(hello->cipher));
        hang_up(a);
    }
    if (answered == 0)
        not_applicable(t, "the device takes neither mandatory suite from a client without encrypt_then_mac");
    say(t, expected, "none in %zu ServerHellos", answered);
}

static bool bodies(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "1-octets", .title = "of 1 octet", .value = 1},
        {.slug = "2-octets", .title = "of 2 octets", .value = 2},
        {.slug = "255-octets", .title = "of 255 octets", .value = 255},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(body, .id = "etm/body", .title = "Server does not agree on encrypt_then_mac when it comes with a body",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_ETM_BODY_NOT_TAKEN, .negative = true,
     .members = bodies)
{
    static const uint8_t zeros[255];
    struct assoc *a = dial(t);
    enum alert refusal;

    deviate(t, "encrypt_then_mac with %u octets of body", (unsigned)member(t));
    client_hello(a, .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256}, .encrypt_then_mac = WITHOUT,
                 .extensions = extension(t, EXT_ENCRYPT_THEN_MAC, (struct bytes){zeros, member(t)}));
    const struct server_hello *hello = await_server_hello(a, &refusal);

    if (hello != NULL && echoes(hello))
        show_server_hello(a, "an alert, silence, or a ServerHello without encrypt_then_mac",
                          ", with encrypt_then_mac");
    hang_up(a);
    needs_echo_for_good_hello(t);
    say(t, "an alert, silence, or a ServerHello without encrypt_then_mac", "%s",
        hello != NULL           ? "a ServerHello without it"
        : refusal != ALERT_NONE ? alert_name((uint8_t)refusal)
                                : "silence");
}

CASE(body_sent_empty, .id = "etm/body-sent-empty", .title = "Server's encrypt_then_mac extension is empty",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_ETM_BODY_EMPTY)
{
    const struct server_hello *hello = answer_to_cbc(dial(t));
    struct bytes sent;

    if (!find_extension(hello->extensions, EXT_ENCRYPT_THEN_MAC, &sent))
        not_applicable(t, "encrypt_then_mac: offered, not negotiated");
    require(t, sent.n == 0, "encrypt_then_mac without a body", "%zu octets of body", sent.n);
}

CASE(offered_twice, .id = "etm/offered-twice",
     .title = "Server answers encrypt_then_mac once at most, though it came twice",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_EXTENSIONS_ONCE, .negative = true)
{
    static const char expected[] = "an alert, silence, or a ServerHello with encrypt_then_mac once at most";
    struct assoc *a = dial(t);
    enum alert refusal;

    deviate(t, "encrypt_then_mac twice");
    client_hello(a, .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256}, .encrypt_then_mac = WITH,
                 .extensions = extension(t, EXT_ENCRYPT_THEN_MAC, NO_BYTES));
    const struct server_hello *hello = await_server_hello(a, &refusal);
    size_t count = hello != NULL ? count_extension(hello->extensions, EXT_ENCRYPT_THEN_MAC) : 0;

    if (count > 1)
        show_server_hello(a, expected, ", with encrypt_then_mac more than once");
    hang_up(a);
    needs_echo_for_good_hello(t);
    if (hello == NULL)
        say(t, expected, "%s", refusal != ALERT_NONE ? alert_name((uint8_t)refusal) : "silence");
    else
        say(t, expected, "a ServerHello with it %s", count > 0 ? "once" : "left out");
}

/* ---- the Finished -------------------------------------------------------------------------------------------------------- */

/* A server that agreed on encrypt_then_mac and waits for ClientKeyExchange. [setup] */
static struct assoc *agreed(struct test *t)
{
    struct assoc *a = dial(t);

    answer_to_cbc(a);
    needs_encrypt_then_mac(a);
    expect_server_hello_done(a);
    return a;
}

CASE(finished_proved, .id = "etm/finished-proved",
     .title = "Server's Finished is protected by encrypt-then-MAC once that is agreed",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_ETM_APPLIED)
{
    struct assoc *a = agreed(t);

    client_finish(a);
    expect_finished(a);
    expect_mac_order(a, ENCRYPT_THEN_MAC);
}

/* The Finished as a record of its own, with a bad MAC. */
static void send_bad_finished(struct assoc *a)
{
    uint8_t verify_data[VERIFY_DATA], room[HANDSHAKE_HEADER + VERIFY_DATA];
    struct writer w = WRITER(room);

    assoc_verify_data(a, SIDE_CLIENT, a->transcript_n, verify_data);
    put_fragment(
        &w, &(struct fragment){FINISHED, VERIFY_DATA, a->next_send_seq, 0, VERIFY_DATA, BYTES(verify_data)});
    struct sealed s = seal_payload(a, written(&w), .type = CONTENT_HANDSHAKE);

    flip_bit(&s, s.mac_at);
    send_sealed(a, &s);
}

/* What came of the bad Finished; a device that goes on before a good one is shown. NULL: silence. */
static const char *end_by_bad_finished(struct assoc *a)
{
    struct test *t = test_of(a);

    for (int i = 0; i < 16; i++) {
        struct event e = await_event(a, false);

        if (e.kind == EVENT_NONE)
            return NULL;
        if (e.kind == EVENT_ALERT)
            return arena_printf(arena_of(t), "the handshake ends with alert %s (%u)",
                                alert_name(e.description), e.description);
        if (e.kind == EVENT_CHANGE_CIPHER_SPEC || (e.epoch > 0 && e.kind != EVENT_BAD_RECORD))
            fail_shown(t, "nothing of epoch 1 before a good Finished",
                       "the device goes on after a Finished with a bad MAC");
    }
    return NULL;
}

/* The device takes the good Finished that follows. It need not: the handshake may have ended with the bad one. */
static bool completes_after_all(struct assoc *a)
{
    for (int i = 0; i < 16; i++) {
        struct event e = await_event(a, true);

        if (e.kind == EVENT_NONE || e.kind == EVENT_ALERT)
            return false;
        if (e.kind == EVENT_MESSAGE && e.message_type == FINISHED)
            return finished_verifies(a, &e);
    }
    return false;
}

CASE(finished_bad_mac, .id = "etm/finished-bad-mac",
     .title = "Server does not process a Finished whose record has a bad MAC",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_ETM_BAD_MAC_DISCARDED, .negative = true)
{
    struct assoc *a = agreed(t);

    flight_begin(a);
    queue_client_key_exchange(a, identity_of(t));
    flight_change_cipher_spec(a);
    flight_send(a, false);
    deviate(t, "Finished: lowest bit of the first octet of its record's MAC flipped, sent twice");
    send_bad_finished(a);
    send_bad_finished(a);
    const char *end = end_by_bad_finished(a);

    if (end == NULL) {
        queue_finished(a);
        flight_send(a, true);
        end = completes_after_all(a) ? "silence, and a good Finished after it completes the handshake"
                                     : "silence, and the handshake does not complete any more";
    }
    say(t, "the bad Finished is not processed", "%s", end);
}

CASE(cbc_only_with_etm, .id = "etm/cbc-only-with-etm",
     .title = "Server takes TLS_PSK_WITH_AES_128_CBC_SHA256 with encrypt_then_mac only",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_CBC_ONLY_WITH_ETM)
{
    struct assoc *a = dial(t);
    enum alert refusal;

    client_hello(a, .ciphers = {TLS_PSK_WITH_AES_128_CBC_SHA256}, .encrypt_then_mac = WITHOUT);
    if (await_server_hello(a, &refusal) != NULL)
        show_server_hello(a, "the suite is refused without encrypt_then_mac", ", without encrypt_then_mac");
    answer_to_cbc(dial(t));
    say(t, "the suite is refused without encrypt_then_mac", "%s",
        refusal != ALERT_NONE ? alert_name((uint8_t)refusal) : "silence");
}

CHAPTER(etm_chapter, "etm", "Encrypt-then-MAC and CBC records", &echoed_for_cbc, &not_echoed_for,
        &not_echoed_when_aead_preferred, &absent_when_not_offered, &body, &body_sent_empty, &offered_twice,
        &finished_proved, &finished_bad_mac, &cbc_only_with_etm);
