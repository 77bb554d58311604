/* Either role: another handshake inside an association, begun, answered or carried out as it should not be. */
#include <string.h>

#include "device/faulty_sessions.h"

/* ---- server ---- */

/* Answers every protected hello. */
void renegotiates(struct talk *t, const struct event *e)
{
    if (e->epoch > 0 && e->message_type == CLIENT_HELLO)
        renegotiate(t, e);
}

/* The right renegotiation_info in the place of what the hello says. */
static enum alert check_mended(struct talk *t)
{
    struct client_hello asked = t->hello;
    uint8_t *suites = arena_alloc(t->arena, asked.ciphers.n), body[1 + VERIFY_DATA] = {VERIFY_DATA};
    struct writer w = writer_of(suites, asked.ciphers.n);

    for (size_t i = 0; i < cipher_list_length(asked.ciphers); i++)
        if (cipher_at(asked.ciphers, i) != TLS_EMPTY_RENEGOTIATION_INFO_SCSV)
            put_u16(&w, cipher_at(asked.ciphers, i));
    memcpy(body + 1, t->assoc->verify[SIDE_CLIENT], VERIFY_DATA);
    t->hello.ciphers = written(&w);
    t->hello.extensions = join_bytes(t, without_extension(t, asked.extensions, EXT_RENEGOTIATION_INFO),
                                     one_extension(t, EXT_RENEGOTIATION_INFO, BYTES(body)));
    enum alert wrong = conforming.check_client_hello(t);

    t->hello = asked;
    return wrong;
}

/* Passes over what the parameter says of a later hello: that its renegotiation_info is wrong, is not there, or stands beside the SCSV. */
enum alert renegotiation_info_ignored(struct talk *t)
{
    bool there = find_extension(t->hello.extensions, EXT_RENEGOTIATION_INFO, NULL);
    bool scsv = cipher_list_has(t->hello.ciphers, TLS_EMPTY_RENEGOTIATION_INFO_SCSV);
    bool meant = member_is(t, "with-scsv") ? scsv : member_is(t, "without-info") ? !there : there && !scsv;

    return t->epoch > 0 && meant ? check_mended(t) : conforming.check_client_hello(t);
}

/* Takes a CBC suite without encrypt_then_mac inside an association. */
int renegotiation_drops_etm(struct talk *t)
{
    return t->epoch > 0 ? choose_of(t, t->behaviour->ciphers, true) : conforming.choose_cipher(t);
}

/* Answers as if the handshake were a first one. */
void renegotiation_info_forgotten(struct talk *t, struct answer *answer)
{
    conforming.compose_answer(t, answer);
    if (t->epoch == 0)
        return;
    answer->renegotiation_info = WITH;
    answer->extensions = without_extension(t, answer->extensions, EXT_RENEGOTIATION_INFO);
}

/* ---- client ---- */

void client_renegotiates(struct talk *t, const struct event *e)
{
    struct assoc *a = t->assoc;
    uint8_t body[1 + VERIFY_DATA] = {VERIFY_DATA};

    if (e->epoch == 0 || e->message_type != HELLO_REQUEST)
        return;
    memcpy(body + 1, a->verify[SIDE_CLIENT], VERIFY_DATA);
    t->offer.renegotiation_scsv = WITHOUT;
    t->offer.extensions = one_extension(t, EXT_RENEGOTIATION_INFO, BYTES(body));
    t->offer.record_version = a->version;
    assoc_begin_again(a, NULL);
    send_client_hello(a, &t->offer, NO_BYTES);
}

void client_hello_request_ignored(struct talk *t, const struct event *e)
{
    (void)t;
    (void)e;
}
