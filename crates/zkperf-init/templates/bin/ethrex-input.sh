#!/bin/sh
# ethrex's guest reads ethrex's own input format, which ethrex-replay writes: ethrex-input.sh <block> <out_file>
# zkperf.toml names this as the guest's input command. The node's URL comes from RPC_URL.
set -eu
[ $# -eq 2 ] || { echo "usage: ethrex-input.sh <block> <out_file>" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
replay=${ETHREX_REPLAY_PATH:-$here/../../../../ethrex-replay}
[ -f "$replay/Cargo.toml" ] || {
    echo "error: there is no ethrex-replay in $replay: clone https://github.com/lambdaclass/ethrex-replay there, or set ETHREX_REPLAY_PATH" >&2
    exit 1
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$replay"
cargo run --release -p ethrex-replay -- generate-input \
    --block "$1" --rpc-url "${RPC_URL:-http://localhost:8545}" --output-dir "$folder"
for file in "$folder"/*"_$1_input.bin"; do
    mv "$file" "$2"
done
