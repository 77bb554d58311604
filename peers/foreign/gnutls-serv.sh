#!/bin/sh
# gnutls-serv.sh PORT IDENTITY PSK_FILE: its defaults with PSK alone, and with LwM2M's two cipher suites, which they lack;
# an echo. It serves one client after the other, and reads its file of keys again for each: an open file without a name.
set -eu
. "${0%/*}/key.sh"
keys=$(mktemp)
printf '%s:%s\n' "$2" "$(key_hex "$3")" >"$keys"
exec 3<"$keys"
rm -f "$keys"
exec gnutls-serv --udp --echo --port "$1" --pskpasswd /dev/fd/3 \
    --priority NORMAL:-KX-ALL:+ECDHE-PSK:+DHE-PSK:+PSK:+AES-128-CCM-8:+SHA256
