# shellcheck shell=sh
# Sourced by the scripts beside it. Foreign tools take the key in argv or in files of their own: give them throw-away keys.

# key_hex FILE: the key of a psk_file, in hex.
key_hex() {
    tr -d '\r\n' <"$1"
}

# key_text FILE: its octets as text, for tools that take nothing else; it can hold neither a NUL nor a newline.
key_text() {
    env printf "$(sed 's/../\\x&/g' "$1")"
}
