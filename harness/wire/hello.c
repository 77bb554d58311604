#include "wire/hello.h"

#include <assert.h>

/* True when the block is a sequence of whole extensions. */
static bool block_is_whole(struct bytes block)
{
    struct reader r = reader_of(block);
    struct bytes body;
    uint16_t type;

    while (get_extension(&r, &type, &body))
        continue;
    return !r.bad;
}

/* The extensions at the end of a hello: absent when nothing is left, RFC 5246 7.4.1.2. */
static bool get_extensions(struct reader *r, bool *has, struct bytes *block)
{
    *has = !r->bad && r->left > 0;
    *block = *has ? get_block(r, 2) : NO_BYTES;
    return !r->bad && r->left == 0 && block_is_whole(*block);
}

bool parse_client_hello(struct bytes body, struct client_hello *out)
{
    struct reader r = reader_of(body);

    out->version = get_u16(&r);
    out->random = get_bytes(&r, HELLO_RANDOM);
    out->session_id = get_block(&r, 1);
    out->cookie = get_block(&r, 1);
    out->ciphers = get_block(&r, 2);
    out->compression = get_block(&r, 1);
    return get_extensions(&r, &out->has_extensions, &out->extensions) && out->ciphers.n % 2 == 0;
}

bool parse_server_hello(struct bytes body, struct server_hello *out)
{
    struct reader r = reader_of(body);

    out->version = get_u16(&r);
    out->random = get_bytes(&r, HELLO_RANDOM);
    out->session_id = get_block(&r, 1);
    out->cipher = get_u16(&r);
    out->compression = get_u8(&r);
    return get_extensions(&r, &out->has_extensions, &out->extensions);
}

bool parse_hello_verify_request(struct bytes body, struct hello_verify_request *out)
{
    struct reader r = reader_of(body);

    out->version = get_u16(&r);
    out->cookie = get_block(&r, 1);
    return !r.bad && r.left == 0;
}

static void put_block(struct writer *w, struct bytes content, unsigned prefix_octets)
{
    size_t mark = put_block_begin(w, prefix_octets);

    put_bytes(w, content);
    put_block_end(w, mark, prefix_octets);
}

void put_client_hello(struct writer *w, const struct client_hello *h)
{
    put_u16(w, h->version);
    put_bytes(w, h->random);
    put_block(w, h->session_id, 1);
    put_block(w, h->cookie, 1);
    put_block(w, h->ciphers, 2);
    put_block(w, h->compression, 1);
    if (h->has_extensions)
        put_block(w, h->extensions, 2);
}

void put_server_hello(struct writer *w, const struct server_hello *h)
{
    put_u16(w, h->version);
    put_bytes(w, h->random);
    put_block(w, h->session_id, 1);
    put_u16(w, h->cipher);
    put_u8(w, h->compression);
    if (h->has_extensions)
        put_block(w, h->extensions, 2);
}

void put_hello_verify_request(struct writer *w, const struct hello_verify_request *h)
{
    put_u16(w, h->version);
    put_block(w, h->cookie, 1);
}

void put_extension(struct writer *w, uint16_t type, struct bytes body)
{
    put_u16(w, type);
    put_block(w, body, 2);
}

bool get_extension(struct reader *r, uint16_t *type, struct bytes *body)
{
    if (r->bad || r->left == 0)
        return false;
    *type = get_u16(r);
    *body = get_block(r, 2);
    return !r->bad;
}

bool find_extension(struct bytes block, uint16_t type, struct bytes *body)
{
    struct reader r = reader_of(block);
    struct bytes found;
    uint16_t t;

    while (get_extension(&r, &t, &found)) {
        if (t != type)
            continue;
        if (body)
            *body = found;
        return true;
    }
    return false;
}

size_t count_extension(struct bytes block, uint16_t type)
{
    struct reader r = reader_of(block);
    struct bytes body;
    uint16_t t;
    size_t n = 0;

    while (get_extension(&r, &t, &body))
        n += t == type;
    return n;
}

bool parse_connection_id(struct bytes body, struct bytes *id)
{
    struct reader r = reader_of(body);

    *id = get_block(&r, 1);
    return !r.bad && r.left == 0;
}

void put_connection_id(struct writer *w, struct bytes id)
{
    put_u16(w, EXT_CONNECTION_ID);

    size_t mark = put_block_begin(w, 2);

    put_block(w, id, 1);
    put_block_end(w, mark, 2);
}

uint16_t cipher_at(struct bytes list, size_t i)
{
    assert(i < list.n / 2);
    return (uint16_t)(list.at[2 * i] << 8 | list.at[2 * i + 1]);
}

size_t cipher_list_length(struct bytes list)
{
    return list.n / 2;
}

bool cipher_list_has(struct bytes list, uint16_t code)
{
    for (size_t i = 0; i < list.n / 2; i++) {
        if (cipher_at(list, i) == code)
            return true;
    }
    return false;
}
