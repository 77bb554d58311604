/*
 * What can be seen of a device from outside, for its device file: suites, extensions, how it shows life, how fast it is, whether it
 * serves one peer at a time.
 *
 * Invariant: what is not seen is not claimed: a suite is there because the device chose or offered it, an extension because it was in
 * the device's hello.
 */
#ifndef DIAGNOSE_SURVEY_H
#define DIAGNOSE_SURVEY_H

#include "diagnose/diagnose.h"

enum { SURVEY_SUITES = 64, SURVEY_TEXT = 80 };

struct survey {
    bool served; /* else nothing below holds */
    uint16_t suites[SURVEY_SUITES];
    size_t suite_n;
    bool encrypt_then_mac, extended_master_secret, verify_request;
    enum liveness liveness;
    bool one_slot; /* server: a second peer is not served while a handshake is under way */
    int64_t handshake_us;
    char make[SURVEY_TEXT], model[SURVEY_TEXT],
        firmware[SURVEY_TEXT]; /* what a client that registers says it is; "": nothing */
};

/* Asks the device. */
void survey(const struct case_env *env, struct survey *out);

#endif
