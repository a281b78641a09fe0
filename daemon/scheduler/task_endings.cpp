#include "daemon/scheduler/task_endings.hpp"

#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "daemon/scheduler/upstream_events.hpp"

namespace cloned::scheduler {
namespace {

// A list of VMs may lag behind the end of a task.
constexpr int lookups_max = 8;
constexpr backoff_options lookup_pace{milliseconds(1'000), milliseconds(30'000), milliseconds(500)};

bool is_failure(transition_event event) {
    return event == transition_event::failed_for_good ||
           event == transition_event::failed_for_now || event == transition_event::was_cancelled;
}

bool is_refusal(transition_event event) {
    return event == transition_event::refused || event == transition_event::refused_until;
}

}  // namespace

bool task_endings::needs_look(const job_update& as,
                              const queued_job& job,
                              const backends::backend& upstream) {
    const auto kind = kind_of(job.spec);
    if (!makes_vm(kind) || !upstream.has_unique_names(kind)) return false;
    if (as.kind == transition_event::done) return !as.vm || as.vm->empty();
    if (is_refusal(as.kind)) return true;
    // Who bears a name that was taken is another's.
    return is_failure(as.kind) && as.said && as.said->code() != errc::already_exists;
}

void task_endings::conclude(job_id job, job_update as) {
    shared_.tasks.spawn("end of a task", run(job, std::move(as)));
}

task<std::string> task_endings::find_vm(job_id id, bool must_be_there) {
    auto pause = shared_.time.make_alarm();
    for (std::uint32_t attempt = 1; attempt <= lookups_max; ++attempt) {
        const auto* live = shared_.in_flight.find(id);
        if (live == nullptr) co_return std::string();
        auto seen = co_await names_.occupant_now(identity_of(live->job.spec));
        const bool sure = seen && seen->sure;
        // Of several none can be told to be its.
        if (sure && seen->vm == backends::several_vms) co_return std::string();
        if (sure && (!seen->vm.empty() || !must_be_there)) co_return std::move(seen->vm);
        const auto wait = backoff(lookup_pace, attempt, shared_.random);
        co_await pause->sleep_until(shared_.time.now() + wait);
    }
    co_return std::string();
}

task<void> task_endings::run(job_id id, job_update as) {
    crash_point("end.before_look");
    const bool succeeded = as.kind == transition_event::done;
    auto vm = co_await find_vm(id, succeeded);
    const auto* live = shared_.in_flight.find(id);
    if (live == nullptr) co_return;
    if (succeeded && vm.empty())
        as = made_unseen(as);
    else if (succeeded)
        as.vm = std::move(vm);
    else if (!vm.empty())
        as = left_behind(std::move(as), vm, live->job.leftovers);
    crash_point("end.after_look");
    const bool doubtful = as.kind == transition_event::outcome_unknown;
    auto recorded = co_await shared_.in_flight.record(id, std::move(as));
    if (!recorded && recorded.error().code() != errc::in_doubt)
        log::warn("job.record_failed", log::kv("job", id.value),
                  log::kv("error", recorded.error().message()));
    if (recorded && doubtful) jobs_.doubtful(id);
}

}  // namespace cloned::scheduler
