# What the Makefile and the profile-*.sh share. Read with `.`; wants $HERE, the folder above this file's.

: "${ZKPERF:=zkperf}"
ROOT=$(cd "$HERE/../.." && pwd)
CONFIG=$ROOT/zkperf.toml
set -eu

fail() {
    echo "error: $*" >&2
    exit 1
}

command -v "$ZKPERF" >/dev/null 2>&1 ||
    fail "$ZKPERF is not on PATH; install it with \`cargo install --path crates/zkperf\` in zkperf's checkout, or set ZKPERF to its path"

# need NAME VALUE: what a verb cannot do without.
need() {
    [ -n "$2" ] || fail "$1 is missing; \`make help\` shows every variable"
}

# zisk@1.1.0-alpha -> zisk
family() {
    echo "${1%%@*}"
}

# The zkVMs asked for.
zkvms() {
    case $ZKVM in
    all) echo zisk sp1 risc0 ;;
    zisk | zisk@* | sp1 | sp1@* | risc0 | risc0@*) echo "$ZKVM" ;;
    *) fail "no zkVM is called $ZKVM; there are zisk, sp1, risc0, all" ;;
    esac
}

# Where a zkVM's inputs are: each frames them in its own way. ZisK's are where they always were.
inputs_of() {
    case $(family "$1") in
    zisk) echo "$HERE/inputs" ;;
    *) echo "$HERE/inputs/$(family "$1")" ;;
    esac
}

# As in the file names of this workflow: lower case, underscores, letters and digits.
slug() {
    printf '%s' "$1" | tr '[:upper:]' '[:lower:]' | tr ' ' '_' | tr -cd '[:alnum:]_'
}

make_inputs() {
    list=$(zkvms)
    for zkvm in $list; do
        for block in $BLOCK; do
            set -- input "$block" --zkvm "$zkvm" --config "$CONFIG" --local-node -o "$(inputs_of "$zkvm")"
            [ -z "${RECORDED:-}" ] || set -- "$@" --recorded "$(at_caller "$RECORDED")"
            # A recorded answer and a node exclude each other.
            ([ -z "${RECORDED:-}" ] || unset ZKPERF_RPC_URL; cd "$ROOT" && "$ZKPERF" "$@")
        done
    done
}

build_guests() {
    list=$(zkvms)
    for zkvm in $list; do
        (cd "$ROOT" && "$ZKPERF" build --zkvm "$zkvm" --config "$CONFIG")
    done
}

# The newest input of a block: its name ends in the commit that made it.
newest_input() {
    newest=
    for file in "$(inputs_of "$1")"/ethrex_*_"$2"_*_input.bin; do
        [ -f "$file" ] || continue
        if [ -z "$newest" ] || [ "$file" -nt "$newest" ]; then newest=$file; fi
    done
    [ -n "$newest" ] || fail "there is no input of block $2 for $1; make it with: make input ZKVM=$1 BLOCK=$2"
    echo "$newest"
}

profile_blocks() {
    list=$(zkvms)
    several=
    case $BLOCK in *" "*) several=yes ;; esac
    for zkvm in $list; do
        for block in $BLOCK; do
            input=$(newest_input "$zkvm" "$block")
            title=$TITLE
            [ -z "$several" ] || title=${TITLE:+${TITLE}_}$block
            profile "$zkvm" "$input" "$HERE/profiles/$(family "$zkvm")" "$TOP_ROI" "$title" ""
        done
    done
}

# profile ZKVM INPUT FOLDER ROWS TITLE ELF
profile() {
    [ -f "$2" ] || fail "there is no input $2; make one with: make input BLOCK=N"
    elf=$6
    [ -z "$elf" ] || [ -f "$elf" ] || fail "there is no ELF $elf; build it with: make build ZKVM=$1"
    zkvm=$1 input=$2 folder=$3 rows=$4 title=$(slug "$5")
    set -- profile --zkvm "$zkvm" --config "$CONFIG" --input "$input" --dir "$folder" --stats --top "$rows"
    [ -z "$title" ] || set -- "$@" --title "$title"
    [ -z "$elf" ] || set -- "$@" --elf "$elf"
    "$ZKPERF" "$@"
}

# A path as the caller of make means it.
at_caller() {
    case $1 in
    /*) echo "$1" ;;
    *) if [ -e "$CALLED_FROM/$1" ]; then echo "$CALLED_FROM/$1"; else echo "$ROOT/$1"; fi ;;
    esac
}

# The profile that a file, text report, folder or pattern means.
find_profile() {
    "$ZKPERF" find-profile "$1" --in "$CALLED_FROM" --in "$ROOT" --in "$HERE"
}

compare_profiles() {
    base=$(find_profile "$BASELINE")
    head=$(find_profile "$CURRENT")
    set -- compare "$base" "$head"
    [ -z "$LIMIT" ] || set -- "$@" --fail-above "$LIMIT"
    "$ZKPERF" "$@"
}

to_json() {
    found=$(find_profile "$FILE")
    "$ZKPERF" to-json "$found" -o "${found%.zkp}.json"
    echo "${found%.zkp}.json"
}

# list WHAT FOLDER PATTERN
list() {
    echo "$1:"
    [ ! -d "$2" ] || found=$(find "$2" -name "$3" -type f | sort)
    [ -n "${found:-}" ] || { echo "  (none)"; return 0; }
    echo "$found" | while read -r file; do
        printf '  %s  %s bytes\n' "${file#"$HERE"/}" "$(wc -c <"$file" | tr -d ' ')"
    done
}
