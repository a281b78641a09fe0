#include "backends/vijson/evidence.hpp"

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
    return std::find(job.known.begin(), job.known.end(), task.id) != job.known.end();
}

task_status own_status(const doubtful_job& job,
                       const task_record& task,
                       const property_page& seen,
                       const redactor& secrets) {
    task_name name{task.id, {}};
    if (job.spec.wait_for_guest) name.vm = job.spec.vm;
    auto out =
        interpret(name.text(), task, name.follows_guest(), seen.find_vm(job.spec.vm), secrets);
    out.vm = job.spec.vm;
    return out;
}

// Where the task is no longer remembered, but certainly was there, what the guest reports since
// then is its outcome. While a guest is at work that may have been set to it by us, nothing else
// may be.
void judge_guest(const doubtful_job& job,
                 const vm_record& vm,
                 const redactor& secrets,
                 evidence& out) {
    if (!vm.guest || !vm.guest_started_at || *vm.guest_started_at < job.since) return;
    if (*vm.guest == guest_phase::pending || *vm.guest == guest_phase::running) {
        out.presence = evidence::vm_presence::incomplete;
        out.vm = job.spec.vm;
        out.seen += "; the guest is being customized";
        return;
    }
    if (job.task_id.empty()) return;
    switch (*vm.guest) {
        case guest_phase::idle:
        case guest_phase::pending:
        case guest_phase::running:
            return;
        case guest_phase::succeeded:
            out.presence = evidence::vm_presence::present;
            out.vm = job.spec.vm;
            out.seen += "; the guest was customized after it was sent";
            return;
        case guest_phase::failed:
            break;
    }
    task_status ended;
    ended.task_id = job.task_id;
    ended.phase = task_phase::failed;
    const auto words = one_line(secrets.redact(vm.guest_error));
    ended.said =
        error(errc::upstream_failed, concat("the guest could not be customized: ",
                                            words.empty() ? "the guest gave no reason" : words));
    out.own_task = std::move(ended);
    out.seen += "; the guest reports a failure";
}

}  // namespace

result<evidence> judge_first_look(const doubtful_job& job,
                                  const property_page& seen,
                                  const redactor& secrets) {
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
            return fail(to_read_error(hidden.why, secrets));
    if (const auto* task = job.task_id.empty() ? nullptr : seen.find_task(job.task_id)) {
        out.own_task = own_status(job, *task, seen, secrets);
        out.seen = concat("the upstream still knows ", one_line(task->id, 100));
    }
    return out;
}

evidence judge_recent_tasks(const doubtful_job& job,
                            const property_page& seen,
                            const redactor& secrets) {
    evidence out;
    std::vector<const task_record*> ended;
    for (const auto& task : seen.tasks) {
        const bool elsewhere = !task.entity.empty() && task.entity != job.spec.vm;
        if (elsewhere || !is_customization(task) || is_known(job, task)) continue;
        if (is_live(task))
            out.candidate_tasks.push_back(task.id);
        else if (is_same_user(task.user, job.user) && task.queued_at &&
                 *task.queued_at >= job.since)
            ended.push_back(&task);
    }
    out.seen = concat(shown_vm(job), " has ", std::to_string(out.candidate_tasks.size()),
                      " live customizations that are not ours and ", std::to_string(ended.size()),
                      " that ended since it was sent");
    // While one lives, it may be the one that was sent, whatever has ended.
    if (!out.candidate_tasks.empty()) return out;
    if (ended.size() == 1) {
        out.own_task = own_status(job, *ended.front(), seen, secrets);
    } else if (ended.size() > 1) {
        out.presence = evidence::vm_presence::ambiguous;
    } else {
        judge_guest(job, *seen.find_vm(job.spec.vm), secrets, out);
    }
    return out;
}

}  // namespace cloned::backends::vijson
