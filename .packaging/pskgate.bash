# Completion of pskgate for bash: verbs and options as the program itself names them, cases from its catalogue.
_pskgate() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]} words=
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        words="server client diagnose init list explain matrix merge selftest --help --version"
    else
        case $before in
        --profile) words=$(pskgate list profiles 2>/dev/null | awk '{ print $1 }') ;;
        --only | --skip | explain) words=$(pskgate list cases 2>/dev/null | awk '{ print $1 }') ;;
        --color) words="auto always never" ;;
        --lever) words="disable update reboot bootstrap" ;;
        --fail-on) words="any regression" ;;
        --format) words="html json junit verdicts pcapng sarif tap markdown" ;;
        list) words="cases requirements ciphers profiles faults bugs" ;;
        diagnose | init) words="server client" ;;
        --device | --psk-file | --waivers | --baseline | -o | --output) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        --identity | --psk-env | --name | --implements | --shard | --patience | --deadline | --seed | --repeat | --spawn | --listen | --trigger | --reset | --ready | --psk-cmd | --rate | --tries | --parallel | -j | --jobs) return ;;
        *)
            case $word in
            -*) words=$(pskgate "$verb" --help 2>/dev/null | grep -oE -e '--[a-z-]+') ;;
            *) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
            esac
            ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o filenames -F _pskgate pskgate
