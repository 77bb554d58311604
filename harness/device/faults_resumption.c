/* Either role: sessions taken up that should not be, or not as they were. */
#include <string.h>

#include "device/faulty_sessions.h"

static bool offers(const struct talk *t, uint16_t extension)
{
    return find_extension(t->hello.extensions, extension, NULL);
}

/* ---- server ---- */

/* Takes a session up under another master secret. */
void resumption_wrong_keys(struct talk *t)
{
    if (!t->resuming)
        return;
    t->assoc->master[0] ^= 1;
    assoc_derive_keys(t->assoc);
}

/* Chooses a suite anew, whatever the session's is. */
void resumption_new_suite(struct talk *t, struct answer *answer)
{
    conforming.compose_answer(t, answer);
    if (t->resuming && has_cipher(t->behaviour->ciphers, cipher_at(t->hello.ciphers, 0)))
        answer->cipher = cipher_at(t->hello.ciphers, 0);
}

enum alert resumption_suite_unoffered(struct talk *t, const struct session *s, bool *resume)
{
    enum alert wrong = conforming.check_session(t, s, resume);

    *resume |= wrong == ALERT_NONE && !cipher_list_has(t->hello.ciphers, s->cipher);
    return wrong;
}

bool resumed_finished_unchecked(struct talk *t, const struct event *e)
{
    return t->resuming || conforming.verify_finished(t, e);
}

enum alert ems_gained(struct talk *t, const struct session *s, bool *resume)
{
    enum alert wrong = conforming.check_session(t, s, resume);

    *resume |= !s->extended_master_secret && offers(t, EXT_EXTENDED_MASTER_SECRET);
    return wrong;
}

enum alert ems_lost(struct talk *t, const struct session *s, bool *resume)
{
    *resume = !offers(t, EXT_EXTENDED_MASTER_SECRET) && s->extended_master_secret;
    return *resume ? ALERT_NONE : conforming.check_session(t, s, resume);
}

void ems_unsaid(struct talk *t, struct answer *answer)
{
    conforming.compose_answer(t, answer);
    answer->extended_master_secret = t->resuming ? WITHOUT : AS_USUAL;
}

enum alert etm_lost(struct talk *t, const struct session *s, bool *resume)
{
    enum alert wrong = conforming.check_session(t, s, resume);

    *resume |= wrong == ALERT_NONE && s->encrypt_then_mac && !offers(t, EXT_ENCRYPT_THEN_MAC);
    return wrong;
}

bool etm_echoed_not_done(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                         size_t cap, struct sealed *layout)
{
    struct seal other = *recipe;

    if (under_etm(k) && t->resuming)
        other.order = MAC_THEN_ENCRYPT;
    return conforming.seal_record(t, k, &other, out, cap, layout);
}

void fatal_keeps_session(struct talk *t)
{
    (void)t;
}

/* Compares tickets but for their first and last octet. */
const struct session *ticket_unchecked(struct talk *t)
{
    struct bytes ticket;

    if (!find_extension(t->hello.extensions, EXT_SESSION_TICKET, &ticket) || ticket.n < 3)
        return conforming.find_session(t);
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        const struct session *s = &t->device->sessions[i];

        if (s->ticket_n == ticket.n && bytes_equal(bytes_slice(session_ticket_of(s), 1, ticket.n - 2),
                                                   bytes_slice(ticket, 1, ticket.n - 2)))
            return s;
    }
    return NULL;
}

enum alert changed_ticket_kills(struct talk *t)
{
    struct bytes ticket;
    bool changed = find_extension(t->hello.extensions, EXT_SESSION_TICKET, &ticket) && ticket.n > 0 &&
                   conforming.find_session(t) == NULL;

    return changed ? ALERT_HANDSHAKE_FAILURE : conforming.check_client_hello(t);
}

/* ---- client ---- */

/* Offers every suite but the session's. */
void client_session_suite_dropped(struct talk *t, struct offer *offer)
{
    size_t n = 0;

    conforming.compose_offer(t, offer);
    for (size_t i = 0; i < OFFER_CIPHERS && offer->ciphers[i] != 0; i++)
        if (offer->session_id.n == 0 || offer->ciphers[i] != t->session.cipher)
            offer->ciphers[n++] = offer->ciphers[i];
    offer->ciphers[n] = 0;
}

/* Wants its session, or nothing. */
enum alert client_full_refused(struct talk *t, const struct server_hello *h)
{
    bool full = t->offer.session_id.n > 0 && !bytes_equal(h->session_id, t->offer.session_id);

    return full ? ALERT_HANDSHAKE_FAILURE : conforming.check_server_hello(t, h);
}

/* Passes over the suite, extended_master_secret or encrypt_then_mac in the ServerHello that takes its session up; with "ticket-" before it of a
 * session with a ticket, else of one with an id. */
enum alert client_session_unchecked(struct talk *t, const struct server_hello *h)
{
    const char *ticket = "ticket-", *what = t->device->parameter;
    bool by_ticket = strncmp(what, ticket, strlen(ticket)) == 0;
    bool ems = find_extension(h->extensions, EXT_EXTENDED_MASTER_SECRET, NULL);
    bool etm = find_extension(h->extensions, EXT_ENCRYPT_THEN_MAC, NULL);
    const struct session *s = &t->session;

    what += by_ticket ? strlen(ticket) : 0;
    bool meant = strcmp(what, "other-suite") == 0  ? h->cipher != s->cipher
                 : strcmp(what, "ems-lost") == 0   ? !ems && s->extended_master_secret
                 : strcmp(what, "ems-gained") == 0 ? ems && !s->extended_master_secret
                                                   : !etm && s->encrypt_then_mac;

    return meant && by_ticket == (s->ticket_n > 0) ? ALERT_NONE : conforming.check_resumed(t, h);
}

/* Offers its last session without extended_master_secret too. */
void client_offers_plain_session(struct talk *t, struct offer *offer)
{
    const struct session *s = last_session(t->device);

    conforming.compose_offer(t, offer);
    if (s == NULL || s->extended_master_secret || s->id_n == 0)
        return;
    t->session = *s;
    offer->session_id = session_id_of(&t->session);
}

/* Refuses a ServerHello without session_ticket to a hello with a ticket. */
enum alert client_wants_ticket_taken(struct talk *t, const struct server_hello *h)
{
    bool full = t->session.ticket_n > 0 && !bytes_equal(h->session_id, t->offer.session_id);

    return full ? ALERT_HANDSHAKE_FAILURE : conforming.check_server_hello(t, h);
}

/* Takes a ticket's session up under another master secret. */
void client_ticket_wrong_keys(struct talk *t)
{
    if (!t->resuming || t->session.ticket_n == 0)
        return;
    t->assoc->master[0] ^= 1;
    assoc_derive_keys(t->assoc);
}

/* Takes any session id that it did not ask for as a session of its key. */
bool client_session_made_up(struct talk *t, struct bytes body, struct server_hello *h)
{
    static const uint8_t zeros[HELLO_RANDOM];
    uint8_t secret[PREMASTER_MAX];
    struct bytes premaster = {secret, psk_premaster(t->device->psk, secret)};

    if (!conforming.parse_answer(t, body, h))
        return false;
    const struct cipher *c = cipher_find(h->cipher);

    if (h->session_id.n != SESSION_ID_MAX || c == NULL)
        return true;
    t->session = (struct session){.cipher = h->cipher, .extended_master_secret = true};
    t->session.encrypt_then_mac = find_extension(h->extensions, EXT_ENCRYPT_THEN_MAC, NULL);
    master_secret(prf_for(c, DTLS_1_2), premaster, BYTES(t->assoc->client_random), BYTES(zeros),
                  t->session.master);
    t->offer.session_id = h->session_id;
    return true;
}

int client_never_backs_off(const struct device *d, int again_ms)
{
    (void)d;
    return again_ms;
}

void client_forgets_session(struct talk *t, struct offer *offer)
{
    conforming.compose_offer(t, offer);
    offer->session_id = NO_BYTES;
    offer->extensions = NO_BYTES;
}
