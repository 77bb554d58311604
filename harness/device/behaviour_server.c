#include <string.h>

#include "crypto/prf.h"
#include "device/behaviour.h"
#include "device/talk.h"

enum { ANSWER_ROOM = 64 };

/* Every hello has to bring a cookie: RFC 6347 4.2.1. */
bool conforming_ask_cookie(struct talk *t)
{
    (void)t;
    return true;
}

/* RFC 6347 4.2.1: over the address and the parameters of the hello. */
void conforming_make_cookie(struct talk *t, uint8_t *out)
{
    const struct client_hello *h = &t->hello;
    size_t cap = sizeof t->address + 512 + h->ciphers.n;
    struct writer w = writer_of(arena_alloc(t->arena, cap), cap);

    put_bytes(&w, (struct bytes){(const uint8_t *)&t->address, t->address_n});
    put_u16(&w, h->version);
    put_bytes(&w, h->random);
    put_bytes(&w, h->session_id);
    put_bytes(&w, h->ciphers);
    put_bytes(&w, h->compression);
    hmac(HASH_SHA256, BYTES(t->device->secret), written(&w), out);
}

bool conforming_check_cookie(struct talk *t)
{
    uint8_t want[DIGEST_MAX];

    t->behaviour->make_cookie(t, want);
    return bytes_equal(t->hello.cookie, (struct bytes){want, COOKIE});
}

void conforming_send_verify_request(struct talk *t)
{
    uint8_t cookie[DIGEST_MAX];

    t->behaviour->make_cookie(t, cookie);
    send_hello_verify_request(t->assoc, DTLS_1_0, DTLS_1_0, (struct bytes){cookie, COOKIE});
}

/* DTLS 1.2 for every client that speaks it or a later version of the same major number, RFC 5246 E.1. */
uint16_t conforming_choose_version(struct talk *t)
{
    uint16_t version = t->hello.version;

    return version >> 8 == DTLS_1_2 >> 8 && version <= DTLS_1_2 ? DTLS_1_2 : 0;
}

/* A block of extensions that is whole and has none twice, RFC 5246 7.4.1.4. */
static bool extensions_are_sound(struct bytes block)
{
    struct reader r = reader_of(block);
    uint16_t type;
    struct bytes body;

    while (get_extension(&r, &type, &body))
        if (count_extension(block, type) > 1)
            return false;
    return !r.bad;
}

/* RFC 6066 4 and RFC 8449 4: a value that does not exist, a limit below 64. */
static bool limits_are_sound(struct bytes extensions)
{
    struct bytes mfl, limit;

    if (find_extension(extensions, EXT_MAX_FRAGMENT_LENGTH, &mfl) &&
        (mfl.n != 1 || mfl.at[0] < 1 || mfl.at[0] > 4))
        return false;
    return !find_extension(extensions, EXT_RECORD_SIZE_LIMIT, &limit) ||
           (limit.n == 2 && (limit.at[0] > 0 || limit.at[1] >= 64));
}

enum alert conforming_check_client_hello(struct talk *t)
{
    static const uint16_t empty_ones[] = {EXT_ENCRYPT_THEN_MAC, EXT_EXTENDED_MASTER_SECRET};
    const struct client_hello *h = &t->hello;
    static const uint8_t initial[] = {0};
    struct bytes body;

    if (h->compression.n == 0 || memchr(h->compression.at, 0, h->compression.n) == NULL)
        return ALERT_ILLEGAL_PARAMETER; /* RFC 5246 7.4.1.2 */
    if (h->session_id.n > HELLO_RANDOM)
        return ALERT_DECODE_ERROR; /* RFC 5246 7.4.1.2: of 32 octets at most */
    if (!extensions_are_sound(h->extensions))
        return ALERT_DECODE_ERROR;
    for (size_t i = 0; i < sizeof empty_ones / sizeof *empty_ones; i++)
        if (find_extension(h->extensions, empty_ones[i], &body) && body.n > 0)
            return ALERT_DECODE_ERROR; /* RFC 7366 2, RFC 7627 5.1 */
    if (t->epoch > 0 ? !renegotiation_is_sound(t)
                     : find_extension(h->extensions, EXT_RENEGOTIATION_INFO, &body) &&
                           !bytes_equal(body, BYTES(initial)))
        return ALERT_HANDSHAKE_FAILURE; /* RFC 5746 3.6 */
    if ((t->device->traits & CONNECTION_IDS) && find_extension(h->extensions, EXT_CONNECTION_ID, &body) &&
        !parse_connection_id(body, &body))
        return ALERT_DECODE_ERROR; /* RFC 9146 3 */
    if ((t->device->traits & LIMITS) && !limits_are_sound(h->extensions))
        return ALERT_ILLEGAL_PARAMETER;
    if ((t->device->traits & DEMANDS_EXTENSIONS) &&
        !find_extension(h->extensions, EXT_EXTENDED_MASTER_SECRET, NULL))
        return ALERT_HANDSHAKE_FAILURE; /* RFC 7627 5.2 */
    return ALERT_NONE;
}

int choose_of(const struct talk *t, const uint16_t *list, bool any_cbc)
{
    bool cbc_too = any_cbc || find_extension(t->hello.extensions, EXT_ENCRYPT_THEN_MAC, NULL);

    for (; *list != 0; list++) {
        const struct cipher *c = cipher_find(*list);

        if (cipher_list_has(t->hello.ciphers, *list) && (cbc_too || c == NULL || !cipher_is_cbc(c)))
            return *list;
    }
    return NO_CIPHER;
}

/* The first of our suites that is offered; CBC without encrypt_then_mac only when told so (RFC 9325 4.2), and never after
 * encrypt-then-MAC (RFC 7366 3.1). */
/* RFC 7366 3.1: from encrypt-then-MAC no handshake leads back, not by way of an AEAD suite either. */
int conforming_choose_cipher(struct talk *t)
{
    return choose_of(t, t->behaviour->ciphers, !t->was_etm && t->device->traits & CBC_WITHOUT_ETM);
}

struct bytes new_connection_id(struct talk *t)
{
    uint8_t *id = arena_alloc(t->arena, OWN_CID);

    rng_fill(&t->assoc->rng, id, OWN_CID);
    return (struct bytes){id, OWN_CID};
}

/* What is not said is as the endpoint does it: extensions that were offered, a fresh random. With both limits offered only
 * record_size_limit is answered, RFC 8449 5. */
void conforming_compose_answer(struct talk *t, struct answer *answer)
{
    static const uint8_t own_limit[] = {0x40, 0x00};
    struct bytes offered = t->hello.extensions, asked, body = BYTES(own_limit);
    bool limits = t->device->traits & LIMITS;
    struct writer w = writer_of(arena_alloc(t->arena, ANSWER_ROOM), ANSWER_ROOM);

    if ((t->device->traits & CONNECTION_IDS) && find_extension(offered, EXT_CONNECTION_ID, NULL)) {
        answer->connection_id = WITH;
        answer->cid = new_connection_id(t);
    }
    if (limits && find_extension(offered, EXT_RECORD_SIZE_LIMIT, NULL))
        put_extension(&w, EXT_RECORD_SIZE_LIMIT, body);
    else if (limits && find_extension(offered, EXT_MAX_FRAGMENT_LENGTH, &asked))
        put_extension(&w, EXT_MAX_FRAGMENT_LENGTH, asked);
    if (t->device->traits & RESUMES)
        answer_session(t, answer, &w);
    if (t->epoch > 0)
        answer_renegotiation(t, answer, &w);
    answer->extensions = written(&w);
}

void conforming_compose_flight(struct talk *t, const struct answer *answer)
{
    queue_server_hello(t->assoc, answer, &t->hello);
    if (t->resuming) {
        assoc_resume(t->assoc, t->session.master);
        t->behaviour->derive(t);
        send_resuming_finish(t->assoc);
        return;
    }
    flight_message(t->assoc, SERVER_HELLO_DONE, NO_BYTES);
    flight_send(t->assoc, true);
}

bool conforming_replace_known(struct talk *old)
{
    (void)old;
    return false;
}

bool conforming_parse_identity(struct talk *t, struct bytes body, struct bytes *identity)
{
    (void)t;
    return parse_client_key_exchange(body, identity);
}

/* RFC 7925 4.2: compared octet for octet. */
struct bytes conforming_lookup_psk(struct talk *t, struct bytes identity)
{
    return identity.n > 0 && bytes_equal(identity, t->device->identity) ? t->device->psk : NO_BYTES;
}

void conforming_on_stray(struct device *d, const struct sockaddr_storage *from, socklen_t n,
                         struct bytes datagram)
{
    (void)d;
    (void)from;
    (void)n;
    (void)datagram;
}

/* LwM2M 1.0 5.2.6: the endpoint name is compared with the identity. */
void conforming_know_peer(struct talk *t, struct bytes identity)
{
    lwm2m_expect_name(t->lwm2m, identity);
}
