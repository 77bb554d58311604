#!/bin/sh
# What is no device passes nothing: a closed port, a socket that never answers, an echo, noise, a trigger that does
# nothing. The run ends in exit 3, the report says not-judged, and no verdict is a pass.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

# nothing_passed DIR
nothing_passed() {
    [ "$status" -eq 3 ] || { echo "exit $status, not 3"; return 1; }
    [ -s "$1/verdicts.txt" ] || { echo "no verdicts.txt"; return 1; }
    ! grep -E '^pass ' "$1/verdicts.txt" || return 1
    grep -q '"verdict": *"not-judged"' "$1/report.json" || { echo "report.json does not say not-judged"; return 1; }
    [ "$(json_number "$1/report.json" exit_code)" = 3 ] || { echo "report.json has another exit_code"; return 1; }
}

# dial TEXT: the gate as client of $port.
dial() {
    gate server "127.0.0.1:$port" --identity "$identity" --psk-file "$key_file" -o "$scratch/$1"
    judge "$1: exit 3 and no pass" nothing_passed "$scratch/$1"
}

port=$(free_port)
dial closed
for mode in silent echo random; do
    start_listener "$build/tests/udp_dummy" "$mode" || { not_ok "udp_dummy $mode does not start"; continue; }
    dial "$mode"
    stop_server
done

gate client --listen 127.0.0.1:0 --trigger false --identity "$identity" --psk-file "$key_file" -o "$scratch/trigger"
judge "trigger that fails: exit 3 and no pass" nothing_passed "$scratch/trigger"
finish
