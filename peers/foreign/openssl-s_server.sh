#!/bin/sh
# openssl-s_server.sh HOST PORT IDENTITY PSK_FILE: with its own defaults. It serves one client after the other.
set -eu
. "${0%/*}/key.sh"
case $1 in
*:*) host="[$1]" ;;
*) host=$1 ;;
esac
exec openssl s_server -dtls1_2 -accept "$host:$2" -nocert -psk_identity "$3" -psk "$(key_hex "$4")" -quiet
