#include "crypto/additional.h"

static void put_ordinary(struct writer *w, const struct record *r, size_t n)
{
    put_u16(w, r->epoch);
    put_u48(w, r->seq);
    put_u8(w, r->type);
    put_u16(w, r->version);
    put_u16(w, (uint16_t)n);
}

static void put_early_draft(struct writer *w, const struct record *r, size_t n)
{
    put_u16(w, r->epoch);
    put_u48(w, r->seq);
    put_u8(w, r->type);
    put_u16(w, r->version);
    put_bytes(w, r->cid);
    put_u8(w, (uint8_t)r->cid.n);
    put_u16(w, (uint16_t)n);
}

/* RFC 9146 5 */
static void put_with_cid(struct writer *w, const struct record *r, size_t n)
{
    put_fill(w, 0xFF, 8);
    put_u8(w, CONTENT_TLS12_CID);
    put_u8(w, (uint8_t)r->cid.n);
    put_u8(w, CONTENT_TLS12_CID);
    put_u16(w, r->version);
    put_u16(w, r->epoch);
    put_u48(w, r->seq);
    put_bytes(w, r->cid);
    put_u16(w, (uint16_t)n);
}

void additional_of(struct additional *out, const struct record *r, size_t n, size_t beyond,
                   enum cid_scope scope)
{
    enum { NUMBER_END = 20 };
    struct writer w = WRITER(out->at);

    if (r->cid.n == 0 || scope == CID_SCOPE_ORDINARY)
        put_ordinary(&w, r, n);
    else if (scope == CID_SCOPE_EARLY_DRAFT)
        put_early_draft(&w, r, n);
    else
        put_with_cid(&w, r, scope == CID_SCOPE_LENGTH ? n - beyond : n);
    out->n = w.n;
    if (r->cid.n > 0 && scope == CID_SCOPE_NUMBER)
        out->at[NUMBER_END] ^= 1;
    if (r->cid.n > 0 && scope == CID_SCOPE_ID)
        out->at[NUMBER_END + 1] ^= 1;
}
