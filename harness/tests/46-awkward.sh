#!/bin/sh
# A device that is hard to test (one slot, handshakes of three seconds, two seconds to settle, a minute of silence after five refusals;
# as client it dials by itself, with a new identity each time), and quick servers that pass over everybody after some refusals: a run ends
# by itself, and blames them for nothing.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

# blameless: it came to a verdict, none is a fail, and being slow was not taken for a path that loses datagrams.
blameless() {
    [ "$status" -eq 0 ] || { echo "exit $status, not 0"; return 1; }
    ! grep -E '^(fail|not-judged)' "$scratch/o/verdicts.txt" && ! grep 'the path loses' "$scratch/o/report.json"
}

GATE_SECONDS=150 # the server takes 70 s, the client 45 s

server_part() {
    cat >"$scratch/device.ini" <<EOF
[limits]
slots = 1
settle_ms = 2100
[hooks]
spawn = $build/peers/awkward-server --port {port} --identity {identity} --psk-file {psk_file}
EOF
    gate server 127.0.0.1 --device "$scratch/device.ini" --identity "$identity" --psk-file "$key_file" -o "$scratch/o" \
        --only negotiation/ccm-8-completes --only psk/wrong-key-refused-flipped
    judge 'awkward server: no false fail' blameless
}

client_part() {
    trap cleanup EXIT
    port=$(free_port)
    "$build/peers/awkward-client" --port "$port" --identity any --psk-file "$key_file" >"$scratch/client" 2>&1 </dev/null &
    server_pid=$!
    gate client --listen "127.0.0.1:$port" --wait --psk-cmd "cat $key_file" -o "$scratch/o" \
        --only negotiation/client-completes-0x00a8 --only psk/client-finished-zeros --only lwm2m/client-identity
    judge 'awkward client, which dials by itself: no false fail' blameless
    stop_server
}

# What blocks us after some refusals, whatever came between, is recognised; what that keeps us from seeing is nobody's fault.
recognised() {
    ! grep '^fail' "$scratch/o/verdicts.txt" && grep '"the device blocks us: it stops serving' "$scratch/o/report.json"
}

# It serves again by itself; nothing says that it would.
blocking_part() {
    trap cleanup EXIT
    start_server faulty-server --blocks 8 --silence 20
    gate server "127.0.0.1:$port" --identity "$identity" --psk-file "$key_file" -o "$scratch/o" --only 'psk/wrong-key*' \
        --only negotiation/ccm-8-completes
    judge 'a server that blocks us after eight refusals and serves on by itself: recognised, no false fail' recognised
    stop_server
}

restarted_part() {
    gate server 127.0.0.1 --identity "$identity" --psk-file "$key_file" -o "$scratch/o" --only 'psk/wrong-key*' \
        --only negotiation/ccm-8-completes \
        --spawn "$build/peers/faulty-server --blocks 5 --port {port} --identity {identity} --psk-file {psk_file}"
    judge 'a server that blocks us after five until it is started anew: recognised, no false fail' recognised
}

beside server_part
beside client_part
beside blocking_part
beside restarted_part
finish
