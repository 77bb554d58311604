#!/bin/sh
# update-expected.sh DIR [REASONS [FILE.ini]]: rewrites peers/expected/ from what `pskgate matrix FILE.ini -o DIR` found
# (peers/devices.ini).
# A finding that was there keeps its reason. A new one takes that of the first line of REASONS that fits:
#     device pattern | case pattern | verdict | why it is right, with the clause
# (patterns are extended regular expressions for the whole name). One that has none is printed, and stands without a
# reason, so that check-expected.sh refuses the file until somebody has looked at the bytes and the RFC. Status 1 then.
# A choice (pass|warning CASE) stays when what was found is one of it.
set -u
here=${0%/*}
case $# in 1 | 2 | 3) ;; *) echo "usage: update-expected.sh DIR [REASONS [FILE.ini]]" >&2; exit 2 ;; esac
dir=$1
reasons=${2:-/dev/null}
devices=${3:-$here/devices.ini}
bad=0

rewrite() {
    awk -v device="$1" '
    function trim(s) { gsub(/^[ \t]+|[ \t]+$/, "", s); return s }
    function wrapped(s,    words, n, i, line, out) {
        n = split(s, words, " ")
        line = "#"
        for (i = 1; i <= n; i++) {
            if (length(line) + 1 + length(words[i]) > 120) { out = out line "\n"; line = "#" }
            line = line " " words[i]
        }
        return out line
    }
    function known(reason) { if (!(reason in at)) { order[++blocks] = reason; at[reason] = blocks } }
    function reason_for(verdict, id,    i) {
        for (i = 1; i <= rules; i++)
            if (device ~ "^(" of_device[i] ")$" && id ~ "^(" of_case[i] ")$" && verdict == of_verdict[i])
                return wrapped(of_reason[i])
        return ""
    }
    FILENAME == ARGV[1] {
        if ($0 ~ /^[ \t]*(#|$)/) next
        fields = split($0, f, / \| /)
        reason = f[4]
        for (i = 5; i <= fields; i++) reason = reason " | " f[i]
        rules++
        of_device[rules] = trim(f[1]); of_case[rules] = trim(f[2]); of_verdict[rules] = trim(f[3]); of_reason[rules] = trim(reason)
        next
    }
    FILENAME == ARGV[2] {
        if (/^#/) { comment = comment == "" || said ? $0 : comment "\n" $0; said = 0; next }
        if (/^[ \t]*$/) { if (!header && comment != "") { header = 1; head = comment } comment = ""; next }
        header = 1
        said = 1
        if (/^(fail|warning) / && comment != "") { known(comment); why[$0] = comment }
        n = split($1, verdicts, "|")
        if (n > 1 && comment != "") {
            known(comment)
            why[$0] = comment
            for (i = 1; i <= n; i++) choice[verdicts[i] " " $2] = $0
        }
        next
    }
    {
        if ($0 in choice) $0 = choice[$0]
        if (/^not-judged /) { print device ": not to be expected: " $0 >"/dev/stderr"; bad = 1 }
        if ($0 !~ /^(fail|warning) / && $1 !~ /[|]/) { rest = rest $0 "\n"; next }
        reason = ($0 in why) ? why[$0] : reason_for($1, $2)
        if (reason == "") { print device ": no reason for: " $0 >"/dev/stderr"; missing = missing $0 "\n"; bad = 1; next }
        known(reason)
        found[reason] = found[reason] $0 "\n"
    }
    END {
        if (head == "") head = "# " device ": what the gate finds, and why each finding is right."
        print head "\n"
        for (i = 1; i <= blocks; i++) if (order[i] in found) print order[i] "\n" found[order[i]]
        if (missing != "") print missing
        printf "%s", rest
        exit bad
    }' "$reasons" "$2" "$3"
}

for name in $(sed -n 's/^\[\(.*\)\][[:space:]]*$/\1/p' "$devices"); do
    found=$dir/$name/verdicts.txt
    [ -f "$found" ] || { echo "$name: no verdicts.txt: the device was not judged" >&2; bad=1; continue; }
    old=$here/expected/$name.txt
    [ -f "$old" ] || old=/dev/null
    new=$(mktemp)
    rewrite "$name" "$old" "$found" >"$new" || bad=1
    cat "$new" >"$here/expected/$name.txt"
    rm -f "$new"
done
exit $bad
