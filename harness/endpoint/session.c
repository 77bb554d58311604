#include "endpoint/session.h"

#include <string.h>

enum { TICKET_HEAD = 6 }; /* lifetime and length */

void session_keep(struct session *out, const struct assoc *a)
{
    *out = (struct session){.cipher = a->cipher != NULL ? a->cipher->code : 0,
                            .encrypt_then_mac = a->encrypt_then_mac,
                            .extended_master_secret = a->extended_master_secret};
    memcpy(out->master, a->master, sizeof out->master);
}

struct bytes session_id_of(const struct session *s)
{
    return (struct bytes){s->id, s->id_n};
}

struct bytes session_ticket_of(const struct session *s)
{
    return (struct bytes){s->ticket, s->ticket_n};
}

bool parse_new_session_ticket(struct bytes body, struct bytes *ticket)
{
    struct reader r = reader_of(body);

    get_u32(&r);
    *ticket = get_block(&r, 2);
    return !r.bad && r.left == 0;
}

void assoc_resume(struct assoc *a, const uint8_t master[MASTER_SECRET])
{
    memcpy(a->master, master, sizeof a->master);
    a->resumed = true;
    assoc_derive_keys(a);
}

void queue_ticket(struct assoc *a, uint32_t lifetime, struct bytes ticket)
{
    size_t cap = TICKET_HEAD + ticket.n;
    struct writer w = writer_of(arena_alloc(a->arena, cap), cap);

    put_u32(&w, lifetime);
    put_u16(&w, (uint16_t)ticket.n);
    put_bytes(&w, ticket);
    flight_message(a, NEW_SESSION_TICKET, written(&w));
}

void send_resuming_finish(struct assoc *a)
{
    flight_change_cipher_spec(a);
    queue_finished(a);
    flight_send(a, true);
}
