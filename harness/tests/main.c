/* Runs the unit tests: every file test_NAME.c of a tests directory defines `Suite *NAME_suite(void)`, and the list of
 * those names is generated. Results go to stdout as TAP; a NAME in argv limits the run to it. */
#include "tests/unit.h"

#include <stdlib.h>
#include <string.h>

static const struct unit_test {
    const char *name;
    Suite *(*make)(void);
} unit_tests[] = {
#define UNIT_TEST(name) {#name, name##_suite},
#include "unit_tests.def"
};

int main(int argc, char **argv)
{
    SRunner *runner = srunner_create(NULL);

    for (size_t i = 0; i < sizeof unit_tests / sizeof *unit_tests; i++) {
        if (argc < 2 || strcmp(argv[1], unit_tests[i].name) == 0)
            srunner_add_suite(runner, unit_tests[i].make());
    }
    /* In one process: a fork of a sanitized one for each test takes twenty times as long, and here leaks are looked for at the end. */
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);

    int failed = srunner_ntests_failed(runner);
    int ran = srunner_ntests_run(runner);

    srunner_free(runner);
    return failed > 0 || ran == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
