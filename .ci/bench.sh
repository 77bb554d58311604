#!/usr/bin/env bash
# bench.sh: how long a whole run against each in-house server peer takes at -j 16, busy (CPU) and waiting apart, against
# the bounds of 15 s and 3 s; then the benchmark programs, which hold bounds of their own.
set -u
cd "${0%/*}/.." || exit 2
. harness/tests/lib.sh
bad=0
for stack in openssl gnutls mbedtls wolfssl; do
    [ -x "$build/peers/$stack-server" ] || continue
    start_server "$stack-server" || { bad=$((bad + 1)); continue; }
    TIMEFORMAT='%R %U %S'
    times=$({ time "$build/pskgate" server "127.0.0.1:$port" --identity "$identity" --psk-file "$key_file" -j 16 -q \
        -o "$scratch/$stack" >/dev/null 2>&1; } 2>&1)
    stop_server
    awk -v name="$stack" -v times="$times" 'BEGIN {
        split(times, t, " "); busy = t[2] + t[3]; over = t[1] >= 15 || busy >= 3
        printf "%s %s-server: %.2f s in all (under 15), busy %.2f s (under 3), waiting %.2f s\n", over ? "not ok" : "ok", name, t[1], busy, t[1] - busy
        exit over }' || bad=$((bad + 1))
done
for program in "$build"/tests/bench_*; do
    [ -x "$program" ] || continue
    "$program" || bad=$((bad + 1))
done
[ "$bad" -eq 0 ]
