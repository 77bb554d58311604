/* Another handshake inside an association: RFC 5746, RFC 6347 4.2.2. */
#include <string.h>

#include "device/behaviour.h"
#include "device/talk.h"

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

void renegotiate(struct talk *t, const struct event *hello)
{
    if (t->assoc->write_epoch + 1 >= EPOCHS) {
        send_alert(t->assoc, ALERT_WARNING, ALERT_NO_RENEGOTIATION);
        return;
    }
    t->epoch = t->assoc->write_epoch;
    t->stage = STAGE_HELLO;
    t->change_cipher_spec = t->finished_early = t->resuming = t->ticket_due = false;
    t->hello_event = *hello;
    assoc_begin_again(t->assoc, hello);
    if (take_client_hello(t->assoc, hello->body, &t->hello))
        answer_hello(t);
    else
        t->behaviour->refuse(t, ALERT_DECODE_ERROR);
}
