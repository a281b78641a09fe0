#include "backends/vapi/clone_evidence.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace cloned::backends::vapi {
namespace {

// How far the upstream's clock may be behind ours.
constexpr auto clock_slack = std::chrono::minutes(5);

// So long the upstream knows a task that has ended: govmomi's model has ten minutes.
constexpr auto surely_kept = std::chrono::minutes(9);

bool may_be_operation(const listed_task& task, std::string_view operation) {
    return task.operation.empty() ||
           lower_case(task.operation).find(operation) != std::string::npos;
}

bool may_be_since(const evidence_query& query, const listed_task& task) {
    return !task.started || *task.started + clock_slack >= query.sent_at;
}

// Where the attempt's own task is known, no other one is it.
bool may_be_the_attempts(const evidence_query& query, const listed_task& task) {
    return query.task_id.empty() && !query.is_anothers(task.id) && may_be_since(query, task);
}

bool is_a_vm(const listed_task& task) {
    return task.target_type.empty() || task.target_type == "VirtualMachine";
}

// Does it say that it worked on, or made, another VM than these two? Nothing is known of the new
// VM's id where none was seen.
bool is_about_another_vm(const listed_task& task, std::string_view source, std::string_view vm) {
    if (task.target.empty() || !is_a_vm(task) || vm.empty()) return false;
    return !is_same_id(task.target, source) && !is_same_id(task.target, vm);
}

// Made from something else than the job's source: the target is a VM, and neither that nor the one
// that was made.
bool is_foreign(const listed_task& task, std::string_view source, std::string_view vm) {
    return task.target_type == "VirtualMachine" && is_about_another_vm(task, source, vm);
}

// vCenter shows some characters of a name in escaped form, and may trim blanks at its ends.
std::string plain_name(std::string_view shown) {
    std::string out;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const auto escape = lower_case(shown.substr(i, 3));
        const char* plain = escape == "%2f"   ? "/"
                            : escape == "%5c" ? "\\"
                            : escape == "%25" ? "%"
                                              : "";
        if (*plain == '\0') {
            out += shown[i];
            continue;
        }
        out += plain;
        i += 2;
    }
    const auto first = out.find_first_not_of(' ');
    if (first == std::string::npos) return {};
    return out.substr(first, out.find_last_not_of(' ') - first + 1);
}

bool may_be_name(std::string_view shown, std::string_view wanted) {
    return shown == wanted || plain_name(shown) == plain_name(wanted);
}

// The tasks that have ended since and may be the job's.
struct ended_tasks {
    const listed_task* maker = nullptr;         // has made the VM that was seen
    bool foreign = false;                       // and it is not the job's
    std::vector<const listed_task*> silent;     // succeeded, without a word on what they made
    std::vector<const listed_task*> elsewhere;  // made a VM that was not seen under the name
    std::vector<const listed_task*> failed;
    // Failed, and is one of the job's, or its target is the VM that was seen.
    const listed_task* left_it = nullptr;
    const listed_task* earlier = nullptr;  // an attempt before this one, which has failed
};

// It has made the VM. Is that not the job's?
bool is_anothers_vm(const evidence_query& query, const listed_task& maker, std::string_view vm) {
    if (query.is_own(maker.id) || query.is_earlier(maker.id)) return false;
    if (query.is_anothers(maker.id) || !query.task_id.empty()) return true;
    return is_foreign(maker, source_of(query.spec), vm) || !may_be_since(query, maker);
}

// One that began before the attempt was sent may be of a life of this daemon that a restored backup
// has forgotten: then ours may still be at work.
bool is_surely_the_jobs(const evidence_query& query, const listed_task& maker) {
    if (query.is_own(maker.id) || query.is_earlier(maker.id)) return true;
    return maker.started && *maker.started >= query.sent_at;
}

void sort_failed(const evidence_query& query,
                 const listed_task& task,
                 std::string_view vm,
                 ended_tasks& out) {
    // Who bears a name that was taken is another's.
    if (task.said.code() == errc::already_exists) return;
    const auto& source = source_of(query.spec);
    const bool names_it = is_same_id(task.target, vm) && !is_same_id(source, vm);
    const bool own = query.is_own(task.id);
    // The name was free again before this attempt was sent, unless the list lags: what an earlier
    // one left must say so.
    if (query.is_earlier(task.id) && !names_it) {
        out.earlier = &task;
        return;
    }
    const bool ours = own || query.is_earlier(task.id);
    if (!ours && !may_be_the_attempts(query, task)) return;
    if (!ours && is_about_another_vm(task, source, vm)) return;
    if (!names_it && !vm.empty() && !task.begun) return;
    out.failed.push_back(&task);
    if ((ours || names_it) && (out.left_it == nullptr || own)) out.left_it = &task;
}

ended_tasks sort_ended(const evidence_query& query,
                       std::string_view vm,
                       const task_listing& tasks,
                       std::string_view operation) {
    ended_tasks out;
    const auto& source = source_of(query.spec);
    for (const auto& task : tasks.ended) {
        if (!may_be_operation(task, operation)) continue;
        if (task.phase == task_phase::failed) {
            sort_failed(query, task, vm, out);
            continue;
        }
        if (!vm.empty() && is_same_id(task.result, vm)) {
            // Whoever has begun it, and whenever: a VM has one maker.
            if (out.maker != nullptr && !out.foreign) continue;
            out.maker = &task;
            out.foreign = is_anothers_vm(query, task, vm);
            continue;
        }
        const bool own = query.is_own(task.id);
        if (!own && !may_be_the_attempts(query, task)) continue;
        if (!task.result.empty())
            out.elsewhere.push_back(&task);
        else if (own || !is_about_another_vm(task, source, vm))
            out.silent.push_back(&task);
    }
    return out;
}

std::string words_of(const listed_task& task) {
    return concat("task ", one_line(task.id, 100), " failed: ", task.said.message());
}

void blame(const listed_task& task, evidence& out) {
    out.left_complete = out.presence == evidence::vm_presence::present;
    out.presence = evidence::vm_presence::left_behind;
    out.failure = task.said;
    out.seen += concat("; ", words_of(task));
}

// Whose is the VM that is there?
void judge_maker(const evidence_query& query,
                 const task_listing& tasks,
                 const ended_tasks& ended,
                 evidence& out) {
    if (ended.maker != nullptr) {
        out.is_made = !ended.foreign && is_surely_the_jobs(query, *ended.maker);
        if (!ended.foreign) return;
        out.presence = evidence::vm_presence::foreign;
        out.seen +=
            concat("; task ", one_line(ended.maker->id, 100), " shows that ", one_line(out.vm, 100),
                   " was not made from ", one_line(source_of(query.spec), 100), " for this job");
        return;
    }
    if (ended.left_it != nullptr) return blame(*ended.left_it, out);
    if (ended.failed.empty() && ended.earlier == nullptr) return;
    if (ended.failed.empty()) {
        out.presence = evidence::vm_presence::ambiguous;
        out.seen += concat("; no task shows that it was made, and of an attempt before this one ",
                           words_of(*ended.earlier));
        return;
    }
    const bool remembered = query.now - query.sent_at < surely_kept;
    if (ended.failed.size() == 1 && ended.silent.empty() && tasks.shows_succeeded && remembered)
        return blame(*ended.failed.front(), out);
    out.presence = evidence::vm_presence::ambiguous;
    out.seen +=
        concat("; of the tasks that may have made it, ", std::to_string(ended.failed.size()),
               " failed (", words_of(*ended.failed.front()), ") and ",
               std::to_string(ended.silent.size()), " succeeded without naming a VM",
               tasks.shows_succeeded ? "" : "; those that name one are not shown",
               remembered ? "" : "; others may be forgotten");
}

// What may there be although no VM bears the name?
void judge_absence(const evidence_query& query,
                   const task_listing& tasks,
                   const ended_tasks& ended,
                   const names_by_vm& explained,
                   evidence& out) {
    const auto wanted = identity_of(query.spec).name;
    const auto is_explained = [&](const listed_task* task) {
        return std::any_of(explained.begin(), explained.end(), [&](const auto& one) {
            return is_same_id(one.first, task->result) && !may_be_name(one.second, wanted);
        });
    };
    out.shows_made = tasks.shows_succeeded;
    const auto strangers =
        std::count_if(ended.elsewhere.begin(), ended.elsewhere.end(), is_explained);
    out.unexplained_tasks =
        ended.silent.size() + ended.elsewhere.size() - static_cast<std::size_t>(strangers);
    if (out.unexplained_tasks > 0)
        out.seen += concat("; tasks that have succeeded since and whose VM cannot be seen: ",
                           std::to_string(out.unexplained_tasks));
    if (ended.failed.size() != 1) return;
    out.failure = ended.failed.front()->said;
    out.seen += concat("; ", words_of(*ended.failed.front()));
}

}  // namespace

live_candidates::live_candidates(const task_listing& tasks) : tasks_(tasks) {
    for (const auto& task : tasks.live) live_.add(task.id);
}

const task_ids& live_candidates::of(const evidence_query& query, std::string_view operation) {
    // Its own task is no other's, whatever is known.
    std::string own;
    if (!query.task_id.empty() && live_.contains(query.task_id)) own = query.task_id;
    if (own_ == own && others_ == query.others && operation_ == operation) return last_;
    std::vector<std::string> ids;
    for (const auto& task : tasks_.live)
        if (may_be_operation(task, operation) && !query.is_anothers(task.id))
            ids.push_back(task.id);
    last_ = task_ids(std::move(ids));
    own_ = std::move(own);
    others_ = query.others;
    operation_ = operation;
    return last_;
}

std::vector<std::string> vms_to_explain(const evidence_query& query,
                                        const vm_sighting& seen,
                                        const task_listing& tasks,
                                        std::string_view operation) {
    if (seen.presence != evidence::vm_presence::absent) return {};
    std::vector<std::string> out;
    const auto ended = sort_ended(query, {}, tasks, operation);
    for (const auto* task : ended.elsewhere) out.push_back(task->result);
    return out;
}

void judge(const evidence_query& query,
           vm_sighting seen,
           const task_listing& tasks,
           const task_ids& candidates,
           std::string_view operation,
           const names_by_vm& explained,
           evidence& out) {
    out.presence = seen.presence;
    out.vm = std::move(seen.vm);
    out.candidate_tasks = candidates;
    out.seen =
        concat(seen.seen,
               "; live tasks that may be the job's: ", std::to_string(out.candidate_tasks.size()));
    if (tasks.live_refused) {
        out.tasks_refused = tasks.live_refused;
        out.seen +=
            concat("; the upstream does not show its tasks: ", tasks.live_refused->message());
    }
    const auto ended = sort_ended(query, out.vm, tasks, operation);
    if (!out.vm.empty())
        judge_maker(query, tasks, ended, out);
    else if (out.presence == evidence::vm_presence::absent)
        judge_absence(query, tasks, ended, explained, out);
}

}  // namespace cloned::backends::vapi
