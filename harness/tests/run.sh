#!/bin/sh
# run.sh [NAME...]: runs the test scripts harness/tests/NN-NAME.sh, all or those named, and adds up what they print.
# A script prints one line a test, `ok TEXT` or `not ok TEXT` (TAP's form; `# SKIP` marks what could not be tried), and
# anything else it has to say indented or as a comment. A script that fails, runs out of time or tests nothing counts as
# one failure more. The last line is the summary; the status is 1 when anything failed.
set -u
here=${0%/*}
limit=${TEST_SECONDS:-3000}
[ $# -gt 0 ] || set -- '*'

passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for name in "$@"; do
    found=
    for script in "$here"/[0-9][0-9]-$name.sh; do
        [ -f "$script" ] || continue
        found=1
        echo "# $(basename "$script" .sh)"
        began=$(date +%s)
        { timeout --kill-after=10 "$limit" sh "$script" 2>&1; echo "exit $?" >"$log.status"; } | tee "$log"
        status=$(sed 's/exit //' "$log.status")
        ok=$(grep -c '^ok ' "$log")
        skip=$(grep -c '^ok .*# SKIP' "$log")
        bad=$(grep -c '^not ok ' "$log")
        if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ] || [ $((ok + bad)) -eq 0 ]; then
            echo "not ok $(basename "$script"): exit status $status after $ok tests"
            bad=$((bad + 1))
        fi
        passed=$((passed + ok - skip)) failed=$((failed + bad)) skipped=$((skipped + skip))
        grep '^not ok ' "$log" >>"$log.failed"
        echo "# $(($(date +%s) - began)) s"
    done
    [ -n "$found" ] || { echo "not ok no test script is called $name"; failed=$((failed + 1)); }
done
if [ -s "$log.failed" ]; then
    echo '# failed:'
    sed 's/^not ok /#   /' "$log.failed"
fi
rm -f "$log.status" "$log.failed"
[ "$skipped" -eq 0 ] || echo "# $skipped skipped"
echo "check: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
