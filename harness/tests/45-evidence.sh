#!/bin/sh
# Waivers, baselines, shards and machine formats, as a CI job uses them: a clear line and the right exit code for each.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

finding=hash/aes-sha1-0x008c
kept="--only $finding --only hash/aes-sha1-0x002f --only etm/echoed-for-cbc"
start_server faulty-server --fault accept-cipher:0x008C || { not_ok "faulty-server does not start"; finish; }
target="server 127.0.0.1:$port --identity $identity --psk-file $key_file"

# run ARGUMENTS...: the three cases against the device with the fault.
run() {
    # shellcheck disable=SC2086 # words on purpose
    gate $target $kept "$@"
}

# has FILE WORDS: one line of it holds the words.
has() { grep -qF -e "$2" "$1"; }

run -o "$scratch/first"
judge "the device with a fault: exit 1" test "$status" -eq 1
first=$scratch/first
baseline=$first/verdicts.txt
got=$(sed -n 's/.*"got": "\(.*\)",$/\1/p' "$first/report.json" | head -n 1)

# ---- Waivers
next_year=$(date -u -d '+300 days' +%F 2>/dev/null || date -u -v+300d +%F)
# waive MATCHES EXPIRES [CASE]: writes $scratch/waivers
waive() {
    printf '[%s]\nreason = until the next firmware\nowner = device team\nexpires = %s\nmatches = %s\n' \
        "${3:-$finding}" "$2" "$1" >"$scratch/waivers"
}
waive 'a ServerHello*' "$next_year"
run --waivers "$scratch/waivers" -o "$scratch/waived" --format json,html,junit,tap,sarif,verdicts,markdown
judge "a waiver that fits: exit 0 (got: $got)" test "$status" -eq 0
judge "a waiver that fits: the case is waived" has "$scratch/waived/verdicts.txt" "waived $finding"
judge "a waiver that fits: a suppressed result of SARIF" has "$scratch/waived/report.sarif" '"kind": "external", "status": "accepted"'
judge "a waiver that fits: a skipped test of JUnit" has "$scratch/waived/junit.xml" '<skipped message="until the next firmware"/>'
judge "a waiver that fits: a directive of TAP" has "$scratch/waived/report.tap" "# TODO waived until $next_year"
waive 'a ServerHello*' 2020-01-31
run --waivers "$scratch/waivers"
judge "expired: exit 1" test "$status" -eq 1
judge "expired: said with file, line and day" has "$scratch/out" "$scratch/waivers:2: the waiver of $finding expired on 2020-01-31"
waive 'silence*' "$next_year"
run --waivers "$scratch/waivers"
judge "stale, fails otherwise: exit 1" test "$status" -eq 1
judge "stale, fails otherwise: said" has "$scratch/out" "$scratch/waivers:2: the waiver of $finding is stale: the case fails otherwise"
waive '*' "$next_year" etm/echoed-for-cbc
run --waivers "$scratch/waivers" --skip "$finding"
judge "stale, passes now: exit 1" test "$status" -eq 1
judge "stale, passes now: said" has "$scratch/out" "is stale: the case is pass now"
waive '*' "$next_year" psk/wrong-key-refused-flipped
run --waivers "$scratch/waivers" --skip "$finding"
judge "a case that was not judged: exit 0, and a note" sh -c 'test "$0" -eq 0 && grep -q "note: .*was not looked at" "$1"' "$status" "$scratch/out"

# bad_waiver TEXT LINE WORDS: exit 2, and the words after file and line.
bad_waiver() {
    run --waivers "$scratch/waivers"
    judge "$1: exit 2, file and line" sh -c 'test "$0" -eq 2 && grep -qF -e "$1" "$2"' "$status" "$scratch/waivers:$2: $3" "$scratch/err"
}
waive '*' "$next_year" hash/no-such-case
bad_waiver "a waiver of no case" 2 "[hash/no-such-case] is no case"
waive '*' 2027-02-30
bad_waiver "a day that is none" 4 "expires = 2027-02-30"
waive '*' 2099-01-01
bad_waiver "a day too far" 4 "expires = 2099-01-01: more than a year ahead"
printf '[%s]\nreason = x\nowner = y\n' "$finding" >"$scratch/waivers"
bad_waiver "a waiver without an end" 2 "[$finding] has no expires"
waive '*' "$next_year"
cat "$scratch/waivers" "$scratch/waivers" >"$scratch/twice" && mv "$scratch/twice" "$scratch/waivers"
bad_waiver "a waiver twice" 7 "reason stands twice"
printf 'reason\n' >"$scratch/waivers"
bad_waiver "a line that is none" 1 "neither [section] nor key = value"

# ---- What was not selected, and why
gate list cases --json
node -e 'console.log(JSON.parse(require("fs").readFileSync(process.argv[1])).length)' "$scratch/out" >"$scratch/known"
run --skip etm/echoed-for-cbc -o "$scratch/left"
cat >"$scratch/left.js" <<'EOF'
const [, , file, known] = process.argv;
const report = JSON.parse(require('fs').readFileSync(file));
const rows = report.run.left_out;
for (const row of rows) console.log(`${row.cases.length} ${row.reason}`);
const ids = new Set(rows.flatMap((row) => row.cases).concat(report.cases.map((c) => c.id)));
process.exit(ids.size === Number(known) && ids.size === rows.reduce((n, row) => n + row.cases.length, report.cases.length) ? 0 : 1);
EOF
node "$scratch/left.js" "$scratch/left/report.json" "$(cat "$scratch/known")" >"$scratch/reasons"
judge "every case of the catalogue is in the report, judged or with the reason why not" test $? -eq 0
judge "left out by name: said with the option" has "$scratch/reasons" "1 left out by --skip etm/echoed-for-cbc"
judge "of the other role, not asked by the profile, not named: said" \
    sh -c 'grep -q "^[0-9]* not for a server$" "$0" && grep -q "^[0-9]* not named by --only$" "$0"' "$scratch/reasons"
judge "the page says it, too" has "$scratch/left/report.html" "left out by --skip etm/echoed-for-cbc"

# ---- Baselines
run --baseline "$baseline" --fail-on regression -o "$scratch/same"
judge "what failed then and fails now: exit 0 with --fail-on regression" test "$status" -eq 0
judge "what failed then and fails now: not conformant all the same" has "$scratch/same/report.json" '"verdict": "not-conformant"'
sed "s|^fail $finding|pass $finding|" "$baseline" >"$scratch/good"
run --baseline "$scratch/good" --fail-on regression -o "$scratch/worse" --format sarif,json,html
judge "what passed then and fails now: exit 1" test "$status" -eq 1
judge "what passed then and fails now: a change of the record" has "$scratch/worse/report.json" "\"then\": \"pass\", \"now\": \"fail\""
judge "what passed then and fails now: new in SARIF" has "$scratch/worse/report.sarif" '"baselineState": "new"'
run --baseline "$first/report.json" --fail-on regression
judge "a report.json is a baseline, too" test "$status" -eq 0
run --baseline "$first" --fail-on regression
judge "and so is an output directory" test "$status" -eq 0
run --baseline "$first" --profile lwm2m-1.1
judge "a baseline of another profile: exit 2, said" sh -c 'test "$0" -eq 2 && grep -q "report.json: the baseline is of profile lwm2m-1.0" "$1"' "$status" "$scratch/err"
printf 'pass %s\npass hash/from-another-catalogue\n' "$finding" >"$scratch/other"
run --baseline "$scratch/other"
judge "a case that the catalogue lacks: file and line, and the run goes on" \
    sh -c 'test "$0" -eq 1 && grep -qF -e "$1" "$2"' "$status" "$scratch/other:2: hash/from-another-catalogue is no case" "$scratch/err"
printf 'pass a/b\npass c/d\n' >"$scratch/foreign"
run --baseline "$scratch/foreign"
judge "a baseline of another catalogue altogether: exit 2, file and line" \
    sh -c 'test "$0" -eq 2 && grep -qF -e "$1" "$2"' "$status" "$scratch/foreign:1: a/b" "$scratch/err"
printf 'pass client/x\nperfect %s\n' "$finding" >"$scratch/words"
run --baseline "$scratch/words"
judge "no verdict: exit 2, file and line" sh -c 'test "$0" -eq 2 && grep -qF -e "$1" "$2"' "$status" "$scratch/words:2: not a verdict" "$scratch/err"
printf 'pass %s\nfail %s\n' "$finding" "$finding" >"$scratch/double"
run --baseline "$scratch/double"
judge "a case twice: exit 2, file and line" sh -c 'test "$0" -eq 2 && grep -qF -e "$1" "$2"' "$status" "$scratch/double:2: $finding stands in line 1" "$scratch/err"
head -c 3000 "$first/report.json" >"$scratch/cut.json"
run --baseline "$scratch/cut.json"
judge "a report.json cut in half, as baseline: exit 2, file and line" sh -c 'test "$0" -eq 2 && grep -Eq "cut.json:[0-9]+:[0-9]+: " "$1"' "$status" "$scratch/err"
gate merge "$scratch/cut.json" -o "$scratch/out-of-cut"
judge "the same to merge" sh -c 'test "$0" -eq 2 && grep -Eq "cut.json:[0-9]+:[0-9]+: " "$1"' "$status" "$scratch/err"

gate matrix "$first" "$scratch/cut-device" -o "$scratch/matrix-of-none"
judge "a directory without a report to matrix: exit 2, said" sh -c 'test "$0" -eq 2 && grep -q "cut-device" "$1"' "$status" "$scratch/err"
mkdir "$scratch/cut-device" && cp "$scratch/cut.json" "$scratch/cut-device/report.json"
gate matrix "$first" "$scratch/cut-device" -o "$scratch/matrix-of-cut"
judge "half a report to matrix: exit 2, file and line, no page" sh -c 'test "$0" -eq 2 && grep -Eq "cut-device/report.json:[0-9]+:[0-9]+: " "$1" && test ! -e "$2"' \
    "$status" "$scratch/err" "$scratch/matrix-of-cut/index.html"
sed 's/"catalogue": "sha256:..../"catalogue": "sha256:0000/' "$first/report.json" >"$scratch/older.json"
run --baseline "$scratch/older.json" --fail-on regression
judge "a record of another catalogue, as baseline: said, and the run goes on" \
    sh -c 'test "$0" -eq 0 && grep -q "older.json: the baseline is of another catalogue (sha256:0000" "$1"' "$status" "$scratch/err"

# ---- One format on stdout, and nothing beside it
run --format json -v
judge "--format json: stdout is JSON" node -e 'JSON.parse(require("fs").readFileSync(process.argv[1]))' "$scratch/out"
run -o - --format tap
judge "-o - --format tap: stdout is TAP" sh -c 'test "$(head -n 1 "$0")" = "TAP version 14" && ! grep -q "^requirements:" "$0"' "$scratch/out"
run --format tap,json
judge "two formats need a directory: exit 2" test "$status" -eq 2

# ---- GitHub Actions
GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=$scratch/summary.md
export GITHUB_ACTIONS GITHUB_STEP_SUMMARY
run -q
judge "GitHub: the finding is an annotation" grep -q "^::error title=[^:,]*%3A $finding::" "$scratch/out"
judge "GitHub: the summary is appended" grep -q '^## .*Not conformant' "$scratch/summary.md"
run -q --format sarif
judge "GitHub: not on stdout beside a machine format" sh -c '! grep -q "^::" "$0" && grep -q "^::error" "$1"' "$scratch/out" "$scratch/err"
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY

# ---- Shards
part="--only etm --only invariant --seed 5"
# shellcheck disable=SC2086 # words on purpose
{
    gate $target $part -q -o "$scratch/whole"
    for k in 1 2 3; do gate $target $part -q -o "$scratch/shard-$k" --shard "$k/3"; done
}
gate merge "$scratch/shard-2" "$scratch/shard-3" "$scratch/shard-1" -o "$scratch/merged"
judge "shards of real runs merge to a whole run's verdicts" cmp "$scratch/whole/verdicts.txt" "$scratch/merged/verdicts.txt"
judge "every capture comes along" sh -c '[ "$(cd "$0" && find captures -type f | sort)" = "$(cd "$1" && find captures -type f | sort)" ]' "$scratch/whole" "$scratch/merged"
for k in 1 2 3 4; do gate merge "$scratch/whole" --shard "$k/4" -o "$scratch/split-$k"; done
gate merge "$scratch/split-4" "$scratch/split-1" "$scratch/split-3" "$scratch/split-2" -o "$scratch/again"
for file in report.json report.html junit.xml verdicts.txt; do
    judge "a saved whole, split and merged: the same $file" cmp "$scratch/whole/$file" "$scratch/again/$file"
done

# refused TEXT WORDS SHARDS...
refused() {
    text=$1 words=$2
    shift 2
    gate merge "$@" -o "$scratch/never"
    judge "merge refuses $text: exit 2, said" sh -c 'test "$0" -eq 2 && grep -qF -e "$1" "$2"' "$status" "$words" "$scratch/err"
}
refused "a shard too few" "shard 2 of 3 is missing" "$scratch/shard-1" "$scratch/shard-3"
refused "a shard twice" "is shard 1 of 3, as " "$scratch/shard-1" "$scratch/shard-1" "$scratch/shard-3"
refused "what is no shard" "is no shard of a run" "$scratch/whole" "$scratch/shard-1"
# shellcheck disable=SC2086 # words on purpose
{
    gate $target $part -q -o "$scratch/otherwise" --shard 2/3 --profile lwm2m-1.1
    refused "another profile" "differ in the profile" "$scratch/shard-1" "$scratch/otherwise" "$scratch/shard-3"
    gate $target $part -q -o "$scratch/otherwise" --shard 2/3 --name another
    refused "another device" "differ in the device's name" "$scratch/shard-1" "$scratch/otherwise" "$scratch/shard-3"
    gate $target --only etm -q -o "$scratch/otherwise" --shard 2/3
    refused "another selection" "differ in what was selected" "$scratch/shard-1" "$scratch/otherwise" "$scratch/shard-3"
}
sed 's/"catalogue": "sha256:..../"catalogue": "sha256:0000/' "$scratch/shard-2/report.json" >"$scratch/otherwise/report.json"
refused "another catalogue" "differ in the catalogue" "$scratch/shard-1" "$scratch/otherwise" "$scratch/shard-3"
sed '0,/"version": "[^"]*"/s//"version": "9.9"/' "$scratch/shard-2/report.json" >"$scratch/otherwise/report.json"
refused "another version" "differ in the program's version" "$scratch/shard-1" "$scratch/otherwise" "$scratch/shard-3"
gate server 127.0.0.1:9 --identity x --psk-file "$key_file" --shard 4/3
judge "--shard 4/3: exit 2" test "$status" -eq 2

stop_server
finish
