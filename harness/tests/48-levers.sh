#!/bin/sh
# LwM2M devices that nothing triggers: the client on libcoap dials once by itself, and from then on only when its objects say so. Each lever
# brings it back, from a refused handshake its retry timers do; and what it says of itself is read in every format that it may offer.
# shellcheck disable=SC2086 # options are a list of words
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

GATE_SECONDS=100
options="--identity $identity --psk-file $key_file"

# pulled LEVER CASES [PEER-OPTION]: every case passes.
# shellcheck disable=SC2086 # lists of words
pulled() {
    port=$(free_port)
    timeout --kill-after=5 100 "$build/pskgate" client --listen "127.0.0.1:$port" --lever "$1" $options $2 -q \
        -o "$scratch/o" >"$scratch/gate" 2>&1 </dev/null &
    gate_pid=$!
    wait_for 10 grep -q 'have the device dial' "$scratch/gate"
    "$build/peers/libcoap-openssl-client" --port "$port" $options --stay $3 >"$scratch/peer" 2>&1 </dev/null &
    server_pid=$!
    wait "$gate_pid"
    gate_status=$?
    stop_server
    judge "lever $1: exit 0 (exit $gate_status)" test "$gate_status" -eq 0
    judge "lever $1: every case is judged" sh -c '! grep -v "^pass " "$1"' sh "$scratch/o/verdicts.txt"
    judge "lever $1: a person is asked once" test "$(grep -c 'have the device dial' "$scratch/gate")" -eq 1
    [ "$1" = bootstrap ] || judge "lever $1: the report says who the device is" grep -q '"firmware": "4"' "$scratch/o/report.json"
}
cases='--only negotiation/client-completes-0xc0a8 --only psk/client-finished-zeros'
beside pulled disable "$cases --only lwm2m/client-int-401" ''
beside pulled update "$cases --only lwm2m/client-int-401" ''
beside pulled reboot "$cases --only lwm2m/client-int-401" ''
# A device that takes turns: whatever its turn was, the case gets the one that it needs.
beside pulled bootstrap "$cases --only lwm2m/client-int-* --only lwm2m/client-bootstrap-*
    --only lwm2m/client-discover --only lwm2m/client-answer-elsewhere-*" --bootstrap

# named FORMAT: init reads what the device calls itself.
# shellcheck disable=SC2086
named() {
    gate init client $options --trigger "$build/peers/libcoap-gnutls-client --port {port} --identity {identity} --psk-file {psk_file} --format $1"
    for line in 'make = libcoap' 'model = pskgate peer' 'firmware = 4'; do
        judge "read as $1: $line" grep -qxF "$line" "$scratch/out"
    done
}
for format in tlv senml-json senml-cbor; do beside named "$format"; done

gate client --lever jump $options
judge 'no such lever: exit 2' sh -c 'test "$1" -eq 2 && grep -q "not disable, update, reboot or bootstrap" "$2"' sh "$status" "$scratch/err"
gate client --lever disable --trigger true $options
judge 'lever and trigger: exit 2' sh -c 'test "$1" -eq 2 && grep -q "one of the two" "$2"' sh "$status" "$scratch/err"
finish
