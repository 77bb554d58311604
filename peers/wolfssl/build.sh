#!/bin/sh
# Builds wolfSSL with its plain PSK suites, which the distribution's binary package leaves out, from the distribution's
# own source package:  build.sh DIR  makes DIR/libwolfssl.a and DIR/include. A second run does nothing.
#
# The source comes through the machine's apt: its sources, read as deb-src, its proxy and its keys, with a state
# directory of our own, so that no package list and no setting of the system is touched. apt checks the signatures.
# Needs: apt, dpkg-dev, xz-utils, a C compiler and ar.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 1 ] || { echo "usage: build.sh DIR" >&2; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
cc=${CC:-cc}
stamp=$(cat "$here/build.sh" "$here/user_settings.h" | sha256sum)
work=$out/work

if [ -f "$out/libwolfssl.a" ] && [ "$stamp" = "$(cat "$out/stamp" 2>/dev/null)" ]; then
    touch "$out/libwolfssl.a"
    exit 0
fi

fail() {
    echo "wolfssl: $*" >&2
    [ ! -s "$work/log" ] || tail -n 15 "$work/log" >&2
    exit 1
}

# Sources in either form, one-line and deb822, each `deb` turned into `deb-src`.
copy_sources() {
    mkdir -p "$work/apt/sources" "$work/apt/state/lists/partial" "$work/apt/cache/archives/partial"
    n=0
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -r "$list" ] || continue
        n=$((n + 1))
        sed -n 's/^[[:space:]]*deb[[:space:]]/deb-src /p' "$list" | grep -v cdrom: >"$work/apt/sources/$n.list" || true
    done
    for list in /etc/apt/sources.list.d/*.sources; do
        [ -r "$list" ] || continue
        n=$((n + 1))
        sed 's/^[Tt]ypes:.*/Types: deb-src/' "$list" >"$work/apt/sources/$n.sources"
    done
}

private_apt() {
    apt-get -q -o Dir::State="$work/apt/state" -o Dir::Cache="$work/apt/cache" -o Dir::Etc::SourceList=/dev/null \
        -o Dir::Etc::SourceParts="$work/apt/sources" -o APT::Sandbox::User=root "$@" >>"$work/log" 2>&1
}

fetch() {
    copy_sources
    # A source that has no source packages must not stop us; a missing wolfssl does.
    private_apt update || echo "wolfssl: apt-get update complained, trying all the same" >&2
    (cd "$work" && private_apt --download-only source wolfssl) || fail "cannot fetch the source package"
    # apt has checked every file against the signed index; dpkg-source would ask for the uploader's key as well.
    (cd "$work" && dpkg-source --no-check --extract wolfssl_*.dsc source >>"$work/log" 2>&1) || fail "cannot unpack"
}

# The library's warnings are the library's business.
compile() {
    cd "$work/source"
    printf '%s\n' src/ssl.c src/internal.c src/tls.c src/tls13.c src/dtls.c src/keys.c src/wolfio.c wolfcrypt/src/*.c |
        grep -v -e /evp.c -e /misc.c >"$work/files" # these two are included by others
    mkdir -p "$work/objects"
    # shellcheck disable=SC2086 # CC may hold options
    xargs -P "$(nproc)" -I '{}' sh -c '"$@" -o "$0/$(basename {} .c).o" {}' "$work/objects" \
        $cc -std=gnu11 -O1 -g -w -fPIC -DWOLFSSL_USER_SETTINGS -I"$here" -I. -c \
        <"$work/files" >>"$work/log" 2>&1 || fail "cannot compile"
    ar rcs "$work/libwolfssl.a" "$work"/objects/*.o
    cd "$out"
}

install_library() {
    mkdir -p "$out/include"
    cp -R "$work/source/wolfssl" "$out/include/"
    mv "$work/libwolfssl.a" "$out/libwolfssl.a"
    echo "$stamp" >"$out/stamp"
    rm -rf "$work"
}

rm -rf "$work" "$out/stamp" "$out/include"
mkdir -p "$work"
fetch
compile
install_library
