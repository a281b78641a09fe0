#!/bin/bash
# Measures a first build: in an empty folder, without a compiler cache.
#
# Usage: build_time.sh [OPTION...] [TARGET...]
#   --preset NAME  release (default) or dev
#   --tests        configure the tests too
#   --jobs N       compilers at once (default: one a processor)
#
# Without targets it builds what deploy/quickstart.sh builds. Prints seconds by the clock, and of the
# processors, which say more where the machine has other work.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
preset=release tests=OFF jobs=$(nproc) targets=()
while [[ $# -gt 0 ]]; do
    case $1 in
        --preset) preset=${2:?} && shift ;;
        --tests) tests=ON ;;
        --jobs) jobs=${2:?} && shift ;;
        -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
        -*) echo "build_time.sh: unknown option $1 (see --help)" >&2; exit 2 ;;
        *) targets+=("$1") ;;
    esac
    shift
done
[[ ${#targets[@]} -gt 0 ]] || targets=(cloned clonectl cloned-simulator)

build=$root/build/time-$preset
rm -rf "$build"
mkdir -p "$build"
export CCACHE_DISABLE=1
cd "$root"
if ! cmake --preset "$preset" -B "$build" -DCLONED_TESTS=$tests > "$build/configure.log" 2>&1; then
    cat "$build/configure.log" >&2
    exit 1
fi
# The shell's word for time spent, of what it waited for.
TIMEFORMAT='%R %U %S'
if ! spent=$({ time cmake --build "$build" -j "$jobs" --target "${targets[@]}" > "$build/build.log" 2>&1; } 2>&1); then
    tail -n 40 "$build/build.log" >&2
    exit 1
fi
read -r wall user kernel <<< "$spent"
awk -v wall="$wall" -v user="$user" -v kernel="$kernel" -v what="$preset: ${targets[*]}" \
    'BEGIN { printf "%s: %.0f s by the clock, %.0f s of processors (%.0f + %.0f)\n", what, wall, user + kernel, user, kernel }'
