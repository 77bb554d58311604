#include "wire/handshake.h"

bool get_fragment(struct reader *r, struct fragment *out)
{
    if (r->bad || r->left == 0)
        return false;
    out->type = get_u8(r);
    out->length = get_u24(r);
    out->message_seq = get_u16(r);
    out->offset = get_u24(r);
    out->fragment_length = get_u24(r);
    out->body = get_bytes(r, out->fragment_length);
    return !r->bad;
}

void put_fragment(struct writer *w, const struct fragment *f)
{
    put_u8(w, f->type);
    put_u24(w, f->length);
    put_u16(w, f->message_seq);
    put_u24(w, f->offset);
    put_u24(w, f->fragment_length);
    put_bytes(w, f->body);
}

/* A body that is one vector with a 16-bit length and nothing else. */
static bool parse_single_block(struct bytes body, struct bytes *content)
{
    struct reader r = reader_of(body);

    *content = get_block(&r, 2);
    return !r.bad && r.left == 0;
}

bool parse_client_key_exchange(struct bytes body, struct bytes *identity)
{
    return parse_single_block(body, identity);
}

bool parse_server_key_exchange(struct bytes body, struct bytes *hint)
{
    return parse_single_block(body, hint);
}
