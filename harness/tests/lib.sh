# lib.sh: what the test scripts share. To be read by a script whose working directory is the top of the tree.
#
# $build     where things are built            $scratch   an empty directory of the script's own
# $identity  and $key_file: throw-away credentials; the key is text, so that a search finds it as hex and as it is
# shellcheck shell=sh disable=SC2034 # the scripts use the variables
build=${B:-build}
scratch=$build/check/$(basename "$0" .sh)
rm -rf "$scratch"
mkdir -p "$scratch"
identity=urn:dev:ops:32473-gate-test
key_file=$scratch/key.hex
key_text=Sixteen-byte-key
key_hex=5369787465656e2d627974652d6b6579
echo "$key_hex" >"$key_file"
server_pid=
failed=0

cleanup() {
    [ -z "$server_pid" ] || kill "$server_pid" 2>/dev/null
    server_pid=
}
trap cleanup EXIT
trap 'cleanup; exit 1' INT TERM

ok() { echo "ok $*"; }

not_ok() {
    echo "not ok $*"
    failed=$((failed + 1))
}

# judge TEXT COMMAND...: ok when the command succeeds; else not ok, and what the gate last said.
judge() {
    judged=$1
    shift
    if "$@" >"$scratch/judge" 2>&1; then
        ok "$judged"
    else
        not_ok "$judged"
        tail -n 5 "$scratch/judge" | sed 's/^/    /'
        [ ! -f "$scratch/err" ] || {
            echo "    pskgate $last_arguments: exit $status" | cut -c 1-300
            tail -n 5 "$scratch/err" | cut -c 1-300 | sed 's/^/    stderr: /'
        }
    fi
}

# finish: the last call of a script.
finish() {
    while [ "$beside_heard" -lt "$beside_n" ]; do hear_next; done
    [ "$failed" -eq 0 ]
    exit
}

# beside COMMAND...: a function of the script in the background, with a scratch directory of its own, $beside of them at once; most
# of a run is waiting. What they say comes in their order; `finish` waits for all.
beside=4
beside_n=0
beside_heard=0
beside() {
    [ $((beside_n - beside_heard)) -lt "$beside" ] || hear_next
    beside_n=$((beside_n + 1))
    aside "$@" >"$scratch/said-$beside_n" 2>&1 &
    eval "beside_pid_$beside_n=$!"
}

aside() {
    scratch=$scratch/$beside_n
    mkdir "$scratch"
    "$@"
}

# The eldest of those: what it said, and what failed in it.
hear_next() {
    beside_heard=$((beside_heard + 1))
    eval "wait \$beside_pid_$beside_heard" || : # it is judged by what it says
    cat "$scratch/said-$beside_heard"
    grep -q '^\(not \)\{0,1\}ok ' "$scratch/said-$beside_heard" || not_ok "number $beside_heard said nothing"
    failed=$((failed + $(grep -c '^not ok ' "$scratch/said-$beside_heard")))
}

# gate ARGUMENTS: runs pskgate; $status, $scratch/out and $scratch/err say how it went.
gate() {
    last_arguments=$*
    timeout --kill-after=5 "${GATE_SECONDS:-240}" "$build/pskgate" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
    status=$?
}

free_port() { "$build/tests/udp_dummy" free; }

# wait_for SECONDS COMMAND...: until the command succeeds; false when it did not in time.
wait_for() {
    tries=$(($1 * 10))
    shift
    while [ "$tries" -gt 0 ]; do
        ! "$@" >/dev/null 2>&1 || return 0
        tries=$((tries - 1))
        sleep 0.1
    done
    return 1
}

# start_listener COMMAND...: in the background, until it says where it listens; $port and $server_pid are set.
start_listener() {
    : >"$scratch/listener" # what an earlier one said is no answer
    "$@" >"$scratch/listener" 2>"$scratch/listener.err" </dev/null &
    server_pid=$!
    wait_for 10 grep -q '^listening on ' "$scratch/listener" || { cleanup; return 1; }
    port=$(sed -n 's/^listening on .*:\([0-9]*\)$/\1/p' "$scratch/listener")
}

# start_server NAME [OPTION...]: a peer of build/peers, with the credentials above.
start_server() {
    server_name=$1
    shift
    start_listener "$build/peers/$server_name" --port "$(free_port)" --identity "$identity" --psk-file "$key_file" "$@"
}

stop_server() {
    [ -n "$server_pid" ] || return 0
    kill "$server_pid" 2>/dev/null
    wait "$server_pid" 2>/dev/null
    server_pid=
}

# The verdict lines of a run that say $2 (pass, fail, ...), counted.
count_verdicts() { grep -c "^$2 " "$1/verdicts.txt"; }

# json_number FILE KEY: the first number under that key.
json_number() { sed -n "s/.*\"$2\": *\\([0-9][0-9]*\\).*/\\1/p" "$1" | head -n 1; }
