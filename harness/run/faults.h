/*
 * Which planted fault a case has been seen to fail with (design 2.7).
 */
#ifndef RUN_FAULTS_H
#define RUN_FAULTS_H

/* The first fault that the case must report, or "". */
const char *fault_of_case(const char *id);

#endif
