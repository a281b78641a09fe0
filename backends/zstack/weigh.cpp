#include "backends/zstack/weigh.hpp"

#include "base/text.hpp"

namespace cloned::backends::zstack {
namespace {

using presence = evidence::vm_presence;

std::string words_of(const task_status& word) {
    const bool whole = word.phase == task_phase::vanished;
    return concat(whole ? "" : "its job has failed: ", word.said.message());
}

// The job is over, and its VM is what it has left.
task_status failed_with(task_status word, const vm_sighting& seen) {
    // Of an error that proves nothing the code is in_doubt; here it is an end.
    const auto code = word.said.code() == errc::in_doubt ? errc::upstream_failed : word.said.code();
    word.said = error(code, concat("the VM was made and is there as ", one_line(seen.vm, 64),
                                   ", but ", words_of(word), "; ", seen.seen));
    word.phase = task_phase::failed;
    word.later = false;
    word.vm = seen.vm;
    return word;
}

}  // namespace

bool stands_alone(const job_word& word) {
    switch (word.status.phase) {
        case task_phase::pending:
        case task_phase::running:
        case task_phase::succeeded:
            return true;
        case task_phase::failed:
            return !word.status.vm.empty();
        default:
            return false;
    }
}

evidence weigh(job_word word, const vm_sighting& seen) {
    // The session lives: something in front of the node has said so, and nobody knows of what.
    if (!word.believable && word.status.phase == task_phase::failed) {
        word.status.phase = task_phase::vanished;
        word.status.said = error(errc::in_doubt, word.status.said.message());
        word.failed = false;
    }
    evidence out;
    out.presence = seen.presence;
    out.vm = seen.vm;
    out.seen = concat(seen.seen, "; ", words_of(word.status));
    const bool refused = word.status.phase == task_phase::refused;
    const bool is_there =
        seen.presence == presence::present || seen.presence == presence::incomplete;
    if (is_there) {
        // A refusal is not true then: the VM will show how it went.
        if (word.failed && !refused) out.own_task = failed_with(std::move(word.status), seen);
        return out;
    }
    const bool final = word.status.phase == task_phase::failed && !word.status.later;
    if (seen.presence != presence::absent) {
        // It is not sent again whatever those VMs are, so nobody has to find that out.
        if (final) {
            word.status.said =
                error(word.status.said.code(), concat(word.status.said.message(), "; ", seen.seen));
            out.own_task = std::move(word.status);
        }
        return out;
    }
    if (word.status.phase == task_phase::failed || (refused && word.believable)) {
        out.own_task = std::move(word.status);
    } else if (word.may_be_alive) {
        out.candidate_tasks = {word.status.task_id};
    }
    return out;
}

}  // namespace cloned::backends::zstack
