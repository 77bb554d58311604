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

/* The same when the session before has an AEAD suite: what there was before that is forgotten. */
int renegotiation_forgets_etm(struct talk *t)
{
    bool aead = t->epoch > 1 && !under_etm(&t->assoc->write[t->epoch].keys);

    return aead ? choose_of(t, t->behaviour->ciphers, true) : conforming.choose_cipher(t);
}

/* Agrees on encrypt-then-MAC after MAC-then-encrypt, and its records stay what they were. */
bool renegotiation_keeps_mte(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                             size_t cap, struct sealed *layout)
{
    struct seal other = *recipe;

    if (t->epoch > 0 && under_mte(&t->assoc->write[t->epoch].keys) && under_etm(k))
        other.order = MAC_THEN_ENCRYPT;
    return conforming.seal_record(t, k, &other, out, cap, layout);
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

/* Answers every HelloRequest by a hello. */
void client_renegotiates(struct talk *t, const struct event *e)
{
    if (e->epoch > 0 && e->message_type == HELLO_REQUEST)
        begin_renegotiation(t, e);
}

/* Goes back to MAC-then-encrypt inside an association. */
enum alert client_renegotiation_drops_etm(struct talk *t, const struct server_hello *h)
{
    const struct cipher *c = cipher_find(h->cipher);
    bool cbc = c != NULL && cipher_is_cbc(c);

    return t->epoch > 0 && cbc ? ALERT_NONE : conforming.check_server_hello(t, h);
}

/* The same when the session before has an AEAD suite. */
enum alert client_renegotiation_forgets_etm(struct talk *t, const struct server_hello *h)
{
    bool aead = t->epoch > 1 && !under_etm(&t->assoc->write[t->epoch].keys);

    return aead ? client_renegotiation_drops_etm(t, h) : conforming.check_server_hello(t, h);
}

/* Messages that came before the hello, whose numbers pass for those of repetitions, count as the answer to it. */
void client_takes_early_flight(struct talk *t, const struct event *e)
{
    bool early = t->assoc->repeats_seen > 1;

    conforming.on_late_message(t, e);
    if (!early || e->message_type != HELLO_REQUEST)
        return;
    flight_begin(t->assoc);
    queue_client_key_exchange(t->assoc, t->device->identity);
    flight_send(t->assoc, true);
}

void client_hello_request_ignored(struct talk *t, const struct event *e)
{
    (void)t;
    (void)e;
}
