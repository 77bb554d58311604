#!/bin/sh
# demo.sh: runs the gate on every device of peers/devices.ini and says where the page is.
# Findings in a device are the result, not a failure: the status is 0 when every device was judged (exit code 0 or 1 in
# its own report.json), else 3, or 2 when the matrix could not be run at all.
set -u
cd "${0%/*}/.." || exit 2
build=${B:-build}
devices=peers/devices.ini
out=$build/demo

rm -rf "$out"
"$build/pskgate" matrix "$devices" --parallel 8 -o "$out"
status=$?
[ $status -ne 2 ] || { echo "demo: the matrix did not run" >&2; exit 2; }

missed=0
total=0
for name in $(sed -n 's/^\[\(.*\)\][[:space:]]*$/\1/p' "$devices"); do
    total=$((total + 1))
    code=$(sed -n 's/.*"exit_code": *\([0-9]*\).*/\1/p' "$out/$name/report.json" 2>/dev/null | head -n 1)
    case $code in
    0 | 1) ;;
    *) missed=$((missed + 1)) && echo "demo: $name was not judged (exit code ${code:-unknown})" >&2 ;;
    esac
done
[ -s "$out/index.html" ] || { echo "demo: $out/index.html is missing" >&2; exit 3; }
echo "$((total - missed)) of $total devices judged; the page is $(pwd)/$out/index.html"
[ "$missed" -eq 0 ] && [ "$total" -gt 0 ] && [ $status -le 1 ] || exit 3
