#!/bin/sh
# Whether a change makes the guest dearer to prove: builds the guest of two commits, profiles both on the blocks that
# zkperf.toml pins, and writes one Markdown comment.
#
#   ci.sh [base] [head] [output_dir]        default: origin/main HEAD zkperf-ci
#
# LIMIT   what may grow by how much before that is a failure; several in blanks (default: cost:0.1%)
# ZKPERF  the program, if it is not on PATH
#
# Ends with 0: within the limits; 3: something grew by more; 4: the outputs differ; 1: something failed.
# $output_dir/comment.md is there in the first three cases, and is all that goes to stdout.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
base=${1:-origin/main} head=${2:-HEAD} out=${3:-zkperf-ci}
zkperf=${ZKPERF:-zkperf}
mkdir -p "$out"
out=$(cd "$out" && pwd)
echo '*' >"$out/.gitignore"
# That of an earlier run says nothing of these commits.
rm -f "$out/comment.md"

# A limit that is none is told before anything is built: of two files that are no profiles, nothing else is a usage error.
for limit in ${LIMIT:-cost:0.1%}; do
    code=0
    said=$("$zkperf" compare --fail-above "$limit" /dev/null /dev/null 2>&1) || code=$?
    [ "$code" -ne 2 ] || { echo "LIMIT: $said" >&2; exit 1; }
done

# Both guests are built from checkouts of their own, so that the working tree stays as it is. Blocks, limits and this
# script are those of the working tree on both sides: they are the yardstick, not what is measured.
measure() { # measure NAME COMMIT
    tree=$out/checkout-$1
    git -C "$root" worktree remove --force "$tree" 2>/dev/null || rm -rf "$tree"
    git -C "$root" worktree add --quiet --force --detach "$tree" "$2" || return 1
    rm -rf "${out:?}/$1"
    # One folder a side: `compare` pairs the profiles in them by zkVM and input.
    code=0
    (cd "$root" && "$zkperf" bench --config "$root/zkperf.toml" --checkout "$tree" --title "$1" -o "$out/$1") >&2 || code=$?
    git -C "$root" worktree remove --force "$tree"
    return "$code"
}
measure base "$base" || exit 1
measure head "$head" || exit 1

set -- compare "$out/base" --with "$out/head" --format markdown -o "$out/comment.md"
for limit in ${LIMIT:-cost:0.1%}; do set -- "$@" --fail-above "$limit"; done
code=0
"$zkperf" "$@" || code=$?
[ ! -f "$out/comment.md" ] || cat "$out/comment.md"
case $code in 0 | 3 | 4) exit "$code" ;; *) exit 1 ;; esac
