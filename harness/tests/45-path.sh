#!/bin/sh
# What a path does to datagrams changes no verdict: each is the one of a direct run, or not-judged. Delay, loss, copies,
# reordering and a record a datagram, between the gate and its peers. PATH_LONG=1 (`make soak`): the whole catalogue, 1 and 5 per
# cent of loss with five seeds each, which takes hours.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

GATE_SECONDS=3600

# through NAME DEVICE KNOBS [OPTION...]: a run of a peer behind the relay, or beside it when KNOBS is empty, into $scratch/NAME.
through() {
    into=$scratch/$1 peer=$2 knobs=$3
    shift 3
    ours='--identity {identity} --psk-file {psk_file}'
    command="$build/peers/$peer --port {port} $ours"
    case $peer in
    *-server) verb='server 127.0.0.1' how=--spawn ends='{port} 0' ;;
    *) verb=client how=--trigger ends='0 {port}' ;;
    esac
    [ -z "$knobs" ] || command="$build/tests/relay $ends $knobs -- $build/peers/$peer --port @ $ours"
    # shellcheck disable=SC2086 # two words
    gate $verb "$how" "$command" --identity "$identity" --psk-file "$key_file" --format verdicts,json -q -o "$into" "$@"
    [ "$status" -le 1 ] || [ "$status" -eq 3 ]
}

# changed DIRECT OTHER: the verdicts of the second run that are neither the first's nor not-judged, one a line; true when there are
# some, or when the runs do not hold the same cases.
changed() {
    awk 'NR == FNR { direct[$2] = $1; n++; next }
        { n--; if ($1 != direct[$2] && $1 != "not-judged") { print $2 ": " direct[$2] ", became " $1; bad = 1 } }
        END { if (n != 0) { print n " cases more in the direct run"; bad = 1 } exit !bad }' \
        "$scratch/$1/verdicts.txt" "$scratch/$2/verdicts.txt"
}

# compare DEVICE KNOBS [OPTION...]: after the direct run, in the directory of the device's name.
compare() {
    device=$1 path=$2
    shift 2
    name=$device-$(echo "$path" | tr -c 'a-z0-9\n' -)
    if ! through "$name" "$device" "$path" "$@"; then
        not_ok "$device, $path: exit $status"
    elif changed "$device" "$name" >"$scratch/changed"; then
        not_ok "$device, $path: $(wc -l <"$scratch/changed") verdicts changed"
        sed 's/^/    /' "$scratch/changed"
    else
        ok "$device, $path: $(count_verdicts "$scratch/$name" not-judged) of $(wc -l <"$scratch/$name/verdicts.txt") not judged"
    fi
}

# direct DEVICE [OPTION...]: false when there is nothing to compare with.
direct() {
    device=$1
    shift
    through "$device" "$device" '' "$@" && [ -s "$scratch/$device/verdicts.txt" ] && return 0
    not_ok "$device runs directly (exit $status)"
    return 1
}

long_paths() {
    direct "$1" || return
    for seed in 1 2 3 4 5; do
        for loss in 1 5; do
            compare "$1" "loss=$loss seed=$seed"
        done
        compare "$1" "loss=2 copy=5 late=10 split=1 delay=20 seed=$seed"
    done
    compare "$1" 'delay=300'
}

# A server's cases that send most; the runs beside the direct one.
server_paths() {
    peer=$1
    set -- --only 'fragment/key-exchange*' --only 'fragment/finished*' --only 'psk/identity*' --only 'etm/bad-*' --only 'etm/echo*' --only 'invariant/nonces'
    direct "$peer" "$@" || return
    compare "$peer" 'late=10 copy=10 split=1' "$@"
    compare "$peer" 'loss=5 seed=1' "$@"
    compare "$peer" 'delay=300' "$@"
}

client_paths() {
    direct "$1" && compare "$1" 'late=10 copy=10 split=1'
}

if [ "${PATH_LONG:-0}" = 1 ]; then
    for peer in openssl-server mbedtls-server openssl-client; do
        long_paths "$peer"
    done
else
    beside client_paths openssl-client # the longest first
    beside server_paths openssl-server
    beside server_paths mbedtls-server
fi
finish
