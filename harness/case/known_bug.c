#include "case/known_bug.h"

#define KNOWN_BUG(id, stack, text, cases, unseen) {id, stack, text, cases, unseen},

const struct known_bug known_bugs[] = {
#include "suites/known_bugs.def"
};
const size_t known_bug_count = sizeof known_bugs / sizeof *known_bugs;
