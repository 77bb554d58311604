/*
 * Models to render in tests: made up, complete, and the same in every run.
 */
#ifndef REPORTS_TESTS_SAMPLE_H
#define REPORTS_TESTS_SAMPLE_H

#include "run/model.h"

/* A server with every kind of verdict: two requirements failed, one recommended behaviour missing, a waiver, a change.
 * Its cipher suites are every `stride`th of the IANA list; each has a case when `sweep` is true. */
struct model *sample_server(struct arena *a, size_t stride, bool sweep);

/* A client that conforms. */
struct model *sample_client(struct arena *a);

/* Nobody answered. */
struct model *sample_unreachable(struct arena *a);

/* What could do harm in a format stands in every string: markup, control characters, no UTF-8, workflow commands. */
struct model *sample_hostile(struct arena *a);

#endif
