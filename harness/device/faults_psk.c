/* Who is authenticated by what: identity, key, Finished. Server first, then client, then both. */
#include <ctype.h>
#include <string.h>

#include "device/faulty.h"

struct bytes accept_any_identity(struct talk *t, struct bytes identity)
{
    (void)identity;
    return t->device->psk;
}

struct bytes accept_empty_identity(struct talk *t, struct bytes identity)
{
    return identity.n == 0 ? t->device->psk : conforming.lookup_psk(t, identity);
}

static bool equal_without_case(struct bytes a, struct bytes b)
{
    bool same = a.n == b.n;

    for (size_t i = 0; same && i < a.n; i++)
        same = tolower(a.at[i]) == tolower(b.at[i]);
    return same;
}

static bool is_prefix(struct bytes a, struct bytes of)
{
    return a.n > 0 && a.n <= of.n && memcmp(a.at, of.at, a.n) == 0;
}

static struct bytes up_to(struct bytes b, uint8_t octet)
{
    const uint8_t *end = b.n > 0 ? memchr(b.at, octet, b.n) : NULL;

    return end != NULL ? bytes_slice(b, 0, (size_t)(end - b.at)) : b;
}

/* Without the octets of that value before it and after it. */
static struct bytes stripped(struct bytes b, uint8_t octet)
{
    while (b.n > 0 && b.at[0] == octet)
        b = bytes_slice(b, 1, b.n - 1);
    while (b.n > 0 && b.at[b.n - 1] == octet)
        b.n--;
    return b;
}

static bool differ_in_middle(struct bytes a, struct bytes b)
{
    size_t at = b.n / 2;

    return a.n == b.n && a.n > 0 && memcmp(a.at, b.at, at) == 0 &&
           memcmp(a.at + at + 1, b.at + at + 1, a.n - at - 1) == 0;
}

static bool same_after_decoding(struct talk *t, struct bytes identity, struct bytes own)
{
    if (member_is(t, "nul-first"))
        return bytes_equal(stripped(identity, 0), own) && identity.n > own.n && identity.at[0] == 0;
    if (member_is(t, "doubled"))
        return bytes_equal(identity, join_bytes(t, own, own));
    if (member_is(t, "octet-turned"))
        return differ_in_middle(identity, own);
    return bytes_equal(stripped(identity, '"'), own);
}

/* Takes an identity of as many octets as the parameter says, whatever they are. */
struct bytes accept_identity_by_length(struct talk *t, struct bytes identity)
{
    return identity.n == t->device->number ? t->device->psk : conforming.lookup_psk(t, identity);
}

/* Takes what is no text for the identity it has. */
struct bytes accept_identity_binary(struct talk *t, struct bytes identity)
{
    bool every = identity.n == 256 && identity.at[255] == 0xFF, zeros = bytes_all(identity, 0);
    bool binary = identity.n > 0 && identity.at[0] == 0xC0;
    bool taken = member_is(t, "every-octet") ? every
                 : member_is(t, "all-zero")  ? identity.n > 1 && zeros
                                             : binary;

    return taken ? t->device->psk : conforming.lookup_psk(t, identity);
}

/* Compares as the parameter says: as C strings, without blanks at the end, by what is there, without case, unquoted. */
struct bytes identity_compare(struct talk *t, struct bytes identity)
{
    struct bytes own = t->device->identity;
    bool same;

    if (member_is(t, "nul-appended") || member_is(t, "nul-and-more"))
        same = bytes_equal(up_to(identity, 0), up_to(own, 0));
    else if (member_is(t, "space-appended"))
        same = bytes_equal(up_to(identity, ' '), own);
    else if (member_is(t, "shortened"))
        same = is_prefix(identity, own);
    else if (member_is(t, "other-case"))
        same = equal_without_case(identity, own);
    else
        same = same_after_decoding(t, identity, own);
    return identity.n > 0 && same ? t->device->psk : conforming.lookup_psk(t, identity);
}

/* Takes what it can from a ClientKeyExchange whose lengths do not agree. */
bool key_exchange_lax(struct talk *t, struct bytes body, struct bytes *identity)
{
    struct reader r = reader_of(body);
    size_t n = get_u16(&r);

    if (body.n == 0) {
        *identity = t->device->identity;
        return member_is(t, "no-length");
    }
    bool trailing = n < r.left;

    *identity = member_is(t, "trailing-octet") && trailing ? get_bytes(&r, n) : get_rest(&r);
    return !r.bad && (!member_is(t, "trailing-octet") || trailing || identity->n == n);
}

void refuse_identity_with_80(struct talk *t, enum alert why)
{
    conforming.refuse(t, why == ALERT_UNKNOWN_PSK_IDENTITY ? ALERT_INTERNAL_ERROR : why);
}

void refuse_key_with_80(struct talk *t, const struct event *e)
{
    if (t->stage == STAGE_FINISH && e->epoch > 0)
        end_with(t, ALERT_INTERNAL_ERROR);
}

/* ---- a second key ---- */

static struct bytes turned_key(struct talk *t, struct bytes psk)
{
    uint8_t *octets = arena_alloc(t->arena, psk.n);

    for (size_t i = 0; i < psk.n; i++)
        octets[i] = member_is(t, "zeros") ? 0 : member_is(t, "reversed") ? psk.at[psk.n - 1 - i] : psk.at[i];
    if (member_is(t, "flipped"))
        octets[psk.n - 1] ^= 1;
    return (struct bytes){octets, psk.n};
}

static struct bytes other_key(struct talk *t)
{
    static const uint8_t zero[] = {0};
    struct bytes psk = t->device->psk;

    if (member_is(t, "empty"))
        return NO_BYTES;
    if (member_is(t, "one-octet"))
        return bytes_slice(psk, 0, 1);
    if (member_is(t, "shortened"))
        return bytes_slice(psk, 0, psk.n - 1);
    if (member_is(t, "extended"))
        return join_bytes(t, psk, BYTES(zero));
    if (member_is(t, "hex-text"))
        return bytes_of_text(arena_hex(t->arena, psk));
    return turned_key(t, psk);
}

/* A Finished that does not open with the key is tried with another one. */
enum opened second_key(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out, size_t *n)
{
    enum opened result = conforming.open_record(t, k, r, out, n);
    bool extended = t->assoc->extended_master_secret;

    if (result == OPENED || t->stage == STAGE_ESTABLISHED || r->type != CONTENT_HANDSHAKE ||
        t->session_hash_n == 0)
        return result;
    rekey(t, own_prf(t), extended, other_key(t));
    result = conforming.open_record(t, k, r, out, n);
    if (result != OPENED)
        rekey(t, own_prf(t), extended, t->device->psk);
    return result;
}

/* Goes on although it could not read the peer's Finished. */
void answers_unreadable_finished(struct talk *t, const struct event *e)
{
    if (t->stage != STAGE_FINISH || e->epoch == 0 || e->content != CONTENT_HANDSHAKE)
        return;
    conforming.send_finish(t);
    t->stage = STAGE_ESTABLISHED;
    conforming.on_established(t);
}

/* ---- client ---- */

void client_takes_any_finished(struct talk *t, const struct event *e)
{
    if (t->stage != STAGE_FINISH || e->epoch == 0 || e->content != CONTENT_HANDSHAKE)
        return;
    flight_answered(t->assoc);
    flight_finish(t->assoc);
    t->stage = STAGE_ESTABLISHED;
    conforming.on_established(t);
}

/* Registers before the server has shown that it has the key. */
void client_early_data(struct talk *t)
{
    conforming.send_finish(t);
    t->stage = STAGE_ESTABLISHED;
    conforming.on_established(t);
}

static bool is_hint(const struct talk *t, struct bytes hint)
{
    if (member_is(t, "text"))
        return bytes_equal(hint, bytes_of_text("hint"));
    if (member_is(t, "empty"))
        return hint.n == 0;
    if (member_is(t, "binary"))
        return hint.n == 4 && hint.at[0] == 0;
    return hint.n == t->device->number;
}

/* The hint of the parameter ends the handshake, or (text) is taken for the identity. */
bool client_hint(struct talk *t, struct bytes body)
{
    struct bytes hint;

    if (!parse_server_key_exchange(body, &hint))
        return false;
    if (!is_hint(t, hint))
        return true;
    t->kept = hint;
    return member_is(t, "text");
}

struct bytes client_hint_as_identity(struct talk *t)
{
    return t->kept.n > 0 ? t->kept : t->device->identity;
}

/* A NUL after the identity, when no cookie was asked for. */
struct bytes client_identity_nul_appended(struct talk *t)
{
    static const uint8_t nul[] = {0};

    return t->verify_requests > 0 ? t->device->identity : join_bytes(t, t->device->identity, BYTES(nul));
}

/* One octet more in ClientKeyExchange, when no cookie was asked for. */
void client_key_exchange_trailing(struct talk *t)
{
    struct assoc *a = t->assoc;
    struct bytes identity = t->device->identity;
    struct writer w = writer_of(arena_alloc(t->arena, identity.n + 3), identity.n + 3);

    if (t->verify_requests > 0) {
        conforming.send_finish(t);
        return;
    }
    put_u16(&w, (uint16_t)identity.n);
    put_bytes(&w, identity);
    put_u8(&w, 0);
    flight_begin(a);
    flight_message(a, CLIENT_KEY_EXCHANGE, written(&w));
    assoc_derive(a);
    flight_change_cipher_spec(a);
    queue_finished(a);
    flight_send(a, true);
}

/* Takes what it can from a ServerKeyExchange whose lengths do not agree. */
bool client_hint_lax(struct talk *t, struct bytes body)
{
    struct reader r = reader_of(body);
    size_t n = get_u16(&r);
    bool fits = member_is(t, "trailing-octet")        ? n < r.left
                : member_is(t, "length-short")        ? n + 1 == r.left
                : member_is(t, "of-another-exchange") ? body.n > 0 && body.at[0] == 3
                                                      : n > r.left;

    return fits || conforming.take_hint(t, body);
}

/* Registers in the clear. */
static void register_in_clear(struct talk *t)
{
    static const uint8_t post_rd[] = {0x40, 0x02, 0x70, 0x67, 0xB2, 'r', 'd'};

    conforming.send_datagram(t, BYTES(post_rd));
}

void client_falls_back_to_coap(struct talk *t, const struct event *e)
{
    if (e->description == t->device->number)
        register_in_clear(t);
    conforming.on_alert(t, e);
}

void client_falls_back_on_wrong_key(struct talk *t, const struct event *e)
{
    if (t->stage == STAGE_FINISH && e->epoch > 0)
        register_in_clear(t);
}

/* ---- either role: Finished ---- */

static bool compare_loosely(const struct talk *t, struct bytes got, const uint8_t *want)
{
    if (member_is(t, "11-octets") || member_is(t, "13-octets"))
        return got.n > 8 && memcmp(got.at, want, got.n < VERIFY_DATA ? got.n : VERIFY_DATA) == 0;
    if (got.n != VERIFY_DATA)
        return false;
    if (member_is(t, "flipped-first"))
        return memcmp(got.at + 1, want + 1, VERIFY_DATA - 1) == 0;
    if (member_is(t, "flipped-last"))
        return memcmp(got.at, want, VERIFY_DATA - 1) == 0;
    return bytes_all(got, 0);
}

/* Part of verify_data is not compared, or its length is not, or zeros will do. */
bool finished_unchecked(struct talk *t, const struct event *e)
{
    enum side peer = t->assoc->side == SIDE_SERVER ? SIDE_CLIENT : SIDE_SERVER;
    uint8_t want[VERIFY_DATA];

    if (conforming.verify_finished(t, e))
        return true;
    assoc_verify_data(t->assoc, peer, e->transcript_before, want);
    return compare_loosely(t, e->body, want);
}

/* A Finished in the clear counts, and nobody waits for a ChangeCipherSpec then. */
bool finished_in_clear_taken(struct talk *t, const struct event *e)
{
    bool clear = e->message_type == FINISHED && e->epoch == 0 && t->stage == STAGE_FINISH;

    t->memory[0] = clear;
    if (clear) /* it was read before the keys were there: the session hash ends before it */
        rekey(t, own_prf(t), t->assoc->extended_master_secret, t->assoc->psk);
    return clear || conforming.accept_message(t, e);
}

bool not_for_a_clear_finished(struct talk *t)
{
    return t->memory[0] == 0;
}
