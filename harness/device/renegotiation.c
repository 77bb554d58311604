/* Another handshake inside an association: RFC 5746, RFC 6347 4.2.2. */
#include <string.h>

#include "device/behaviour.h"
#include "device/talk.h"

enum { ADDED = 32 };

/* The extension's body: the verify_data of one side or of both, with its length. */
static struct bytes info(const struct talk *t, bool both)
{
    size_t n = both ? 2 * VERIFY_DATA : VERIFY_DATA;
    uint8_t *room = arena_alloc(t->arena, 1 + n);

    room[0] = (uint8_t)n;
    memcpy(room + 1, t->assoc->verify[SIDE_CLIENT], VERIFY_DATA);
    if (both)
        memcpy(room + 1 + VERIFY_DATA, t->assoc->verify[SIDE_SERVER], VERIFY_DATA);
    return (struct bytes){room, 1 + n};
}

bool renegotiation_is_sound(const struct talk *t)
{
    const struct client_hello *h = &t->hello;
    struct bytes body;

    return !cipher_list_has(h->ciphers, TLS_EMPTY_RENEGOTIATION_INFO_SCSV) &&
           find_extension(h->extensions, EXT_RENEGOTIATION_INFO, &body) && bytes_equal(body, info(t, false));
}

void answer_renegotiation(struct talk *t, struct answer *answer, struct writer *extensions)
{
    answer->renegotiation_info = WITHOUT;
    put_extension(extensions, EXT_RENEGOTIATION_INFO, info(t, true));
}

bool renegotiation_is_answered(const struct talk *t, struct bytes body)
{
    return bytes_equal(body, info(t, true));
}

/* False, and said so, when there is no epoch left. */
static bool begin_again(struct talk *t)
{
    if (t->assoc->write_epoch + 1 >= EPOCHS) {
        send_alert(t->assoc, ALERT_WARNING, ALERT_NO_RENEGOTIATION);
        return false;
    }
    t->epoch = t->assoc->write_epoch;
    t->was_etm |= t->assoc->encrypt_then_mac;
    t->stage = STAGE_HELLO;
    t->change_cipher_spec = t->finished_early = t->resuming = t->ticket_due = false;
    return true;
}

void begin_renegotiation(struct talk *t, const struct event *request)
{
    struct assoc *a = t->assoc;

    if (!begin_again(t))
        return;
    t->offer = (struct offer){.renegotiation_scsv = WITHOUT, .record_version = a->version};
    t->behaviour->compose_offer(t, &t->offer);
    size_t cap = t->offer.extensions.n + ADDED;
    struct writer w = writer_of(arena_alloc(t->arena, cap), cap);

    put_bytes(&w, t->offer.extensions);
    put_extension(&w, EXT_RENEGOTIATION_INFO, info(t, false));
    t->offer.extensions = written(&w);
    assoc_begin_again(a, NULL);
    a->next_receive_seq = (uint16_t)(request->message_seq + 1); /* RFC 6347 4.2.2 */
    send_client_hello(a, &t->offer, NO_BYTES);
}

void renegotiate(struct talk *t, const struct event *hello)
{
    if (!begin_again(t))
        return;
    t->hello_event = *hello;
    assoc_begin_again(t->assoc, hello);
    if (take_client_hello(t->assoc, hello->body, &t->hello))
        answer_hello(t);
    else
        t->behaviour->refuse(t, ALERT_DECODE_ERROR);
}
