#!/bin/sh
# Hooks that are missing, fail, hang or print megabytes: one line says which, the run ends in exit 3, and nothing is left running.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

GATE_SECONDS=60
peer="$build/peers/openssl-server --port {port} --identity {identity} --psk-file {psk_file}"
dialler="$build/peers/openssl-client --port {port} --identity {identity} --psk-file {psk_file}"

# ends STATUS TEXT [FILE]: exit status, and a text on stdout or stderr.
ends() {
    [ "$status" -eq "$1" ] || { echo "exit $status, not $1"; return 1; }
    grep -q -e "$2" "$scratch/out" "$scratch/err" || { echo "nothing says '$2'"; tail -n 2 "$scratch/out"; return 1; }
    ! pgrep -f 'sleep 471[0-9]' || { echo "a hook is left"; return 1; }
}

# spawned NAME STATUS TEXT COMMAND [OPTION...]
spawned() {
    said="spawn that $1: exit $2, '$3'" wanted=$2 text=$3 command=$4
    shift 4
    gate server 127.0.0.1 --spawn "$command" --identity "$identity" --psk-file "$key_file" --only 'psk/wrong-key*' \
        -o "$scratch/o" "$@"
    judge "$said" ends "$wanted" "$text"
}

# triggered NAME STATUS TEXT COMMAND [OPTION...]
triggered() {
    said="trigger that $1: exit $2, '$3'" wanted=$2 text=$3 command=$4
    shift 4
    gate client --listen 127.0.0.1:0 --trigger "$command" --identity "$identity" --psk-file "$key_file" \
        --only 'psk/client-finished-zeros' -o "$scratch/o" "$@"
    judge "$said" ends "$wanted" "$text"
}

spawned 'is missing' 3 'No such file' "/no/such/server {port}"
spawned 'fails' 3 'exited with status 7' "sh -c 'exit 7' {port}"
spawned 'hangs' 3 'answered no ClientHello within' "sh -c 'sleep 4711; :' {port}"
spawned 'prints megabytes' 0 'Conformant' "sh -c 'yes | head -c 5000000; exec \"\$@\"' sh $peer"
judge 'spawn that prints megabytes: 1 MiB of it at most is kept' test "$(wc -c <"$scratch/o/device.log")" -le 1048576
spawned 'is ready by a line' 0 'Conformant' "$peer" --ready '^listening on .*:[0-9]+$'
spawned 'is ready by its port' 0 'Conformant' "$peer" --ready port
spawned 'never says so' 3 'no line of the device' "$peer" --ready 'no such line'

triggered 'is missing' 3 'No such file' "/no/such/client {port}"
triggered 'fails' 3 'exited with status 3' "sh -c 'exit 3' {port}"
triggered 'hangs' 3 'deadline' "sh -c 'sleep 4712; :' {port}" --deadline 3
triggered 'prints megabytes and fails' 3 'exited with status 1' "sh -c 'yes | head -c 5000000; exit 1' {port}"
triggered 'prints megabytes and dials' 0 'Conformant' "sh -c 'yes | head -c 5000000; exec \"\$@\"' sh $dialler"

# keyed NAME STATUS TEXT COMMAND
keyed() {
    gate server 127.0.0.1 --spawn "$peer" --identity "$identity" --psk-cmd "$4" --only 'psk/wrong-key*'
    judge "key command that $1: exit $2, '$3'" ends "$2" "$3"
}
keyed 'prints the key' 0 'Conformant' "sh -c 'test \"\$0\" = $identity && cat $key_file' {identity}"
keyed 'is missing' 2 'No such file' "/no/such/vault {identity}"
keyed 'fails' 2 'exit status 5' "sh -c 'exit 5' {identity}"
keyed 'prints megabytes' 2 'printed more than' 'yes'
keyed 'prints no key' 2 'not 1 to 512 whole octets in hex' 'echo quartz'
keyed 'prints nothing' 2 'is empty' 'true'

# A client whose identity is known only when it comes.
lookup="sh -c 'test \"\$0\" = invented && cat $key_file' {identity}"
gate client --listen 127.0.0.1:0 --trigger "$build/peers/mbedtls-client --port {port} --identity invented --psk-file $key_file" \
    --psk-cmd "$lookup" --only 'psk/client-finished-zeros' --only 'lwm2m/client-identity' -o "$scratch/o"
judge 'identity that is not known before: its key is looked up' ends 0 'Conformant'
judge 'identity that is not known before: what compares it does not apply' \
    grep -q '^not-applicable lwm2m/client-identity' "$scratch/o/verdicts.txt"
gate client --listen 127.0.0.1:0 --trigger "$build/peers/mbedtls-client --port {port} --identity other --psk-file $key_file" \
    --psk-cmd "$lookup" --only 'psk/client-finished-zeros'
judge 'identity without a key: exit 3' ends 3 'no key for identity other'

# A server that dies of bad input and that only the reset hook brings back.
port=$(free_port)
cat >"$scratch/reset.sh" <<EOF
test -z "\$2" || { kill "\$(cat $scratch/reset.pid)" 2>/dev/null; exit "\$2"; }
$build/peers/faulty-server --port \$1 --identity $identity --psk-file $key_file --fault dies-on-garbage:empty \
    >$scratch/reset.log 2>&1 </dev/null &
echo \$! >$scratch/reset.pid
EOF
reset() {
    sh "$scratch/reset.sh" "$port" ''
    wait_for 5 grep -q '^listening' "$scratch/reset.log"
    gate server "127.0.0.1:$port" --identity "$identity" --psk-file "$key_file" --only invariant/survives-garbage-empty --reset "$1"
    kill "$(cat "$scratch/reset.pid")" 2>/dev/null
}
reset "sh $scratch/reset.sh {port} ''"
judge 'reset that brings the device back: the death is judged' ends 1 'survives-garbage-empty'
reset "sh $scratch/reset.sh {port} 4"
judge 'reset that fails: exit 3' ends 3 'the reset hook exited with status 4'
reset '/no/such/reset'
judge 'reset that is missing: exit 3' ends 3 'could not be reset: .*No such file'

gate server 8.8.8.8 --identity "$identity" --psk-file "$key_file"
judge 'a public address without leave: exit 2' ends 2 'i-am-authorised'
gate server 127.0.0.1 --spawn "$peer" --ready '((' --identity "$identity" --psk-file "$key_file"
judge 'a ready line that is no regular expression: exit 2' ends 2 'ready: (('
finish
