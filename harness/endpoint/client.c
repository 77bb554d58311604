#include "endpoint/client.h"

#include <string.h>

enum { USUAL_EXTENSIONS = 32, HELLO_FIXED = 64 }; /* octets, at most */

static bool offers_cbc(const struct offer *o)
{
    size_t n = o->list.n > 0 ? o->list.n : OFFER_CIPHERS;
    const uint16_t *codes = o->list.n > 0 ? o->list.at : o->ciphers;

    for (size_t i = 0; i < n; i++) {
        const struct cipher *c = cipher_find(codes[i]);

        if (c != NULL && cipher_is_cbc(c))
            return true;
    }
    return false;
}

static void put_suites(struct writer *w, const struct offer *o)
{
    if (o->list.n > 0)
        for (size_t i = 0; i < o->list.n; i++)
            put_u16(w, o->list.at[i]);
    else
        for (size_t i = 0; i < OFFER_CIPHERS && o->ciphers[i] != 0; i++)
            put_u16(w, o->ciphers[i]);
    if (o->renegotiation_scsv != WITHOUT)
        put_u16(w, TLS_EMPTY_RENEGOTIATION_INFO_SCSV);
}

static void put_extensions(struct writer *w, const struct offer *o)
{
    if (o->extended_master_secret != WITHOUT)
        put_extension(w, EXT_EXTENDED_MASTER_SECRET, NO_BYTES);
    if (o->encrypt_then_mac == WITH || (o->encrypt_then_mac == AS_USUAL && offers_cbc(o)))
        put_extension(w, EXT_ENCRYPT_THEN_MAC, NO_BYTES);
    if (o->connection_id == WITH)
        put_connection_id(w, o->cid);
    put_bytes(w, o->extensions);
}

static void choose_random(struct assoc *a, const struct offer *o)
{
    if (o->random != NULL)
        memcpy(a->client_random, o->random, HELLO_RANDOM);
    else if (!a->have_random)
        rng_fill(&a->rng, a->client_random, HELLO_RANDOM);
    a->have_random = true;
}

struct bytes build_client_hello(struct assoc *a, const struct offer *o, struct bytes cookie)
{
    static const uint8_t null_method[] = {0};
    size_t suites_cap = 2 * (o->list.n > 0 ? o->list.n : OFFER_CIPHERS) + 2;
    size_t extensions_cap = USUAL_EXTENSIONS + o->cid.n + o->extensions.n;
    size_t cap = HELLO_FIXED + suites_cap + extensions_cap + o->session_id.n + cookie.n + o->compression.n;
    struct writer suites = writer_of(arena_alloc(a->arena, suites_cap), suites_cap);
    struct writer extensions = writer_of(arena_alloc(a->arena, extensions_cap), extensions_cap);
    struct writer w = writer_of(arena_alloc(a->arena, cap), cap);

    choose_random(a, o);
    a->cid =
        (struct connection_ids){.offered = o->connection_id == WITH, .ours = arena_copy(a->arena, o->cid)};
    put_suites(&suites, o);
    put_extensions(&extensions, o);
    put_client_hello(&w, &(struct client_hello){
                             .version = o->version != 0 ? o->version : DTLS_1_2,
                             .random = BYTES(a->client_random),
                             .session_id = o->session_id,
                             .cookie = cookie,
                             .ciphers = written(&suites),
                             .compression = o->compression.n > 0 ? o->compression : BYTES(null_method),
                             .has_extensions = !o->no_extensions && (extensions.n > 0 || o->empty_block),
                             .extensions = written(&extensions),
                         });
    return written(&w);
}

void send_client_hello(struct assoc *a, const struct offer *o, struct bytes cookie)
{
    a->record_version = o->record_version != 0 ? o->record_version : DTLS_1_0;
    flight_begin(a);
    flight_message(a, CLIENT_HELLO, build_client_hello(a, o, cookie));
    flight_send(a, true);
}

static void take_connection_id(struct assoc *a, struct bytes extensions)
{
    struct bytes body, id;

    a->cid.agreed = a->cid.offered && find_extension(extensions, EXT_CONNECTION_ID, &body) &&
                    parse_connection_id(body, &id);
    if (a->cid.agreed)
        a->cid.theirs = arena_copy(a->arena, id);
}

bool take_server_hello(struct assoc *a, struct bytes body, struct server_hello *out)
{
    if (!parse_server_hello(body, out))
        return false;
    a->version = out->version;
    a->record_version = out->version;
    a->cipher = cipher_find(out->cipher);
    memcpy(a->server_random, out->random.at, HELLO_RANDOM);
    a->extended_master_secret = find_extension(out->extensions, EXT_EXTENDED_MASTER_SECRET, NULL);
    take_connection_id(a, out->extensions);
    a->encrypt_then_mac = a->cipher != NULL && cipher_is_cbc(a->cipher) &&
                          find_extension(out->extensions, EXT_ENCRYPT_THEN_MAC, NULL);
    return true;
}

void queue_client_key_exchange(struct assoc *a, struct bytes identity)
{
    size_t cap = identity.n + 2;
    struct writer w = writer_of(arena_alloc(a->arena, cap), cap);
    size_t mark = put_block_begin(&w, 2);

    put_bytes(&w, identity);
    put_block_end(&w, mark, 2);
    flight_message(a, CLIENT_KEY_EXCHANGE, written(&w));
    assoc_derive(a);
}

void queue_finished(struct assoc *a)
{
    uint8_t data[VERIFY_DATA];

    assoc_verify_data(a, a->side, a->transcript_n, data);
    memcpy(a->verify[a->side], data, sizeof data);
    flight_message(a, FINISHED, BYTES(data));
}

void send_client_finish(struct assoc *a, struct bytes identity)
{
    flight_begin(a);
    queue_client_key_exchange(a, identity);
    flight_change_cipher_spec(a);
    queue_finished(a);
    flight_send(a, true);
}
