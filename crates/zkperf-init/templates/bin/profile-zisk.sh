#!/bin/sh
# ZisK: profiles the guest on one input.
set -eu
HERE=$(cd "$(dirname "$0")/.." && pwd)
. "$HERE/bin/common.sh"

if [ $# -lt 1 ] || [ $# -gt 5 ]; then
    cat >&2 <<'END'
usage: profile-zisk.sh <input_file> [output_dir] [top_roi] [description] [elf_path]

  input_file   an input that `make input` wrote
  output_dir   where stats_<time>_<commit>_<description>.zkp and .txt go (default: profiles/zisk)
  top_roi      rows of the tables (default: $TOP_ROI, else 25)
  description  kept in the profile and its file's name: lower case, underscores
  elf_path     the guest (default: what `make build ZKVM=zisk` built)
END
    exit 2
fi

profile zisk "$1" "${2:-$HERE/profiles/zisk}" "${3:-${TOP_ROI:-25}}" "${4:-}" "${5:-}"
