/* What a device that resumes does with sessions, by id and by ticket: RFC 5246 7.3, RFC 5077, RFC 7627 5.3. */
#include <string.h>

#include "device/behaviour.h"
#include "device/talk.h"

enum { OWN_TICKET = 64, LIFETIME = 300 };

static bool offers(const struct talk *t, uint16_t extension)
{
    return find_extension(t->hello.extensions, extension, NULL);
}

static struct session *kept(struct device *d, size_t i)
{
    return &d->sessions[i % SESSIONS_MAX];
}

/* RFC 5077 3.4: with a ticket the session id names nothing. */
const struct session *conforming_find_session(struct talk *t)
{
    struct device *d = t->device;
    struct bytes ticket = NO_BYTES, id = t->hello.session_id;

    find_extension(t->hello.extensions, EXT_SESSION_TICKET, &ticket);
    for (size_t i = 0; i < SESSIONS_MAX && d->traits & RESUMES; i++) {
        const struct session *s = kept(d, i);

        if (ticket.n > 0 && bytes_equal(ticket, session_ticket_of(s)))
            return s;
        if (ticket.n == 0 && id.n > 0 && bytes_equal(id, session_id_of(s)))
            return s;
    }
    return NULL;
}

/* Without its suite in the list, or without an extension that made it what it is, there is a full handshake; a hello that lost
 * extended_master_secret is refused. */
enum alert conforming_check_session(struct talk *t, const struct session *s, bool *resume)
{
    bool extended = offers(t, EXT_EXTENDED_MASTER_SECRET);

    *resume = false;
    if (s->extended_master_secret && !extended)
        return ALERT_HANDSHAKE_FAILURE;
    *resume = s->extended_master_secret && cipher_list_has(t->hello.ciphers, s->cipher) &&
              (!s->encrypt_then_mac || offers(t, EXT_ENCRYPT_THEN_MAC));
    return ALERT_NONE;
}

void answer_session(struct talk *t, struct answer *answer, struct writer *extensions)
{
    struct session *s = &t->session;

    if (t->resuming) {
        answer->session_id = t->hello.session_id;
        return;
    }
    *s = (struct session){.id_n = 0};
    t->ticket_due = offers(t, EXT_SESSION_TICKET);
    if (t->ticket_due) {
        put_extension(extensions, EXT_SESSION_TICKET, NO_BYTES);
        return;
    }
    s->id_n = SESSION_ID_MAX;
    rng_fill(&t->assoc->rng, s->id, s->id_n);
    answer->session_id = session_id_of(s);
}

void send_ticketed_finish(struct talk *t)
{
    struct assoc *a = t->assoc;

    t->session.ticket_n = OWN_TICKET;
    rng_fill(&a->rng, t->session.ticket, OWN_TICKET);
    flight_begin(a);
    queue_ticket(a, LIFETIME, session_ticket_of(&t->session));
    flight_change_cipher_spec(a);
    queue_finished(a);
    flight_send(a, false);
    flight_finish(a);
}

/* ---- client ---- */

const struct session *last_session(const struct device *d)
{
    const struct session *s = &d->sessions[(d->session_next + SESSIONS_MAX - 1) % SESSIONS_MAX];

    return s->id_n > 0 || s->ticket_n > 0 ? s : NULL;
}

/* RFC 5077 3.4: a session id of ours tells whether the ticket was taken. RFC 7627 5.3: only sessions with the extension are offered. */
void offer_session(struct talk *t, struct offer *offer, struct writer *extensions)
{
    const struct session *s = last_session(t->device);

    if (s == NULL || !s->extended_master_secret) {
        put_extension(extensions, EXT_SESSION_TICKET, NO_BYTES);
        return;
    }
    t->session = *s;
    if (s->ticket_n > 0) {
        t->session.id_n = SESSION_ID_MAX;
        rng_fill(&t->assoc->rng, t->session.id, SESSION_ID_MAX);
    }
    put_extension(extensions, EXT_SESSION_TICKET, session_ticket_of(s));
    offer->session_id = session_id_of(&t->session);
}

/* RFC 5246 7.4.1.3, RFC 7627 5.3; what was encrypt-then-MAC stays it. */
enum alert conforming_check_resumed(struct talk *t, const struct server_hello *h)
{
    const struct session *s = &t->session;
    bool extended = find_extension(h->extensions, EXT_EXTENDED_MASTER_SECRET, NULL);
    bool etm = find_extension(h->extensions, EXT_ENCRYPT_THEN_MAC, NULL);

    if (h->cipher != s->cipher)
        return ALERT_ILLEGAL_PARAMETER;
    return extended != s->extended_master_secret || etm != s->encrypt_then_mac ? ALERT_HANDSHAKE_FAILURE
                                                                               : ALERT_NONE;
}

/* ---- either role ---- */

void conforming_keep_session(struct talk *t)
{
    struct device *d = t->device;
    struct session *s = &t->session, made;

    if (!(d->traits & RESUMES) || t->assoc->resumed)
        return;
    struct bytes id = t->assoc->side == SIDE_SERVER ? session_id_of(s) : t->answer.session_id;

    session_keep(&made, t->assoc);
    made.id_n = id.n;
    if (id.n > 0)
        memcpy(made.id, id.at, id.n);
    made.ticket_n = s->ticket_n;
    memcpy(made.ticket, s->ticket, made.ticket_n);
    *s = made;
    *kept(d, d->session_next++) = made;
    wipe(&made, sizeof made);
}

static bool is_session(const struct session *s, const struct session *like)
{
    if (like->ticket_n > 0)
        return bytes_equal(session_ticket_of(s), session_ticket_of(like));
    return like->id_n > 0 && bytes_equal(session_id_of(s), session_id_of(like));
}

void conforming_forget_session(struct talk *t)
{
    struct device *d = t->device;

    for (size_t i = 0; i < SESSIONS_MAX && d->traits & RESUMES; i++)
        if (is_session(kept(d, i), &t->session))
            wipe(kept(d, i), sizeof *kept(d, i));
}
