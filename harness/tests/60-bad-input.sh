#!/bin/sh
# Bad input: exit 2 or 3, and one line on stderr that says what and where. The key is in none of it.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

free=$(free_port)
server="server 127.0.0.1:$free"

# said STATUSES WORD: one of those exits, one line, with that word in it, and nothing of the key.
said() {
    case " $1 " in *" $status "*) ;; *) echo "exit $status, not $1"; return 1 ;; esac
    [ "$(wc -l <"$scratch/err")" -eq 1 ] || { echo "$(wc -l <"$scratch/err") lines on stderr, not 1"; return 1; }
    grep -qiF -e "$2" "$scratch/err" || { echo "'$2' is not named"; return 1; }
    ! cat "$scratch/out" "$scratch/err" | grep -qiF -f "$key_file" || { echo "the key is shown"; return 1; }
}

# bad TEXT STATUSES WORD ARGUMENTS...
bad() {
    text=$1 statuses=$2 word=$3
    shift 3
    gate "$@"
    judge "$text" said "$statuses" "$word"
}

printf 'not hex %s\n' "$key_hex" >"$scratch/malformed"
printf '%s0\n' "$key_hex" >"$scratch/odd"
: >"$scratch/empty"
: >"$scratch/plain"
printf '[device]\nname = x\nnonsense = 1\n' >"$scratch/unknown-key.ini"
printf '[device]\nname = x\n\n[nonsense]\nname = x\n' >"$scratch/unknown-section.ini"
printf '[device]\nname = %0500d\n' 0 >"$scratch/long-line.ini"
printf '[limits]\ninstances = few\n' >"$scratch/unknown-word.ini"

credentials="--identity $identity --psk-file $key_file"
# shellcheck disable=SC2086 # words on purpose, here and below
{
    bad "key file that does not exist" 2 "$scratch/none" $server --identity "$identity" --psk-file "$scratch/none"
    bad "key file that is a directory" 2 "$scratch" $server --identity "$identity" --psk-file "$scratch"
    bad "key file that is not hex" 2 "$scratch/malformed" $server --identity "$identity" --psk-file "$scratch/malformed"
    bad "key file with half an octet" 2 "$scratch/odd" $server --identity "$identity" --psk-file "$scratch/odd"
    bad "empty key file" 2 "$scratch/empty" $server --identity "$identity" --psk-file "$scratch/empty"
    bad "environment variable that is not set" 2 NO_SUCH_KEY $server --identity "$identity" --psk-env NO_SUCH_KEY
    bad "key without an identity" 2 identity $server --psk-file "$key_file"
    bad "identity over 65535 octets" "2 3" identity $server --identity "$(printf '%065536d' 0)" --psk-file "$key_file"
    bad "identity that is half an octet of hex" 2 identity $server --identity hex:abc --psk-file "$key_file"
    bad "a key in argv is no option" 2 --psk $server --identity "$identity" --psk 00
    bad "unknown profile" 2 no-such-profile $server $credentials --profile no-such-profile
    bad "output directory that cannot be made" "2 3" "$scratch/plain/x" $server $credentials -o "$scratch/plain/x"
    bad "empty --only" "2 3" only $server $credentials --only ''
    bad "--only that names nothing" 2 etm/no-such-case $server $credentials --only etm/no-such-case -o "$scratch/o"
    bad "--skip that names nothing" 2 etm/no-such-case $server $credentials --skip etm/no-such-case -o "$scratch/o"
    bad "--only whose glob selects nothing" 3 'no-such-chapter/*' $server $credentials --only 'no-such-chapter/*' -o "$scratch/o"
    bad "port that is none" 2 70000 server 127.0.0.1:70000 $credentials
    bad "no address" 2 server server $credentials
    bad "unknown option" 2 --no-such-option $server $credentials --no-such-option
    bad "-j 0" 2 -j $server $credentials -j 0
    bad "seed that is not hex" 2 seed $server $credentials --seed xyz
    bad "unknown verb" 2 no-such-verb no-such-verb
    bad "device file that does not exist" 2 "$scratch/none.ini" $server --device "$scratch/none.ini"
    bad "device file with an unknown key: file and line" 2 "unknown-key.ini:3" $server --device "$scratch/unknown-key.ini"
    bad "device file with an unknown section: file and line" 2 "unknown-section.ini:" $server --device "$scratch/unknown-section.ini"
    bad "device file with an over-long line: file and line" 2 "long-line.ini:2" $server --device "$scratch/long-line.ini"
    bad "device file with a word it does not know: the words it knows" 2 "instances few: not one or many" $server --device "$scratch/unknown-word.ini"
    bad "explain of an unknown id" 2 no/such-case explain no/such-case
    bad "matrix file that does not exist" 2 "$scratch/none.ini" matrix "$scratch/none.ini" -o "$scratch/m"

    if start_listener "$build/tests/udp_dummy" silent; then
        bad "port in use" "2 3" "$port" client --listen "127.0.0.1:$port" $credentials --trigger true -o "$scratch/o"
        stop_server
    else
        not_ok "udp_dummy does not start"
    fi
    if [ "$(id -u)" -eq 0 ]; then
        ok "key file without permission # SKIP root may read everything"
    else
        cp "$key_file" "$scratch/secret"
        chmod 000 "$scratch/secret"
        bad "key file without permission" 2 "$scratch/secret" $server --identity "$identity" --psk-file "$scratch/secret"
    fi
}
finish
