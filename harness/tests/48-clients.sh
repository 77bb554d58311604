#!/bin/sh
# Client devices as they come: made to dial by a trigger at a port a case, dialling one fixed port by themselves every two seconds (the
# same verdicts), and bootstrapped by us and then dialling where they were sent.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

GATE_SECONDS=120
identity=urn:dev:ops:32473-clients-$$
options="--identity $identity --psk-file $key_file"

# ---- by trigger, and by itself
# Every stack has a sample of its own of the client cases, one in sixty; with CLIENTS_LONG=1 (`make soak`) all have the whole catalogue, which
# takes half an hour: most of it is waiting for the next dial.
step=60
seconds=180
[ "${CLIENTS_LONG:-0}" = 0 ] || seconds=5400

# What once came to something else when the device dialled by itself.
always='--only loss/client-lost-client-hello --only extension/client-hello-request'
always="$always --only handshake/client-change-cipher-spec-value-2 --only invariant/client-random-fresh"

# The options that choose the sample of device number $1.
sample_of() {
    [ "${CLIENTS_LONG:-0}" = 0 ] || return
    printf '%s ' "$always"
    "$build/pskgate" list cases --only '*/client-*' |
        awk -v first="$(($1 * 10))" -v step="$step" '$1 !~ /-(session|ticket)-/ && n++ % step == first { printf "--only %s ", $1 }'
}

# by_itself CASES COMMAND...
# shellcheck disable=SC2086 # lists of words
by_itself() {
    cases=$1 port=$(free_port)
    shift
    "$@" --port "$port" $options --again 2000 >"$scratch/log" 2>&1 </dev/null &
    peer=$!
    timeout --kill-after=5 "$seconds" "$build/pskgate" client --listen "127.0.0.1:$port" --wait $options $cases -q -o "$scratch/fixed" \
        >"$scratch/fixed.out" 2>&1 </dev/null
    kill "$peer"
    wait "$peer"
}
# shellcheck disable=SC2086
by_trigger() {
    cases=$1
    shift
    timeout --kill-after=5 "$seconds" "$build/pskgate" client --listen 127.0.0.1:0 $options $cases -q -o "$scratch/trigger" \
        --trigger "$* --port {port} --identity {identity} --psk-file {psk_file}" >"$scratch/trigger.out" 2>&1 </dev/null
}

# The verdicts of both runs are the same; but a program that goes on may offer its session again, which a new one has not. Mbed TLS 2.28 then
# uses encrypt_then_mac as that session did, though the ServerHello of a full handshake did not answer it: what needs the other order of MAC
# cannot be judged there. And with a ticket it makes up another session id for its second hello (RFC 6347 4.2.1: it MUST be the first's).
alike() {
    awk -v name="$name" 'NR == FNR { by_trigger[$2] = $1; n++; next }
        { n-- }
        $2 ~ /-(session|ticket)-/ && by_trigger[$2] == "not-applicable" { next }
        name == "mbedtls" && $2 ~ /-mte/ && $1 == "not-judged" { next }
        name == "mbedtls" && $2 == "invariant/client-second-hello-same" && $1 == "fail" { next }
        $1 != by_trigger[$2] {
            print $2 ": by trigger " by_trigger[$2] ", by itself " $1; bad = 1
        }
        END { if (n != 0) print n " cases more by trigger"; exit bad || n != 0 || NR == 0 }' \
        "$scratch/trigger/verdicts.txt" "$scratch/fixed/verdicts.txt"
}

# both_ways NUMBER NAME COMMAND...
both_ways() {
    name=$2 sample=$(sample_of "$1")
    shift 2
    by_itself "$sample" "$@" &
    itself=$!
    by_trigger "$sample" "$@"
    wait "$itself"
    text="$name: one fixed port and a port a case come to the same verdicts, $(wc -l <"$scratch/fixed/verdicts.txt") cases"
    if alike >"$scratch/differences"; then ok "$text"; else
        not_ok "$text"
        sed 's/^/    /' "$scratch/differences"
    fi
    judge "$name: it was judged" grep -q '^pass' "$scratch/fixed/verdicts.txt"
}

beside=6
beside both_ways 0 openssl "$build/peers/openssl-client"
beside both_ways 1 gnutls "$build/peers/gnutls-client"
beside both_ways 2 mbedtls "$build/peers/mbedtls-client"
beside both_ways 3 wolfssl "$build/peers/wolfssl-client"
beside both_ways 4 libcoap "$build/peers/libcoap-openssl-client"
beside both_ways 5 'libcoap, bootstrapped' "$build/peers/libcoap-openssl-client" --bootstrap
while [ "$beside_heard" -lt "$beside_n" ]; do hear_next; done

# ---- bootstrapped
# bootstrapped PROGRAM OPTIONS GATE-OPTIONS
# shellcheck disable=SC2086 # lists of words
bootstrapped() {
    gate client --listen 127.0.0.1:0 --identity "$identity" --psk-file "$key_file" -q -o "$scratch/o" \
        --only 'lwm2m/client-int-*' --only 'lwm2m/client-bootstrap-*' --only 'lwm2m/client-suites-*' \
        --only 'lwm2m/client-pack-*' $3 \
        --trigger "$build/peers/$1 --port {port} --identity {identity} --psk-file {psk_file} $2"
}
for backend in openssl gnutls; do
    bootstrapped "libcoap-$backend-client" --bootstrap '--profile lwm2m-1.2'
    judge "an LwM2M client on libcoap, $backend: it is bootstrapped, registers and is read" \
        grep -q '^pass lwm2m/client-int-1' "$scratch/o/verdicts.txt"
    judge "$backend: with all credentials that it is given" test "$(grep -c '^pass lwm2m/client-bootstrap' "$scratch/o/verdicts.txt")" -eq 10
    judge "$backend: and asks for no Bootstrap-Pack" test "$(grep -c '^not-applicable lwm2m/client-pack' "$scratch/o/verdicts.txt")" -eq 4
    bootstrapped "libcoap-$backend-client" --bootstrap-pack '--profile lwm2m-1.2'
    judge "$backend: by a Bootstrap-Pack, with all credentials that are in one" \
        test "$(grep -c '^pass lwm2m/client-pack' "$scratch/o/verdicts.txt")" -eq 4
    judge "$backend: and without one when there is none" test "$(grep -c '^pass lwm2m/client-bootstrap' "$scratch/o/verdicts.txt")" -eq 10
done
bootstrapped libcoap-openssl-client --bootstrap '--profile lwm2m-1.1'
judge 'it offers the suites that it is told to, and no other' test "$(grep -c '^pass lwm2m/client-suites' "$scratch/o/verdicts.txt")" -eq 8
bootstrapped libcoap-gnutls-client --bootstrap '--profile lwm2m-1.1'
judge 'a client whose offer stays the same shows no sign of the resource: not applicable' \
    test "$(grep -c '^not-applicable lwm2m/client-suites' "$scratch/o/verdicts.txt")" -eq 8
bootstrapped libcoap-openssl-client '' '--profile lwm2m-1.2'
judge 'a client that registers asks for no bootstrap: none of that applies' \
    test "$(grep -c '^not-applicable lwm2m/client-bootstrap' "$scratch/o/verdicts.txt")" -eq 10
judge 'nothing is left running' sh -c '! pgrep -f "[c]lient .*$1"' sh "$identity"
finish
