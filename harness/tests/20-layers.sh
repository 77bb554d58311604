#!/bin/sh
# No #include crosses a layer, and the script that says so notices one that does.
set -u
cd "${0%/*}/../.." || exit 1
. harness/tests/lib.sh

judge "no include crosses a layer" .ci/layers.sh

# plant FILE LINE: in a copy of the tree with that line in that file, the script fails and names the file.
plant() {
    rm -rf "$scratch/tree"
    mkdir -p "$scratch/tree"
    cp -R .ci harness suites reports peers "$scratch/tree" 2>/dev/null
    mkdir -p "$scratch/tree/$(dirname "$1")"
    echo "$2" >>"$scratch/tree/$1"
    ! "$scratch/tree/.ci/layers.sh" >"$scratch/said" && grep -qF "$1" "$scratch/said"
}

while IFS='|' read -r file line; do
    judge "noticed: $line in $file" plant "$file" "$line"
done <<'ROWS'
harness/base/planted.c|#include "wire/record.h"
harness/endpoint/planted.c|#include "case/case.h"
harness/wire/planted.c|#include <openssl/evp.h>
harness/case/planted.c|#include "device/device.h"
harness/device/planted.c|#include "case/case.h"
suites/planted.c|#include "endpoint/endpoint.h"
reports/planted.c|#include "run/runner.h"
peers/planted.c|#include "wire/record.h"
ROWS
rm -rf "$scratch/tree"
finish
