/* Either role: bad records and empty ones that are answered, or that end what they must not. */
#include <string.h>
#include <unistd.h>

#include "device/faulty.h"

static const struct record_keys *keys_of(const struct talk *t, const struct event *e)
{
    return &t->assoc->read[e->epoch].keys;
}

static bool in_association(const struct talk *t, const struct event *e)
{
    return t->stage == STAGE_ESTABLISHED && e->epoch > 0;
}

static bool etm_bad_mac(const struct talk *t, const struct event *e)
{
    return in_association(t, e) && under_etm(keys_of(t, e)) && e->opened == OPEN_BAD_MAC;
}

static bool etm_bad_padding(const struct talk *t, const struct event *e)
{
    return in_association(t, e) && under_etm(keys_of(t, e)) && e->opened == OPEN_BAD_PADDING;
}

static bool mte_bad_mac(const struct talk *t, const struct event *e)
{
    return in_association(t, e) && under_mte(keys_of(t, e)) && e->opened == OPEN_BAD_MAC;
}

static bool mte_bad_padding(const struct talk *t, const struct event *e)
{
    return in_association(t, e) && under_mte(keys_of(t, e)) && e->opened == OPEN_BAD_PADDING;
}

static bool bad_tag(const struct talk *t, const struct event *e)
{
    return in_association(t, e) && cipher_is_aead(keys_of(t, e)->cipher) && e->opened == OPEN_BAD_MAC;
}

void etm_alert_on_bad_mac(struct talk *t, const struct event *e)
{
    if (etm_bad_mac(t, e))
        end_with(t, ALERT_BAD_RECORD_MAC);
}

void etm_wrong_alert(struct talk *t, const struct event *e)
{
    if (etm_bad_mac(t, e))
        end_with(t, ALERT_DECODE_ERROR);
}

/* Says that it is over and goes on. */
void etm_alert_and_live(struct talk *t, const struct event *e)
{
    if (etm_bad_mac(t, e))
        send_alert(t->assoc, ALERT_FATAL, ALERT_BAD_RECORD_MAC);
}

void etm_alert_on_bad_padding(struct talk *t, const struct event *e)
{
    if (etm_bad_padding(t, e))
        end_with(t, ALERT_BAD_RECORD_MAC);
}

void etm_decrypt_error_on_bad_padding(struct talk *t, const struct event *e)
{
    if (etm_bad_padding(t, e))
        end_with(t, ALERT_DECRYPT_ERROR);
}

void mte_alert_on_bad_mac(struct talk *t, const struct event *e)
{
    if (mte_bad_mac(t, e))
        end_with(t, ALERT_BAD_RECORD_MAC);
}

void mte_wrong_alert(struct talk *t, const struct event *e)
{
    if (mte_bad_mac(t, e))
        end_with(t, ALERT_DECODE_ERROR);
}

void mte_alert_on_bad_padding(struct talk *t, const struct event *e)
{
    if (mte_bad_padding(t, e))
        end_with(t, ALERT_BAD_RECORD_MAC);
}

void aead_alert_on_bad_tag(struct talk *t, const struct event *e)
{
    if (bad_tag(t, e))
        end_with(t, ALERT_BAD_RECORD_MAC);
}

void aead_wrong_alert(struct talk *t, const struct event *e)
{
    if (bad_tag(t, e))
        end_with(t, ALERT_DECODE_ERROR);
}

/* The alert that tells an attacker about padding, RFC 5246 7.2.2; for every bad record. */
void alert_21(struct talk *t, const struct event *e)
{
    if (in_association(t, e))
        end_with(t, ALERT_DECRYPTION_FAILED);
}

/* An empty plaintext under the kind of suite of the parameter ends the association. */
void empty_kills(struct talk *t, const struct event *e)
{
    if (in_association(t, e) && e->body.n == 0) {
        const struct record_keys *k = keys_of(t, e);
        bool aead = cipher_is_aead(k->cipher);

        if ((member_is(t, "etm") && under_etm(k)) || (member_is(t, "mte") && under_mte(k)) ||
            (member_is(t, "aead") && aead)) {
            t->stage = STAGE_OVER;
            return;
        }
    }
    conforming.on_data(t, e);
}

/* ---- garbage ---- */

enum { LIKE_A_CRASH = 134, RANDOM_OCTETS = 200, TYPE_99 = 99 };

/* The process ends when a record of an association has a bad MAC or tag. */
void dies_on_bad_mac(struct talk *t, const struct event *e)
{
    if (in_association(t, e) && e->opened == OPEN_BAD_MAC)
        _exit(LIKE_A_CRASH);
}

static bool is_garbage(const char *member, struct bytes d)
{
    static const struct {
        const char *name;
        size_t n;
    } by_length[] = {{"empty", 0}, {"one-octet", 1}, {"header-only", RECORD_HEADER}};
    struct reader r = reader_of(d);
    struct record record;

    for (size_t i = 0; i < sizeof by_length / sizeof *by_length; i++)
        if (strcmp(member, by_length[i].name) == 0)
            return d.n == by_length[i].n;
    bool whole = get_record(&r, &record);

    if (strcmp(member, "type-99") == 0)
        return whole && record.type == TYPE_99;
    if (strcmp(member, "version-zero") == 0)
        return whole && record.version == 0;
    if (strcmp(member, "length-ffff") == 0)
        return d.n > RECORD_HEADER && d.at[11] == 0xFF && d.at[12] == 0xFF;
    return d.n == RANDOM_OCTETS && !whole;
}

void stray_garbage_kills(struct device *d, const struct sockaddr_storage *from, socklen_t n,
                         struct bytes datagram)
{
    if (is_garbage(d->parameter, datagram))
        _exit(LIKE_A_CRASH);
    conforming.on_stray(d, from, n, datagram);
}

void garbage_kills(struct talk *t, struct bytes datagram)
{
    if (is_garbage(t->device->parameter, datagram))
        _exit(LIKE_A_CRASH);
}

/* Says nothing to a hello that comes again after the one with the cookie. */
void alert_not_again(struct talk *t, enum alert why)
{
    if (t->epoch == 0 && t->hello_event.seq > 1)
        t->stage = STAGE_OVER;
    else
        conforming.refuse(t, why);
}
