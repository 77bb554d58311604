/* Client: cookies, ServerHellos and the order of messages that it does not look at as it should. */
#include <string.h>
#include <unistd.h>

#include "device/faulty_handshake.h"

enum { LIKE_A_CRASH = 134, OLD_COOKIE = 32, FIRST_MEMORY = 0 };

/* ---- HelloVerifyRequest ------------------------------------------------------------------------------------------------- */

/* A cookie of one octet is left out, one of 20 is sent with a bit turned, longer ones are cut to what DTLS 1.0 allowed. */
void client_cookie_cut(struct talk *t, struct offer *offer)
{
    uint32_t n = t->device->number;

    conforming.compose_second_offer(t, offer);
    if (n == OLD_COOKIE) {
        t->cookie = bytes_slice(t->cookie, 0, OLD_COOKIE);
    } else if (t->cookie.n == n) {
        uint8_t *turned = arena_alloc(t->arena, n);

        memcpy(turned, t->cookie.at, n);
        turned[n - 1] ^= 1;
        t->cookie = (struct bytes){turned, n > 1 ? n : 0};
    }
}

/* Takes a cookie of what there is. */
bool client_verify_request_lax(struct talk *t, struct bytes body, struct hello_verify_request *r)
{
    static const uint8_t zeros[4];
    struct reader in = reader_of(body);

    if (conforming.parse_verify_request(t, body, r))
        return true;
    get_u16(&in);
    size_t n = get_u8(&in);

    r->version = DTLS_1_0;
    r->cookie = in.bad ? BYTES(zeros) : bytes_slice(get_rest(&in), 0, n);
    return true;
}

bool client_dies_on_empty_cookie(struct talk *t, const struct hello_verify_request *r)
{
    if (r->cookie.n == 0)
        _exit(LIKE_A_CRASH);
    return conforming.accept_verify_request(t, r);
}

bool client_one_cookie(struct talk *t, const struct hello_verify_request *r)
{
    return t->verify_requests == 0 && conforming.accept_verify_request(t, r);
}

/* Begins again whenever it is asked for a cookie. */
bool client_late_verify_request(struct talk *t, const struct event *e)
{
    if (e->message_type == HELLO_VERIFY_REQUEST && t->stage == STAGE_KEY_EXCHANGE)
        t->stage = STAGE_HELLO;
    return conforming.accept_message(t, e);
}

/* ---- ServerHello -------------------------------------------------------------------------------------------------------- */

/* Goes on as if a ServerHello that cannot be read named its first suite. */
bool client_hello_lax(struct talk *t, struct bytes body, struct server_hello *h)
{
    static const uint8_t random[HELLO_RANDOM];
    uint8_t room[64];
    struct writer w = WRITER(room);
    struct server_hello mended = {
        .version = DTLS_1_2, .random = BYTES(random), .cipher = t->offer.ciphers[0]};

    if (conforming.parse_answer(t, body, h))
        return true;
    put_server_hello(&w, &mended);
    *h = mended;
    return take_server_hello(t->assoc, written(&w), &mended);
}

enum alert client_compression_unchecked(struct talk *t, const struct server_hello *h)
{
    struct server_hello other = *h;

    other.compression = 0;
    return conforming.check_server_hello(t, &other);
}

/* Deflate alone, in hellos without a cookie. */
void client_without_null_compression(struct talk *t, struct offer *offer)
{
    static const uint8_t deflate[] = {1};

    conforming.compose_offer(t, offer);
    offer->compression = BYTES(deflate);
}

void client_null_compression_again(struct talk *t, struct offer *offer)
{
    conforming.compose_second_offer(t, offer);
    offer->compression = NO_BYTES;
}

void client_with_deflate(struct talk *t, struct offer *offer)
{
    static const uint8_t both[] = {1, 0};

    conforming.compose_offer(t, offer);
    offer->compression = BYTES(both);
}

/* ---- records and numbers ------------------------------------------------------------------------------------------------ */

/* A copy of the datagram whose records of epoch 1 say epoch 0. */
static struct bytes in_epoch_0(struct talk *t, struct bytes datagram)
{
    uint8_t *copy = arena_alloc(t->arena, datagram.n);
    struct reader r = reader_of(datagram);
    struct record record;
    size_t at = 0;

    memcpy(copy, datagram.at, datagram.n);
    while (get_record(&r, &record)) {
        if (record.epoch == 1)
            copy[at + 4] = 0;
        at += record.whole.n;
    }
    return (struct bytes){copy, datagram.n};
}

static bool first_record(struct bytes datagram, struct record *out)
{
    struct reader r = reader_of(datagram);

    return get_record(&r, out);
}

/* Before there are keys it does not look at the epoch. */
void client_epoch_unchecked(struct talk *t, struct bytes datagram)
{
    struct record record;

    if (t->stage < STAGE_FINISH && first_record(datagram, &record) && record.epoch == 1)
        assoc_feed(t->assoc, in_epoch_0(t, datagram));
}

/* After a record of the last epoch it takes none of the epochs below. */
void client_large_epoch_sticks(struct talk *t, struct bytes datagram)
{
    struct record record;

    if (first_record(datagram, &record) && record.epoch == UINT16_MAX)
        t->stage = STAGE_OVER;
}

/* The last message of a number counts: what comes before it in the datagram is passed over. */
void client_old_message_taken(struct talk *t, struct bytes datagram)
{
    struct reader r = reader_of(datagram);
    struct record record;
    size_t at = 0, second = 0, hellos = 0;

    while (get_record(&r, &record)) {
        struct reader inner = reader_of(record.fragment);
        struct fragment f;

        if (record.type == CONTENT_HANDSHAKE && record.epoch == 0 && get_fragment(&inner, &f) &&
            f.type == SERVER_HELLO && ++hellos == 2)
            second = at;
        at += record.whole.n;
    }
    if (second > 0)
        assoc_feed(t->assoc, bytes_slice(datagram, second, datagram.n));
}

/* Whole messages count in the order in which they come, whatever their numbers, as long as these grow. */
void client_message_gap_taken(struct talk *t, struct bytes datagram)
{
    uint8_t *copy = arena_alloc(t->arena, datagram.n + 1);
    struct reader r = reader_of(datagram);
    struct record record;
    uint16_t next = t->assoc->next_receive_seq;
    size_t at = 0;

    if (datagram.n == 0 || t->stage >= STAGE_FINISH)
        return;
    memcpy(copy, datagram.at, datagram.n);
    while (get_record(&r, &record)) {
        struct reader inner = reader_of(record.fragment);
        struct fragment f;

        if (record.type == CONTENT_HANDSHAKE && record.epoch == 0 && get_fragment(&inner, &f) &&
            f.message_seq >= next) {
            copy[at + RECORD_HEADER + 4] = (uint8_t)(next >> 8);
            copy[at + RECORD_HEADER + 5] = (uint8_t)next;
            next++;
        }
        at += record.whole.n;
    }
    if (memcmp(copy, datagram.at, datagram.n) != 0)
        assoc_feed(t->assoc, (struct bytes){copy, datagram.n});
}

/* ClientKeyExchange takes the number after its own, when no cookie was asked for. */
void client_message_seq_skips(struct talk *t)
{
    if (t->verify_requests == 0)
        t->assoc->next_send_seq++;
    conforming.send_finish(t);
}

/* ---- order -------------------------------------------------------------------------------------------------------------- */

/* Passes over messages that have no place. */
void client_unexpected_taken(struct talk *t, enum alert why)
{
    if (why != ALERT_UNEXPECTED_MESSAGE)
        conforming.refuse(t, why);
}

bool client_needs_no_change_cipher_spec(struct talk *t)
{
    (void)t;
    return false;
}

/* Whatever is in a ChangeCipherSpec will do. */
bool client_change_cipher_spec_lax(struct talk *t, const struct event *e)
{
    return t->stage == STAGE_FINISH && e->epoch == 0;
}

/* The process ends when something else than an answer to its hello comes. */
bool client_dies_on_first_message(struct talk *t, const struct event *e)
{
    bool answers = e->message_type == HELLO_VERIFY_REQUEST || e->message_type == SERVER_HELLO;

    if (t->stage == STAGE_HELLO && !answers && e->message_type != HELLO_REQUEST)
        _exit(LIKE_A_CRASH);
    return conforming.accept_message(t, e);
}

bool client_dies_on_first_change(struct talk *t, const struct event *e)
{
    if (t->stage == STAGE_HELLO)
        _exit(LIKE_A_CRASH);
    return conforming.accept_change_cipher_spec(t, e);
}

void client_dies_on_first_data(struct talk *t, const struct event *e)
{
    if (t->stage == STAGE_HELLO)
        _exit(LIKE_A_CRASH);
    conforming.on_data(t, e);
}

bool client_dies_on_hello_request(struct talk *t, const struct event *e)
{
    if (t->stage < STAGE_ESTABLISHED && e->message_type == HELLO_REQUEST)
        _exit(LIKE_A_CRASH);
    return conforming.accept_message(t, e);
}

/* ---- in an association -------------------------------------------------------------------------------------------------- */

/* Forgets the association without a word when another Finished comes. */
void client_extra_finished_kills(struct talk *t, const struct event *e)
{
    if (e->message_type == FINISHED)
        t->stage = STAGE_OVER;
    else
        conforming.on_late_message(t, e);
}

/* A protected ChangeCipherSpec makes it wait for records under other keys. */
bool client_changes_keys(struct talk *t, const struct event *e)
{
    if (t->stage == STAGE_ESTABLISHED && e->epoch > 0)
        t->memory[FIRST_MEMORY] = 1;
    return conforming.accept_change_cipher_spec(t, e);
}

void client_reads_other_keys(struct talk *t, const struct event *e)
{
    if (!t->memory[FIRST_MEMORY])
        conforming.on_data(t, e);
}

bool client_late_change_kills(struct talk *t, const struct event *e)
{
    if (t->stage == STAGE_ESTABLISHED && e->epoch == 0)
        t->stage = STAGE_OVER;
    return conforming.accept_change_cipher_spec(t, e);
}
