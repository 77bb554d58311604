#include "wire/record.h"

bool get_record(struct reader *r, struct record *out)
{
    return get_record_with_cid(r, 0, out);
}

bool get_record_with_cid(struct reader *r, size_t cid_n, struct record *out)
{
    if (r->bad || r->left == 0)
        return false;

    const uint8_t *start = r->at;

    out->type = get_u8(r);
    out->version = get_u16(r);
    out->epoch = get_u16(r);
    out->seq = get_u48(r);
    out->cid = out->type == CONTENT_TLS12_CID && out->epoch > 0 ? get_bytes(r, cid_n) : NO_BYTES;
    out->fragment = get_block(r, 2);
    out->whole = r->bad ? NO_BYTES : (struct bytes){start, RECORD_HEADER + out->cid.n + out->fragment.n};
    return !r->bad;
}

void put_record(struct writer *w, uint8_t type, uint16_t version, uint16_t epoch, uint64_t seq,
                struct bytes fragment)
{
    put_u8(w, type);
    put_u16(w, version);
    put_u16(w, epoch);
    put_u48(w, seq);

    size_t mark = put_block_begin(w, 2);

    put_bytes(w, fragment);
    put_block_end(w, mark, 2);
}
