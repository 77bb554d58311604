/*
 * The TLV format of LwM2M (1.0 6.4.3): entries one behind the other, some of which hold entries.
 *
 * Invariant: what is read is bounded by its reader; what is written does not fit leaves the writer bad.
 */
#ifndef LWM2M_TLV_H
#define LWM2M_TLV_H

#include "base/bytes.h"

/* The two high bits of the type octet. */
enum tlv_kind { TLV_INSTANCE = 0, TLV_RESOURCE_INSTANCE = 1, TLV_MULTIPLE = 2, TLV_RESOURCE = 3 };

/* Writes an entry; value of at most 65535 octets. */
void put_tlv(struct writer *w, enum tlv_kind kind, uint8_t id, struct bytes value);

/* Takes the next entry. False at the end, and when it is cut short: the reader is then bad. */
bool get_tlv(struct reader *r, enum tlv_kind *kind, uint16_t *id, struct bytes *value);

#endif
