#!/bin/bash
# Builds everything and runs the tests; the last lines are those of ctest.
#
# Usage: run.sh [OPTION...]
#   --preset NAME   dev (default), release, asan or tsan
#   --filter REGEX  only the tests whose names match; builds no more than they need
#   --unit          only the test programs that hold neither gRPC nor a ring
#   --no-install    do not install missing Debian packages
#   --record FILE   append each exchange with the simulated upstream to FILE, as JSON lines
#
# One of the rings alone, at any size; each closes with one line of totals:
#   --seeds N       the simulation: N worlds; --seed S alone replays that world, told in full
#   --fresh N       the simulation: N worlds that nobody has seen; how to see them again is told
#   --kills N       SIGKILL at N random moments under load
#   --images N      power cuts: N images that a disk may be left with, and failing calls
#   --guards        each guard taken out once: some ring must notice
#   --fuzz SECONDS  so long on each fuzzing target (needs clang-19); or runs=N: so many inputs
#   --seed S        with --kills and --images: where they begin
#
# Environment: CLONED_WERROR=ON makes warnings errors; CLONED_RINGS=full makes each ring as long as a
# change must pass; GRPCURL names a grpcurl, whose test runs then, and GOVC, GOVMOMI_CLIENT,
# GOVMOMI_STS_CLIENT, ZSTACK_SDK_CLIENT, VMWARE_PYTHON and PROTOC_GEN_GO the programs of tests/interop.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
preset=dev filter='' unit=no install=yes ring='' size='' seed=''
export HOME=${HOME:-/root}
export CCACHE_DIR=${CCACHE_DIR:-$HOME/.ccache}
# What one clone has compiled serves the next, wherever it lies.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1

while [[ $# -gt 0 ]]; do
    case $1 in
        --preset) preset=${2:?} && shift ;;
        --filter) filter=${2:?} && shift ;;
        --unit) unit=yes ;;
        --seeds | --fresh | --kills | --images | --fuzz) ring=${1#--} size=${2:?} && shift ;;
        --guards) ring=guards ;;
        --seed) seed=${2:?} && shift ;;
        --no-install) install=no ;;
        --record) CLONED_RECORD=$(realpath -m "${2:?}") && export CLONED_RECORD && shift ;;
        -h | --help) sed -n '2,23s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) echo "run.sh: unknown option $1 (see --help)" >&2; exit 2 ;;
    esac
    shift
done
case $preset in
    dev | release) gib_per_job=2 ;;
    asan | tsan) gib_per_job=3 ;;
    *) echo "run.sh: there is no preset $preset (see --help)" >&2; exit 2 ;;
esac

packages=(--tests)
if [[ $ring == fuzz ]]; then
    preset=fuzz
    packages+=(--fuzz)
fi
[[ $install == no ]] || deploy/install-packages.sh "${packages[@]}"

# The files with Beast and gRPC take so much memory that it, not the processors, sets the number of
# compilers.
gib=$(awk '/^MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)
jobs=$((gib / gib_per_job))
[[ $jobs -le $(nproc) ]] || jobs=$(nproc)
[[ $jobs -ge 1 ]] || jobs=1

rings=()
[[ ${CLONED_RINGS:-} != full ]] ||
    rings=(-DCLONED_RING_SEEDS=5000 -DCLONED_READING_SEEDS=10000 -DCLONED_MISHAP_SEEDS=2000
        -DCLONED_RING_IMAGES=40000 -DCLONED_RING_KILLS=1000)

build=build/$preset
# Asks CMake to leave behind what it knows of its targets, for programs_of.py.
mkdir -p "$build/.cmake/api/v1/query"
touch "$build/.cmake/api/v1/query/codemodel-v2"
echo "Configuring and building in $build, $jobs compilers at once"
if ! cmake --preset "$preset" -DCLONED_TESTS=ON ${CLONED_WERROR:+-DCLONED_WERROR="$CLONED_WERROR"} \
    ${rings[@]+"${rings[@]}"} -DGRPCURL="${GRPCURL:-}" -DGOVC="${GOVC:-}" -DGOVMOMI_CLIENT="${GOVMOMI_CLIENT:-}" \
    -DPROTOC_GEN_GO="${PROTOC_GEN_GO:-}" -DGOVMOMI_STS_CLIENT="${GOVMOMI_STS_CLIENT:-}" \
    -DZSTACK_SDK_CLIENT="${ZSTACK_SDK_CLIENT:-}" -DVMWARE_PYTHON="${VMWARE_PYTHON:-}" > "$build/configure.log" 2>&1; then
    cat "$build/configure.log" >&2
    exit 1
fi
build_only() { cmake --build "$build" -j "$jobs" --target "$@"; }
[[ -z $seed || -n $ring ]] || ring=seed
case $ring in
    seed)
        build_only cloned-simulation
        exec "$build/tests/simulation/cloned-simulation" --seed "$seed"
        ;;
    seeds)
        build_only cloned-simulation
        exec "$build/tests/simulation/cloned-simulation" --seeds "$size" --first "${seed:-1}" \
            --jobs "$(nproc)" --keep-going
        ;;
    fresh)
        build_only cloned-simulation
        exec "$build/tests/simulation/cloned-simulation" --fresh "$size" --jobs "$(nproc)" --keep-going
        ;;
    kills)
        build_only cloned clonectl cloned-simulator
        CLONED_BIN_DIR=$root/$build exec /usr/bin/python3 tests/end_to_end/kills_test.py \
            --kills "$size" --seed "${seed:-$(date +%s)}" --keep-going
        ;;
    images)
        build_only cloned-power-loss
        exec "$build/tests/power_loss/cloned-power-loss" --images "$size" --seed "${seed:-1}" \
            --processes "$(nproc)"
        ;;
    fuzz)
        build_only cloned-fuzz
        exec /usr/bin/python3 tests/fuzz/run_fuzz.py "$build" "$size"
        ;;
    guards) filter='guards\.' ;;
esac
targets=(all) select=()
if [[ $unit == yes ]]; then
    targets=(unit_tests)
    select=(-L unit)
elif [[ -n $filter ]]; then
    found=$(/usr/bin/python3 -B tests/programs_of.py "$build" "$filter")
    targets=()
    [[ -z $found ]] || mapfile -t targets <<< "$found"
fi
[[ -z $filter ]] || select+=(-R "$filter")
[[ ${#targets[@]} -eq 0 ]] || build_only "${targets[@]}"

export ASAN_OPTIONS=${ASAN_OPTIONS:-strict_string_checks=1:detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
# gRPC and protobuf from the archive are not instrumented.
export TSAN_OPTIONS=${TSAN_OPTIONS:-ignore_noninstrumented_modules=1:suppressions=$root/tests/tsan_suppressions.txt}

exec ctest --test-dir "$build" -j 2 --output-on-failure --no-tests=error "${select[@]}" < /dev/null
