/*
 * The diagnosis of a device as it is set up for a run: its programs started, its address resolved.
 *
 * Invariant: what was started is ended when the call returns.
 */
#ifndef RUN_DIAGNOSIS_H
#define RUN_DIAGNOSIS_H

#include "diagnose/survey.h"
#include "run/device_file.h"

/* Handshakes with other credentials, at most: enough for every form; and what a device that is not ours puts up with. */
enum { TRIES_USUAL = 48, TRIES_IN_RUN = 4 };

struct diagnosis_setup {
    enum profile profile;
    uint64_t seed;
    const char *log; /* file for the output of the device's programs; NULL: dropped */
    unsigned tries;
    bool brief;
};

/* Asks the device; out's strings are in the arena. False: `why` (256 octets) says why it could not be asked. */
bool diagnose_device(struct arena *a, const struct dut *d, const struct diagnosis_setup *how,
                     struct diagnosis *out, char *why);

/* Looks at what the device can do; when no handshake completes, *why_not is the diagnosis. False: `why`. */
bool survey_device(struct arena *a, const struct dut *d, const struct diagnosis_setup *how,
                   struct survey *out, struct diagnosis *why_not, char *why);

#endif
