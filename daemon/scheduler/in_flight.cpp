#include "daemon/scheduler/in_flight.hpp"

#include "base/check.hpp"
#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "model/guard.hpp"

namespace cloned::scheduler {
namespace {

constexpr auto disk_full_pause = std::chrono::seconds(1);

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

// An end of a suspect's doubt that needs no further look.
bool shows_where_it_is(transition_event what) {
    using enum transition_event;
    return what == task_known || what == done || what == proven_absent || what == refused ||
           what == refused_until;
}

// An id that the upstream has taken is used up. One that has only been lost is sent again, so that
// of all requests that may still arrive under it one alone is carried out; and so is one whose
// repetition was not taken. Also where the job ends by that: a client may ask for another try.
bool keeps_chosen_task(const in_flight_job& live, transition_event what) {
    const auto& now = live.job.progress;
    if (!is_only_chosen(now.task_id)) return false;
    return what == transition_event::proven_absent || now.state == job_state::queued ||
           (live.repeated && now.state == job_state::submitting);
}

// What the upstream has taken, seen or not, stays with an ended job, to be shown.
bool gives_task_up(const in_flight_job& live, const transition& to, transition_event what) {
    if (holds_slot(to.to) || !chooses_task(kind_of(live.job.spec))) return false;
    const bool taken = to.to == job_state::succeeded || !is_only_chosen(live.job.progress.task_id);
    if (is_ended(to.to) && taken) return false;
    return !keeps_chosen_task(live, what);
}

}  // namespace

in_flight_jobs::in_flight_jobs(storage::job_store& store,
                               planner& plan,
                               clock& time,
                               std::function<void()> slot_freed)
    : store_(store), plan_(plan), clock_(time), slot_freed_(std::move(slot_freed)) {}

in_flight_job& in_flight_jobs::add(queued_job job, std::string endpoint) {
    const auto id = job.id;
    in_flight_job live{std::move(job), std::move(endpoint), clock_.now(), std::nullopt};
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

result<in_flight_jobs::plan_of_change> in_flight_jobs::prepare(const in_flight_job& live,
                                                               const job_update& what) const {
    const auto& job = live.job;
    const auto to = next(job.progress, job.max_attempts, what.kind);
    if (!to)
        return fail(errc::aborted, concat("a job that is ", to_string(job.progress.state),
                                          " cannot take this event"));
    const auto now = clock_.wall();
    storage::job_change change;
    change.id = job.id;
    change.fence = job.progress.fence;
    change.from = job.progress.state;
    change.to = to->to;
    change.at = now;
    change.attempt = to->attempt;
    change.task_id = what.task_id;
    change.vm = what.vm;
    change.last_error = what.said;
    change.detail = what.detail;
    if (to->exhausted) change.detail += " (no attempt is left)";
    if (to->pause) change.wake_at = now + what.pause.value_or(milliseconds(0));
    if (what.kind == transition_event::slot_given) {
        change.sent_at = now;
        if (!change.task_id) change.task_id = std::string();
    } else if (gives_task_up(live, *to, what.kind)) {
        change.task_id = std::string();
    }
    if (what.kind == transition_event::cancel_asked) change.cancel_requested = true;
    change.clears_suspicion =
        job.suspect && job.progress.state == job_state::in_doubt && shows_where_it_is(what.kind);
    return plan_of_change{std::move(change), *to};
}

void in_flight_jobs::committed(job_id id, const plan_of_change& made) {
    crash_point(crash_name(made.next.to));
    auto* live = find(id);
    if (live == nullptr) return;
    auto& progress = live->job.progress;
    const auto& change = made.change;
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
    if (holds_slot(change.to)) {
        plan_.set_in_doubt(id, change.to == job_state::in_doubt);
        if (change.to == job_state::in_doubt && !guarded(guard::slot_held_in_doubt)) {
            plan_.release(id);
            slot_freed_();
        }
        return;
    }
    auto job = std::move(live->job);
    jobs_.erase(id);
    if (change.to == job_state::queued)
        plan_.requeue(std::move(job));
    else
        plan_.release(id);
    if (change.wake_at && blocked_) blocked_(*change.wake_at);
    slot_freed_();
}

task<result<transition>> in_flight_jobs::record(job_id id, job_update what) {
    for (;;) {
        const auto* live = find(id);
        if (live == nullptr) co_return fail(errc::aborted, "the job is not in flight");
        auto made = prepare(*live, what);
        if (!made) co_return fail(made.error());
        auto change = made->change;
        auto stored = co_await store_.change(std::move(change));
        if (stored) {
            committed(id, *made);
            co_return made->next;
        }
        if (stored.error().code() == errc::unavailable) {
            // The disk is full. Nothing was written; what happened must not be forgotten.
            auto pause = clock_.make_alarm();
            co_await pause->sleep_until(clock_.now() + disk_full_pause);
            continue;
        }
        live = find(id);
        const bool overtaken = stored.error().code() == errc::aborted && live != nullptr &&
                               live->job.progress.fence != made->change.fence;
        if (!overtaken) co_return fail(stored.error());
    }
}

task<void> in_flight_jobs::record_all(std::vector<entry> entries) {
    std::vector<plan_of_change> made;
    std::vector<storage::job_change> changes;
    std::vector<entry> kept;
    for (auto& e : entries) {
        const auto* live = find(e.id);
        if (live == nullptr) continue;
        auto planned = prepare(*live, e.what);
        if (!planned) continue;
        changes.push_back(planned->change);
        made.push_back(std::move(*planned));
        kept.push_back(std::move(e));
    }
    if (changes.empty()) co_return;
    auto stored = co_await store_.change_all(std::move(changes));
    for (std::size_t i = 0; i < kept.size(); ++i) {
        if (stored && (*stored)[i]) {
            committed(kept[i].id, made[i]);
            continue;
        }
        // Overtaken by a cancellation, or the disk is full: the careful way.
        auto alone = co_await record(kept[i].id, std::move(kept[i].what));
        if (!alone && alone.error().code() != errc::in_doubt)
            log::warn("job.record_failed", log::kv("job", kept[i].id.value),
                      log::kv("error", alone.error().message()));
    }
}

void in_flight_jobs::drop(job_id id) {
    if (jobs_.erase(id) == 0) return;
    plan_.no_verdict(id);
    plan_.release(id);
    slot_freed_();
}

void in_flight_jobs::put_back(job_id id) {
    auto node = jobs_.extract(id);
    if (!node) return;
    plan_.no_verdict(id);
    plan_.requeue(std::move(node.mapped().job));
    slot_freed_();
}

}  // namespace cloned::scheduler
