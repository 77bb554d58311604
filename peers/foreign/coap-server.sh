#!/bin/sh
# coap-server.sh TOOL HOST PORT IDENTITY PSK_FILE: libcoap's example server, which listens for DTLS on the port after the
# one it is told. The key belongs to the identity alone: with -k, which must be there, any identity would do.
set -eu
. "${0%/*}/key.sh"
key=$(key_text "$5")
exec 3<<END
CoAP,$4,$key
END
exec "$1" -A "$2" -p "$(($3 - 1))" -k "not the key of $4" -i /dev/fd/3
