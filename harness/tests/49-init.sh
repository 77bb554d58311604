#!/bin/sh
# `pskgate init` writes a device file that a run takes as it is, for a server and a client of a real stack.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

# has LINE...: each is a line of the file.
has() {
    for line in "$@"; do
        grep -qxF -e "$line" "$scratch/device.ini" || { echo "no line '$line'"; cat "$scratch/device.ini"; return 1; }
    done
}
exits() { [ "$status" -eq "$1" ]; }

# written ROLE ARGUMENTS...: init, then a run by the file it wrote.
written() {
    role=$1
    shift
    gate init "$role" "$@" --identity "$identity" --psk-file "$key_file"
    cp "$scratch/out" "$scratch/device.ini"
    judge "init $role: exit 0 (exit $status)" exits 0
    judge "init $role: suites, extensions, life" has "role = $role" "identity = $identity" 'liveness = ping' \
        'timers = lan' "$suites" "$extensions"
    if [ "$role" = server ]; then set -- 127.0.0.1; else set --; fi
    gate "$role" "$@" --device "$scratch/device.ini" --only 'psk/*finished-zeros' -o "$scratch/o"
    judge "init $role: a run takes the file" exits 0
}

suites='implements = TLS_PSK_WITH_AES_128_CBC_SHA256 TLS_PSK_WITH_AES_128_CCM_8'
extensions='implements = encrypt_then_mac extended_master_secret hello_verify_request'
written server 127.0.0.1 --spawn "$build/peers/mbedtls-server --port {port} --identity {identity} --psk-file {psk_file}"
judge 'init: a server that serves many has no limit' sh -c '! grep -q "^slots" "$1"' sh "$scratch/device.ini"

suites='implements = TLS_PSK_WITH_AES_128_CCM_8 TLS_PSK_WITH_AES_128_CBC_SHA256'
extensions='implements = encrypt_then_mac extended_master_secret'
written client --trigger "$build/peers/gnutls-client --port {port} --identity {identity} --psk-file {psk_file}"

gate init server 127.0.0.1 --identity "$identity" --psk-file "$key_file" \
    --spawn "openssl s_server -accept {port} -nocert -psk_identity $identity -psk $key_hex -quiet -4 -dtls1_2"
cp "$scratch/out" "$scratch/device.ini"
judge 'init: a server that serves one at a time says slots = 1' has 'slots = 1'

gate init server "127.0.0.1:$(free_port)" --identity "$identity" --psk-file "$key_file"
judge 'init: nobody there: exit 3, and the cause' sh -c 'test "$1" -eq 3 && grep -q "^cause: nothing-listens" "$2"' sh "$status" "$scratch/out"
finish
