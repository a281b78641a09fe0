#include "backends/vijson/evidence.hpp"

#include "backends/vijson/guest_report.hpp"
#include "backends/vijson/task_name.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace cloned::backends::vijson {
namespace {

std::string shown_vm(const doubtful_job& job) {
    return concat("VM ", one_line(job.spec.vm, 100));
}

bool is_live(const task_record& task) {
    return task.phase == task_phase::pending || task.phase == task_phase::running;
}

bool is_known(const doubtful_job& job, const task_record& task) {
    return job.known.contains(task.id);
}

task_status own_status(const doubtful_job& job,
                       const task_record& task,
                       const property_page& seen) {
    task_name name{task.id, {}};
    if (job.spec.wait_for_guest) name.vm = job.spec.vm;
    auto out = interpret(name.text(), task, name.follows_guest(), seen.find_vm(job.spec.vm));
    out.vm = job.spec.vm;
    return out;
}

// Do the tasks that are listed reach back to when the job was sent, so that its own would be among
// them? What ended first is forgotten first.
bool reach_back(const doubtful_job& job, const property_page& seen) {
    // govmomi's model of recentTask: ten minutes after their end, and 200 of them.
    constexpr milliseconds surely_kept{540'000};
    constexpr std::size_t most_kept = 200;
    const auto* vm = seen.find_vm(job.spec.vm);
    if (job.now - job.since <= surely_kept && vm->recent_tasks.size() < most_kept) return true;
    return std::any_of(seen.tasks.begin(), seen.tasks.end(), [&](const task_record& task) {
        return task.ended_at && *task.ended_at < job.since;
    });
}

// The guest may read its start from a clock of its own.
constexpr milliseconds guest_clock_error{300'000};

// When a guest began, against when the job was sent.
enum class begun : std::uint8_t { before, perhaps, after };

begun when(const doubtful_job& job, const vm_record& vm) {
    if (!vm.guest_started_at) return begun::perhaps;
    const auto at = *vm.guest_started_at;
    if (at + guest_clock_error < job.since) return begun::before;
    return at < job.since || at > job.now + guest_clock_error ? begun::perhaps : begun::after;
}

// Does a task of somebody else, or of another job of ours, account for what the guest reports?
bool is_of_another_task(const doubtful_job& job, const vm_record& vm, const property_page& seen) {
    constexpr milliseconds hand_over{300'000};
    return std::any_of(seen.tasks.begin(), seen.tasks.end(), [&](const task_record& task) {
        if (!is_customization(task) || task.phase != task_phase::succeeded) return false;
        if (!is_known(job, task) && is_same_user(task.user, job.user)) return false;
        const auto from = task.started_at ? task.started_at : task.queued_at;
        const auto to = task.ended_at ? task.ended_at : from;
        return from && *vm.guest_started_at >= *from && *vm.guest_started_at <= *to + hand_over;
    });
}

void take_outcome_of_guest(const doubtful_job& job, const vm_record& vm, evidence& out) {
    if (*vm.guest == guest_phase::succeeded) {
        out.presence = evidence::vm_presence::present;
        out.vm = job.spec.vm;
        out.seen += "; the guest was customized after it was sent";
        return;
    }
    task_status ended;
    ended.task_id = job.task_id;
    ended.phase = task_phase::failed;
    ended.said = explain_guest(vm);
    out.own_task = std::move(ended);
    out.seen += "; the guest reports a failure";
}

// Where no task settles it. While a guest is at work that may have been set to it by us, nothing
// else may be.
void judge_guest(const doubtful_job& job, const property_page& seen, evidence& out) {
    const auto& vm = *seen.find_vm(job.spec.vm);
    const bool all_listed = reach_back(job, seen);
    const auto since = when(job, vm);
    if (vm.guest == guest_phase::pending || vm.guest == guest_phase::running) {
        out.presence = evidence::vm_presence::incomplete;
        out.vm = job.spec.vm;
        out.seen += "; the guest is being customized";
    } else if (!vm.guest) {
        if (all_listed) return;
        out.presence = evidence::vm_presence::ambiguous;
        out.seen += "; those of that time are no longer listed, and the guest reports nothing";
    } else if (vm.guest == guest_phase::idle || since == begun::before) {
        out.seen += "; the guest has begun nothing since";
    } else if (since == begun::after && !is_of_another_task(job, vm, seen)) {
        take_outcome_of_guest(job, vm, out);
    } else if (!all_listed) {
        out.presence = evidence::vm_presence::ambiguous;
        out.seen +=
            "; those of that time are no longer listed, and what the guest reports may be "
            "of another one";
    }
}

}  // namespace

result<evidence> judge_first_look(const doubtful_job& job, const property_page& seen) {
    evidence out;
    if (seen.find_vm(job.spec.vm) == nullptr) {
        task_status gone;
        gone.task_id = job.task_id;
        gone.phase = task_phase::failed;
        gone.said = error(errc::not_found, concat(shown_vm(job), " does not exist"));
        out.seen = gone.said.message();
        out.own_task = std::move(gone);
        return out;
    }
    for (const auto& hidden : seen.hidden)
        if (hidden.id == job.spec.vm && hidden.path == "recentTask")
            return fail(to_read_error(hidden.why));
    if (const auto* task = job.task_id.empty() ? nullptr : seen.find_task(job.task_id)) {
        out.own_task = own_status(job, *task, seen);
        out.seen = concat("the upstream still knows ", one_line(task->id, 100));
    }
    return out;
}

evidence judge_recent_tasks(const doubtful_job& job, const property_page& seen) {
    evidence out;
    std::vector<const task_record*> ended;
    std::vector<std::string> live;
    for (const auto& task : seen.tasks) {
        const bool elsewhere = !task.entity.empty() && task.entity != job.spec.vm;
        if (elsewhere || !is_customization(task) || is_known(job, task)) continue;
        if (is_live(task))
            live.push_back(task.id);
        else if (is_same_user(task.user, job.user) && task.queued_at &&
                 *task.queued_at >= job.since)
            ended.push_back(&task);
    }
    out.candidate_tasks = std::move(live);
    out.seen = concat(shown_vm(job), " has ", std::to_string(out.candidate_tasks.size()),
                      " live customizations that are not ours and ", std::to_string(ended.size()),
                      " that ended since it was sent");
    // While one lives, it may be the one that was sent, whatever has ended.
    if (!out.candidate_tasks.empty()) return out;
    if (ended.size() == 1) {
        out.own_task = own_status(job, *ended.front(), seen);
    } else if (ended.size() > 1) {
        out.presence = evidence::vm_presence::ambiguous;
    } else {
        judge_guest(job, seen, out);
    }
    return out;
}

}  // namespace cloned::backends::vijson
