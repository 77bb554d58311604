/*
 * The language of the cases. A chapter in suites/ includes this header and nothing else.
 *
 * A case is straight-line code, a conversation with the device: every verb blocks until it has its answer or the case's
 * patience runs out. An expectation that does not hold records what was expected and what came, and ends the case there;
 * nothing after it runs. A case states only what is special: what it leaves out is what a conforming peer would do. Whatever
 * it opened belongs to it and is ended and released by the runner, which also proves, before and after, that the device
 * serves good handshakes: a case need not.
 *
 * Three endings beside pass and fail: `not_applicable` (the device does not have what the case is about), `not_judged` (we could
 * not find out), and the verbs marked [setup], which end the case as one of these when they cannot do their part,
 * because a failure to set up is judged by the case whose subject it is.
 *
 * Applicability is never inferred from a failure: [setup] verbs tell "refused" (not-applicable, names the case that judges
 * it) from "no answer" (not-judged).
 */
#ifndef CASE_CASE_H
#define CASE_CASE_H

#include "case/answers.h"
#include "case/bootstrap.h"
#include "case/cids.h"
#include "case/fates.h"
#include "case/floods.h"
#include "case/hellos.h"
#include "case/language.h"
#include "case/path.h"
#include "case/pieces.h"
#include "case/play_client.h"
#include "case/play_server.h"
#include "case/records.h"
#include "case/registrations.h"
#include "case/renegotiation.h"
#include "case/sessions.h"

#endif
