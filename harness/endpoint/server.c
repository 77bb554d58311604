#include "endpoint/server.h"

#include <string.h>

enum { USUAL_EXTENSIONS = 32, HELLO_FIXED = 64 }; /* octets, at most */

bool take_client_hello(struct assoc *a, struct bytes body, struct client_hello *out)
{
    if (!parse_client_hello(body, out))
        return false;
    memcpy(a->client_random, out->random.at, HELLO_RANDOM);
    return true;
}

void send_hello_verify_request(struct assoc *a, uint16_t version, uint16_t record_version,
                               struct bytes cookie)
{
    uint8_t room[512];
    struct writer w = WRITER(room);

    put_hello_verify_request(&w, &(struct hello_verify_request){version != 0 ? version : DTLS_1_0, cookie});
    a->record_version = record_version != 0 ? record_version : DTLS_1_0;
    flight_begin(a);
    flight_message(a, HELLO_VERIFY_REQUEST, written(&w));
    flight_send(a, false);
}

static bool offered(const struct client_hello *h, uint16_t extension)
{
    return h != NULL && find_extension(h->extensions, extension, NULL);
}

static bool chosen(enum choice c, bool usual)
{
    return c == WITH || (c == AS_USUAL && usual);
}

static void put_answer_extensions(struct writer *w, const struct assoc *a, const struct answer *answer,
                                  const struct client_hello *hello)
{
    static const uint8_t empty_renegotiation[] = {0};
    bool cbc = a->cipher != NULL && cipher_is_cbc(a->cipher);
    bool scsv = hello != NULL && cipher_list_has(hello->ciphers, TLS_EMPTY_RENEGOTIATION_INFO_SCSV);

    if (chosen(answer->renegotiation_info, scsv || offered(hello, EXT_RENEGOTIATION_INFO)))
        put_extension(w, EXT_RENEGOTIATION_INFO, BYTES(empty_renegotiation));
    if (chosen(answer->extended_master_secret, offered(hello, EXT_EXTENDED_MASTER_SECRET)))
        put_extension(w, EXT_EXTENDED_MASTER_SECRET, NO_BYTES);
    if (chosen(answer->encrypt_then_mac, cbc && offered(hello, EXT_ENCRYPT_THEN_MAC)))
        put_extension(w, EXT_ENCRYPT_THEN_MAC, NO_BYTES);
    if (answer->connection_id == WITH)
        put_connection_id(w, answer->cid);
    put_bytes(w, answer->extensions);
}

static void settle(struct assoc *a, const struct answer *answer, struct bytes extensions)
{
    a->version = answer->version != 0 ? answer->version : DTLS_1_2;
    a->record_version = answer->record_version != 0 ? answer->record_version : a->version;
    a->extended_master_secret = find_extension(extensions, EXT_EXTENDED_MASTER_SECRET, NULL);
    a->encrypt_then_mac = a->cipher != NULL && cipher_is_cbc(a->cipher) &&
                          find_extension(extensions, EXT_ENCRYPT_THEN_MAC, NULL);
    if (answer->random != NULL)
        memcpy(a->server_random, answer->random, HELLO_RANDOM);
    else
        rng_fill(&a->rng, a->server_random, HELLO_RANDOM);
}

static void settle_connection_id(struct assoc *a, const struct answer *answer,
                                 const struct client_hello *hello)
{
    struct bytes body, id;

    a->cid = (struct connection_ids){.offered = false};
    if (answer->connection_id != WITH || hello == NULL ||
        !find_extension(hello->extensions, EXT_CONNECTION_ID, &body) || !parse_connection_id(body, &id))
        return;
    a->cid = (struct connection_ids){
        .agreed = true, .ours = arena_copy(a->arena, answer->cid), .theirs = arena_copy(a->arena, id)};
}

struct bytes build_server_hello(struct assoc *a, const struct answer *answer,
                                const struct client_hello *hello)
{
    size_t extensions_cap = USUAL_EXTENSIONS + answer->cid.n + answer->extensions.n;
    size_t cap = HELLO_FIXED + extensions_cap + answer->session_id.n;
    struct writer extensions = writer_of(arena_alloc(a->arena, extensions_cap), extensions_cap);
    struct writer w = writer_of(arena_alloc(a->arena, cap), cap);

    a->cipher = cipher_find(answer->cipher);
    put_answer_extensions(&extensions, a, answer, hello);
    settle(a, answer, written(&extensions));
    settle_connection_id(a, answer, hello);
    put_server_hello(&w, &(struct server_hello){
                             .version = a->version,
                             .random = BYTES(a->server_random),
                             .session_id = answer->session_id,
                             .cipher = answer->cipher,
                             .compression = answer->compression,
                             .has_extensions = !answer->no_extensions && extensions.n > 0,
                             .extensions = written(&extensions),
                         });
    return written(&w);
}

void queue_server_hello(struct assoc *a, const struct answer *answer, const struct client_hello *hello)
{
    struct bytes body = build_server_hello(a, answer, hello);

    flight_begin(a);
    flight_message(a, SERVER_HELLO, body);
}

void queue_hint(struct assoc *a, struct bytes hint)
{
    size_t cap = hint.n + 2;
    struct writer w = writer_of(arena_alloc(a->arena, cap), cap);
    size_t mark = put_block_begin(&w, 2);

    put_bytes(&w, hint);
    put_block_end(&w, mark, 2);
    flight_message(a, SERVER_KEY_EXCHANGE, written(&w));
}

bool take_client_key_exchange(struct assoc *a, struct bytes body, struct bytes *identity)
{
    if (!parse_client_key_exchange(body, identity))
        return false;
    assoc_derive(a);
    return true;
}

void send_server_finish(struct assoc *a)
{
    flight_begin(a);
    flight_change_cipher_spec(a);
    queue_finished(a);
    flight_send(a, false);
    flight_finish(a);
}
