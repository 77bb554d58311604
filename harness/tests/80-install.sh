#!/bin/sh
# What is installed: under DESTDIR and prefix, a manual that knows every option, a completion that completes, and a Debian package
# that lintian accepts.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

root=$(pwd)/$scratch/root
make --no-print-directory B="$build" DESTDIR="$root" prefix=/opt/gate install >"$scratch/install" 2>&1
judge "make install" test $? -eq 0
judge "the program runs from there" "$root/opt/gate/bin/pskgate" --version
for file in share/man/man1/pskgate.1 share/bash-completion/completions/pskgate share/doc/pskgate/README.md share/doc/pskgate/LICENSE; do
    judge "installed: $file" test -s "$root/opt/gate/$file"
done
judge "nothing outside of the prefix" sh -c '[ "$(ls -A "$0")" = opt ] && [ "$(ls -A "$0/opt")" = gate ]' "$root"

sed 's/\\-/-/g' .packaging/pskgate.1 >"$scratch/manual"
for verb in server client matrix merge list explain selftest; do
    "$build/pskgate" "$verb" --help | grep -oE -e '--[a-z-]+'
done | sort -u >"$scratch/options"
while read -r option; do
    grep -qF -e "$option" "$scratch/manual" || echo "$option"
done <"$scratch/options" >"$scratch/unknown"
judge "the manual knows every option ($(wc -l <"$scratch/options"))" sh -c '[ ! -s "$0" ] || { cat "$0"; false; }' "$scratch/unknown"
if command -v man >/dev/null 2>&1; then
    LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -l .packaging/pskgate.1 >/dev/null 2>"$scratch/warnings"
    judge "the manual is laid out without a warning" test ! -s "$scratch/warnings"
fi

# offers WORDS...: what bash would offer for the last of them.
offers() {
    PATH="$(pwd)/$build:$PATH" bash -c '. .packaging/pskgate.bash; COMP_WORDS=(pskgate "$@"); COMP_CWORD=$#; _pskgate; printf "%s\n" "${COMPREPLY[@]}"' _ "$@"
}
judge "completion of a verb" test "$(offers ma)" = matrix
judge "completion of an option" sh -c 'echo "$0" | grep -qx -e --fail-on' "$(offers server --f)"
judge "completion of a case" sh -c 'echo "$0" | grep -qx "etm/echoed-for-cbc"' "$(offers server --only etm/echo)"

if command -v dpkg-deb >/dev/null 2>&1; then
    make --no-print-directory B="$build" deb >"$scratch/deb" 2>&1
    judge "make deb" test $? -eq 0
    package=$(tail -n 1 "$scratch/deb")
    judge "the package holds the program" sh -c 'dpkg-deb -c "$0" | grep -q "/usr/bin/pskgate$"' "$package"
    judge "and needs the libraries" sh -c 'dpkg-deb -f "$0" Depends | grep -q "libcoap3.*libjansson4.*libssl3"' "$package"
    if command -v lintian >/dev/null 2>&1; then
        judge "lintian accepts it" sh -c 'lintian --fail-on error,warning "$0"' "$package"
    else
        ok "lintian accepts it # SKIP not installed"
    fi
else
    ok "make deb # SKIP no dpkg"
fi
finish
