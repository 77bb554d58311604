/* Either role: sessions taken up that should not be, or not as they were. */
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
