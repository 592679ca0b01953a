#!/bin/sh
# RISC Zero: profiles the guest on one input.
set -eu
HERE=$(cd "$(dirname "$0")/.." && pwd)
. "$HERE/bin/common.sh"

if [ $# -lt 1 ] || [ $# -gt 5 ]; then
    cat >&2 <<'END'
usage: profile-risc0.sh <input_file> [output_dir] [sample_rate] [description] [elf_path]

  input_file   an input that `make input` wrote
  output_dir   where stats_<time>_<commit>_<description>.zkp and .txt go (default: profiles/risc0)
  sample_rate  taken for the old scripts' sake: profiles are exact, nothing is sampled
  description  kept in the profile and its file's name: lower case, underscores
  elf_path     the guest (default: what `make build ZKVM=risc0` built)
END
    exit 2
fi

case ${3:-} in
"" | 1) ;;
*) echo "note: sample_rate $3 changes nothing: the profile is exact, every instruction is counted" >&2 ;;
esac
profile risc0 "$1" "${2:-$HERE/profiles/risc0}" "${TOP_ROI:-25}" "${4:-}" "${5:-}"
