#!/bin/bash
# Exit codes and messages of clonectl where no daemon is needed. Usage: command_line_test.sh CLONECTL
set -u
clonectl=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export CLONED_ADDRESS="unix:$folder/nobody.sock"
failures=0

# expect CODE TEXT INPUT ARGUMENT... : the exit code, and a part of what is printed.
expect() {
    local code=$1 text=$2 input=$3 said actual
    shift 3
    said=$(printf '%b' "$input" | "$clonectl" "$@" 2>&1)
    actual=$?
    if [[ $actual -ne $code || $said != *"$text"* ]]; then
        printf 'clonectl %s\n  exit code %s instead of %s, or no "%s" in:\n%s\n' \
            "$*" "$actual" "$code" "$text" "$said"
        failures=$((failures + 1))
    fi
}

job='{"key":"a","restore":{"vm":"vm-1","snapshot":"s","name":"n"}}'
expect 0 'Exit codes: 0' '' --help
expect 0 'CSV columns: kind' '' submit --help
expect 2 'required' ''
expect 0 'clonectl 0.' '' --version
expect 2 'no command or option "frobnicate"' '' frobnicate
expect 2 'No such file' '' submit "$folder/none.json"
expect 2 'line 1: not JSON' '{"jobs":[' submit -
expect 2 'jobs[0] (a)' '[{"key":"a","restore":{"wm":"x"}}]' submit -
expect 2 'line 3: kind' 'kind,vm\nrestore,vm-1\ncopy,vm-2\n' submit -
expect 3 'request id: ' "[$job]" submit -
expect 3 'request id: 11111111-2222-4333-8444-555555555555' "[$job]" \
    submit - --request-id 11111111-2222-4333-8444-555555555555
expect 2 'another machine' '' --address 192.0.2.1:7443 list
expect 2 'belong together' '' --address 127.0.0.1:1 --tls-cert "$folder/none.pem" list
expect 2 'cannot read' '' --address 127.0.0.1:1 --tls-ca "$folder/none.pem" list
expect 2 'no TLS' '' --tls-ca "$folder/none.pem" list
expect 3 '' '' get 0c5b8f0e-5d0b-4a55-9e8c-0a4a2f6b4b11
expect 2 'no batch' '' get a/b/c
expect 2 'no batch' '' retry some/job
id=0c5b8f0e-5d0b-4a55-9e8c-0a4a2f6b4b11
expect 0 '--look-again' '' resolve --help
expect 2 'no job' '' resolve $id --look-again
expect 2 'Exactly 1 option' '' resolve $id/a
expect 2 'Exactly 1 option' '' resolve $id/a --look-again --adopt vm-1
expect 2 '' '' resolve $id/a --adopt
expect 2 'no VM' '' resolve $id/a --adopt ''
expect 3 '' '' resolve $id/a --adopt vm-1
expect 3 '' '' resolve $id/a --abandon
expect 3 '' '' resolve $id/a --abandon 'it is the customer'\''s'
expect 3 '' '' resolve $id/a --abandon lanes
expect 2 '' '' cancel $id retry $id
expect 2 '' '' list lanes
expect 2 '' '' lanes pause 1 --reason r resume 2
expect 2 'NAME is required' '' endpoints login
expect 3 '' '' endpoints login vc1
expect 0 'tried twice' '' endpoints --help
expect 2 'active or ended' '' list --state failed
expect 2 'there is no state "bad"; there are blocked, queued' '' list jobs --state bad
expect 3 '' '' list --state active batches
expect 3 '' '' list jobs --state running,needs-operator
expect 2 '--reason' '' lanes pause 1
expect 3 '' '' lanes resume 1
expect 2 'whole number' '' lanes limit 1 many
expect 3 'systemctl status cloned' '' lanes
expect 3 '' '' endpoints
expect 3 '' '' watch 0c5b8f0e-5d0b-4a55-9e8c-0a4a2f6b4b11 --retry-for 0

[[ $failures -eq 0 ]] || exit 1
echo "clonectl's command line: all as expected"
