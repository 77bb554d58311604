#include "lwm2m/tlv.h"

enum { KIND_SHIFT = 6, LONG_ID = 0x20, LENGTH_SHIFT = 3, SHORT_LENGTH = 7 };

void put_tlv(struct writer *w, enum tlv_kind kind, uint8_t id, struct bytes value)
{
    unsigned octets = value.n <= SHORT_LENGTH ? 0 : value.n <= UINT8_MAX ? 1 : 2;

    put_u8(w, (uint8_t)((unsigned)kind << KIND_SHIFT |
                        (octets > 0 ? octets << LENGTH_SHIFT : (unsigned)value.n)));
    put_u8(w, id);
    if (octets == 1)
        put_u8(w, (uint8_t)value.n);
    if (octets == 2)
        put_u16(w, (uint16_t)value.n);
    put_bytes(w, value);
}

bool get_tlv(struct reader *r, enum tlv_kind *kind, uint16_t *id, struct bytes *value)
{
    if (r->left == 0 || r->bad)
        return false;
    unsigned type = get_u8(r), octets = type >> LENGTH_SHIFT & 3;
    size_t n;

    *kind = (enum tlv_kind)(type >> KIND_SHIFT);
    *id = type & LONG_ID ? get_u16(r) : get_u8(r);
    n = octets == 0 ? type & SHORT_LENGTH : octets == 1 ? get_u8(r) : octets == 2 ? get_u16(r) : get_u24(r);
    *value = get_bytes(r, n);
    return !r->bad;
}
