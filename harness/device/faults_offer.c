/* Client: what it offers, and which ServerHello it goes on with. */
#include <string.h>

#include "device/faulty.h"

static size_t offered_n(const struct offer *offer)
{
    size_t n = 0;

    while (n < OFFER_CIPHERS - 1 && offer->ciphers[n] != 0)
        n++;
    return n;
}

/* Offers nothing but the suite of the parameter. */
void client_offers_only(struct talk *t, struct offer *offer)
{
    offer->ciphers[0] = (uint16_t)t->device->number;
}

void client_without(struct talk *t, struct offer *offer)
{
    size_t n = 0;

    conforming.compose_offer(t, offer);
    for (size_t i = 0; offer->ciphers[i] != 0; i++)
        if (offer->ciphers[i] != t->device->number)
            offer->ciphers[n++] = offer->ciphers[i];
    offer->ciphers[n] = 0;
}

/* Offers the suite of the parameter too, last. */
void client_with(struct talk *t, struct offer *offer)
{
    conforming.compose_offer(t, offer);
    offer->ciphers[offered_n(offer)] = (uint16_t)t->device->number;
}

void client_without_scsv(struct talk *t, struct offer *offer)
{
    conforming.compose_offer(t, offer);
    offer->renegotiation_scsv = WITHOUT;
}

void client_without_extension(struct talk *t, struct offer *offer)
{
    conforming.compose_offer(t, offer);
    if (t->device->number == EXT_ENCRYPT_THEN_MAC)
        offer->encrypt_then_mac = WITHOUT;
    if (t->device->number == EXT_EXTENDED_MASTER_SECRET)
        offer->extended_master_secret = WITHOUT;
}

/* Offers an empty extension of the parameter's type too. */
void client_with_extension(struct talk *t, struct offer *offer)
{
    conforming.compose_offer(t, offer);
    offer->extensions = one_extension(t, (uint16_t)t->device->number, NO_BYTES);
}

void client_etm_body_sent(struct talk *t, struct offer *offer)
{
    static const uint8_t zero[] = {0};

    conforming.compose_offer(t, offer);
    offer->encrypt_then_mac = WITHOUT;
    offer->extensions = one_extension(t, EXT_ENCRYPT_THEN_MAC, BYTES(zero));
}

void client_without_etm(struct talk *t, struct offer *offer)
{
    conforming.compose_offer(t, offer);
    offer->encrypt_then_mac = WITHOUT;
}

/* extended_master_secret twice, in hellos without a cookie. */
void client_extension_twice(struct talk *t, struct offer *offer)
{
    conforming.compose_offer(t, offer);
    offer->extensions = one_extension(t, EXT_EXTENDED_MASTER_SECRET, NO_BYTES);
}

void client_extension_once_again(struct talk *t, struct offer *offer)
{
    (void)t;
    offer->extensions = NO_BYTES;
}

void client_random_repeats(struct talk *t, struct offer *offer)
{
    static const uint8_t fixed[HELLO_RANDOM] = "the same in every handshake....";

    conforming.compose_offer(t, offer);
    offer->random = fixed;
}

/* Another random in the hello with the cookie. */
void client_random_changes(struct talk *t, struct offer *offer)
{
    uint8_t *fresh = arena_alloc(t->arena, HELLO_RANDOM);

    rng_fill(&t->assoc->rng, fresh, HELLO_RANDOM);
    offer->random = fresh;
}

/* ---- the ServerHello ---- */

/* Goes on with the suite of the parameter as if it were TLS_PSK_WITH_AES_128_CCM_8. */
enum alert client_takes_unoffered(struct talk *t, const struct server_hello *h)
{
    return h->cipher == t->device->number ? ALERT_NONE : conforming.check_server_hello(t, h);
}

bool client_uses_ccm_8_instead(struct talk *t, const struct event *e)
{
    if (e->message_type == SERVER_HELLO_DONE && t->answer.cipher == t->device->number)
        t->assoc->cipher = cipher_find(TLS_PSK_WITH_AES_128_CCM_8);
    return conforming.accept_message(t, e);
}

static enum alert check_less(struct talk *t, const struct server_hello *h, struct bytes extensions)
{
    struct server_hello other = *h;

    other.extensions = extensions;
    return conforming.check_server_hello(t, &other);
}

enum alert client_takes_unsolicited(struct talk *t, const struct server_hello *h)
{
    return check_less(t, h, without_unknown(t, h->extensions));
}

enum alert client_unsolicited_silent(struct talk *t, const struct server_hello *h)
{
    if (bytes_equal(without_unknown(t, h->extensions), h->extensions))
        return conforming.check_server_hello(t, h);
    t->stage = STAGE_OVER;
    return ALERT_NONE;
}

static bool is_cbc(uint16_t code)
{
    const struct cipher *c = cipher_find(code);

    return c != NULL && cipher_is_cbc(c);
}

enum alert client_takes_etm_with_aead(struct talk *t, const struct server_hello *h)
{
    if (is_cbc(h->cipher))
        return conforming.check_server_hello(t, h);
    return check_less(t, h, without_extension(t, h->extensions, EXT_ENCRYPT_THEN_MAC));
}

/* Whether it was offered, how long its body is, how often it is there: it does not look. */
static enum alert check_as_one_etm(struct talk *t, const struct server_hello *h)
{
    struct bytes rest = without_extension(t, h->extensions, EXT_ENCRYPT_THEN_MAC);

    if (!is_cbc(h->cipher) || !find_extension(h->extensions, EXT_ENCRYPT_THEN_MAC, NULL))
        return conforming.check_server_hello(t, h);
    return check_less(t, h, join_bytes(t, rest, one_extension(t, EXT_ENCRYPT_THEN_MAC, NO_BYTES)));
}

enum alert client_takes_unsolicited_etm(struct talk *t, const struct server_hello *h)
{
    return check_less(t, h, without_extension(t, h->extensions, EXT_ENCRYPT_THEN_MAC));
}

enum alert client_etm_body_taken(struct talk *t, const struct server_hello *h)
{
    struct bytes body;
    bool has_body = find_extension(h->extensions, EXT_ENCRYPT_THEN_MAC, &body) && body.n > 0;

    return has_body ? check_as_one_etm(t, h) : conforming.check_server_hello(t, h);
}

enum alert client_etm_twice_taken(struct talk *t, const struct server_hello *h)
{
    bool twice = count_extension(h->extensions, EXT_ENCRYPT_THEN_MAC) > 1;

    return twice ? check_as_one_etm(t, h) : conforming.check_server_hello(t, h);
}

enum alert client_cbc_without_etm(struct talk *t, const struct server_hello *h)
{
    t->device->traits |= CBC_WITHOUT_ETM;
    return conforming.check_server_hello(t, h);
}

/* The plain derivation although extended_master_secret was agreed, when no cookie was asked for. */
void client_ems_not_derived(struct talk *t)
{
    if (t->assoc->extended_master_secret && t->verify_requests == 0)
        rekey(t, own_prf(t), false, t->assoc->psk);
}

/* The key less its last octet, when no cookie was asked for. */
void client_key_cut(struct talk *t)
{
    struct bytes psk = t->assoc->psk;

    if (t->verify_requests == 0)
        rekey(t, own_prf(t), t->assoc->extended_master_secret, bytes_slice(psk, 0, psk.n - 1));
}
