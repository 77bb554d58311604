#!/bin/sh
# layers.sh: fails when an #include crosses a layer.
#   base <- wire <- crypto <- endpoint <- lwm2m <- case <- diagnose <- run <- cmd (harness/*.c), and device beside case.
#   suites/ sees case/case.h alone, reports/ the model, the arena it lives in and the name tables alone, peers/ peer.h alone but for faulty.c;
#   the .def tables of suites/ and peers/ may be read from case, device and above; <openssl/...> belongs to crypto.
# Tests may look anywhere.
set -eu
cd "${0%/*}/.."
find harness suites reports peers \( -name tests -o -name node_modules \) -prune -o \
    -type f \( -name '*.c' -o -name '*.h' -o -name '*.def' \) -print 2>/dev/null | LC_ALL=C sort |
    xargs grep -H '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]' |
    sed 's/^\([^:]*\):[^<"]*\([<"][^>"]*\)[>"].*/\1 \2/' | awk '
BEGIN {
    n = split("base wire crypto endpoint lwm2m case diagnose run cmd", order, " ")
    for (i = 1; i <= n; i++) rank[order[i]] = i
    rank["device"] = rank["case"]
}
# The layer a path belongs to; a name without a directory stands beside its includer.
function layer(path, parts, k) {
    k = split(path, parts, "/")
    if (parts[1] != "harness") return parts[1]
    return k == 2 ? "cmd" : parts[2]
}
function target(name, from, parts) {
    if (name !~ /\//) return from
    split(name, parts, "/")
    return parts[1]
}
function allowed(file, from, name, to) {
    if (from == to) return 1
    if (name ~ /\.def$/ && (to == "suites" || to == "peers")) return rank[from] >= rank["case"] || file ~ /^peers\/faulty/
    if (from == "suites") return name == "case/case.h"
    if (from == "reports") return name == "base/arena.h" || name == "run/model.h" || name == "wire/names.h" || name == "wire/cipher.h"
    if (from == "peers") return file ~ /^peers\/faulty/ && rank[to] > 0 && rank[to] <= rank["device"] && to != "case"
    if (to == "suites" || to == "reports") return from == "cmd"
    return (to in rank) && rank[to] < rank[from]
}
{
    file = $1
    from = layer(file)
    name = substr($2, 2)
    files[file] = 1
    count++
    if (substr($2, 1, 1) == "<") {
        good = name !~ /^openssl\// || from == "crypto" || (from == "peers" && file !~ /^peers\/faulty/)
        if (!good) { print file ": <" name "> belongs to harness/crypto"; bad++ }
    } else if (!allowed(file, from, name, target(name, from))) {
        print file ": \"" name "\" crosses a layer"
        bad++
    }
}
END {
    for (f in files) seen++
    printf "layers: %d includes in %d files, %d cross a layer\n", count, seen, bad
    exit bad > 0 || count == 0
}'
