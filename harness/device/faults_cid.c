/* Either role: connection ids (RFC 9146) given, used, taken and followed in the wrong way. */
#include <string.h>

#include "device/faulty_cid.h"

enum { CID_AT = 11, WELL_FORMED_ASKS = 3, COMPLETES_ASKS = 6, KEPT = 8, EARLY_CODE = 53 };

static bool is_data(const struct seal *recipe)
{
    return recipe->type == CONTENT_APPLICATION_DATA;
}

static size_t asked_length(struct talk *t)
{
    struct bytes body, id;

    return find_extension(t->hello.extensions, EXT_CONNECTION_ID, &body) && parse_connection_id(body, &id)
               ? id.n
               : 0;
}

enum { OLD_LENGTH = 4 };

/* ---- given ---- */

void cid_unasked(struct talk *t, struct answer *answer)
{
    answer->connection_id = WITH;
    answer->cid = new_connection_id(t);
}

/* Says four octets and has one. */
static struct bytes malformed_extension(struct talk *t)
{
    static const uint8_t body[] = {4, 1};

    return one_extension(t, EXT_CONNECTION_ID, BYTES(body));
}

void cid_malformed_answer(struct talk *t, struct answer *answer)
{
    conforming.compose_answer(t, answer);
    if (asked_length(t) != WELL_FORMED_ASKS)
        return;
    answer->connection_id = AS_USUAL;
    answer->extensions = join_bytes(t, answer->extensions, malformed_extension(t));
}

void client_cid_malformed(struct talk *t, struct offer *offer)
{
    conforming.compose_offer(t, offer);
    offer->connection_id = AS_USUAL;
    offer->extensions = join_bytes(t, offer->extensions, malformed_extension(t));
}

enum alert cid_early_code_kills(struct talk *t)
{
    return find_extension(t->hello.extensions, EARLY_CODE, NULL) ? ALERT_HANDSHAKE_FAILURE
                                                                 : conforming.check_client_hello(t);
}

enum alert cid_body_unchecked(struct talk *t)
{
    struct bytes all = t->hello.extensions;

    t->hello.extensions = without_extension(t, all, EXT_CONNECTION_ID);
    enum alert wrong = conforming.check_client_hello(t);

    t->hello.extensions = all;
    return wrong;
}

/* ---- a client's look at the answer ---- */

enum alert client_cid_unchecked_answer(struct talk *t, const struct server_hello *h)
{
    struct server_hello other = *h;

    other.extensions = without_extension(t, h->extensions, EXT_CONNECTION_ID);
    return conforming.check_server_hello(t, &other);
}

enum alert client_cid_length_refused(struct talk *t, const struct server_hello *h)
{
    struct bytes body, id;
    bool refused = find_extension(h->extensions, EXT_CONNECTION_ID, &body) &&
                   parse_connection_id(body, &id) && id.n == t->device->number;

    return refused ? ALERT_ILLEGAL_PARAMETER : conforming.check_server_hello(t, h);
}

/* ---- used ---- */

/* Ids of so many octets are not sent. */
bool cid_not_used(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out, size_t cap,
                  struct sealed *layout)
{
    struct seal other = *recipe;

    if (is_data(recipe) && recipe->cid.n == t->device->number)
        other.cid = NO_BYTES;
    return conforming.seal_record(t, k, &other, out, cap, layout);
}

/* Has no room for more. */
bool cid_cut(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out, size_t cap,
             struct sealed *layout)
{
    struct seal other = *recipe;

    if (is_data(recipe))
        other.cid = bytes_slice(recipe->cid, 0, KEPT < recipe->cid.n ? KEPT : recipe->cid.n);
    return conforming.seal_record(t, k, &other, out, cap, layout);
}

/* A record of type tls12_cid with an id of no octets. */
static bool seal_with_no_octets(struct talk *t, struct record_keys *k, const struct seal *recipe,
                                uint8_t *out, size_t cap, struct sealed *layout)
{
    static const uint8_t one[] = {0};
    struct seal other = *recipe;

    other.cid = BYTES(one);
    if (!conforming.seal_record(t, k, &other, out, cap, layout))
        return false;
    memmove(out + CID_AT, out + CID_AT + 1, layout->n - CID_AT - 1);
    layout->n--;
    return true;
}

/* Data to a peer that wants no id goes out as tls12_cid all the same. */
bool cid_when_empty(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                    size_t cap, struct sealed *layout)
{
    bool empty = is_data(recipe) && t->assoc->cid.agreed && recipe->cid.n == 0;

    return empty ? seal_with_no_octets(t, k, recipe, out, cap, layout)
                 : conforming.seal_record(t, k, recipe, out, cap, layout);
}

/* What is sent goes out once more as tls12_cid, though nobody agreed to it. */
void client_cid_unagreed(struct talk *t, struct bytes coap)
{
    struct assoc *a = t->assoc;
    size_t cap = coap.n + SEAL_OVERHEAD;
    uint8_t *room = arena_alloc(t->arena, cap);
    struct seal recipe = {
        .type = CONTENT_APPLICATION_DATA, .version = DTLS_1_2, .epoch = 1, .plaintext = coap};
    struct sealed layout;

    conforming.send_data(t, coap);
    if (a->cid.agreed)
        return;
    recipe.seq = take_seq(a, 1);
    if (seal_with_no_octets(t, &a->write[1].keys, &recipe, room, cap, &layout))
        send_datagram(a, (struct bytes){room, layout.n});
}

/* The MAC of data is that of a record without an id. */
static bool with_ordinary_mac(struct talk *t, struct record_keys *k, const struct seal *recipe, bool when,
                              uint8_t *out, size_t cap, struct sealed *layout)
{
    struct seal other = *recipe;

    if (is_data(recipe) && when)
        other.scope = CID_SCOPE_ORDINARY;
    return conforming.seal_record(t, k, &other, out, cap, layout);
}

bool cid_etm_ordinary_mac(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                          size_t cap, struct sealed *layout)
{
    return with_ordinary_mac(t, k, recipe, under_etm(k), out, cap, layout);
}

bool cid_mte_ordinary_mac(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                          size_t cap, struct sealed *layout)
{
    return with_ordinary_mac(t, k, recipe, under_mte(k), out, cap, layout);
}

/* A session that is taken up keeps the length that its peer's id had. */
bool cid_length_kept(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                     size_t cap, struct sealed *layout)
{
    struct seal other = *recipe;

    if (t->resuming && recipe->cid.n > OLD_LENGTH)
        other.cid = bytes_slice(recipe->cid, 0, OLD_LENGTH);
    return conforming.seal_record(t, k, &other, out, cap, layout);
}

/* Data of a session that is taken up without connection_id goes out as tls12_cid all the same. */
bool cid_resumed_unagreed(struct talk *t, struct record_keys *k, const struct seal *recipe, uint8_t *out,
                          size_t cap, struct sealed *layout)
{
    bool was = is_data(recipe) && t->resuming && !t->assoc->cid.agreed;

    return was ? seal_with_no_octets(t, k, recipe, out, cap, layout)
               : conforming.seal_record(t, k, recipe, out, cap, layout);
}

/* Answers connection_id to every hello that takes a session up. */
void cid_resumed_unasked(struct talk *t, struct answer *answer)
{
    conforming.compose_answer(t, answer);
    if (!t->resuming)
        return;
    answer->connection_id = WITH;
    answer->cid = new_connection_id(t);
}

/* One more record, in the clear, of the type that only protected ones have. */
static void send_in_clear(struct talk *t)
{
    static const uint8_t one[] = {1};
    uint8_t room[RECORD_HEADER + 1];
    struct writer w = WRITER(room);

    put_record(&w, CONTENT_TLS12_CID, DTLS_1_2, 0, take_seq(t->assoc, 0), BYTES(one));
    send_datagram(t->assoc, written(&w));
}

void cid_in_clear(struct talk *t, const struct answer *answer)
{
    conforming.compose_flight(t, answer);
    if (t->assoc->cid.agreed)
        send_in_clear(t);
}

void client_cid_in_clear(struct talk *t)
{
    if (t->assoc->cid.agreed)
        send_in_clear(t);
    conforming.send_finish(t);
}

/* ---- taken ---- */

/* A record without the id, or with another, will do. */
bool cid_unchecked(struct talk *t, const struct record *r)
{
    bool missing = r->type != CONTENT_TLS12_CID && member_is(t, "missing");
    bool other = r->type == CONTENT_TLS12_CID && member_is(t, "other");

    return missing || other ? record_is_fresh(t->assoc, r) : conforming.accept_record(t, r);
}

/* Opens what the parameter's other reading of RFC 9146 5 protects, too. */
enum opened cid_scope(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out, size_t *n)
{
    static const struct {
        const char *name;
        enum cid_scope scope;
    } known[] = {{"ordinary", CID_SCOPE_ORDINARY},
                 {"early-draft", CID_SCOPE_EARLY_DRAFT},
                 {"number", CID_SCOPE_NUMBER},
                 {"id", CID_SCOPE_ID},
                 {"length", CID_SCOPE_LENGTH}};
    enum opened result = conforming.open_record(t, k, r, out, n);

    for (size_t i = 0; i < sizeof known / sizeof *known && result != OPENED; i++)
        if (member_is(t, known[i].name))
            result = open_record_as(k, r, AS_NEGOTIATED, known[i].scope, out, n);
    return result;
}

enum opened cid_inner_padding_refused(struct talk *t, struct record_keys *k, const struct record *r,
                                      uint8_t *out, size_t *n)
{
    enum opened result = conforming.open_record(t, k, r, out, n);
    bool padded = r->cid.n > 0 && *n > 1 && out[*n - 1] == 0 && !bytes_all((struct bytes){out, *n}, 0);

    return result == OPENED && padded ? OPEN_BAD_LENGTH : result;
}

/* Nothing that carries an id opens, when the peer asked for one of six octets. */
enum opened cid_own_not_taken(struct talk *t, struct record_keys *k, const struct record *r, uint8_t *out,
                              size_t *n)
{
    return asked_length(t) == COMPLETES_ASKS && r->cid.n > 0 ? OPEN_BAD_MAC
                                                             : conforming.open_record(t, k, r, out, n);
}

/* Ends without a word. */
void cid_untyped_ends(struct talk *t, const struct event *e)
{
    if (e->epoch > 0 && e->cid.n > 0)
        t->stage = STAGE_OVER;
}

void cid_alert_on_bad_tag(struct talk *t, const struct event *e)
{
    if (e->cid.n > 0 && t->stage == STAGE_ESTABLISHED)
        end_with(t, ALERT_BAD_RECORD_MAC);
}

/* ---- followed ---- */

/* Looks at the number before anything is verified; or takes what came before for new. */
bool cid_moves_early(struct talk *t, const struct record *r)
{
    const struct read_epoch *e = &t->assoc->read[r->epoch];
    bool ours = r->cid.n > 0 && bytes_equal(r->cid, t->assoc->cid.ours) && t->stage == STAGE_ESTABLISHED;

    if (ours && member_is(t, "bad-mac") && r->seq > e->top)
        talk_move(t);
    if (ours && member_is(t, "replayed") && !record_is_fresh(t->assoc, r)) {
        talk_move(t);
        return true;
    }
    return conforming.accept_record(t, r);
}

bool cid_moves_late(struct talk *t, const struct record *r)
{
    return r->cid.n > 0 && t->stage == STAGE_ESTABLISHED;
}
