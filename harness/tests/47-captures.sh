#!/bin/sh
# Captures in an analyser that knows nothing of us: without any preference tshark shows the decrypted CoAP, for CCM_8, for CBC with
# encrypt-then-MAC and without, and for DTLS 1.0, and the comments of the packets. With --no-secrets it shows none.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

# An empty configuration directory of its own: no preference is set.
WIRESHARK_CONFIG_DIR=$scratch/no-preferences
mkdir -p "$WIRESHARK_CONFIG_DIR"
export WIRESHARK_CONFIG_DIR

# judged DIR CONFIG ARGUMENTS...: the OpenSSL peer in a configuration.
judged() {
    directory=$1 config=$2
    shift 2
    gate server 127.0.0.1 --identity "$identity" --psk-file "$key_file" -q -o "$scratch/$directory" \
        --spawn "$build/peers/openssl-server --port {port} --identity {identity} --psk-file {psk_file} --config $config" "$@"
}

# coap_in FILE: how many packets tshark takes for CoAP.
coap_in() { tshark -n -r "$1" -Y coap 2>/dev/null | wc -l; }

# decrypts TEXT FILE
decrypts() {
    judge "$1: tshark shows decrypted CoAP" sh -c '[ "$0" -ge 2 ]' "$(coap_in "$2")"
}

judged with lwm2m --only negotiation/ccm-8-completes --only negotiation/cbc-sha256-completes --only etm/data-proved \
    --only etm/mte-bad-mac-not-processed
with=$scratch/with/captures
decrypts "CCM_8" "$with/negotiation/ccm-8-completes.pcapng"
decrypts "CBC with encrypt_then_mac" "$with/etm/data-proved.pcapng"
decrypts "CBC without" "$with/etm/mte-bad-mac-not-processed.pcapng"
judge "what we did wrong on purpose is a packet's comment" sh -c \
    'tshark -n -r "$0" -T fields -e frame.comment 2>/dev/null | grep -q "^MAC: .* flipped"' "$with/etm/mte-bad-mac-not-processed.pcapng"
judge "the server's side is port 5684" sh -c \
    '[ "$(tshark -n -r "$0" -Y "udp.port == 5684" 2>/dev/null | wc -l)" -eq "$(tshark -n -r "$0" 2>/dev/null | wc -l)" ]' \
    "$with/etm/data-proved.pcapng"
judged old library --only version/cbc-sha256-at-dtls-1.0
decrypts "DTLS 1.0" "$scratch/old/captures/version/cbc-sha256-at-dtls-1.0.pcapng"

# Records with a connection id (RFC 9146): tshark checks tags and MACs, so that it shows ours, and the device's, says that they are right.
gate server 127.0.0.1 --identity "$identity" --psk-file "$key_file" -q -o "$scratch/cid" --only 'cid/*used*' --only cid/mac-early-draft \
    --spawn "$build/peers/faulty-server --port {port} --identity {identity} --psk-file {psk_file} --base cid"
cid=$scratch/cid/captures/cid
for case in used-1 used-255 etm-used; do
    judge "connection id, $case: tshark shows decrypted CoAP of either side" test "$(coap_in "$cid/$case.pcapng")" -ge 8
done
judge "connection id, wrong additional data: tshark does not decrypt that one" test "$(coap_in "$cid/mac-early-draft.pcapng")" -eq 2

judged without lwm2m --no-secrets --only negotiation/ccm-8-completes --only etm/data-proved
judge "--no-secrets: captures are written" test -s "$scratch/without/captures/etm/data-proved.pcapng"
judge "--no-secrets: nothing is decrypted" test "$(coap_in "$scratch/without/captures/etm/data-proved.pcapng")" -eq 0
judge "--no-secrets: no master secret in any file" sh -c '! grep -raq CLIENT_RANDOM "$0"' "$scratch/without"
judge "with secrets they are in captures alone" sh -c '! grep -raq CLIENT_RANDOM "$0" --include="*.html" --include="*.json" --include="*.xml" --include="*.txt" --include="*.log"' "$scratch/with"
judge "the key itself is in none" sh -c '! grep -raiq -e "$1" -e "$2" "$0"' "$scratch/with" "$key_hex" "$key_text"
finish
