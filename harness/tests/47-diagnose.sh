#!/bin/sh
# A table of broken set-ups: each starts a real stack, or a device or path with one thing wrong, and the diagnosis must name
# that thing first. Six at a time; each has a directory of its own.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

at_a_time=6
hex_of() { printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'; }
key_in() { echo "$2" >"$scratch/$1.key"; }

# The key in the forms that it is found in; the gate always holds $key_hex, or a longer one.
long_hex=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
key_in given "$key_hex"
key_in long "$long_hex"
key_in other ffeeddccbbaa99887766554433221100
key_in hex_text "$(hex_of "$key_hex")"
key_in hex_upper "$(hex_of "$(echo "$key_hex" | tr a-f A-F)")"
key_in base64 "$(hex_of "$(printf %s "$key_text" | base64)")"
key_in nul "${key_hex}00"
key_in newline "${key_hex}0a"
key_in cut "$(echo "$long_hex" | cut -c 1-32)"
key_in padded "${key_hex}00000000000000000000000000000000"
key_in lower "$(hex_of "$(printf %s "$key_text" | tr '[:upper:]' '[:lower:]')")"
key_in identity "$(hex_of "$identity")"

# report NAME CAUSE [TEXT]: what the diagnosis in NAME.out says first; TEXT must be in it, too.
report() {
    said=$(sed -n 's/^cause: //p' "$scratch/$1.out")
    if [ "$said" = "$2" ] && tr '\n' ' ' <"$scratch/$1.out" | grep -q -e "${3:-.}"; then
        echo "ok $1: $2${3:+, $3}"
    else
        echo "not ok $1: $2${3:+, $3}; it says ${said:-nothing}"
        head -n 30 "$scratch/$1.out" | sed 's/^/    /'
    fi >"$scratch/$1.line"
}

diagnose() {
    name=$1
    shift
    began_this=$(date +%s)
    timeout --kill-after=5 80 "$build/pskgate" diagnose "$@" >"$scratch/$name.out" 2>&1 </dev/null
    echo "exit $? after $(($(date +%s) - began_this)) s" >>"$scratch/$name.out"
}

# server NAME CAUSE TEXT KEY COMMAND...: a server that the gate starts; KEY is the gate's.
server() {
    diagnose "$1" server 127.0.0.1 --identity "$identity" --psk-file "$scratch/$4.key" --spawn "$5"
    report "$1" "$2" "$3"
}

# client NAME CAUSE TEXT KEY COMMAND...
client() {
    diagnose "$1" client --listen 127.0.0.1:0 --identity "$identity" --psk-file "$scratch/$4.key" --trigger "$5"
    report "$1" "$2" "$3"
}

# behind NAME CAUSE TEXT TOOL MODE [PEER]: a path or a far end; with PEER a server stands behind it.
behind() {
    far=$("$build/tests/udp_dummy" free)
    far_pid=
    if [ $# -eq 6 ]; then
        "$build/peers/$6" --port "$far" --identity "$identity" --psk-file "$key_file" >"$scratch/$1.far" 2>&1 </dev/null &
        far_pid=$!
        wait_for 10 grep -q '^listening on ' "$scratch/$1.far"
    fi
    [ "$4" != udp_dummy ] || far=
    # shellcheck disable=SC2086 # no word when there is none
    "$build/tests/$4" "$5" $far >"$scratch/$1.near" 2>&1 </dev/null &
    near_pid=$!
    wait_for 10 grep -q '^listening on ' "$scratch/$1.near"
    near=$(sed -n 's/^listening on .*://p' "$scratch/$1.near")
    diagnose "$1" server "127.0.0.1:$near" --identity "$identity" --psk-file "$key_file"
    # shellcheck disable=SC2086 # no word when there is none
    kill $near_pid $far_pid
    report "$1" "$2" "$3"
}

closed() {
    diagnose "$1" server "127.0.0.1:$(free_port)" --identity "$identity" --psk-file "$key_file"
    report "$1" "$2" "$3"
}

# foreign NAME CAUSE TEXT COMMAND: a server of somebody else's, which gets its port as the last word.
foreign() {
    far=$("$build/tests/udp_dummy" free)
    $4 "$far" >"$scratch/$1.far" 2>&1 </dev/null &
    far_pid=$!
    wait_for 1 false
    diagnose "$1" server "127.0.0.1:$far" --identity "$identity" --psk-file "$key_file"
    kill "$far_pid"
    report "$1" "$2" "$3"
}

# tells NAME CAUSE TEXT MODE: what a client device sends instead of a hello.
tells() {
    own=$("$build/tests/udp_dummy" free)
    "$build/tests/udp_path" "$4" "$own" >"$scratch/$1.near" 2>&1 </dev/null &
    near_pid=$!
    diagnose "$1" client --listen "127.0.0.1:$own" --identity "$identity" --psk-file "$key_file" --trigger "sleep 3"
    kill "$near_pid"
    report "$1" "$2" "$3"
}

peer_server() { echo "$build/peers/$1 --port {port} --identity {identity} --psk-file $scratch/$2.key"; }
named_server() { echo "$build/peers/$1 --port {port} --identity $2 --psk-file $scratch/$3.key"; }
faulty_server() { echo "$build/peers/faulty-server --port {port} --identity {identity} --psk-file {psk_file} --fault $1"; }
faulty_client() { echo "$build/peers/faulty-client --port {port} --identity {identity} --psk-file {psk_file} --fault $1"; }
s_server() { echo "openssl s_server -accept {port} -nocert -psk_identity $identity -psk $key_hex -quiet -4 $1"; }
s_client() { echo "openssl s_client -connect 127.0.0.1:{port} -psk_identity $identity -psk $key_hex $1"; }

# set_ups: one a line, the name first; the slow ones first.
set_ups() {
    cat <<EOF
tiny-mtu|behind|size-limit|octets do not get through|udp_path|mtu:120|openssl-server
lossy|behind|lossy|get lost|udp_path|lossy|mbedtls-server
black-hole|behind|silence|Nothing came back|udp_dummy|silent
one-way|behind|silence|both directions|udp_path|oneway|gnutls-server
late|behind|slow-path|timers|udp_path|delay:700|openssl-server
closed-port|closed|nothing-listens|ICMP
echo|behind|not-dtls|echo|udp_dummy|echo
noise|behind|not-dtls|no DTLS record|udp_dummy|random
stale-server|behind|stale-association|4.2.8|udp_path|stale
plain-coap-server|foreign|plain-coap|5684|coap-server-notls -A 127.0.0.1 -p
wrong-key|server|wrong-key|knows the identity|given|$(peer_server openssl-server other)
wrong-identity|server|unknown-identity|knows no identity|given|$(named_server mbedtls-server somebody-else given)
hex-as-text|server|key-form|digits taken as text (lower|given|$(peer_server mbedtls-server hex_text)
hex-upper-as-text|server|key-form|digits taken as text (upper|given|$(peer_server wolfssl-server hex_upper)
text-as-hex|server|key-form|spells in hexadecimal|hex_text|$(peer_server openssl-server given)
base64-as-text|server|key-form|base64 text|given|$(peer_server gnutls-server base64)
trailing-nul|server|key-form|NUL octet after|given|$(peer_server openssl-server nul)
trailing-newline|server|key-form|line feed after|given|$(peer_server mbedtls-server newline)
cut-to-16|server|key-form|cut to 16|long|$(peer_server gnutls-server cut)
padded|server|key-form|zeros to 32|given|$(peer_server wolfssl-server padded)
lower-case|server|key-form|lower case|given|$(peer_server openssl-server lower)
swapped|server|swapped|in each other|given|$(named_server mbedtls-server "hex:$key_hex" identity)
identity-newline|server|identity-form|line feed after|given|$(named_server openssl-server "hex:$(hex_of "$identity")0a" given)
only-cbc|server|suite-missing|TLS_PSK_WITH_AES_128_CCM_8|given|$(s_server '-dtls1_2 -cipher PSK-AES128-CBC-SHA256')
only-ccm|server|suite-missing|TLS_PSK_WITH_AES_128_CBC_SHA256|given|$(s_server '-dtls1_2 -cipher PSK-AES128-CCM8')
only-sha1|server|no-common-suite|TLS_PSK_WITH_AES_128_CBC_SHA|given|$(s_server '-dtls1_2 -cipher PSK-AES128-CBC-SHA')
only-dtls-1.0|server|old-version|DTLS 1.2|given|$(s_server '-dtls1 -cipher PSK-AES128-CBC-SHA@SECLEVEL=0')
extension-intolerant|server|extension-intolerant|unknown extension|given|$(faulty_server unknown-extension-kills)
extension-required|server|extension-required|no extension|given|$(faulty_server extensions-required)
client-hex-as-text|client|key-form|digits taken as text (lower|given|$(peer_server openssl-client hex_text)
client-hex-upper|client|key-form|digits taken as text (upper|given|$(peer_server gnutls-client hex_upper)
client-base64|client|key-form|base64 text|given|$(peer_server wolfssl-client base64)
client-trailing-nul|client|key-form|NUL octet after|given|$(peer_server mbedtls-client nul)
client-cut-to-16|client|key-form|cut to 16|long|$(peer_server gnutls-client cut)
client-wrong-key|client|wrong-key|another one|given|$(peer_server mbedtls-client other)
client-swapped|client|swapped|in each other|given|$(named_server wolfssl-client "hex:$key_hex" identity)
client-identity|client|identity-differs|somebody-else|given|$(named_server openssl-client somebody-else given)
client-identity-case|client|identity-form|upper case|given|$(named_server mbedtls-client "$(echo "$identity" | tr "[:lower:]" "[:upper:]")" given)
client-certificates|client|no-common-suite|offers|given|openssl s_client -dtls1_2 -connect 127.0.0.1:{port}
client-dtls-1.0|client|old-version|DTLS 1.0|given|$(s_client '-dtls1 -cipher PSK-AES128-CBC-SHA@SECLEVEL=0')
client-name|client|nothing-wrong|^device: libcoap pskgate peer, firmware 4|given|$(peer_server libcoap-openssl-client given)
client-trigger|client|trigger|status 1|given|false {port}
client-plain-coap|tells|plain-coap|in the clear|coap
client-stale|tells|stale-association|protected records|old
EOF
}

# run_one LINE
run_one() {
    IFS='|' read -r name kind cause text a b c <<EOF
$1
EOF
    case $kind in
    behind) if [ -n "$c" ]; then behind "$name" "$cause" "$text" "$a" "$b" "$c"; else behind "$name" "$cause" "$text" "$a" "$b"; fi ;;
    *) "$kind" "$name" "$cause" "$text" "$a" "$b" ;;
    esac
}

began=$(date +%s)
set_ups >"$scratch/table"
while IFS= read -r line; do
    while [ "$(jobs -p | wc -l)" -ge "$at_a_time" ]; do
        wait_for 1 false
        jobs >/dev/null
    done
    run_one "$line" &
done <"$scratch/table"
wait
while IFS='|' read -r name rest; do
    cat "$scratch/$name.line" 2>/dev/null || echo "not ok $name: no answer"
done <"$scratch/table" >"$scratch/lines"
cat "$scratch/lines"
failed=$(grep -c '^not ok' "$scratch/lines")
judge "no diagnosis shows the key" sh -c '! grep -i -e "$1" -e "$2" "$3"/*.out' sh "$key_hex" "$key_text" "$scratch"
echo "# $(wc -l <"$scratch/table") set-ups in $(($(date +%s) - began)) s"
finish
