/* Hellos and the order of messages: what a server takes that it should not, and what throws it. */
#include <string.h>
#include <unistd.h>

#include "device/faulty_handshake.h"

enum { LIKE_A_CRASH = 134 };

/* The first record of a datagram and, when it is one in the clear that holds a handshake message, its fragment. */
struct first {
    struct record record;
    struct fragment f;
    bool whole, is_message;
};

static struct first first_of(struct bytes datagram)
{
    struct reader r = reader_of(datagram);
    struct first out = {.whole = false};

    out.whole = get_record(&r, &out.record);
    if (!out.whole || out.record.type != CONTENT_HANDSHAKE)
        return out;
    struct reader inner = reader_of(out.record.fragment);

    out.is_message = get_fragment(&inner, &out.f);
    return out;
}

/* ---- hellos whose lengths do not agree ---------------------------------------------------------------------------------- */

/* The talk goes on with a hello of its own making, which brings its cookie. */
static void go_on(struct talk *t)
{
    static const uint8_t random[HELLO_RANDOM], null_method[] = {0}, suite[] = {0xC0, 0xA8};
    uint8_t cookie[DIGEST_MAX], room[128];
    struct writer w = WRITER(room);
    struct event hello = t->hello_event;

    t->hello = (struct client_hello){.version = DTLS_1_2,
                                     .random = BYTES(random),
                                     .ciphers = BYTES(suite),
                                     .compression = BYTES(null_method)};
    t->behaviour->make_cookie(t, cookie);
    t->hello.cookie = (struct bytes){cookie, COOKIE};
    put_client_hello(&w, &t->hello);
    hello.body = arena_copy(t->arena, written(&w));
    server_message(t, &hello);
}

static bool is_malformed(struct bytes body)
{
    struct client_hello h;

    return !parse_client_hello(body, &h) || h.ciphers.n == 0 || h.compression.n == 0 ||
           h.session_id.n > HELLO_RANDOM;
}

void hello_lax(struct talk *t, enum alert why)
{
    if (t->stage == STAGE_HELLO && is_malformed(t->hello_event.body))
        go_on(t);
    else
        conforming.refuse(t, why);
}

void hello_refused_silently(struct talk *t, enum alert why)
{
    if (t->stage == STAGE_HELLO && is_malformed(t->hello_event.body))
        t->stage = STAGE_OVER;
    else
        conforming.refuse(t, why);
}

/* ---- epochs ------------------------------------------------------------------------------------------------------------- */

/* A hello is a hello, whatever epoch its record says. */
void hello_epoch_unchecked(struct device *d, const struct sockaddr_storage *from, socklen_t n,
                           struct bytes datagram)
{
    enum { EPOCH_AT = 3 };
    struct first first = first_of(datagram);

    if (!first.is_message || first.f.type != CLIENT_HELLO || first.record.epoch == 0)
        return;
    struct talk *t = talk_new(d, SIDE_SERVER, d->fd, from, n);

    if (t == NULL)
        return;
    uint8_t *mended = arena_alloc(t->arena, datagram.n);

    memcpy(mended, datagram.at, datagram.n);
    mended[EPOCH_AT] = mended[EPOCH_AT + 1] = 0;
    talk_feed(t, (struct bytes){mended, datagram.n});
}

/* An unreadable record of the next epoch ends the handshake. */
void early_epoch_kills(struct talk *t, const struct event *e)
{
    if (t->stage == STAGE_FINISH && e->epoch > 0)
        end_with(t, ALERT_DECRYPT_ERROR);
}

static uint32_t port_of(const struct sockaddr_storage *from)
{
    uint16_t port; /* at the same place in both families */

    memcpy(&port, (const uint8_t *)from + sizeof from->ss_family, sizeof port);
    return port;
}

/* A protected record of an association ends it when it comes from another address. */
void stray_ends_association(struct device *d, const struct sockaddr_storage *from, socklen_t n,
                            struct bytes datagram)
{
    struct first first = first_of(datagram);
    uint8_t plain[RECORD_FRAGMENT_MAX];
    size_t length;

    for (size_t i = 0; i < d->talk_n && first.whole && first.record.epoch == 1; i++) {
        struct talk *t = d->talks[i];

        if (t->stage == STAGE_ESTABLISHED &&
            open_record(&t->assoc->read[1].keys, &first.record, AS_NEGOTIATED, plain, &length) == OPENED)
            t->stage = STAGE_OVER;
    }
    conforming.on_stray(d, from, n, datagram);
}

/* Once a high epoch came from a port, nothing lower is looked at: notes it; looks. */
void large_epoch_noted(struct device *d, const struct sockaddr_storage *from, socklen_t n,
                       struct bytes datagram)
{
    struct first first = first_of(datagram);

    (void)n;
    if (first.whole && first.record.epoch == UINT16_MAX)
        d->memory[0] = port_of(from);
}

void large_epoch_sticks(struct talk *t, struct bytes datagram)
{
    (void)datagram;
    if (t->device->memory[0] == port_of(&t->address))
        t->stage = STAGE_OVER;
}

/* ---- compression -------------------------------------------------------------------------------------------------------- */

void compression_chosen(struct talk *t, struct answer *answer)
{
    enum { DEFLATE = 1 };

    if (memchr(t->hello.compression.at, DEFLATE, t->hello.compression.n) != NULL)
        answer->compression = DEFLATE;
}

enum alert null_compression_not_needed(struct talk *t)
{
    enum alert why = conforming.check_client_hello(t);

    return why == ALERT_ILLEGAL_PARAMETER && t->hello.compression.n > 0 ? ALERT_NONE : why;
}

/* ---- the order of messages ---------------------------------------------------------------------------------------------- */

/* Passes over every message that has no place. What was hashed for the keys ends with the first ClientKeyExchange. */
void unexpected_taken(struct talk *t, enum alert why)
{
    if (why != ALERT_UNEXPECTED_MESSAGE || t->stage < STAGE_KEY_EXCHANGE)
        conforming.refuse(t, why);
    else if (t->stage == STAGE_FINISH)
        rekey(t, own_prf(t), t->assoc->extended_master_secret, t->assoc->psk);
}

/* ChangeCipherSpec will do: there is but one key. */
bool key_exchange_not_needed(struct talk *t, const struct event *e)
{
    if (t->stage == STAGE_KEY_EXCHANGE && e->epoch == 0) {
        assoc_derive(t->assoc);
        flight_answered(t->assoc);
        t->stage = STAGE_FINISH;
    }
    return conforming.accept_change_cipher_spec(t, e);
}

bool change_cipher_spec_not_needed(struct talk *t)
{
    (void)t;
    return false;
}

/* Whatever a ChangeCipherSpec holds, it is one. */
bool change_cipher_spec_lax(struct talk *t, const struct event *e)
{
    static const uint8_t one[] = {1};
    struct event mended = *e;

    mended.body = BYTES(one);
    return conforming.accept_change_cipher_spec(t, &mended);
}

/* The next ClientKeyExchange is the next message, whatever its number. */
void message_gap_taken(struct talk *t, struct bytes datagram)
{
    struct first first = first_of(datagram);

    if (t->stage == STAGE_KEY_EXCHANGE && first.is_message && first.f.type == CLIENT_KEY_EXCHANGE)
        t->assoc->next_receive_seq = first.f.message_seq;
}

/* The last ClientKeyExchange of a number counts. */
void old_message_taken(struct talk *t, const struct event *e)
{
    struct bytes identity;

    if (t->stage == STAGE_FINISH && e->message_type == CLIENT_KEY_EXCHANGE &&
        conforming.parse_identity(t, e->body, &identity) && t->behaviour->lookup_psk(t, identity).n == 0)
        t->behaviour->refuse(t, ALERT_UNKNOWN_PSK_IDENTITY);
}

/* ---- beside an association ---------------------------------------------------------------------------------------------- */

/* A hello ends the association of its address at once. */
bool hello_drops_association(struct talk *old)
{
    (void)old;
    return true;
}

static struct talk *association_beside(const struct talk *t)
{
    const struct device *d = t->device;

    for (size_t i = 0; i < d->talk_n; i++) {
        struct talk *other = d->talks[i];

        if (other != t && other->stage == STAGE_ESTABLISHED && other->address_n == t->address_n &&
            memcmp(&other->address, &t->address, t->address_n) == 0)
            return other;
    }
    return NULL;
}

/* Who has an association gets no other one. */
void known_address_refused(struct talk *t, struct bytes datagram)
{
    (void)datagram;
    if (association_beside(t) != NULL)
        t->stage = STAGE_OVER;
}

/* The old association is not forgotten, and its records are still read. */
void old_association_lives(struct talk *t)
{
    (void)t;
}

void old_association_reads(struct talk *t, struct bytes datagram)
{
    struct first first = first_of(datagram);
    struct talk *other = association_beside(t);
    uint8_t plain[RECORD_FRAGMENT_MAX];
    size_t n;

    if (t->stage == STAGE_ESTABLISHED && other != NULL && first.whole && first.record.epoch == 1 &&
        open_record(&other->assoc->read[1].keys, &first.record, AS_NEGOTIATED, plain, &n) == OPENED)
        talk_feed(other, datagram);
}

/* A ChangeCipherSpec in an association ends it. */
bool late_ccs_kills(struct talk *t, const struct event *e)
{
    if (t->stage == STAGE_ESTABLISHED)
        t->stage = STAGE_OVER;
    return conforming.accept_change_cipher_spec(t, e);
}

/* So does a plaintext message that a client may not send, or not then. */
void junk_drops_association(struct talk *t, struct bytes datagram)
{
    struct first first = first_of(datagram);
    bool junk = first.is_message && first.record.epoch == 0 && first.f.type != CLIENT_HELLO;

    if (t->stage == STAGE_ESTABLISHED && junk && first.f.message_seq == 0)
        t->stage = STAGE_OVER;
}

/* The process ends of whatever comes from a stranger and is a record but no hello. */
void dies_on_first(struct device *d, const struct sockaddr_storage *from, socklen_t n, struct bytes datagram)
{
    struct first first = first_of(datagram);

    (void)d;
    (void)from;
    (void)n;
    if (first.whole && first.record.epoch == 0 && first.record.version == DTLS_1_2)
        _exit(LIKE_A_CRASH);
}
