#!/bin/sh
# A server that is killed half-way, and a run that is interrupted.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

# run_behind ARGUMENTS: the gate against $port in the background, one case at a time so that it lasts.
run_behind() {
    last_arguments=$*
    timeout --kill-after=5 240 "$build/pskgate" server "127.0.0.1:$port" --identity "$identity" \
        --psk-file "$key_file" -j 1 "$@" >"$scratch/out" 2>"$scratch/err" </dev/null &
    gate_pid=$!
}

start_server openssl-server || { not_ok "openssl-server does not start"; finish; }
run_behind -o "$scratch/killed"
sleep 3
if kill -0 "$gate_pid" 2>/dev/null; then
    stop_server
    wait "$gate_pid"
    status=$?
    echo "$status" >"$scratch/status"
    judge "server killed half-way: exit 3, or 1 when something was shown before (exit $status)" \
        grep -qx '[13]' "$scratch/status"
    judge "server killed half-way: later cases are not-judged" grep -q '^not-judged ' "$scratch/killed/verdicts.txt"
    judge "server killed half-way: the report says not-judged or not-conformant" \
        grep -qE '"verdict": *"not-(judged|conformant)"' "$scratch/killed/report.json"
else
    not_ok "the run was over before the server could be killed"
fi

# The signal goes to timeout, which hands it on.
start_server openssl-server || { not_ok "openssl-server does not start"; finish; }
run_behind -o "$scratch/interrupted"
sleep 3
if kill -TERM "$gate_pid" 2>/dev/null; then
    wait "$gate_pid"
    status=$?
    judge "interrupted: exit 143 (exit $status)" test "$status" -eq 143
    judge "interrupted: the report is there and says incomplete" grep -q '"complete": *false' "$scratch/interrupted/report.json"
    judge "interrupted: the page is there" test -s "$scratch/interrupted/report.html"
else
    not_ok "the run was over before it could be interrupted"
fi
stop_server

# A process that holds on is told twice, and leaves no device behind.
"$build/pskgate" server 127.0.0.1 --spawn "$build/peers/openssl-server --port {port} --identity {identity} --psk-file {psk_file}" \
    --identity "$identity" --psk-file "$key_file" -j 1 -o "$scratch/twice" >"$scratch/out" 2>"$scratch/err" </dev/null &
gate_pid=$!
sleep 2
kill -STOP "$gate_pid" # the first signal waits with the second
kill -TERM "$gate_pid"
kill -INT "$gate_pid"
device=$(pgrep -P "$gate_pid" | head -n 1)
kill -CONT "$gate_pid"
wait "$gate_pid"
judge "signals at once are one asking: the report is there" test -s "$scratch/twice/report.html"
judge "interrupted: its device is gone" sh -c 'test -n "$1" && ! kill -0 "$1" 2>/dev/null' sh "$device"
finish
