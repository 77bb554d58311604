/*
 * What a MAC covers before the content, and what is an AEAD's additional data: RFC 5246 6.2.3.1 and 6.2.3.3, with epoch and
 * sequence number as one number (RFC 6347 4.1.2.1); RFC 9146 5 for records with a connection id.
 */
#ifndef CRYPTO_ADDITIONAL_H
#define CRYPTO_ADDITIONAL_H

#include "wire/record.h"

/* What is covered of a record with a connection id: all as RFC 9146 5 says, or one thing otherwise. */
enum cid_scope {
    CID_SCOPE,
    CID_SCOPE_ORDINARY,    /* what a record without an id has: RFC 6347 4.1.2.1 */
    CID_SCOPE_EARLY_DRAFT, /* number, type, version, id, its length, length: drafts before the final order */
    CID_SCOPE_NUMBER,      /* another sequence number */
    CID_SCOPE_ID,          /* another id */
    CID_SCOPE_LENGTH,      /* the length of the content, without its type and zeros */
};

enum { ADDITIONAL_MAX = 8 + 3 + 2 + 8 + CID_MAX + 2 };

struct additional {
    uint8_t at[ADDITIONAL_MAX];
    size_t n;
};

/* Of a record of that type, version, epoch, number and id (whose fragment is not looked at), when n octets are covered behind it:
 * `beyond` of them are type and zeros. */
void additional_of(struct additional *out, const struct record *r, size_t n, size_t beyond,
                   enum cid_scope scope);

#endif
