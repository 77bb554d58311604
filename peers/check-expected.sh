#!/bin/sh
# check-expected.sh DIR [FILE.ini]: compares what `pskgate matrix FILE.ini -o DIR` (peers/devices.ini) found with peers/expected/.
# An expected file NAME-ROLE.txt is the device's verdicts.txt, with a comment (# ...) above every fail and warning that
# says why it is right. A line may give several verdicts (pass|warning CASE), under a comment that says what they hang on:
# a distribution's stack is mended without a new version. None may be not-judged. Prints one `ok` or `not ok` line a device; the status is 1 when any differs, is missing on either
# side, or has a fail or warning without its reason.
set -u
here=${0%/*}
case $# in 1 | 2) ;; *) echo "usage: check-expected.sh DIR [FILE.ini]" >&2; exit 2 ;; esac
dir=$1
devices=${2:-$here/devices.ini}
bad=0

# explained FILE: every fail, warning or choice stands under a comment, alone or in a block of such lines under one.
explained() {
    awk '/^[[:space:]]*$/ { reason = 0; next } /^#/ { reason = 1; next }
         /^[^ ]*not-judged/ { print "not judged is not to be expected: " $0; bad = 1 }
         /^(fail|warning) / || $1 ~ /[|]/ { if (!reason) { print "no reason is given: " $0; bad = 1 } next }
         { reason = 0 } END { exit bad }' "$1"
}

# chosen EXPECTED FOUND: the expected lines; of a choice the one that was found, if any.
chosen() {
    awk 'FNR == NR { found[$0]; next } /^#/ || /^[[:space:]]*$/ { next }
         { n = split($1, verdicts, "|"); line = $0
           for (i = 1; i <= n && n > 1; i++) if ((verdicts[i] " " $2) in found) line = verdicts[i] " " $2
           print line }' "$2" "$1"
}

compare() {
    [ -f "$here/expected/$1.txt" ] || { echo "peers/expected/$1.txt is missing"; return 1; }
    [ -f "$dir/$1/verdicts.txt" ] || { echo "no verdicts.txt: the device was not judged"; return 1; }
    explained "$here/expected/$1.txt" || return 1
    chosen "$here/expected/$1.txt" "$dir/$1/verdicts.txt" | LC_ALL=C sort |
        { difference=$(diff - "$dir/$1/verdicts.txt") || { echo "expected (<) and found (>):"; echo "$difference"; return 1; }; }
}

names_in() { sed -n 's/^\[\(.*\)\][[:space:]]*$/\1/p' "$@"; }
names=$(names_in "$devices")
for name in $names; do
    if difference=$(compare "$name"); then
        echo "ok $name has the expected verdicts"
    else
        echo "not ok $name"
        printf '%s\n' "$difference" | head -n 60 | sed 's/^/    /'
        bad=1
    fi
done
for file in "$here"/expected/*.txt; do
    [ -f "$file" ] || continue
    name=$(basename "$file" .txt)
    names_in "$here"/*.ini | grep -qxF "$name" || { echo "not ok peers/expected/$name.txt: no such device in peers/*.ini"; bad=1; }
done
[ -n "$names" ] || { echo "not ok $devices names no device"; bad=1; }
exit $bad
