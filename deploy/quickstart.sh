#!/bin/bash
# Builds cloned and shows it at work against a simulated vCenter, snapservice and ZStack: a batch of
# some hundred VMs, some of them powered on and customized, hidden limits, and a SIGKILL half-way.
# The upstreams' own ledger is the judge.
#
# Usage: quickstart.sh [OPTION...]
#   --jobs N         VMs to make, at least 300 (default 360); an eighth of them is also customized
#   --no-install     do not install missing Debian packages
#   --no-build       use what is built in the folder of --build-dir
#   --build-dir DIR  default build/release
#   --keep           keep the temporary folder with database, configuration and logs
#
# Exit code 0 only if every VM was made exactly once and no limit was exceeded.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build/release
jobs=360
install=yes make=yes keep=no
linked_limit=6 restore_limit=4 clone_limit=10 zstack_limit=8

while [[ $# -gt 0 ]]; do
    case $1 in
        --jobs) jobs=${2:?} && shift ;;
        --no-install) install=no ;;
        --no-build) make=no ;;
        --build-dir) build=$(realpath -m "${2:?}") && shift ;;
        --keep) keep=yes ;;
        -h | --help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) echo "quickstart.sh: unknown option $1 (see --help)" >&2; exit 2 ;;
    esac
    shift
done
[[ $jobs =~ ^[0-9]+$ && $jobs -ge 300 && $jobs -le 10000 ]] || {
    echo "quickstart.sh: --jobs must be 300 to 10000" >&2
    exit 2
}

say() { printf '\n== %s\n' "$*"; }

daemon_pid='' upstream_pid='' watch_pid='' folder='' ok=no

# Ends what this script started, each by its own process id.
clean_up() {
    local pid
    trap '' INT TERM  # Not twice, and not half.
    for pid in $watch_pid $daemon_pid $upstream_pid; do kill "$pid" 2> /dev/null || true; done
    for pid in $watch_pid $daemon_pid $upstream_pid; do wait "$pid" 2> /dev/null || true; done
    [[ -n $folder ]] || return 0
    if [[ $ok == yes && $keep == no ]]; then
        rm -rf "$folder"
    else
        echo "Logs, database and configuration are in $folder"
    fi
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# wait_for WHAT SECONDS COMMAND...
wait_for() {
    local what=$1 left=$(($2 * 10))
    shift 2
    until "$@" > /dev/null 2>&1; do
        left=$((left - 1))
        if [[ $left -le 0 ]]; then
            echo "gave up waiting for $what" >&2
            tail -n 20 "$folder"/*.log >&2 || true
            exit 1
        fi
        sleep 0.1
    done
}

build_programs() {
    export CCACHE_DIR=${CCACHE_DIR:-${HOME:-/root}/.ccache}
    # What one clone has compiled serves the next, wherever it lies.
    export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
    [[ $install == no ]] || "$root/deploy/install-packages.sh"
    # No more than the three programs: neither tests nor what they need.
    if ! (cd "$root" && cmake --preset release -B "$build" -DCLONED_TESTS=OFF -DCLONED_SIMULATOR=ON) \
        > "$folder/configure.log" 2>&1; then
        tail -n 30 "$folder/configure.log" >&2
        exit 1
    fi
    cmake --build "$build" --target cloned clonectl cloned-simulator
}

start_upstream() {
    "$build/simulator/cloned-simulator" --port-file "$folder/ports" \
        --linked-clone-limit $linked_limit --restore-limit $restore_limit \
        --clone-ms 1500 --clone-spread 0.5 --linked-clone-ms 1000 --linked-clone-spread 0.5 \
        --restore-ms 1200 --restore-spread 0.5 --templates 8 --deleted-vms "$jobs" \
        --zstack-clone-ms 1500 --zstack-clone-spread 0.5 --tools-ms 500 \
        --customize-ms 500 --guest-ms 300 --customize-allow-overlap 1 \
        > "$folder/upstream.log" 2>&1 &
    upstream_pid=$!
    wait_for "the simulated upstream" 20 test -e "$folder/ports"
    local word
    for word in $(< "$folder/ports"); do
        case $word in
            vcenter=*) vcenter=${word#*=} ;;
            snapservice=*) snapservice=${word#*=} ;;
            zstack=*) zstack=${word#*=} ;;
            control=*) control=${word#*=} ;;
        esac
    done
}

write_config() {
    (
        umask 077
        echo secret > "$folder/password"
        echo password > "$folder/zstack-password"
        echo guest-secret > "$folder/guest-password"
    )
    local pace='poll_interval_min = "100ms"
poll_interval_max = "2s"
request_timeout = "2s"
quiesce = "500ms"'
    cat > "$folder/cloned.toml" <<TOML
[daemon]
database = "$folder/cloned.db"

[[listen]]
address = "unix:$folder/cloned.sock"

[[endpoint]]
name = "vc"
kind = "vcenter"
address = "http://$vcenter"
user = "svc@vsphere.local"
password_file = "password"
$pace
[endpoint.limit]
vcenter_clone = $clone_limit

[[endpoint]]
name = "snap"
kind = "snapservice"
address = "http://$snapservice"
user = "svc@vsphere.local"
password_file = "password"
inventory = "vc"
$pace

[[endpoint]]
name = "vi"
kind = "vi_json"
address = "http://$vcenter"
auth = "vcenter-session"
inventory = "vc"
$pace

[[endpoint]]
name = "zstack"
kind = "zstack"
address = "http://$zstack"
user = "admin"
password_file = "zstack-password"
$pace
[endpoint.limit]
zstack_clone = $zstack_limit

[[credential]]
name = "guest"
file = "guest-password"
TOML
    "$build/daemon/cloned" --config "$folder/cloned.toml" --check-config
}

clonectl() { "$build/clonectl/clonectl" "$@"; }

start_daemon() {
    "$build/daemon/cloned" --config "$folder/cloned.toml" >> "$folder/daemon.log" 2>&1 &
    daemon_pid=$!
    wait_for "the daemon" 30 clonectl list
}

half_is_made() {
    local made
    made=$(/usr/bin/python3 "$root/deploy/quickstart_verdict.py" made "$control")
    [[ $made -ge $((jobs / 2)) ]]
}

folder=$(mktemp -d /tmp/cloned-quickstart.XXXXXX)
export CLONED_ADDRESS=unix:$folder/cloned.sock
if [[ $make == yes ]]; then
    say "Building the daemon, its client and the simulated upstream (release) in ${build#"$root"/}"
    build_programs
fi
started=$SECONDS

say "Starting a simulated vCenter, snapservice and ZStack; their limits are not told to the daemon"
start_upstream
echo "vCenter on $vcenter, snapservice on $snapservice, ZStack on $zstack; per cluster $linked_limit linked clones and $restore_limit restores at once"

say "Starting the daemon, which knows only its own limits: per cluster $clone_limit clones of vCenter and $zstack_limit of ZStack"
write_config
start_daemon
echo "cloned runs as process $daemon_pid on unix:$folder/cloned.sock"

say "Submitting jobs for $jobs VMs, all in one commit: once accepted, none may be lost"
/usr/bin/python3 "$root/deploy/quickstart_jobs.py" "$control" "$jobs" > "$folder/jobs.json"
batch=$(clonectl submit "$folder/jobs.json" --name quickstart)
echo "$batch"

say "Watching it; a lane's ceiling is learned from the first refusals"
# Not through the function: its process id would be that of a shell around the program.
"$build/clonectl/clonectl" watch "$batch" > >(sed -u 's/^/   /') 2>&1 &
watch_pid=$!
wait_for "half of the VMs" 600 half_is_made

say "Half is made: SIGKILL to the daemon, with jobs in flight and answers under way"
kill -9 "$daemon_pid"
wait "$daemon_pid" 2> /dev/null || true
daemon_pid=''
sleep 1  # The upstream goes on with what it was asked for, and finishes some of it unseen.

say "Starting it again: it looks upstream for what it cannot know, and repeats nothing blindly"
start_daemon
echo "cloned runs as process $daemon_pid; the same watch goes on"

watched=0
wait "$watch_pid" || watched=$?
watch_pid=''
sleep 0.2  # The last lines of the watch pass through a pipe.

say "The lanes as the daemon sees them"
clonectl lanes

say "The verdict, by the upstream's ledger"
judged=0
/usr/bin/python3 "$root/deploy/quickstart_verdict.py" judge "$control" "$folder/jobs.json" \
    clone=$clone_limit zstack_clone=$zstack_limit || judged=$?
[[ $watched -eq 0 ]] && holds='ok  ' || holds=FAIL
printf "  %s  %-30s %s\n" "$holds" "clonectl watch's exit code" "$watched"
if [[ $watched -eq 0 && $judged -eq 0 ]]; then
    ok=yes
    say "All holds: $jobs VMs, each made once, guests customized one at a time, over a SIGKILL, in $((SECONDS - started)) s"
    exit 0
fi
say "NOT all holds"
exit 1
