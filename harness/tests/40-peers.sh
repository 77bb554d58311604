#!/bin/sh
# Every device of peers/devices.ini gets the verdicts of peers/expected/.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

GATE_SECONDS=2700
gate matrix peers/devices.ini -o "$scratch/matrix"
judge "the matrix ran (exit $status)" test "$status" -le 1
sh peers/check-expected.sh "$scratch/matrix" || failed=$((failed + 1))
judge "the matrix page is there" test -s "$scratch/matrix/index.html"
finish
