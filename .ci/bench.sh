#!/usr/bin/env bash
# bench.sh: how long whole runs at -j 16 against each in-house peer take, busy (CPU, the device's included) and waiting apart: the whole
# catalogue within 20 s, the chapters of the four rule families within 15 s, busy within 3 s. Then the benchmark programs, which hold
# bounds of their own.
set -u
cd "${0%/*}/.." || exit 2
. harness/tests/lib.sh
bad=0
TIMEFORMAT='%R %U %S'

# timed NAME BOUND ARGUMENTS...: one run, and what it took.
timed() {
    name=$1 bound=$2
    shift 2
    times=$({ time "$build/pskgate" "$@" --device "$scratch/device.ini" --identity "$identity" --psk-file "$key_file" -j 16 -q \
        -o "$scratch/o" >/dev/null 2>&1; } 2>&1)
    cases=$(wc -l <"$scratch/o/verdicts.txt")
    awk -v name="$name" -v times="$times" -v cases="$cases" -v bound="$bound" 'BEGIN {
        split(times, t, " "); busy = t[2] + t[3]; over = cases < 100 || t[1] >= bound || busy >= 3
        printf "%s %s: %d cases, %.2f s in all (under %d), busy %.2f s (under 3), waiting %.2f s\n", over ? "not ok" : "ok", name, cases, t[1], bound, busy, t[1] - busy
        exit over }' || bad=$((bad + 1))
}

arguments='--port {port} --identity {identity} --psk-file {psk_file}'
printf '[limits]\ninstances = many\n' >"$scratch/device.ini"
families='negotiation hash etm version lwm2m invariant'
for stack in openssl gnutls mbedtls wolfssl; do
    for role in server client; do
        peer=$build/peers/$stack-$role
        [ -x "$peer" ] || continue
        case $role in
        server) set -- server 127.0.0.1 --spawn "$peer $arguments" ;;
        client) set -- client --listen 127.0.0.1:0 --trigger "$peer $arguments" ;;
        esac
        timed "$stack-$role" 20 "$@"
        for chapter in $families; do set -- "$@" --only "$chapter/*"; done
        timed "$stack-$role, rule families" 15 "$@"
    done
done
for program in "$build"/tests/bench_*; do
    [ -x "$program" ] || continue
    "$program" || bad=$((bad + 1))
done
[ "$bad" -eq 0 ]
