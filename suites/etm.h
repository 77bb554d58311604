/*
 * What the files of chapter etm share: associations under each way of protection, whichever role the device plays, and the
 * records of each case. A record case is one row: how the association is reached, what is sent, what must come of it.
 */
#ifndef SUITES_ETM_H
#define SUITES_ETM_H

#include "case/case.h"

/* [setup] An association under AES-CBC with encrypt_then_mac agreed, without it, and under an AEAD suite. */
struct assoc *cbc_etm(struct test *t);
struct assoc *cbc_mte(struct test *t);
struct assoc *aead(struct test *t);

/* [setup] Under AES-CBC with encrypt_then_mac when the device will have that, else under an AEAD suite. */
struct assoc *cbc_or_aead(struct test *t);

/* The padding of a CBC record: padding octets and padding_length, right, of the smallest padding_length not below `least` that fills
 * `content` octets up to whole blocks. In the case's arena, to be changed. */
struct writer cbc_padding(struct test *t, size_t content, size_t least);

/* Defines the case etm/SLUG for server devices and the case etm/client-SLUG for client devices; the title goes on from "Server ",
 * "Client "; body is a function of the test. */
#define ETM_PAIR(symbol, slug, title_, requirement_, negative_, members_, ...)                               \
    ETM_SERVER(symbol, slug, title_, requirement_, negative_, members_, __VA_ARGS__)                         \
    CASE(client_##symbol, .id = "etm/client-" slug, .title = "Client " title_, .dut = CLIENT,                \
         .requirement = requirement_, .negative = negative_, .members = members_)                            \
    {                                                                                                        \
        __VA_ARGS__;                                                                                         \
    }

/* The same for server devices alone. */
#define ETM_SERVER(symbol, slug, title_, requirement_, negative_, members_, ...)                             \
    CASE(symbol, .id = "etm/" slug, .title = "Server " title_, .dut = SERVER | BOOTSTRAP_SERVER,             \
         .requirement = requirement_, .negative = negative_, .members = members_)                            \
    {                                                                                                        \
        __VA_ARGS__;                                                                                         \
    }

#endif
