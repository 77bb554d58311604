#!/bin/sh
# deps.sh [build|demo|check|dev]...: installs the Debian packages of .ci/deps that are missing, and nothing else.
# Without arguments: build, demo and check. When nothing is missing it only asks dpkg. A command with the package's
# name will do as well (npm comes with the nodejs of others).
set -eu
list=${0%/*}/deps
[ $# -gt 0 ] || set -- build demo check

wanted=$(awk -v kinds=" $* " '!/^#/ && NF && index(kinds, " " $2 " ") { print $1 }' "$list")
if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "deps: not a Debian system; please see that you have what these packages hold: $(echo "$wanted" | tr '\n' ' ')" >&2
    exit 0
fi
# shellcheck disable=SC2086,SC2016 # a list of words; dpkg's own placeholders
installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null | awk '$2 == "installed" { print $1 }') || true
missing=
for package in $wanted; do
    printf '%s\n' "$installed" | grep -qxF "$package" || command -v "$package" >/dev/null 2>&1 ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0

root=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || { echo "deps: run as root, or install:$missing" >&2; exit 1; }
    root=sudo
fi
echo "deps: installing$missing"
apt="$root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300"
$apt update
# shellcheck disable=SC2086 # lists of words
$apt install -y --no-install-recommends $missing >/dev/null
