#!/bin/bash
# Installs the Debian packages that cloned is built from, as far as they are missing.
# Usage: install-packages.sh [--tests] [--fuzz] [--checks] [--tools]
#   --tests   also what the tests need
#   --fuzz    also what the fuzzing targets need: clang-19 and its runtime
#   --checks  also what .ci/run checks sources with: clang-format-19, clang-tidy-19 and shellcheck
#   --tools   all of these but the tests', and aids for measuring and packaging
set -euo pipefail

packages=(
    g++ cmake ninja-build pkg-config ccache
    libgrpc++-dev protobuf-compiler-grpc libprotobuf-dev grpc-proto golang-github-gogo-googleapis-dev
    libabsl-dev libboost1.81-dev libboost-json1.81-dev
    libsqlite3-dev libsqlitecpp-dev libssl-dev libsystemd-dev
    libspdlog-dev libtomlplusplus-dev libcli11-dev libexpected-dev libsmartcols-dev
    libpugixml-dev zlib1g-dev
    python3  # the quickstart's verdict
)
test_packages=(libgtest-dev libgmock-dev)
fuzz_packages=(clang-19 libclang-rt-19-dev)
check_packages=(clang-19 clang-tidy-19 clang-format-19 shellcheck)
tool_packages=("${fuzz_packages[@]}" "${check_packages[@]}" libbenchmark-dev lintian)

for argument in "$@"; do
    case $argument in
        --tests) packages+=("${test_packages[@]}") ;;
        --fuzz) packages+=("${fuzz_packages[@]}") ;;
        --checks) packages+=("${check_packages[@]}") ;;
        --tools) packages+=("${tool_packages[@]}") ;;
        -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) echo "install-packages.sh: unknown option $argument (see --help)" >&2; exit 2 ;;
    esac
done

if ! command -v apt-get > /dev/null; then
    echo "install-packages.sh: this is not Debian; install the counterparts of: ${packages[*]}" >&2
    exit 1
fi

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null || true)
    [[ $status == installed ]] || missing+=("$package")
done
if [[ ${#missing[@]} -eq 0 ]]; then
    echo "Packages: all ${#packages[@]} are installed."
    exit 0
fi

as_root=()
if [[ $(id -u) -ne 0 ]]; then
    if ! command -v sudo > /dev/null; then
        echo "install-packages.sh: as root, please: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "Packages: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q < /dev/null
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}" < /dev/null
