#!/bin/sh
# soak.sh: the verdicts of every in-house peer are the same in 20 runs at -j 16 and 3 at -j 1.
set -u
cd "${0%/*}/.." || exit 2
build=${B:-build}
out=$build/soak
wide=${SOAK_WIDE:-20}
narrow=${SOAK_NARROW:-3}

rm -rf "$out"
mkdir -p "$out"
awk '/^\[/ { keep = $0 ~ /^\[(openssl|gnutls|mbedtls|wolfssl)-(server|client)\]/ } keep' peers/devices.ini >"$out/devices.ini"
cp "$out/devices.ini" peers/.soak.ini && trap 'rm -f peers/.soak.ini' EXIT INT TERM
different=0
for run in $(seq "$((wide + narrow))"); do
    jobs=16
    [ "$run" -le "$wide" ] || jobs=1
    "$build/pskgate" matrix peers/.soak.ini --parallel 8 -j "$jobs" -o "$out/$run" >"$out/$run.log" 2>&1
    status=$?
    [ $status -le 1 ] || { echo "not ok run $run (-j $jobs): exit $status, see $out/$run.log"; different=$((different + 1)); }
    for verdicts in "$out/$run"/*/verdicts.txt; do
        name=$(basename "$(dirname "$verdicts")")
        if cmp -s "$out/1/$name/verdicts.txt" "$verdicts"; then
            echo "ok run $run (-j $jobs): $name"
        else
            echo "not ok run $run (-j $jobs): $name differs from run 1"
            diff "$out/1/$name/verdicts.txt" "$verdicts" | sed 's/^/    /'
            different=$((different + 1))
        fi
    done
done
echo "soak: $((wide + narrow)) runs, $different differences"
[ "$different" -eq 0 ]
