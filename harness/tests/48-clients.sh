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
# shellcheck disable=SC2086 # lists of words
by_itself() {
    port=$(free_port)
    "$build/peers/$1-client" --port "$port" $options --again 2000 >"$scratch/$1.log" 2>&1 </dev/null &
    peer=$!
    timeout --kill-after=5 100 "$build/pskgate" client --listen "127.0.0.1:$port" --wait $options $cases -q -o "$scratch/$1-fixed" \
        --name "$1" >"$scratch/$1.out" 2>&1 </dev/null
    kill "$peer"
    wait "$peer"
}
# shellcheck disable=SC2086
by_trigger() {
    timeout --kill-after=5 100 "$build/pskgate" client --listen 127.0.0.1:0 $options $cases -q -o "$scratch/$1-trigger" --name "$1" \
        --trigger "$build/peers/$1-client --port {port} --identity {identity} --psk-file {psk_file}" >"$scratch/$1.out" 2>&1 </dev/null
}
cases='--only negotiation/client-completes-0xc0a8 --only psk/client-finished-zeros --only lwm2m/client-int-401'
cases="$cases --only lwm2m/client-security-object-hidden-key --only version/client-server-hello-0xfeff --only psk/client-hint-text"
for stack in openssl gnutls mbedtls wolfssl; do
    by_itself "$stack" &
    eval "pid_$stack=\$!"
done
for stack in openssl gnutls mbedtls wolfssl; do
    by_trigger "$stack"
    eval "wait \"\$pid_$stack\""
    judge "$stack: one fixed port and a port a case come to the same verdicts" \
        cmp "$scratch/$stack-fixed/verdicts.txt" "$scratch/$stack-trigger/verdicts.txt"
    judge "$stack: it was judged" grep -q '^pass lwm2m/client-int-401' "$scratch/$stack-fixed/verdicts.txt"
done

# ---- bootstrapped
bootstrapped() {
    gate client --listen 127.0.0.1:0 --identity "$identity" --psk-file "$key_file" -q -o "$scratch/o" \
        --only 'lwm2m/client-int-*' --only 'lwm2m/client-bootstrap-*' \
        --trigger "$build/peers/$1 --port {port} --identity {identity} --psk-file {psk_file} $2"
}
for backend in openssl gnutls; do
    bootstrapped "libcoap-$backend-client" --bootstrap
    judge "an LwM2M client on libcoap, $backend: it is bootstrapped, registers and is read" \
        grep -q '^pass lwm2m/client-int-1' "$scratch/o/verdicts.txt"
    judge "$backend: with all credentials that it is given" test "$(grep -c '^pass lwm2m/client-bootstrap' "$scratch/o/verdicts.txt")" -eq 8
done
bootstrapped libcoap-openssl-client ''
judge 'a client that registers asks for no bootstrap: none of that applies' \
    test "$(grep -c '^not-applicable lwm2m/client-bootstrap' "$scratch/o/verdicts.txt")" -eq 8
judge 'nothing is left running' sh -c '! pgrep -f "[c]lient .*$1"' sh "$identity"
finish
