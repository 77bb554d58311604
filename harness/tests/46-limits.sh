#!/bin/sh
# What the device file says of limits is honoured: no datagram of ours is longer than max_datagram, a device that may be started several
# times is, and the timers of lte-m and nb-iot are as much longer than those of a lan as RFC 6347 4.2.4.1 and RFC 7925 11 have them. Intervals are compared with one another: a busy machine
# is late in all of them.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

GATE_SECONDS=120
command -v node >/dev/null || { ok 'limits # SKIP no node'; finish; }

# limited OPTION-LINES ARGUMENTS...: a run with these lines under [limits].
limited() {
    printf '[limits]\n%s\n' "$1" >"$scratch/device.ini"
    shift
    gate "$@" --device "$scratch/device.ini" --identity "$identity" --psk-file "$key_file" -o "$scratch/o" -q
}
arguments='--port {port} --identity {identity} --psk-file {psk_file}'

# ---- datagrams
cat >"$scratch/longest.js" <<'EOJ'
const report = JSON.parse(require('fs').readFileSync(process.argv[2]));
const ours = report.cases.flatMap((c) => c.messages).filter((m) => m.from === 'harness' && m.hex);
console.log(Math.max(0, ...ours.map((m) => m.hex.replace(/\s/g, '').length / 2)), ours.length);
EOJ
longest() { # the longest datagram of ours, within $1 and not far below: something had to be cut
    node "$scratch/../longest.js" "$scratch/o/report.json" >"$scratch/longest"
    read -r octets datagrams <"$scratch/longest"
    cat "$scratch/longest"
    [ "$datagrams" -gt 20 ] && [ "$octets" -le "$1" ] && [ "$octets" -gt $(($1 * 3 / 4)) ]
}
has_verdict() { grep -qx "$1" "$scratch/o/verdicts.txt" || { grep "${1#* }" "$scratch/o/verdicts.txt"; return 1; }; }

server_datagrams() {
    limited 'max_datagram = 400' server 127.0.0.1 --spawn "$build/peers/openssl-server $arguments" --only 'psk/*identity-*' \
        --only extension/large-hello --only negotiation/ccm-8-completes --only loss/lost-finished --only record/over-long-ciphertext
    judge 'server: no datagram of ours is over max_datagram' longest 400
    judge 'server: a message that is too long goes in pieces' has_verdict 'pass psk/unknown-identity-1000-octets'
    judge 'server: a hello that is too long is not offered, and blames nobody' has_verdict 'not-applicable extension/large-hello'
    judge 'server: nor is a record that must be too long' has_verdict 'not-applicable record/over-long-ciphertext'
}

client_datagrams() {
    limited 'max_datagram = 200' client --trigger "$build/peers/mbedtls-client $arguments" --only 'psk/client-hint-*' \
        --only 'handshake/client-cookie-*' --only 'fragment/client-server-hello-*'
    judge 'client: no datagram of ours is over max_datagram' longest 200
    judge 'client: a cookie that is too long for one is not sent, and blames nobody' has_verdict 'not-applicable handshake/client-cookie-255'
}

# ---- timers
cat >"$scratch/interval.js" <<'EOJ'
const report = JSON.parse(require('fs').readFileSync(process.argv[2]));
const ours = report.cases[0].messages.filter((m) => m.from === 'harness' && m.hex);
const again = ours.findIndex((m) => m.kind === 'retransmission');
console.log(Math.round((ours[again].t_us - ours[again - 1].t_us) / 1000));
EOJ
# measure TIMERS: how long we wait for the answer to a hello that the path lost, in ms.
measure() {
    limited "timers = $1" server 127.0.0.1 --spawn "$build/peers/openssl-server $arguments" --only loss/lost-client-hello
    judge "timers = $1: the handshake completes" has_verdict 'pass loss/lost-client-hello'
    node "$scratch/../interval.js" "$scratch/o/report.json" >"$scratch/../$1"
}
# slower MORE LESS LEAST MOST: the first interval is so many times the second, in per cent.
slower() {
    more=$(cat "$scratch/$1") less=$(cat "$scratch/$2")
    echo "$more ms and $less ms"
    [ "$more" -ge $((less * $3 / 100)) ] && [ "$more" -le $((less * $4 / 100)) ]
}

# ---- instances
# started INSTANCES: how many processes a run with three failures that must be confirmed alone made, in $scratch/starts.
started() {
    : >"$scratch/starts"
    limited "instances = $1" server 127.0.0.1 --spawn "sh -c 'echo one >>$scratch/starts; exec \"\$@\"' sh $build/peers/wolfssl-server $arguments" \
        --only 'fragment/second-hello-[25]' --only zoo/hello-scsv-only --only negotiation/ccm-8-completes
    wc -l <"$scratch/starts"
}
instances() {
    started one >"$scratch/n"
    judge 'instances = one: every lone run is made with the one process' grep -qx 1 "$scratch/n"
    cp "$scratch/o/verdicts.txt" "$scratch/one"
    started many >"$scratch/n"
    judge 'instances = many: each that has to wait has a process of its own' grep -qx 4 "$scratch/n"
    judge 'instances: the verdicts are the same, and two runs stand behind each failure' twice_each 3
}
twice_each() {
    grep -v '^#' "$scratch/o/verdicts.txt" | cmp - "$scratch/one" || return 1
    [ "$(grep -o '"attempts": *2' "$scratch/o/report.json" | wc -l)" -eq "$1" ]
}
beside instances
beside measure nb-iot
beside measure lte-m
beside measure lan
beside server_datagrams
beside client_datagrams
while [ "$beside_heard" -lt "$beside_n" ]; do hear_next; done
judge 'lte-m waits twice as long as lan' slower lte-m lan 160 240
judge 'nb-iot waits nine times as long as lan' slower nb-iot lan 720 1080
finish
