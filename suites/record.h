/*
 * What the chapters record and alert share: a case for each role from one body, and associations under the suite that the device
 * is known to complete.
 */
#ifndef SUITES_RECORD_H
#define SUITES_RECORD_H

#include "etm.h"

/* [setup] An association with the device, whichever role it plays. */
struct assoc *established(struct test *t);

/* [setup] The device took a good offer and waits for our ClientKeyExchange. Servers only. */
struct assoc *at_server_hello_done(struct test *t);

/* [setup] The device offered its suites and waits for our ServerHello. Clients only. */
struct assoc *at_client_hello(struct test *t);

/* Defines the case CHAPTER/SLUG for server devices and the case CHAPTER/client-SLUG for client devices; the title goes on from
 * "Server ", "Client "; body is a function of the test. */
#define PAIR(symbol, chapter, slug, title_, requirement_, negative_, members_, ...)                          \
    CASE(symbol, .id = chapter "/" slug, .title = "Server " title_, .dut = SERVER | BOOTSTRAP_SERVER,        \
         .requirement = requirement_, .negative = negative_, .members = members_)                            \
    {                                                                                                        \
        __VA_ARGS__;                                                                                         \
    }                                                                                                        \
    CASE(client_##symbol, .id = chapter "/client-" slug, .title = "Client " title_, .dut = CLIENT,           \
         .requirement = requirement_, .negative = negative_, .members = members_)                            \
    {                                                                                                        \
        __VA_ARGS__;                                                                                         \
    }

#endif
