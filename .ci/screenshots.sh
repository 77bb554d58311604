#!/bin/sh
# screenshots.sh: the pictures of README, of real runs: a device without a fault, and one that takes a suite of AES with SHA-1.
set -u
cd "${0%/*}/.." || exit 1
build=${B:-build}
out=$build/screenshots
rm -rf "$out"
mkdir -p "$out" reports/screenshots
echo 000102030405060708090a0b0c0d0e0f >"$out/key.hex"

# judged DIRECTORY NAME FAULT...
judged() {
    directory=$1 name=$2
    shift 2
    "$build/pskgate" server 127.0.0.1 --name "$name" --identity my-device --psk-file "$out/key.hex" -q -o "$out/$directory" \
        --spawn "$build/peers/faulty-server --port {port} --identity {identity} --psk-file {psk_file} $*"
    [ $? -le 1 ] || exit 1
}
judged conformant 'acme-gw 2.4.1'
judged not-conformant 'acme-gw 2.3.0' --fault accept-cipher:0x008C
work=$(.ci/report-tests.sh) || exit 1
out=$(cd "$out" && pwd)
to=$(pwd)/reports/screenshots
cd "$work" && node screenshots.mjs "$out" "$to" && ls -l "$to"
