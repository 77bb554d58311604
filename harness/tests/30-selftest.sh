#!/bin/sh
# Every planted fault is caught by the case that names it, under the sanitizers.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

"$build/asan/pskgate" selftest >"$scratch/log" 2>&1
status=$?
tail -n 40 "$scratch/log" | sed 's/^/    /'
last_line=$(grep -v '^[[:space:]]*$' "$scratch/log" | tail -n 1 | cut -c 1-200)
if [ $status -eq 0 ]; then ok "selftest: $last_line"; else not_ok "selftest: exit $status: $last_line"; fi
rm -f "$scratch/err"
judge "no sanitizer complained" sh -c '! grep -E "ERROR: (Address|Leak)Sanitizer|runtime error:" "$0"' "$scratch/log"
finish
