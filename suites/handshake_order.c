/* A client's last flight with a message too many, one left out, one out of number, and ChangeCipherSpec in other forms. */
#include "case/case.h"

/* The device took a good offer and waits for ClientKeyExchange. */
static struct assoc *at_server_hello_done(struct test *t)
{
    struct assoc *a = dial(t);

    good_hello(a);
    flight_begin(a);
    return a;
}

/* The end of our flight, and what the device must not make of it. */
static void expect_no_completion(struct assoc *a)
{
    queue_finished(a);
    flight_send(a, false);
    expect_no_finished(a);
}

/* ---- a message too many, RFC 5246 7.4 ----------------------------------------------------------------------------------- */

static bool unexpected(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "certificate", .title = "Certificate", .value = CERTIFICATE},
        {.slug = "certificate-verify", .title = "CertificateVerify", .value = CERTIFICATE_VERIFY},
        {.slug = "server-hello-done", .title = "ServerHelloDone", .value = SERVER_HELLO_DONE},
        {.slug = "new-session-ticket", .title = "NewSessionTicket", .value = NEW_SESSION_TICKET},
        {.slug = "server-key-exchange", .title = "ServerKeyExchange", .value = SERVER_KEY_EXCHANGE},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

/* A body that is right for its type: no certificates, a signature, a ticket, an empty hint. */
static struct bytes body_of(struct test *t, uint8_t type)
{
    enum { NO_LIST = 3, SIGNED = 32, RSA_SHA256 = 0x0401, LIFETIME = 300, TICKET = 16 };
    struct writer w = writer_of(arena_alloc(arena_of(t), 64), 64);

    if (type == CERTIFICATE)
        put_fill(&w, 0, NO_LIST);
    if (type == SERVER_KEY_EXCHANGE)
        put_u16(&w, 0);
    if (type == CERTIFICATE_VERIFY) {
        put_u16(&w, RSA_SHA256);
        put_u16(&w, SIGNED);
        put_bytes(&w, random_bytes(t, SIGNED));
    }
    if (type == NEW_SESSION_TICKET) {
        put_u32(&w, LIFETIME);
        put_u16(&w, TICKET);
        put_bytes(&w, random_bytes(t, TICKET));
    }
    return written(&w);
}

CASE(unexpected_message, .id = "handshake/unexpected",
     .title = "Server completes no handshake with a message that has no place in it",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_MESSAGE_ORDER_CHECKED, .negative = true,
     .members = unexpected)
{
    struct assoc *a = at_server_hello_done(t);
    uint8_t type = (uint8_t)member(t);
    struct bytes body = body_of(t, type);

    deviate(t, "%s in our last flight, numbered and hashed", handshake_name(type));
    if (type == CERTIFICATE)
        flight_message(a, type, body);
    queue_client_key_exchange(a, identity_of(t));
    if (type != CERTIFICATE)
        flight_message(a, type, body);
    flight_change_cipher_spec(a);
    expect_no_completion(a);
}

CASE(second_key_exchange, .id = "handshake/second-key-exchange",
     .title = "Server completes no handshake with two ClientKeyExchanges", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_MESSAGE_ORDER_CHECKED, .negative = true)
{
    struct assoc *a = at_server_hello_done(t);

    deviate(t, "a second ClientKeyExchange, numbered and hashed");
    queue_client_key_exchange(a, identity_of(t));
    flight_message(a, CLIENT_KEY_EXCHANGE, key_exchange_body(t, identity_of(t)));
    flight_change_cipher_spec(a);
    expect_no_completion(a);
}

CASE(no_key_exchange, .id = "handshake/no-key-exchange",
     .title = "Server completes no handshake without ClientKeyExchange", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_MESSAGE_ORDER_CHECKED, .negative = true)
{
    struct assoc *a = at_server_hello_done(t);

    deviate(t, "ChangeCipherSpec and Finished under the right key, without ClientKeyExchange");
    assoc_derive(a);
    flight_change_cipher_spec(a);
    expect_no_completion(a);
}

/* ---- ChangeCipherSpec, RFC 5246 7.1 ------------------------------------------------------------------------------------- */

CASE(no_change_cipher_spec, .id = "handshake/no-change-cipher-spec",
     .title = "Server completes no handshake without ChangeCipherSpec", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_CHANGE_CIPHER_SPEC_NEEDED, .negative = true)
{
    struct assoc *a = at_server_hello_done(t);

    deviate(t, "the right Finished in epoch 1, without ChangeCipherSpec before it");
    queue_client_key_exchange(a, identity_of(t));
    a->write_epoch++;
    expect_no_completion(a);
}

enum form { VALUE_2, TWO_OCTETS, NO_OCTET };

static bool forms(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "value-2", .title = "the octet 2", .value = VALUE_2},
        {.slug = "two-octets", .title = "two octets", .value = TWO_OCTETS},
        {.slug = "empty", .title = "no octet", .value = NO_OCTET},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

CASE(change_cipher_spec_form, .id = "handshake/change-cipher-spec",
     .title = "Server takes no ChangeCipherSpec but the octet 1", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_CHANGE_CIPHER_SPEC_FORM, .negative = true, .members = forms)
{
    static const uint8_t two[] = {2}, twice[] = {1, 1};
    const struct bytes bodies[] = {
        [VALUE_2] = BYTES(two), [TWO_OCTETS] = BYTES(twice), [NO_OCTET] = NO_BYTES};
    struct assoc *a = at_server_hello_done(t);

    deviate(t, "a ChangeCipherSpec of another form; what follows is right");
    queue_client_key_exchange(a, identity_of(t));
    flight_change_cipher_spec(a);
    a->flight[a->flight_n - 1].body = bodies[member(t)];
    expect_no_completion(a);
}

/* ---- numbers, RFC 6347 4.2.2 -------------------------------------------------------------------------------------------- */

CASE(message_gap, .id = "handshake/message-gap",
     .title = "Server does not go on over a gap in the numbers of messages", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_MESSAGE_ORDER_KEPT, .negative = true)
{
    struct assoc *a = at_server_hello_done(t);

    deviate(t, "our last flight is numbered one too high");
    a->next_send_seq++;
    queue_client_key_exchange(a, identity_of(t));
    flight_change_cipher_spec(a);
    expect_no_completion(a);
}

/* Sends what comes after the first message of the flight; when it is repeated it goes out whole. */
static void send_rest(struct assoc *a)
{
    struct flight_item *whole = a->flight;

    a->flight++;
    a->flight_n--;
    flight_send(a, true);
    a->flight = whole;
    a->flight_n++;
}

CASE(old_message, .id = "handshake/old-message-ignored",
     .title = "Server passes over a message whose number was used", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_OLD_MESSAGE_DISCARDED, .negative = true)
{
    enum { ARRIVED_MS = 50 };
    struct assoc *a = at_server_hello_done(t);
    struct bytes other = key_exchange_body(t, bytes_of_text("x"));
    uint16_t seq = a->next_send_seq;
    uint32_t n = (uint32_t)other.n;

    queue_client_key_exchange(a, identity_of(t));
    flight_send(a, false);
    flight_resend(a); /* a path that loses it would make the other one the first */
    wait_ms(t, ARRIVED_MS, "until ClientKeyExchange is there");
    deviate(t, "another ClientKeyExchange of the same number, with identity \"x\"");
    send_fragment(a, &(struct fragment){CLIENT_KEY_EXCHANGE, n, seq, 0, n, other});
    flight_change_cipher_spec(a);
    queue_finished(a);
    send_rest(a);
    expect_finished(a);
    if (liveness_of(t) != LIVENESS_NONE)
        expect_alive(a);
    say(t, "a completed handshake", "completed");
}

CHAPTER(handshake_order_chapter, "handshake", "Hellos, cookies and the order of messages",
        &unexpected_message, &second_key_exchange, &no_key_exchange, &no_change_cipher_spec,
        &change_cipher_spec_form, &message_gap, &old_message);
