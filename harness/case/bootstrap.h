/*
 * Verbs for a client device whose bootstrap server we are: it is given an account at an association of ours, and is to dial it. Included
 * by case.h.
 *
 * One idea: the server of the new account is a second association of the case, at a port of its own, opened before the account is
 * written; the device's program goes on meanwhile.
 */
#ifndef CASE_BOOTSTRAP_H
#define CASE_BOOTSTRAP_H

#include "case/language.h"

/* [setup] The device asked for bootstrap over this association. Not-applicable when it registers, or does neither. */
void needs_bootstrap(struct assoc *a);

enum { GRANT_CIPHERS = 4 };

/* [setup] A good association over which the device asks for bootstrap, or registers (registered() says so). A device that takes turns
 * (--lever bootstrap) has one turn more when the first was the other. Not-applicable when it does not what is wanted; a device that asks
 * for bootstrap where it was to register is the case's to judge. */
struct assoc *await_bootstrap(struct test *t);
struct assoc *await_registering(struct test *t);

/* As await_client: nothing is served yet. Of a device that takes turns it is the turn to register. */
struct assoc *await_to_register(struct test *t);

/* What is written. */
struct grant {
    struct bytes identity, key; /* a key of no octets is left out of the account */
    bool is_subject;            /* whether the device takes it is what the case is about */
    uint16_t ciphers
        [GRANT_CIPHERS]; /* that the device is to propose (LwM2M 1.1 Core E.1, resource 16), ended by 0; none: it is not said */
};

/* [setup] Deletes the device's accounts and writes one at a new association of ours, and the Server object: that association, on which
 * nothing came yet. Bootstrap-Finish is not sent. */
#define provide(a, ...) provide_((a), &(struct grant){__VA_ARGS__})

/* [setup] A good association over which the device asks for a Bootstrap-Pack (LwM2M 1.2 Core 6.1.7.7) and is given one. The account in it
 * is at a new association of ours, which is returned. Not-applicable when it begins with anything else, or with nothing. */
struct assoc *await_pack_request(struct test *t, struct grant g);

/* Bootstrap-Finish is answered 2.04, as are Delete and Write before it. */
void expect_finish(struct assoc *a);

/* [setup] The same. Not-applicable when it is refused. */
void finish_or_leave(struct assoc *a);

/* Bootstrap-Finish is answered by an error. */
void expect_finish_refused(struct assoc *a);

/* The device dials that association: its first hello comes. Missed when it does not. */
void expect_dialled(struct assoc *a);

/* [setup] Executes the Bootstrap-Request Trigger, /1/0/9, on the server's association, and waits for the device at the port of the
 * bootstrap association `old`, which is over. A new association with its first hello. Not-applicable when the trigger is refused. */
struct assoc *rebootstrap(struct assoc *server, struct assoc *old);

struct assoc *provide_(struct assoc *a, const struct grant *g);

#endif
