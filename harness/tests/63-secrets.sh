#!/bin/sh
# No key material in any output or in the process list, and no key file left behind.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

printf '%s\n%s\n' "$key_hex" "$key_text" >"$scratch/secrets"
mkdir -p "$scratch/tmp"
TMPDIR=$(cd "$scratch/tmp" && pwd)
export TMPDIR

last_arguments="server --spawn ..."
timeout --kill-after=5 240 "$build/pskgate" server 127.0.0.1 --identity "$identity" --psk-file "$key_file" \
    --spawn "$build/peers/openssl-server --port {port} --identity {identity} --psk-file {psk_file}" \
    -vv -o "$scratch/run" >"$scratch/out" 2>"$scratch/err" </dev/null &
gate_pid=$!
looks=0
while kill -0 "$gate_pid" 2>/dev/null && [ "$looks" -lt 2400 ]; do
    cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' | grep -iFf "$scratch/secrets" >>"$scratch/seen.argv"
    find "$TMPDIR" -type f ! -perm 600 2>/dev/null >>"$scratch/seen.mode"
    looks=$((looks + 1))
    sleep 0.1
done
wait "$gate_pid"
status=$?
judge "a spawned device is judged (exit $status)" test "$status" -le 1
judge "the process list was looked at while it ran ($looks times)" test "$looks" -gt 5
judge "no key in the process list" test ! -s "$scratch/seen.argv"
judge "key files are for the owner alone" test ! -s "$scratch/seen.mode"
judge "no key file is left" sh -c '[ -z "$(find "$0" -type f)" ]' "$TMPDIR"
judge "no key in the output directory" sh -c '! grep -raliFf "$0" "$1"' "$scratch/secrets" "$scratch/run"
judge "no key on stdout or stderr" sh -c '! grep -aiFf "$0" "$1" "$2"' "$scratch/secrets" "$scratch/out" "$scratch/err"
finish
