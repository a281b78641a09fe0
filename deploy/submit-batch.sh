#!/bin/bash
# Hands a file of jobs to cloned by grpcurl and prints the name of the batch.
#
# Usage: submit-batch.sh [OPTION...] FILE
#   FILE               JSON: {"jobs": [...]}, or a whole SubmitBatchRequest; - for standard input
#   --address ADDRESS  unix:/path or host:port; default $CLONED_ADDRESS, else unix:/run/cloned/cloned.sock
#   --request-id UUID  of this request, if the file names none; a repeat does no work twice
#   --tenant NAME      tenant on a local connection
#   --cacert FILE, --cert FILE, --key FILE   for TLS
#   --watch            follow the batch to its end; then the exit code tells whether all jobs succeeded
#
# Exit codes: 0 all is well; 1 a job did not succeed (--watch); 2 wrong use; 3 grpcurl is missing or
# the call failed. Only grpcurl and coreutils are needed; the server describes its API itself.
set -euo pipefail

address=${CLONED_ADDRESS:-unix:/run/cloned/cloned.sock}
request_id=
watch=no
file=
tls=()
metadata=()

usage() { sed -n '2,14s/^# \{0,1\}//p' "$0"; }
refuse() {
    echo "submit-batch.sh: $1 (see --help)" >&2
    exit 2
}

while [[ $# -gt 0 ]]; do
    case $1 in
        --address | --request-id | --tenant | --cacert | --cert | --key)
            [[ $# -ge 2 ]] || refuse "$1 needs a value"
            case $1 in
                --address) address=$2 ;;
                --request-id) request_id=$2 ;;
                --tenant) metadata=(-H "cloned-tenant: $2") ;;
                *) tls+=("-${1#--}" "$2") ;;
            esac
            shift 2
            ;;
        --watch) watch=yes; shift ;;
        -h | --help) usage; exit 0 ;;
        --?*) refuse "unknown option $1" ;;
        *)
            [[ -z $file ]] || refuse "more than one file"
            file=$1
            shift
            ;;
    esac
done
[[ -n $file ]] || refuse "no file"

grpcurl=${GRPCURL:-grpcurl}
if ! command -v "$grpcurl" > /dev/null; then
    echo "submit-batch.sh: grpcurl is not installed. With Go at hand:" >&2
    echo "    go install github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3" >&2
    exit 3
fi

# grpcurl 1.9.1 and earlier want a bare path with -unix; later ones do not honour that option, and take
# a target with the scheme unix.
find_socket_target() {
    local path=$1 trouble
    target=(-plaintext -authority localhost "unix://$path")
    if trouble=$("$grpcurl" "${target[@]}" list 2>&1); then return 0; fi
    target=(-plaintext -unix -authority localhost "$path")
    if "$grpcurl" "${target[@]}" list > /dev/null 2>&1; then return 0; fi
    echo "$trouble" >&2
    exit 3
}

case $address in
    unix:*) find_socket_target "${address#unix:}" ;;
    *) [[ ${#tls[@]} -gt 0 ]] && target=("${tls[@]}" "$address") || target=(-plaintext "$address") ;;
esac

if [[ $file == - ]]; then
    request=$(cat)
else
    request=$(cat -- "$file") || exit 2
fi
# The request id is what makes a repeat harmless; one is chosen if the file has none.
if grep -Eq '"(requestId|request_id)"[[:space:]]*:' <<< "$request"; then
    [[ -z $request_id ]] || refuse "the file names a request id already"
else
    request_id=${request_id:-$(cat /proc/sys/kernel/random/uuid)}
    if [[ $(tr -d '[:space:]' <<< "$request" | head -c 1) == "[" ]]; then
        request="{\"jobs\": $request}"
    fi
    request="{\"requestId\": \"$request_id\",${request#*\{}"
    echo "request id: $request_id" >&2
fi

answer=$("$grpcurl" "${metadata[@]}" -max-msg-sz 67108864 -d @ "${target[@]}" \
    cloned.v1.JobService/SubmitBatch <<< "$request") || exit 3
batch=$(sed -n 's/^ *"name": *"\(batches\/[^"\/]*\)".*/\1/p' <<< "$answer" | head -n 1)
if [[ -z $batch ]]; then
    # validate_only keeps nothing and names nothing.
    echo "the jobs are valid; nothing was kept" >&2
    exit 0
fi
echo "$batch"
[[ $watch == yes ]] || exit 0

# Each answer of the watch holds the batch, with one line for each state that has jobs; sed turns it
# into words, "end" after the states and "done" after the last change of all. Whether names are spelt
# job_count or jobCount depends on the grpcurl.
states='blocked\|queued\|submitting\|running\|in_\?doubt\|needs_\?operator\|succeeded\|failed\|cancelled'
total=0 succeeded=0 counts='' shown='' ended=no
while read -r word count; do
    case ${word,,} in
        job*count) total=$count succeeded=0 counts='' ;;
        end)
            if [[ -n $counts && $counts != "$shown" ]]; then
                shown=$counts
                echo "$total jobs: ${counts#, }" >&2
            fi
            ;;
        done) ended=yes ;;
        *)
            counts+=", $count $word"
            [[ $word != succeeded ]] || succeeded=$count
            ;;
    esac
done < <("$grpcurl" "${metadata[@]}" -d "{\"name\": \"$batch\"}" "${target[@]}" \
    cloned.v1.JobService/WatchBatch |
    sed -nu -e "s/^ *\"\\(job_\\?count\\|$states\\)\": *\"\\([0-9]*\\)\".*/\\1 \\2/Ip" \
        -e 's/^    },\{0,1\}$/end/p' -e 's/^    "done": true.*/done/p')
if [[ $ended == no ]]; then
    echo "submit-batch.sh: the watch was cut short; the batch goes on: $batch" >&2
    exit 3
fi
[[ $total == "$succeeded" ]] || exit 1
