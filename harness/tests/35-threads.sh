#!/bin/sh
# The pool of threads runs a chapter against a peer without a data race, under the thread sanitizer.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

start_server openssl-server || { not_ok "openssl-server does not start"; finish; }
TSAN_OPTIONS="exitcode=66" timeout --kill-after=5 300 "$build/tsan/pskgate" server "127.0.0.1:$port" \
    --identity "$identity" --psk-file "$key_file" --only 'negotiation/*' -j 16 -o "$scratch/run" \
    >"$scratch/out" 2>"$scratch/log"
status=$?
judge "the run under the thread sanitizer ends with a verdict (exit $status)" test $status -le 1
judge "no data race" sh -c '! grep -A 20 "WARNING: ThreadSanitizer" "$0"' "$scratch/log"
judge "cases ran" grep -q '^pass negotiation/' "$scratch/run/verdicts.txt"
finish
