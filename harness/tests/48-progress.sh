#!/bin/sh
# What a person sees while it runs: on a terminal one live line, in a log one line a case, with -vv every message as it comes.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

start_server faulty-server || { not_ok "faulty-server does not start"; finish; }
target="server 127.0.0.1:$port --identity $identity --psk-file $key_file --only version"
cr=$(printf '\r')

# shellcheck disable=SC2086 # words on purpose
gate $target -j 4
cases=$(sed -n 's/^cases: \([0-9]*\),.*/\1/p' "$scratch/out")
judge "in a log: one line a case ($cases)" test "$(grep -c ' version/' "$scratch/err")" -eq "$cases"
judge "in a log: no carriage return, no escape" sh -c '! grep -q -e "$1" -e "$(printf "\033")" "$0"' "$scratch/err" "$cr"
judge "results are on stdout: the verdict is its last line" sh -c 'tail -n 1 "$0" | grep -q "onformant"' "$scratch/out"

# shellcheck disable=SC2086
gate $target -q
judge "-q: nothing on stderr" test ! -s "$scratch/err"

# shellcheck disable=SC2086
gate $target -vv
judge "-vv: messages with their case and direction" grep -Eq '^ +[0-9]+\.[0-9]{3} ms  version/[a-z0-9.-]+  <- ' "$scratch/out"
first_message=$(grep -n 'ms  version/' "$scratch/out" | head -n 1 | cut -d : -f 1)
first_verdict=$(grep -n ' version/' "$scratch/out" | grep -v ' ms ' | head -n 1 | cut -d : -f 1)
judge "-vv: as they come, before the case's verdict" test "${first_message:-0}" -lt "${first_verdict:-0}"

if command -v script >/dev/null 2>&1; then
    # script(1) gives it a terminal, and puts both streams there.
    TERM=xterm timeout 120 script -qec "$build/pskgate $target -j 2" /dev/null >"$scratch/terminal" </dev/null
    tr '\r' '\n' <"$scratch/terminal" >"$scratch/lines"
    judge "on a terminal: done, failed, in flight" grep -q "[0-9] of $cases cases done, 0 failed, [1-9][0-9]* in flight" "$scratch/lines"
    judge "on a terminal: the time left" grep -Eq 'in flight, about [0-9]+ (s|min) left' "$scratch/lines"
    judge "on a terminal: one line, drawn again" test "$(tr -d '\n' <"$scratch/terminal" | grep -o "$cr" | wc -l)" -gt "$cases"
    judge "on a terminal: it is gone at the end" sh -c 'tail -n 3 "$0" | tr -d "\r" | grep -q "onformant"' "$scratch/terminal"
else
    ok "on a terminal # SKIP no script(1)"
fi
stop_server
finish
