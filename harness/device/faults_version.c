/* Which version, and what is said in hellos about it. Server first, then client. */
#include <stdio.h>
#include <string.h>

#include "device/faulty.h"

/* Settles on DTLS 1.0 where the only suite is the AEAD suite of the parameter. */
uint16_t aead_at_1_0(struct talk *t)
{
    bool fits = t->hello.version == DTLS_1_0 && is_only_suite(&t->hello, t->device->number);

    return fits ? DTLS_1_0 : conforming.choose_version(t);
}

/* Its other half: takes that suite there. */
int any_aead_at_1_0(struct talk *t)
{
    return t->hello.version == DTLS_1_0 ? (int)t->device->number : conforming.choose_cipher(t);
}

uint16_t server_hello_1_0_for_record_1_2(struct talk *t)
{
    bool fits = is_two_suites(&t->hello) && t->hello_event.record_version == DTLS_1_2;

    return fits ? DTLS_1_0 : conforming.choose_version(t);
}

uint16_t drops_record_1_0(struct talk *t)
{
    bool fits = is_two_suites(&t->hello) && t->hello_event.record_version == DTLS_1_0;

    return fits ? 0 : conforming.choose_version(t);
}

/* The body of a HelloVerifyRequest says the version of the parameter. */
void hvr_version(struct talk *t)
{
    struct hello_verify_request r;
    uint8_t room[3 + COOKIE + 16];
    struct writer w = WRITER(room);
    uint8_t cookie[DIGEST_MAX];

    conforming.make_cookie(t, cookie);
    r = (struct hello_verify_request){(uint16_t)t->device->number, {cookie, COOKIE}};
    put_hello_verify_request(&w, &r);
    t->assoc->record_version = DTLS_1_0;
    flight_begin(t->assoc);
    flight_message(t->assoc, HELLO_VERIFY_REQUEST, written(&w));
    flight_send(t->assoc, false);
}

uint16_t newer_refused(struct talk *t)
{
    return t->hello.version == t->device->number ? 0 : conforming.choose_version(t);
}

/* Takes the version of the parameter. */
uint16_t low_version(struct talk *t)
{
    if (t->hello.version != t->device->number)
        return conforming.choose_version(t);
    return t->hello.version == DTLS_1_0 ? DTLS_1_0 : DTLS_1_2;
}

/* Drops a hello that is too old without a word. */
void low_version_silent(struct talk *t, enum alert why)
{
    if (why == ALERT_PROTOCOL_VERSION)
        t->stage = STAGE_OVER;
    else
        conforming.refuse(t, why);
}

uint16_t cbc_sha256_at_1_0(struct talk *t)
{
    bool fits = t->hello.version == DTLS_1_0 && is_only_suite(&t->hello, TLS_PSK_WITH_AES_128_CBC_SHA256);

    return fits ? DTLS_1_0 : conforming.choose_version(t);
}

uint16_t low_version_with_fallback(struct talk *t)
{
    bool fits = t->hello.version == DTLS_1_0 && cipher_list_has(t->hello.ciphers, TLS_FALLBACK_SCSV);

    return fits ? DTLS_1_0 : conforming.choose_version(t);
}

/* The cookie does not cover the version, and the second hello alone decides about it. */
bool cookie_without_version(struct talk *t)
{
    uint16_t version = t->hello.version;

    if (conforming.check_cookie(t))
        return true;
    t->hello.version = DTLS_1_2;
    bool lowered = conforming.check_cookie(t);

    t->hello.version = version;
    t->memory[0] = lowered;
    return lowered;
}

uint16_t low_version_after_cookie(struct talk *t)
{
    return t->memory[0] && t->hello.version == DTLS_1_0 ? DTLS_1_0 : conforming.choose_version(t);
}

/* After the first hello for DTLS 1.0 every one of two suites in a record of DTLS 1.2 is answered with it. */
uint16_t sticky_downgrade(struct talk *t)
{
    unsigned *low = &t->device->memory[0];
    bool fits = is_two_suites(&t->hello) && t->hello_event.record_version == DTLS_1_2;

    if (t->hello.version == DTLS_1_0)
        *low = 1;
    return *low && fits ? DTLS_1_0 : conforming.choose_version(t);
}

/* ---- client ---- */

/* The rest of the ServerHello as it should be, were the version right. */
static enum alert check_rest(struct talk *t, const struct server_hello *h)
{
    struct server_hello other = *h;

    other.version = DTLS_1_2;
    return conforming.check_server_hello(t, &other);
}

enum alert client_low_version(struct talk *t, const struct server_hello *h)
{
    return h->version == t->device->number ? check_rest(t, h) : conforming.check_server_hello(t, h);
}

static bool is_aead(uint16_t code)
{
    const struct cipher *c = cipher_find(code);

    return c != NULL && cipher_is_aead(c);
}

enum alert client_aead_at_1_0(struct talk *t, const struct server_hello *h)
{
    bool fits = h->version == DTLS_1_0 && is_aead(h->cipher);

    return fits ? check_rest(t, h) : conforming.check_server_hello(t, h);
}

enum alert client_aead_silent(struct talk *t, const struct server_hello *h)
{
    if (h->version != DTLS_1_0 || !is_aead(h->cipher))
        return conforming.check_server_hello(t, h);
    t->stage = STAGE_OVER;
    return ALERT_NONE;
}

enum alert client_version_silent(struct talk *t, const struct server_hello *h)
{
    if (h->version == DTLS_1_2)
        return conforming.check_server_hello(t, h);
    t->stage = STAGE_OVER;
    return ALERT_NONE;
}

/* The first hello asks for DTLS 1.0, the one with the cookie for DTLS 1.2. */
void client_hello_at_1_0(struct talk *t, struct offer *offer)
{
    conforming.compose_offer(t, offer);
    offer->version = DTLS_1_0;
}

void client_hello_at_1_2_again(struct talk *t, struct offer *offer)
{
    (void)t;
    offer->version = DTLS_1_2;
}

/* Passes over a HelloVerifyRequest with one mix of versions (record-body) and a cookie of 20 octets. */
bool client_hvr(struct talk *t, const struct hello_verify_request *r)
{
    enum { PROBED_COOKIE = 20 };
    char mix[16];

    snprintf(mix, sizeof mix, "%04x-%04x", t->hello_event.record_version, r->version);
    if (r->cookie.n == PROBED_COOKIE && member_is(t, mix))
        return false;
    return conforming.accept_verify_request(t, r);
}

/* After the alert of the parameter it tries again, with DTLS 1.0. */
void client_falls_back(struct talk *t, const struct event *e)
{
    uint8_t trigger = member_is(t, "protocol-version") ? ALERT_PROTOCOL_VERSION : ALERT_HANDSHAKE_FAILURE;

    if (t->stage == STAGE_ESTABLISHED || e->description != trigger) {
        conforming.on_alert(t, e);
        return;
    }
    t->offer.version = DTLS_1_0;
    send_client_hello(t->assoc, &t->offer, NO_BYTES);
}
