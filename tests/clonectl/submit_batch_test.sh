#!/bin/bash
# deploy/submit-batch.sh against a stand-in for grpcurl that notes what it is asked.
# Usage: submit_batch_test.sh SCRIPT
set -u
script=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0

cat > "$folder/grpcurl" <<'STANDIN'
#!/bin/bash
folder=$(dirname "$0")
echo "$*" >> "$folder/calls"
case $* in
    *unix://*\ list) [[ ! -e $folder/old ]] || { echo "dial tcp" >&2; exit 1; } ;;
    *\ list) [[ -e $folder/old && ! -e $folder/down ]] || { echo "dial unix" >&2; exit 1; } ;;
    *SubmitBatch)
        cat > "$folder/request"
        [[ ! -e $folder/refuse ]] || { echo "ERROR: InvalidArgument" >&2; exit 67; }
        [[ ! -e $folder/only_valid ]] || { echo '{}'; exit 0; }
        printf '{\n  "batch": {\n    "name": "batches/b-1",\n    "jobCount": "2"\n  },\n  "created": true\n}\n'
        ;;
    *WatchBatch) cat "$folder/watch" ;;
esac
STANDIN
chmod +x "$folder/grpcurl"
export GRPCURL=$folder/grpcurl
unset CLONED_ADDRESS

# check WHAT CONDITION... : the condition is a command.
check() {
    local what=$1
    shift
    "$@" && return 0
    echo "not so: $what"
    failures=$((failures + 1))
}
run() {
    rm -f "$folder/calls" "$folder/request"
    "$script" "$@" > "$folder/out" 2> "$folder/err"
    code=$?
}
# answer COUNTS [DONE] : one message of a watch, as grpcurl prints it.
spelling=job_count
answer() {
    printf '{\n  "batch": {\n    "name": "batches/b-1",\n    "%s": "2",\n    "counts": {\n' "$spelling"
    printf '      %s\n' "$1"
    printf '    },\n'
    [[ -z ${2:-} ]] || printf '    "done": true,\n'
    printf '    "tenant": "default"\n  },\n  "events": [\n    {\n      "state": "JOB_STATE_FAILED"\n    }\n  ],\n'
    printf '  "resumeToken": "t"\n}\n'
}

echo '{"jobs": [{"key": "a"}, {"key": "b"}]}' > "$folder/jobs.json"
run "$folder/jobs.json"
check "a file of jobs is accepted" test $code -eq 0
check "the batch's name is the whole output" test "$(cat "$folder/out")" == "batches/b-1"
check "a request id is added and shown" grep -q "^request id: " "$folder/err"
check "the request is JSON" /usr/bin/python3 -m json.tool "$folder/request" "$folder/parsed"
check "the request holds the id that is shown" \
    grep -q "$(sed -n 's/^request id: //p' "$folder/err")" "$folder/request"
check "the default address is the socket" \
    grep -q -- "-plaintext -authority localhost unix:///run/cloned/cloned.sock .*SubmitBatch" "$folder/calls"

touch "$folder/old"
run "$folder/jobs.json"
check "an older grpcurl gets the bare path" test $code -eq 0
check "an older grpcurl gets -unix" \
    grep -q -- "-plaintext -unix -authority localhost /run/cloned/cloned.sock .*SubmitBatch" "$folder/calls"
touch "$folder/down"
run "$folder/jobs.json"
check "no daemon ends with 3" test $code -eq 3 -a ! -s "$folder/out"
check "no daemon is explained" grep -q "dial" "$folder/err"
rm "$folder/old" "$folder/down"

echo '[{"key": "a"}]' > "$folder/list.json"
run --address 127.0.0.1:7443 --tenant blue --request-id r-1 "$folder/list.json"
check "a bare list becomes a request" test "$(tr -d ' \n' < "$folder/request")" == '{"requestId":"r-1","jobs":[{"key":"a"}]}'
check "the tenant and the address are passed on" \
    grep -q -- "-H cloned-tenant: blue .*-plaintext 127.0.0.1:7443" "$folder/calls"

run --address host:1 --cacert ca --cert c --key k "$folder/list.json"
check "TLS replaces plaintext" grep -q -- "-cacert ca -cert c -key k host:1" "$folder/calls"
check "TLS is not plaintext" test "$(grep -c -- -plaintext "$folder/calls")" -eq 0

echo '{"requestId": "mine", "jobs": []}' > "$folder/whole.json"
run "$folder/whole.json"
check "a whole request is sent as it is" cmp -s "$folder/whole.json" "$folder/request"
run --request-id other "$folder/whole.json"
check "two request ids are refused" test $code -eq 2

touch "$folder/refuse"
run "$folder/jobs.json"
check "a refusal ends with 3 and grpcurl's words" test $code -eq 3 -a ! -s "$folder/out"
check "a refusal is shown" grep -q InvalidArgument "$folder/err"
rm "$folder/refuse"

touch "$folder/only_valid"
run "$folder/jobs.json"
check "an answer without a batch names none" test $code -eq 0 -a ! -s "$folder/out"
rm "$folder/only_valid"

{ answer '"running": "2"'; answer '"running": "1",
      "succeeded": "1"'; answer '"succeeded": "2"' 'done'; } > "$folder/watch"
run --watch "$folder/jobs.json"
check "a watch of success ends with 0" test $code -eq 0
check "a watch shows each change" grep -q "^2 jobs: 1 running, 1 succeeded$" "$folder/err"

spelling=jobCount
{ answer '"running": "2"'; answer '"succeeded": "1",
      "failed": "1"' 'done'; } > "$folder/watch"
run --watch "$folder/jobs.json"
check "a failed job ends a watch with 1" test $code -eq 1
check "the number of jobs is read in either spelling" grep -q "^2 jobs: 1 succeeded, 1 failed$" "$folder/err"

answer '"succeeded": "1",
      "running": "1"' > "$folder/watch"
run --watch "$folder/jobs.json"
check "a watch that was cut ends with 3" test $code -eq 3

GRPCURL=$folder/none run "$folder/jobs.json"
check "a missing grpcurl is explained" grep -q "go install" "$folder/err"
run
check "no file is wrong use" test $code -eq 2
run "$folder/none.json"
check "a missing file is wrong use" test $code -eq 2

[[ $failures -eq 0 ]] || exit 1
echo "submit-batch.sh: all as expected"
