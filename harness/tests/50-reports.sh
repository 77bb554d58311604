#!/bin/sh
# The tests of the reports, in node and in a real browser. They run in a copy under the build directory.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

work=$(B=$build .ci/report-tests.sh 2>"$scratch/npm.log") || {
    tail -n 10 "$scratch/npm.log" | sed 's/^/    /'
    not_ok "npm ci"
    finish
}
PSKGATE_TOP=$(pwd)
PSKGATE_BUILD=$(cd "$build" && pwd)
# What 45-evidence.sh left: reports of a run in every format.
PSKGATE_RUN=$PSKGATE_BUILD/check/45-evidence/waived
export PSKGATE_TOP PSKGATE_BUILD PSKGATE_RUN
(cd "$work" && node --test --test-reporter=tap) >"$scratch/tap" 2>&1
status=$?
grep -E '^ *(not )?ok [0-9]+ - ' "$scratch/tap" | grep -vE '\.(mjs|js|cjs)$' | sed 's/^ *//'
[ $status -eq 0 ] || { grep -E -A 25 '^ *not ok ' "$scratch/tap" | head -n 80 | sed 's/^/    /'; not_ok "node --test: exit $status"; }
finish
