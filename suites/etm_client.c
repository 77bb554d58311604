/* The extension encrypt_then_mac as a client offers it and takes the answer, RFC 7366. */
#include "etm.h"

static bool offers_etm(const struct client_hello *hello)
{
    return find_extension(hello->extensions, EXT_ENCRYPT_THEN_MAC, NULL);
}

static bool offers_cbc(const struct client_hello *hello)
{
    for (size_t i = 0; i < cipher_list_length(hello->ciphers); i++) {
        const struct cipher *c = cipher_find(cipher_at(hello->ciphers, i));

        if (c != NULL && cipher_is_cbc(c))
            return true;
    }
    return false;
}

/* A client that offers the extension and waits for our ServerHello. [setup] */
static struct assoc *offering_etm(struct test *t)
{
    struct assoc *a = await_client(t);

    if (!offers_etm(expect_client_hello(a)))
        not_applicable(t, "the device does not offer encrypt_then_mac");
    return a;
}

CASE(client_offers, .id = "etm/client-offers-etm",
     .title = "Client that offers a CBC suite offers encrypt_then_mac", .dut = CLIENT,
     .requirement = REQ_ETM_OFFERED_WITH_CBC)
{
    const struct client_hello *hello = first_client_hello(await_client(t));

    if (!offers_cbc(hello))
        not_applicable(t, "the device offers no CBC suite");
    bool there = offers_etm(hello);

    require(t, there, "encrypt_then_mac in the hello", there ? "it is there" : "CBC suites without it");
}

CASE(client_body_sent_empty, .id = "etm/client-body-sent-empty",
     .title = "Client's encrypt_then_mac extension is empty", .dut = CLIENT,
     .requirement = REQ_ETM_BODY_EMPTY)
{
    const struct client_hello *hello = first_client_hello(await_client(t));
    struct bytes sent;

    if (!find_extension(hello->extensions, EXT_ENCRYPT_THEN_MAC, &sent))
        not_applicable(t, "the device does not offer encrypt_then_mac");
    require(t, sent.n == 0, "encrypt_then_mac without a body", "%zu octets of body", sent.n);
}

CASE(client_with_aead, .id = "etm/client-with-aead",
     .title = "Client gives up when the ServerHello joins encrypt_then_mac with an AEAD suite", .dut = CLIENT,
     .requirement = REQ_ETM_WITH_AEAD_REFUSED, .negative = true)
{
    struct assoc *a = offering_etm(t);

    deviate(t, "encrypt_then_mac beside an AEAD suite");
    server_hello(a, .cipher = offered(a, PLAIN_PSK_AEAD), .encrypt_then_mac = WITH);
    expect_abort(a);
}

CASE(client_aead_kept, .id = "etm/client-aead-kept",
     .title = "Client that goes on after encrypt_then_mac beside an AEAD suite protects its records as that "
              "suite has it",
     .dut = CLIENT, .requirement = REQ_ETM_NOT_APPLIED_TO_AEAD, .negative = true)
{
    static const char expected[] = "the client gives up, or its Finished opens under the AEAD suite alone";
    struct assoc *a = offering_etm(t);
    enum alert refusal;

    deviate(t, "encrypt_then_mac beside an AEAD suite");
    server_hello(a, .cipher = offered(a, PLAIN_PSK_AEAD), .encrypt_then_mac = WITH);
    if (!client_goes_on(a, &refusal)) {
        say(t, expected, "it gives up: %s", refusal != ALERT_NONE ? alert_name((uint8_t)refusal) : "silence");
        return;
    }
    for (int i = 0; i < 16; i++) {
        struct event e = await_event(a, true);

        if (e.kind == EVENT_BAD_RECORD)
            fail_shown(t, expected, "a record that does not open under %s", a->cipher->name);
        if (e.kind == EVENT_NONE || e.kind == EVENT_ALERT)
            fail_missed(t, expected, "a ClientKeyExchange, then no Finished");
        if (e.kind == EVENT_MESSAGE && e.message_type == FINISHED && finished_verifies(a, &e)) {
            say(t, expected, "a Finished that opens and verifies under %s", a->cipher->name);
            return;
        }
    }
    fail_missed(t, expected, "no Finished that verifies");
}

CASE(client_unsolicited, .id = "etm/client-unsolicited",
     .title = "Client gives up when the ServerHello holds encrypt_then_mac, which it did not offer",
     .dut = CLIENT, .requirement = REQ_UNSOLICITED_EXTENSION_REFUSED, .negative = true)
{
    struct assoc *a = await_client(t);

    if (offers_etm(expect_client_hello(a)))
        not_applicable(t, "the device offers encrypt_then_mac");
    deviate(t, "encrypt_then_mac, which was not offered");
    server_hello(a, .cipher = offered(a, ANY_PLAIN_PSK), .encrypt_then_mac = WITH);
    expect_abort(a);
}

static bool bodies(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "1-octets", .title = "of 1 octet", .value = 1},
        {.slug = "255-octets", .title = "of 255 octets", .value = 255},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(client_body, .id = "etm/client-body",
     .title = "Client gives up when encrypt_then_mac is answered with a body", .dut = CLIENT,
     .requirement = REQ_ETM_BODY_NOT_TAKEN, .negative = true, .members = bodies)
{
    static const uint8_t zeros[255];
    struct assoc *a = offering_etm(t);

    deviate(t, "encrypt_then_mac with %u octets of body", (unsigned)member(t));
    server_hello(a, .cipher = offered(a, PLAIN_PSK_CBC), .encrypt_then_mac = WITHOUT,
                 .extensions = extension(t, EXT_ENCRYPT_THEN_MAC, (struct bytes){zeros, member(t)}));
    expect_abort(a);
}

CASE(client_twice, .id = "etm/client-twice",
     .title = "Client gives up when encrypt_then_mac is answered twice", .dut = CLIENT,
     .requirement = REQ_DUPLICATE_EXTENSION_REFUSED, .negative = true)
{
    struct assoc *a = offering_etm(t);

    deviate(t, "encrypt_then_mac twice");
    server_hello(a, .cipher = offered(a, PLAIN_PSK_CBC), .encrypt_then_mac = WITH,
                 .extensions = extension(t, EXT_ENCRYPT_THEN_MAC, NO_BYTES));
    expect_abort(a);
}

CASE(client_finished_proved, .id = "etm/client-finished-proved",
     .title = "Client's Finished is protected by encrypt-then-MAC once that is agreed", .dut = CLIENT,
     .requirement = REQ_ETM_APPLIED)
{
    struct assoc *a = offering_etm(t);
    enum alert refusal;

    server_hello(a, .cipher = offered(a, PLAIN_PSK_CBC));
    if (!client_goes_on(a, &refusal))
        not_applicable(t, "the device does not go along with the CBC suite that it offers");
    expect_client_finished(a);
    expect_mac_order(a, ENCRYPT_THEN_MAC);
}

CASE(client_cbc_only_with_etm, .id = "etm/client-cbc-only-with-etm",
     .title = "Client gives up when a CBC suite comes without encrypt_then_mac", .dut = CLIENT,
     .requirement = REQ_CBC_ONLY_WITH_ETM)
{
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    server_hello(a, .cipher = offered(a, PLAIN_PSK_CBC), .encrypt_then_mac = WITHOUT);
    expect_abort(a);
}

CHAPTER(etm_client_chapter, "etm", "Encrypt-then-MAC and CBC records", &client_offers,
        &client_body_sent_empty, &client_with_aead, &client_aead_kept, &client_unsolicited, &client_body,
        &client_twice, &client_finished_proved, &client_cbc_only_with_etm);
