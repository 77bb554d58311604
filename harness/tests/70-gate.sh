#!/bin/sh
# The gate as a CI job uses it: a device with a planted fault turns the exit code to 1, the mended one to 0, and the
# files that CI reads are there and well-formed.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

# judge_device DIR: runs the gate against the server that listens.
judge_device() {
    gate server "127.0.0.1:$port" --identity "$identity" --psk-file "$key_file" -o "$scratch/$1"
}

fault=accept-cipher:0x008C
start_server faulty-server --fault "$fault" || { not_ok "faulty-server does not start"; finish; }
judge_device broken
stop_server
judge "broken device ($fault): exit 1" test "$status" -eq 1
judge "broken device: a case failed" grep -q '^fail ' "$scratch/broken/verdicts.txt"
judge "broken device: report.json says not-conformant" grep -q '"verdict": *"not-conformant"' "$scratch/broken/report.json"
judge "broken device: junit.xml has the failure" grep -q '<failure ' "$scratch/broken/junit.xml"

start_server faulty-server || { not_ok "faulty-server does not start"; finish; }
judge_device mended
judge "mended device: exit 0" test "$status" -eq 0
judge "mended device: nothing fails" sh -c '! grep "^fail " "$0"' "$scratch/mended/verdicts.txt"

judge "verdicts.txt is sorted" env LC_ALL=C sort -c "$scratch/broken/verdicts.txt"
judge "junit.xml is XML" xmllint --noout "$scratch/broken/junit.xml"
judge "report.json is JSON" node -e 'JSON.parse(require("fs").readFileSync(process.argv[1]))' "$scratch/broken/report.json"
judge "report.html is there" test -s "$scratch/broken/report.html"

gate server "127.0.0.1:$port" --identity "$identity" --psk-file "$key_file" -o "$scratch/jobs" -j 1 --only 'etm/*'
judge "a selection: exit 0" test "$status" -eq 0
judge "a selection: only that chapter" sh -c '! grep -v " etm/\| invariant/" "$0"' "$scratch/jobs/verdicts.txt"

key=ffffffffffffffffffffffffffffffff
echo "$key" >"$scratch/wrong-key"
gate server "127.0.0.1:$port" --identity "$identity" --psk-file "$scratch/wrong-key" -o "$scratch/wrong"
judge "wrong key: exit 3" test "$status" -eq 3
judge "wrong key: the diagnosis speaks of credentials" grep -qi credential "$scratch/out" "$scratch/err"
stop_server
finish
