#!/bin/sh
# The pool of threads runs without a data race, under the thread sanitizer: against a server, against clients, lone runs side by side, messages told as they
# come, and a run that is given up at its deadline.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

# watched NAME MOST OPTION...: a run with an exit code of MOST at most, and no word of the sanitizer.
watched() {
    name=$1 most=$2
    shift 2
    TSAN_OPTIONS="exitcode=66 report_thread_leaks=$leaks" timeout --kill-after=5 300 "$build/tsan/pskgate" "$@" --identity "$identity" --psk-file "$key_file" \
        -j 16 -o "$scratch/$name" >"$scratch/out" 2>"$scratch/log" </dev/null
    status=$?
    judge "$name: the run under the thread sanitizer ends with a verdict (exit $status)" test $status -le "$most"
    judge "$name: no data race" sh -c '! grep -A 20 "WARNING: ThreadSanitizer" "$0"' "$scratch/log"
    judge "$name: cases ran" grep -q '^pass ' "$scratch/$name/verdicts.txt"
}

leaks=1
start_server openssl-server || { not_ok "openssl-server does not start"; finish; }
watched server 1 server "127.0.0.1:$port" --only 'negotiation/*' -vv
leaks=0 # a run that is given up leaves its threads where they are
watched given-up 3 server "127.0.0.1:$port" --deadline 3 -vv
stop_server
leaks=1
watched client 1 client --only 'negotiation/*' \
    --trigger "$build/peers/openssl-client --port {port} --identity {identity} --psk-file {psk_file}"
watched instances 1 server 127.0.0.1 --spawn "$build/peers/wolfssl-server --port {port} --identity {identity} --psk-file {psk_file}" \
    --only 'zoo/*' --only 'dos/*' --only lwm2m/association-kept
finish
