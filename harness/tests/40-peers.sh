#!/bin/sh
# Every device of peers/devices.ini gets the verdicts of peers/expected/; so do the one-slot device and the LwM2M clients, in some chapters.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

GATE_SECONDS=2700
gate matrix peers/devices.ini --parallel 8 -o "$scratch/matrix"
judge "the matrix ran (exit $status)" test "$status" -le 1
sh peers/check-expected.sh "$scratch/matrix" || failed=$((failed + 1))
judge "the matrix page is there" test -s "$scratch/matrix/index.html"

gate matrix peers/one-slot-devices.ini --only 'negotiation/*' --only 'hash/*' --only 'etm/*' --only 'version/*' \
    --only 'psk/*' -o "$scratch/one-slot"
judge "the one-slot device was judged (exit $status)" test "$status" -eq 1
sh peers/check-expected.sh "$scratch/one-slot" peers/one-slot-devices.ini || failed=$((failed + 1))

gate matrix peers/lwm2m-devices.ini --parallel 8 --only 'lwm2m/*' --only 'extension/client-session-*' \
    --only 'extension/client-ticket-*' --only invariant/client-second-hello-same -o "$scratch/lwm2m"
judge "the LwM2M clients and those that resume were judged (exit $status)" test "$status" -eq 1
sh peers/check-expected.sh "$scratch/lwm2m" peers/lwm2m-devices.ini || failed=$((failed + 1))
finish
