#include <string.h>

#include "device/behaviour.h"
#include "device/talk.h"

enum { VERIFY_REQUESTS_MAX = 4, OFFER_ROOM = TICKET_MAX + 64, DOUBLINGS_MAX = 6 };

/* The device's own suites, or those of them that its bootstrap server says, in that order: LwM2M 1.1 Core E.1, resource 16. */
static void compose_ciphers(const struct talk *t, uint16_t *out)
{
    const uint16_t *own = t->behaviour->ciphers;
    size_t n = 0;

    for (const uint16_t *c = t->device->given_ciphers; *c != 0; c++)
        if (has_cipher(own, *c))
            out[n++] = *c;
    for (size_t i = 0; n == 0 && i < OFFER_CIPHERS - 1 && i < DEVICE_CIPHERS; i++)
        out[i] = own[i];
}

void conforming_compose_offer(struct talk *t, struct offer *offer)
{
    static const uint8_t limits[] = {
        0, EXT_MAX_FRAGMENT_LENGTH, 0, 1, 2, 0, EXT_RECORD_SIZE_LIMIT, 0, 2, 0x40, 0};
    struct writer w = writer_of(arena_alloc(t->arena, OFFER_ROOM), OFFER_ROOM);

    compose_ciphers(t, offer->ciphers);
    if (t->device->traits & LIMITS)
        put_bytes(&w, BYTES(limits));
    if (t->device->traits & CONNECTION_IDS) {
        offer->connection_id = WITH;
        offer->cid = new_connection_id(t);
    }
    if (t->device->traits & RESUMES)
        offer_session(t, offer, &w);
    offer->extensions = written(&w);
}

/* RFC 6347 4.2.1: as the first hello, with the cookie. */
void conforming_compose_second_offer(struct talk *t, struct offer *offer)
{
    (void)t;
    (void)offer;
}

/* RFC 5246 7.2.2: a message whose lengths do not agree cannot be decoded. */
bool conforming_parse_verify_request(struct talk *t, struct bytes body, struct hello_verify_request *r)
{
    (void)t;
    return parse_hello_verify_request(body, r);
}

/* RFC 5246 7.4.1.3: SessionID is 32 octets at most. */
bool conforming_parse_answer(struct talk *t, struct bytes body, struct server_hello *h)
{
    (void)t;
    return parse_server_hello(body, h) && h->session_id.n <= SESSION_ID_MAX;
}

/* RFC 6347 4.2.1: whatever version it says, as long as there is one; a server that never has enough is not followed. */
bool conforming_accept_verify_request(struct talk *t, const struct hello_verify_request *r)
{
    return (r->version == DTLS_1_0 || r->version == DTLS_1_2) && ++t->verify_requests <= VERIFY_REQUESTS_MAX;
}

static bool offers_cbc(const struct offer *o)
{
    for (size_t i = 0; i < OFFER_CIPHERS && o->ciphers[i] != 0; i++) {
        const struct cipher *c = cipher_find(o->ciphers[i]);

        if (c != NULL && cipher_is_cbc(c))
            return true;
    }
    return false;
}

/* The SCSV counts as renegotiation_info, RFC 5746 3.4. */
static bool was_offered(const struct offer *o, uint16_t type)
{
    if (find_extension(o->extensions, type, NULL))
        return true;
    switch (type) {
    case EXT_ENCRYPT_THEN_MAC:
        return o->encrypt_then_mac == WITH || (o->encrypt_then_mac == AS_USUAL && offers_cbc(o));
    case EXT_EXTENDED_MASTER_SECRET: return o->extended_master_secret != WITHOUT;
    case EXT_RENEGOTIATION_INFO: return o->renegotiation_scsv != WITHOUT;
    case EXT_CONNECTION_ID: return o->connection_id == WITH;
    default: return false;
    }
}

/* What an extension of a ServerHello may hold. */
static bool body_is_sound(const struct offer *o, uint16_t type, struct bytes body)
{
    struct bytes asked = NO_BYTES;

    if (type == EXT_MAX_FRAGMENT_LENGTH)
        return find_extension(o->extensions, type, &asked) && bytes_equal(asked, body); /* RFC 6066 4 */
    if (type == EXT_CONNECTION_ID)
        return parse_connection_id(body, &asked); /* RFC 9146 3 */
    if (type == EXT_RECORD_SIZE_LIMIT)
        return body.n == 2 && (body.at[0] > 0 || body.at[1] >= 64); /* RFC 8449 4 */
    return body.n == 0;
}

/* RFC 5246 7.4.1.4: nothing that was not offered, nothing twice; each with the body that its RFC gives it. */
static enum alert check_extensions(const struct talk *t, struct bytes block)
{
    static const uint8_t initial[] = {0};
    const struct offer *o = &t->offer;
    struct reader r = reader_of(block);
    uint16_t type;
    struct bytes body;

    while (get_extension(&r, &type, &body)) {
        if (!was_offered(o, type))
            return ALERT_UNSUPPORTED_EXTENSION;
        if (count_extension(block, type) > 1)
            return ALERT_ILLEGAL_PARAMETER;
        if (type == EXT_RENEGOTIATION_INFO &&
            !(t->epoch > 0 ? renegotiation_is_answered(t, body) : bytes_equal(body, BYTES(initial))))
            return ALERT_HANDSHAKE_FAILURE; /* RFC 5746 3.4, 3.5 */
        if (type != EXT_RENEGOTIATION_INFO && !body_is_sound(o, type, body))
            return body.n == 0 ? ALERT_DECODE_ERROR : ALERT_ILLEGAL_PARAMETER;
    }
    return r.bad ? ALERT_DECODE_ERROR : ALERT_NONE;
}

static enum alert check_encrypt_then_mac(const struct talk *t, const struct server_hello *h)
{
    const struct cipher *c = cipher_find(h->cipher);
    bool cbc = c != NULL && cipher_is_cbc(c);
    bool etm = find_extension(h->extensions, EXT_ENCRYPT_THEN_MAC, NULL);

    if (etm && !cbc)
        return ALERT_ILLEGAL_PARAMETER; /* RFC 7366 3 */
    if (cbc && !etm && (t->was_etm || !(t->device->traits & CBC_WITHOUT_ETM)))
        return ALERT_HANDSHAKE_FAILURE; /* RFC 9325 4.2, RFC 7366 3.1 */
    return ALERT_NONE;
}

enum alert conforming_check_server_hello(struct talk *t, const struct server_hello *h)
{
    if (h->version != DTLS_1_2)
        return ALERT_PROTOCOL_VERSION; /* RFC 5246 E.1 */
    if (!has_cipher(t->offer.ciphers, h->cipher) || h->compression != 0)
        return ALERT_ILLEGAL_PARAMETER;
    if ((t->device->traits & DEMANDS_EXTENSIONS) &&
        (!find_extension(h->extensions, EXT_EXTENDED_MASTER_SECRET, NULL) ||
         !find_extension(h->extensions, EXT_RENEGOTIATION_INFO, NULL)))
        return ALERT_HANDSHAKE_FAILURE; /* RFC 9325 3.5 */
    enum alert wrong = check_extensions(t, h->extensions);

    return wrong != ALERT_NONE ? wrong : check_encrypt_then_mac(t, h);
}

struct bytes conforming_compose_identity(struct talk *t)
{
    return t->device->identity;
}

/* RFC 4279 5.2: a hint is for nobody here; it is only taken apart. */
bool conforming_take_hint(struct talk *t, struct bytes body)
{
    struct bytes hint;

    (void)t;
    return parse_server_key_exchange(body, &hint);
}

void conforming_send_finish(struct talk *t)
{
    if (t->ticket_due && t->assoc->side == SIDE_SERVER) {
        send_ticketed_finish(t);
        return;
    }
    if (t->assoc->side == SIDE_SERVER || t->assoc->resumed) {
        send_server_finish(t->assoc);
        return;
    }
    flight_begin(t->assoc);
    queue_client_key_exchange(t->assoc, t->behaviour->compose_identity(t));
    t->session_hash_n = t->assoc->transcript_n;
    t->behaviour->derive(t);
    flight_change_cipher_spec(t->assoc);
    queue_finished(t->assoc);
    flight_send(t->assoc, true);
}

/* LwM2M 1.0 5.3.1, 5.2.7.1, 1.2 Core 6.1.7.7. */
void conforming_begin_service(struct talk *t)
{
    const struct device *d = t->device;
    const char *name = arena_printf(t->arena, "ep=%s", d->endpoint);

    if (d->bootstrap && (d->traits & ASKS_FOR_PACK) && t->pack_request == 0)
        t->pack_request = lwm2m_request(t->lwm2m, LWM2M_GET, "/bspack", name, NO_BYTES, CONTENT_SENML_CBOR);
    else if (d->bootstrap)
        t->request = lwm2m_request(t->lwm2m, LWM2M_POST, "/bs", name, NO_BYTES, -1);
    else
        t->request =
            lwm2m_request(t->lwm2m, LWM2M_POST, "/rd",
                          arena_printf(t->arena, "ep=%s&lt=%d&lwm2m=1.0&b=U", d->endpoint, d->lifetime),
                          bytes_of_text("</1/0>,</3/0>"), 40);
}

/* LwM2M 1.1 Transport 5.2.9: twice as long after every handshake that failed. */
int conforming_pause_before_dial(const struct device *d, int again_ms)
{
    return again_ms << (d->failed < DOUBLINGS_MAX ? d->failed : DOUBLINGS_MAX);
}
