#!/bin/bash
# Builds cloned as it is released, and measures it against its aims.
#
# Usage: run.sh --json FILE [OPTION...]
#   --quick         small counts: shows that everything runs, measures little
#   --only PART     slots, accepting, end_to_end or million; may be repeated
#   --gate          exit 1 if an aim is missed; without it only if something could not be measured
#   --bin-dir DIR   measure the programs of this build instead of building
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
export HOME=${HOME:-/root}
export CCACHE_DIR=${CCACHE_DIR:-$HOME/.ccache}
# What one clone has compiled serves the next, wherever it lies.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
bin='' words=()

while [[ $# -gt 0 ]]; do
    case $1 in
        --json) words+=(--json "$(realpath -m "${2:?}")") && shift ;;
        --only) words+=(--only "${2:?}") && shift ;;
        --bin-dir) bin=$(realpath "${2:?}") && shift ;;
        --quick | --gate) words+=("$1") ;;
        -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) echo "run.sh: unknown option $1 (see --help)" >&2; exit 2 ;;
    esac
    shift
done

cd "$root"
if [[ -z $bin ]]; then
    bin=$root/build/release
    mkdir -p "$bin"
    echo "Building in $bin"
    if ! cmake --preset release > "$bin/configure.log" 2>&1; then
        cat "$bin/configure.log" >&2
        exit 1
    fi
    cmake --build "$bin" --target cloned clonectl cloned-simulator cloned_bench
fi
exec env CLONED_BIN_DIR="$bin" PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 \
    "$root/tests/bench/bench.py" "${words[@]}"
