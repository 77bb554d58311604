/*
 * What the chapters on cipher suites share: hellos for any suite of the table, the groups that texts ban, and the judgement of
 * a suite that is offered.
 */
#ifndef SUITES_SWEEP_H
#define SUITES_SWEEP_H

#include "case/case.h"

/* Both mandatory suites: what most hellos offer beside what they are about. */
#define GOOD                                                                                                 \
    {                                                                                                        \
        TLS_PSK_WITH_AES_128_CCM_8, TLS_PSK_WITH_AES_128_CBC_SHA256                                          \
    }

/* A property of suites. */
typedef bool suite_test(const struct cipher *c);

/* Groups by bulk cipher, hash and key exchange, whatever a suite's class is. */
suite_test is_aes_sha1, is_md5, is_null, is_rc4, is_export, is_anonymous, is_des, is_3des, is_other_sha1;

/* The requirement that speaks of a class of suites. */
enum requirement_id class_requirement(enum cipher_class class);

/* Fills the i-th suite of the table with that property as a member; false beyond the last. */
bool suite_member(size_t i, suite_test *in, struct member *out);

/* The suites with that property; that suite alone. In the case's arena. */
struct codes suites_with(struct test *t, suite_test *in);
struct codes alone(struct test *t, uint16_t code);

/* What a hello that offers these suites carries beside the usual: groups and point formats unless all are plain PSK, signature
 * algorithms when one of them may need a certificate. */
struct bytes extensions_for(struct test *t, struct codes list);

/* True when the profile leaves it to the device whether it uses the suite. */
bool is_left_open(struct test *t, uint16_t code);

/* Fails by the ServerHello that came; when this endpoint can complete the suite, says whether a session with it works. */
_Noreturn void show_use(struct assoc *a, const char *expected);

/* None of the suites offered is selected: an alert, or silence. One that is is shown. */
void refuse(struct assoc *a, struct codes list);

/* An alert or silence in words. */
const char *refusal_text(struct test *t, enum alert refusal);

/* What a ServerHello says of encrypt_then_mac to a hello that offers it when the suite is CBC; "" for an AEAD suite without it. */
const char *etm_seen(const struct cipher *c, const struct server_hello *h);

/* The case about one suite offered alone: observed, and judged by the profile's rule for its class. */
void offer_alone(struct test *t, uint16_t code);

#endif
