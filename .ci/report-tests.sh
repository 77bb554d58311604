#!/bin/sh
# report-tests.sh: a copy of reports/tests under the build directory with what npm installs for it, where the tests and the pictures
# are run. The last line is the directory.
set -u
cd "${0%/*}/.." || exit 1
work=${B:-build}/check/reports
mkdir -p "$work"
cp -R reports/tests/. "$work/"
stamp=$(sha256sum <reports/tests/package-lock.json)
if [ "$stamp" != "$(cat "$work/.installed" 2>/dev/null)" ]; then
    (cd "$work" && npm ci --no-audit --no-fund --loglevel=error) >&2 || exit 1
    echo "$stamp" >"$work/.installed"
fi
echo "$work"
