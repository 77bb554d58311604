#!/bin/sh
# What a device sends cannot crash, hang or leak the gate: with the address sanitizer, a faultless device behind a relay that adds
# hostile datagrams, to every association (which mostly ends before a good handshake) and to one in three (which lets the cases run).
# HOSTILE_LONG=1 (`make soak`): the whole catalogue, and altered datagrams until there were HOSTILE_COUNT (1000000), or
# HOSTILE_SECONDS (3600) have passed.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

long=${HOSTILE_LONG:-0}
attacks='mutate huge noise fragments records alerts changes tickets cookies hello-requests replay'
GATE_SECONDS=90
[ "$long" = 0 ] || GATE_SECONDS=1200

# attacked ROLE KNOBS [OPTION...]: a run of the sanitized gate on a faultless device behind the relay.
attacked() {
    role=$1 knobs=$2
    shift 2
    ours='--identity {identity} --psk-file {psk_file}'
    case $role in
    server) verb='server 127.0.0.1' how=--spawn ends='{port} 0' ;;
    client) verb=client how=--trigger ends='0 {port}' ;;
    esac
    rm -rf "$scratch/out-of-gate"
    # shellcheck disable=SC2086 # two words
    sanitized $verb "$how" "$build/tests/relay $ends $knobs -- $build/peers/faulty-$role --port @ $ours" \
        --identity "$identity" --psk-file "$key_file" -q -o "$scratch/out-of-gate" "$@"
}

sanitized() {
    last_arguments=$*
    timeout --kill-after=5 "$GATE_SECONDS" "$build/asan/pskgate" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
    status=$?
}

# The gate ended by itself, without a word of a sanitizer, and what it wrote is whole.
bore_it() {
    case $status in
    0 | 1 | 3) ;;
    *) echo "exit $status"; return 1 ;;
    esac
    ! grep -E 'ERROR: |runtime error|out of memory' "$scratch/err" || return 1
    [ -s "$scratch/out-of-gate/report.json" ] && tail -c 3 "$scratch/out-of-gate/report.json" | grep -q '}'
}

# How many hostile datagrams the last run had, in thousands at least.
thousands() {
    hostile=$(grep -c '^relay: 1000 more' "$scratch/out-of-gate/device.log")
    echo "${hostile:-0}"
}

# withstand ROLE ATTACK EVERY [OPTION...]
withstand() {
    which="$1, $2 in one of $3 associations"
    knobs="attack=$2 every=$3 burst=30" role=$1
    shift 3
    attacked "$role" "$knobs" "$@"
    judge "$which: exit $status" bore_it
}

judge 'altered datagrams in one process, both roles' "$build/asan/mutants" 20000

# The short form has 40 s for each.
[ "$long" != 0 ] || set -- --deadline 40 --only 'psk/identity*' --only 'etm/bad-mac*' --only 'psk/client-*'
for role in server client; do
    for attack in $attacks; do
        for every in 1 3; do
            [ "$long$every$role" != 01client ] || continue
            beside withstand "$role" "$attack" "$every" "$@"
        done
    done
done

if [ "$long" != 0 ]; then
    while [ "$beside_heard" -lt "$beside_n" ]; do hear_next; done
    sent=0 seed=1 began=$(date +%s)
    while [ "$sent" -lt $((${HOSTILE_COUNT:-1000000} / 1000)) ] && [ $(($(date +%s) - began)) -lt "${HOSTILE_SECONDS:-3600}" ]; do
        attacked server "attack=mutate every=3 burst=1000 seed=$seed" "$@"
        bore_it >"$scratch/judge" 2>&1 || not_ok "altered datagrams, seed $seed: $(cat "$scratch/judge")"
        sent=$((sent + $(thousands)))
        seed=$((seed + 1))
    done
    ok "at least $sent thousand altered datagrams in $((seed - 1)) runs"
fi
finish
