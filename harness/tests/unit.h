/* What every unit test file sees: Check, and the prototypes of all suites. test_NAME.c defines NAME_suite(); the list is
 * generated from the files that there are. */
#ifndef PSKGATE_TESTS_UNIT_H
#define PSKGATE_TESTS_UNIT_H

#include <check.h>

#define UNIT_TEST(name) Suite *name##_suite(void);
#include "unit_tests.def"
#undef UNIT_TEST

#endif
