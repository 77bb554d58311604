#!/bin/sh
# style.sh: the house rules that a script can see: no function over 70 lines and nine in ten under 35, no file over 400
# (tables, *.def, exempt), #if only in include guards, nothing left over.
set -eu
cd "${0%/*}/.."
# shellcheck disable=SC2016 # awk's own variables
find harness suites reports peers -name node_modules -prune -o -type f -name '*.[ch]' -print 2>/dev/null |
    LC_ALL=C sort | xargs awk '
function complain(text) { print text; bad++ }
function leave(    name) {
    if (file != "" && lines > 400) complain(file ": " lines " lines; 400 at most")
}
FNR == 1 { leave(); file = FILENAME; start = 0; guard = 0 }
{ lines = FNR }
/^\{$/ { start = FNR }
/^\}$/ && start {
    length_ = FNR - start - 1
    functions++
    if (length_ >= 35) long_++
    if (length_ > 70) complain(file ":" start ": a function of " length_ " lines; 70 at most")
    start = 0
}
/^[ \t]*#[ \t]*if/ {
    if (!($0 ~ /^#ifndef [A-Z0-9_]+_H$/ && !guard++)) complain(file ":" FNR ": #if outside an include guard")
}
# A directive of TAP is called so.
!/" # TODO waived/ && /(^|[^A-Za-z])(TODO|FIXME|XXX)([^A-Za-z]|$)/ { complain(file ":" FNR ": left over") }
END {
    leave()
    if (functions && long_ * 10 > functions) complain(long_ " of " functions " functions have 35 lines or more; one in ten at most")
    printf "style: %d functions, %d of them 35 lines or more, %d complaints\n", functions, long_, bad
    exit bad > 0
}'
