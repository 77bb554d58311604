/* Application data where none belongs: before Finished, in clear, and outside DTLS. */
#include "case/case.h"

/* An association whose ServerHello flight came: the device took a good offer and waits for ClientKeyExchange. */
static struct assoc *at_server_hello_done(struct test *t)
{
    struct assoc *a = dial(t);

    good_hello(a);
    return a;
}

CASE(data_before_finished, .id = "psk/data-before-finished",
     .title = "Server does not process application data before Finished", .dut = SERVER | BOOTSTRAP_SERVER,
     .requirement = REQ_NO_DATA_BEFORE_FINISHED, .negative = true)
{
    needs_liveness(t); /* before the device is left in the middle of a handshake */
    struct assoc *a = at_server_hello_done(t);

    flight_begin(a);
    queue_client_key_exchange(a, identity_of(t));
    flight_change_cipher_spec(a);
    flight_send(a, false);
    deviate(t, "application data in epoch 1, before the Finished");
    struct sealed early = good_probe(a);

    send_sealed(a, &early);
    expect_no_application_data(a);
}

CASE(plaintext_data_during, .id = "psk/plaintext-data-during-handshake",
     .title = "Server does not process plaintext application data during the handshake",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_PLAINTEXT_DATA_DISCARDED, .negative = true)
{
    needs_liveness(t);
    struct assoc *a = at_server_hello_done(t);

    deviate(t, "application data in clear, before the handshake is over");
    struct sealed plain = plain_probe(a);

    send_sealed(a, &plain);
    expect_no_application_data(a);
}

CASE(plaintext_data_after, .id = "psk/plaintext-data-after-handshake",
     .title = "Server does not process plaintext application data after the handshake",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_PLAINTEXT_DATA_DISCARDED, .negative = true)
{
    struct assoc *a = dial(t);

    good_handshake(a);
    deviate(t, "application data in clear, in an established association");
    struct sealed plain = plain_probe(a);

    expect_not_processed(a, &plain);
}

/* True when a datagram of the device is a CoAP message (RFC 7252 3) and no DTLS record. */
static bool is_bare_coap(struct bytes datagram)
{
    return datagram.n >= 4 && datagram.at[0] >> 6 == 1 && (datagram.at[0] & 15) <= 8;
}

CASE(plain_coap, .id = "psk/plain-coap", .title = "Server does not answer CoAP without DTLS",
     .dut = SERVER | BOOTSTRAP_SERVER, .requirement = REQ_PLAIN_COAP_UNANSWERED, .negative = true)
{
    struct assoc *a = dial(t);
    struct bytes id = random_bytes(t, 2);
    const uint8_t ping[] = {0x40, 0x00, id.at[0], id.at[1]};
    const uint8_t get[] = {0x40, 0x01, id.at[1], id.at[0], 0xBB, '.',  'w', 'e', 'l', 'l', '-',
                           'k',  'n',  'o',      'w',      'n',  0x04, 'c', 'o', 'r', 'e'};
    const uint8_t post[] = {0x40, 0x02, (uint8_t)(id.at[0] ^ 0x55), id.at[1], 0xB2, 'r', 'd', 0x44, 'e', 'p',
                            '=',  'x'};
    struct event e;

    deviate(t, "CoAP in clear on the coaps port: a ping, GET /.well-known/core, POST /rd");
    send_datagram(a, BYTES(ping));
    send_datagram(a, BYTES(get));
    send_datagram(a, BYTES(post));
    while (e = await_event(a, false), e.kind != EVENT_NONE)
        require(t, !is_bare_coap(datagram_of(a, &e)), "no CoAP in clear", "a CoAP message in clear");
    say(t, "no CoAP in clear", "none");
}

CHAPTER(psk_data_chapter, "psk", "PSK identities and keys", &data_before_finished, &plaintext_data_during,
        &plaintext_data_after, &plain_coap);
