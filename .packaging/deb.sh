#!/bin/sh
# deb.sh VERSION OUT: a Debian package of what was installed to OUT/stage, as OUT/pskgate_VERSION_ARCH.deb. Needs dpkg-dev, and no root.
set -eu
cd "${0%/*}/.."
version=$1 out=$2
arch=$(dpkg --print-architecture)
stage=$out/stage
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || date +%s)}"
export SOURCE_DATE_EPOCH
umask 022
mkdir -p "$stage/DEBIAN" "$out/debian"

strip --remove-section=.comment --remove-section=.note "$stage/usr/bin/pskgate"
doc=$stage/usr/share/doc/pskgate
rm -f "$doc/LICENSE"
cp .packaging/copyright "$doc/copyright"
sed "s/@VERSION@/$version/; s/@DATE@/$(date -u -R -d "@$SOURCE_DATE_EPOCH")/" .packaging/changelog | gzip -9n >"$doc/changelog.gz"
gzip -9nf "$stage/usr/share/man/man1/pskgate.1"

# The libraries that the program needs, as dpkg-shlibdeps finds them; it wants a debian/control beside it.
printf 'Source: pskgate\n\nPackage: pskgate\nArchitecture: any\n' >"$out/debian/control"
depends=$(cd "$out" && dpkg-shlibdeps -O stage/usr/bin/pskgate 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
size=$(du -k -s --apparent-size "$stage/usr" | cut -f 1)
sed "s/@VERSION@/$version/; s/@ARCH@/$arch/; s/@SIZE@/$size/; s/@DEPENDS@/$depends/" .packaging/control >"$stage/DEBIAN/control"
(cd "$stage" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$stage/DEBIAN/md5sums"
find "$stage" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group --build "$stage" "$out/pskgate_${version}_$arch.deb" >/dev/null
rm -rf "$stage" "$out/debian"
echo "$out/pskgate_${version}_$arch.deb"
