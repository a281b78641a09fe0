#include "daemon/scheduler/in_flight.hpp"

#include "base/check.hpp"
#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace cloned::scheduler {
namespace {

constexpr auto disk_full_pause = std::chrono::seconds(1);
constexpr std::size_t recorded_together = 250;  // other commits wait for these

// The crash point after each recorded state, by name.
const char* crash_name(job_state to) {
    switch (to) {
        case job_state::blocked:
            return "record.blocked";
        case job_state::queued:
            return "record.queued";
        case job_state::submitting:
            return "record.submitting";
        case job_state::running:
            return "record.running";
        case job_state::in_doubt:
            return "record.in_doubt";
        case job_state::needs_operator:
            return "record.needs_operator";
        case job_state::succeeded:
            return "record.succeeded";
        case job_state::failed:
            return "record.failed";
        case job_state::cancelled:
            break;
    }
    return "record.cancelled";
}

}  // namespace

in_flight_job& in_flight_jobs::add(queued_job job) {
    const auto id = job.id;
    in_flight_job live;
    live.job = std::move(job);
    live.started_at = clock_.now();
    const auto [where, fresh] = jobs_.try_emplace(id, std::move(live));
    CLONED_CHECK(fresh, "a job went live twice");
    return where->second;
}

in_flight_job* in_flight_jobs::find(job_id id) {
    const auto where = jobs_.find(id);
    return where == jobs_.end() ? nullptr : &where->second;
}

const in_flight_job* in_flight_jobs::find(job_id id) const {
    const auto where = jobs_.find(id);
    return where == jobs_.end() ? nullptr : &where->second;
}

std::vector<job_id> in_flight_jobs::ids_between(job_id first, std::int64_t count) const {
    std::vector<job_id> out;
    for (const auto& [id, live] : jobs_)
        if (id.value >= first.value && id.value < first.value + count) out.push_back(id);
    return out;
}

std::map<storage::queue_key, std::int64_t> in_flight_jobs::queued() const {
    std::map<storage::queue_key, std::int64_t> out;
    for (const auto& [id, live] : jobs_)
        if (live.job.progress.state == job_state::queued)
            ++out[{live.job.lane, live.job.tenant, live.job.priority}];
    return out;
}

result<storage::job_change> in_flight_jobs::prepare(const in_flight_job& live,
                                                    const job_update& what) const {
    changing_job job(live.job);
    job.repeated = live.repeated;
    auto change = change_of(job, what, clock_.wall());
    if (!change)
        return fail(errc::aborted, concat("a job that is ", to_string(job.progress.state),
                                          " cannot take this event"));
    return std::move(*change);
}

void in_flight_jobs::committed(const storage::job_change& change) {
    crash_point(crash_name(change.to));
    const auto id = change.id;
    auto* live = find(id);
    if (live == nullptr) return;
    auto& progress = live->job.progress;
    progress.state = change.to;
    progress.fence = change.fence + 1;
    progress.attempt = change.attempt;
    progress.changed_at = change.at;
    progress.wake_at = change.wake_at;
    if (change.sent_at) progress.sent_at = change.sent_at;
    if (change.task_id) progress.task_id = *change.task_id;
    if (change.vm) progress.vm = *change.vm;
    if (change.last_error) progress.last_error = change.last_error;
    if (change.clears_suspicion) live->job.suspect = false;
    if (change.cancel_requested) progress.cancel_requested = *change.cancel_requested;
    if (change.from != change.to) live->waiting_since.reset();
    if (holds_slot(change.to)) {
        plan_.set_in_doubt(id, change.to == job_state::in_doubt);
        return;
    }
    auto job = std::move(live->job);
    jobs_.erase(id);
    if (change.to == job_state::queued)
        plan_.requeue(std::move(job));
    else
        plan_.release(id);
    if (change.wake_at) calendar_.due_at(*change.wake_at);
    slot_freed_.wake();
}

task<result<job_state>> in_flight_jobs::record(job_id id, job_update what) {
    for (;;) {
        const auto* live = find(id);
        if (live == nullptr) co_return fail(errc::aborted, "the job is not in flight");
        const auto change = prepare(*live, what);
        if (!change) co_return fail(change.error());
        auto stored = co_await store_.change(*change);
        if (stored) {
            committed(*change);
            co_return change->to;
        }
        if (stored.error().code() == errc::unavailable) {
            // The disk is full. Nothing was written; what happened must not be forgotten, but
            // what somebody wants can be asked for again.
            if (what.kind == transition_event::cancel_asked) co_return fail(stored.error());
            auto pause = clock_.make_alarm();
            co_await pause->sleep_until(clock_.now() + disk_full_pause);
            continue;
        }
        live = find(id);
        const bool overtaken = stored.error().code() == errc::aborted && live != nullptr &&
                               live->job.progress.fence != change->fence;
        if (!overtaken) co_return fail(stored.error());
    }
}

task<void> in_flight_jobs::record_all(std::vector<entry> entries) {
    for (std::span<entry> rest(entries); !rest.empty();) {
        const auto some = rest.first(std::min(rest.size(), recorded_together));
        rest = rest.subspan(some.size());
        co_await record_some(some);
    }
}

task<void> in_flight_jobs::record_some(std::span<entry> entries) {
    std::vector<storage::job_change> changes;
    std::vector<entry*> kept;
    for (auto& e : entries) {
        const auto* live = find(e.id);
        if (live == nullptr) continue;
        auto change = prepare(*live, e.what);
        if (!change) continue;
        changes.push_back(std::move(*change));
        kept.push_back(&e);
    }
    if (changes.empty()) co_return;
    auto stored = co_await store_.change_all(changes);
    for (std::size_t i = 0; i < kept.size(); ++i) {
        if (stored && (*stored)[i]) {
            committed(changes[i]);
            continue;
        }
        // Overtaken by a cancellation, or the disk is full: the careful way.
        auto alone = co_await record(kept[i]->id, std::move(kept[i]->what));
        if (!alone && alone.error().code() != errc::in_doubt)
            log::warn("job.record_failed", log::kv("job", kept[i]->id.value),
                      log::kv("error", alone.error().message()));
    }
}

void in_flight_jobs::drop(job_id id) {
    if (jobs_.erase(id) == 0) return;
    plan_.no_verdict(id);
    plan_.release(id);
    slot_freed_.wake();
}

void in_flight_jobs::put_back(job_id id) {
    auto node = jobs_.extract(id);
    if (!node) return;
    plan_.no_verdict(id);
    plan_.requeue(std::move(node.mapped().job));
    slot_freed_.wake();
}

}  // namespace cloned::scheduler
