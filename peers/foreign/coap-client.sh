#!/bin/sh
# coap-client.sh TOOL HOST PORT IDENTITY PSK_FILE: libcoap's example client registers, once a second for a minute: it has
# no other way to stay in an association.
set -eu
. "${0%/*}/key.sh"
case $2 in
*:*) host="[$2]" ;;
*) host=$2 ;;
esac
exec "$1" -m post -t 40 -e '</1/0>,</3/0>' -G 60 -B 70 -u "$4" -k "$(key_text "$5")" \
    "coaps://$host:$3/rd?ep=$4&lt=300&lwm2m=1.0&b=U"
