/* Either role: records that are taken too often, too late, too early, or that end what they must not. */
#include <string.h>
#include <unistd.h>

#include "device/faulty_record.h"

enum { LIKE_A_CRASH = 134, FRAGMENT_MAX = 18432, PLAINTEXT_MAX = 16384, TYPE_99 = 99, NONCE = 8 };

static bool of_our_version(const struct talk *t, const struct record *r)
{
    return r->version == t->assoc->version;
}

static const struct read_epoch *epoch_of(const struct talk *t, const struct record *r)
{
    return &t->assoc->read[r->epoch];
}

/* ---- windows ---- */

/* There is no window. */
bool replay_taken(struct talk *t, const struct record *r)
{
    return of_our_version(t, r);
}

/* Only what came a second time within the window is refused. */
bool old_number_taken(struct talk *t, const struct record *r)
{
    const struct read_epoch *e = epoch_of(t, r);

    return of_our_version(t, r) &&
           (record_is_fresh(t->assoc, r) || (e->any && e->top >= r->seq + REPLAY_WINDOW));
}

/* A window of as many records as the parameter says. */
bool window_short(struct talk *t, const struct record *r)
{
    const struct read_epoch *e = epoch_of(t, r);

    return conforming.accept_record(t, r) && (!e->any || r->seq + t->device->number > e->top);
}

/* The window moves before the MAC is looked at. */
bool window_before_mac(struct talk *t, const struct record *r)
{
    struct read_epoch *e = &t->assoc->read[r->epoch];

    if (!conforming.accept_record(t, r))
        return false;
    if (!e->any || r->seq > e->top) {
        uint64_t ahead = e->any ? r->seq - e->top : REPLAY_WINDOW;

        e->window = ahead >= REPLAY_WINDOW ? 0 : e->window << ahead;
        e->top = r->seq;
        e->any = true;
    }
    return true;
}

/* ---- junk ---- */

static bool in_association(const struct talk *t)
{
    return t->stage == STAGE_ESTABLISHED;
}

/* The first record of a datagram could not be one of the association, whatever its MAC. */
static bool begins_with_junk(const struct talk *t, struct bytes datagram)
{
    struct reader in = reader_of(datagram);
    struct record r;

    if (!get_record(&in, &r))
        return true;
    bool known = r.type >= CONTENT_CHANGE_CIPHER_SPEC && r.type <= CONTENT_APPLICATION_DATA;
    bool plain_data = r.epoch == 0 && r.type == CONTENT_APPLICATION_DATA;

    return !known || !of_our_version(t, &r) || r.epoch > 1 || plain_data || r.fragment.n == 0;
}

void junk_kills(struct talk *t, struct bytes datagram)
{
    if (in_association(t) && begins_with_junk(t, datagram))
        t->stage = STAGE_OVER;
}

void junk_warning_alert(struct talk *t, struct bytes datagram)
{
    if (in_association(t) && begins_with_junk(t, datagram))
        send_alert(t->assoc, ALERT_WARNING, ALERT_UNEXPECTED_MESSAGE);
}

/* What opens and is of no known type is the end, without a word. */
enum opened protected_junk_kills(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                                 size_t *n)
{
    enum opened result = conforming.open_record(t, k, r, out, n);

    if (result == OPENED && in_association(t) && r->type == TYPE_99)
        t->stage = STAGE_OVER;
    return result;
}

enum opened protected_empty_kills(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                                  size_t *n)
{
    enum opened result = conforming.open_record(t, k, r, out, n);

    if (result == OPENED && *n == 0 && in_association(t) && r->type != CONTENT_APPLICATION_DATA)
        t->stage = STAGE_OVER;
    return result;
}

/* ---- several records in a datagram: memory[0] counts those of one, memory[1] says that the rest is lost ---- */

void counts_records(struct talk *t, struct bytes datagram)
{
    (void)datagram;
    t->memory[0] = 0;
}

bool first_record_only(struct talk *t, const struct record *r)
{
    return conforming.accept_record(t, r) && (!in_association(t) || t->memory[0]++ == 0);
}

/* What stands behind the first record is read with the next datagram. */
void late_record_comes(struct talk *t, struct bytes datagram)
{
    struct bytes late = t->kept;

    (void)datagram;
    t->memory[0] = 0;
    t->kept = NO_BYTES;
    if (in_association(t) && late.n > 0)
        assoc_feed(t->assoc, late);
    t->memory[0] = 0;
}

bool second_record_late(struct talk *t, const struct record *r)
{
    bool fresh = conforming.accept_record(t, r);

    if (!fresh || !in_association(t) || t->memory[0]++ == 0)
        return fresh;
    t->kept = arena_copy(t->arena, r->whole);
    return false;
}

/* Behind a bad record nothing is read. */
void notes_bad_record(struct talk *t, struct bytes datagram)
{
    uint8_t plain[RECORD_FRAGMENT_MAX];
    struct reader in = reader_of(datagram);
    struct record r;
    size_t n;

    t->memory[1] = in_association(t) && begins_with_junk(t, datagram);
    if (in_association(t) && !t->memory[1] && get_record(&in, &r) && r.epoch == 1)
        t->memory[1] = conforming.open_record(t, &t->assoc->read[1].keys, &r, plain, &n) != OPENED;
}

bool rest_of_datagram_lost(struct talk *t, const struct record *r)
{
    return conforming.accept_record(t, r) && !t->memory[1];
}

/* Octets behind the last record are the end. */
void junk_tail_kills(struct talk *t, struct bytes datagram)
{
    struct reader in = reader_of(datagram);
    struct record r;
    size_t records = 0;

    while (get_record(&in, &r))
        records++;
    if (in_association(t) && in.bad && records > 0)
        t->stage = STAGE_OVER;
}

/* ---- too long ---- */

static bool is_over_long(struct bytes datagram)
{
    struct reader in = reader_of(datagram);
    struct record r;

    return get_record(&in, &r) && r.fragment.n > FRAGMENT_MAX;
}

void dies_on_over_long(struct talk *t, struct bytes datagram)
{
    if (in_association(t) && is_over_long(datagram))
        _exit(LIKE_A_CRASH);
}

enum opened dies_on_long_plaintext(struct talk *t, struct record_keys *k, const struct record *r,
                                   uint8_t *out, size_t *n)
{
    enum opened result = conforming.open_record(t, k, r, out, n);

    if (result == OPENED && *n > PLAINTEXT_MAX)
        _exit(LIKE_A_CRASH);
    return result;
}

void overflow_alert(struct talk *t, struct bytes datagram)
{
    if (in_association(t) && is_over_long(datagram))
        end_with(t, ALERT_RECORD_OVERFLOW);
}

/* ---- headers ---- */

/* MAC-then-encrypt: one field of the header does not matter to the MAC. */
enum opened mte_header_unchecked(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                                 size_t *n)
{
    enum { AHEAD = 5 };
    enum opened result = conforming.open_record(t, k, r, out, n);
    struct record other = *r;

    if (result == OPENED || r->type != CONTENT_APPLICATION_DATA || !under_mte(k))
        return result;
    if (member_is(t, "type"))
        other.type = CONTENT_HANDSHAKE;
    else if (member_is(t, "version"))
        other.version = DTLS_1_0;
    else
        other.seq += AHEAD;
    return conforming.open_record(t, k, &other, out, n);
}

/* ---- what it sends ---- */

bool nonce_random(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out, size_t cap,
                  struct sealed *layout)
{
    uint8_t nonce[NONCE];
    struct seal other = *recipe;

    rng_fill(&t->assoc->rng, nonce, sizeof nonce);
    if (recipe->type == CONTENT_APPLICATION_DATA && cipher_is_aead(k->cipher))
        other.nonce = BYTES(nonce);
    return conforming.seal_record(t, k, &other, out, cap, layout);
}

/* The Finished has number 1. */
bool numbers_from_one(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                      size_t cap, struct sealed *layout)
{
    struct seal other = *recipe;

    if (recipe->type == CONTENT_HANDSHAKE && recipe->seq == 0)
        other.seq = take_seq(t->assoc, recipe->epoch);
    return conforming.seal_record(t, k, &other, out, cap, layout);
}

void empty_record_sent(struct talk *t)
{
    conforming.on_established(t);
    send_payload(t->assoc, CONTENT_HANDSHAKE, t->assoc->write_epoch, NO_BYTES);
}

/* Sends a protected record over the limit, once, before the first application data. */
void over_long_sent(struct talk *t, struct bytes datagram)
{
    enum { OVER_LONG = RECORD_FRAGMENT_MAX + 1 };
    bool data = datagram.n > 0 && datagram.at[0] == CONTENT_APPLICATION_DATA;
    struct assoc *a = t->assoc;

    if (data && t->kept.at == NULL) {
        size_t cap = RECORD_HEADER + OVER_LONG;
        struct writer w = writer_of(arena_alloc(t->arena, cap), cap);
        uint8_t *noise = arena_alloc(t->arena, OVER_LONG);

        rng_fill(&a->rng, noise, OVER_LONG);
        put_record(&w, CONTENT_APPLICATION_DATA, a->version, a->write_epoch,
                   a->write[a->write_epoch].next_seq++, (struct bytes){noise, OVER_LONG});
        t->kept = written(&w);
        conforming.send_datagram(t, t->kept);
    }
    conforming.send_datagram(t, datagram);
}
