#!/bin/sh
# Whether a change makes the guest dearer to prove: builds the guest of two commits, profiles both on the pinned blocks of
# zkperf.toml, writes one Markdown comment.
#
#   ci.sh [base] [head] [output_dir]        default: origin/main HEAD zkperf-ci
#
# LIMIT     what may grow by how much (default cost:0.1%); several in blanks
# ZKVMS     default: those of zkperf.toml
# Ends with 0: within the limit; 3: a regression, in the comment; 1: something failed; 4: the outputs differ.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
base=${1:-origin/main} head=${2:-HEAD} out=${3:-zkperf-ci}
zkperf=${ZKPERF:-zkperf}
mkdir -p "$out"
out=$(cd "$out" && pwd)

# The blocks, limits and this script are the head's on both sides: they are the yardstick, not the thing measured.
measure() { # measure NAME COMMIT
    tree=$out/tree-$1
    git -C "$root" worktree remove --force "$tree" >/dev/null 2>&1 || true
    git -C "$root" worktree add --quiet --detach "$tree" "$2"
    cp "$root/zkperf.toml" "$tree/zkperf.toml"
    rm -rf "$out/$1"
    set -- "$1" "$tree"
    for zkvm in ${ZKVMS:-$("$zkperf" config zkvms --config "$root/zkperf.toml")}; do
        "$zkperf" bench --zkvm "$zkvm" --config "$2/zkperf.toml" --recorded-from "$root/zkperf.toml" \
            --title "$1" -o "$out/$1/$zkvm"
    done
    git -C "$root" worktree remove --force "$2"
}
measure base "$base"
measure head "$head"

set -- compare --base "$out"/base/*/*.zkp --with "$out"/head/*/*.zkp
for limit in ${LIMIT:-cost:0.1%}; do set -- "$@" --fail-above "$limit"; done
code=0
"$zkperf" "$@" --format markdown >"$out/comment.md" || code=$?
cat "$out/comment.md"
exit "$code"
