#include "daemon/scheduler/poller.hpp"

#include "base/crash_point.hpp"
#include "daemon/scheduler/upstream_events.hpp"

#include <algorithm>
#include <map>

namespace cloned::scheduler {

using backends::task_phase;
using backends::task_status;

namespace {

constexpr auto least_patience = milliseconds(3'000);  // with a task that is pending

}  // namespace

poller::poller(endpoint_health& link,
               in_flight_jobs& live,
               planner& plan,
               clock& time,
               random_source& random,
               task_group& group,
               listeners tell)
    : link_(link),
      in_flight_(live),
      plan_(plan),
      clock_(time),
      random_(random),
      group_(group),
      tell_(std::move(tell)),
      alarm_(time.make_alarm()) {}

void poller::watch(job_id job) {
    const auto* live = in_flight_.find(job);
    if (live == nullptr) return;
    jobs_.insert_or_assign(live->job.progress.task_id, job);
    // The rhythm was chosen for fewer tasks: choose again, but not for each newcomer.
    if (jobs_.size() >= 2 * planned_for_) alarm_->wake();
}

std::vector<std::string> poller::known_tasks(job_id except) const {
    std::vector<std::string> out;
    out.reserve(jobs_.size());
    for (const auto& [task, job] : jobs_)
        if (job != except) out.push_back(task);
    return out;
}

steady_time poller::plan_next() const {
    std::vector<poll_candidate> running;
    running.reserve(jobs_.size());
    for (const auto& [task, job] : jobs_) {
        const auto* live = in_flight_.find(job);
        const auto* model = live == nullptr ? nullptr : plan_.durations(live->job.lane);
        if (model == nullptr) continue;
        const auto age = std::chrono::floor<milliseconds>(last_poll_ - live->started_at);
        running.push_back({model, std::max(age, milliseconds(0))});
    }
    const auto& info = link_.info();
    return last_poll_ + next_poll_in({info.poll_interval_min, info.poll_interval_max}, running);
}

task<void> poller::run() {
    last_poll_ = clock_.now();
    for (;;) {
        // Whatever happened while there was nothing to watch tells nothing about the next poll.
        if (jobs_.empty()) last_poll_ = clock_.now();
        planned_for_ = jobs_.size();
        next_poll_ = std::max(next_poll_, plan_next());
        const bool due = co_await alarm_->sleep_until(next_poll_);
        if (jobs_.empty()) {
            next_poll_ = {};
            continue;
        }
        if (!due && clock_.now() < next_poll_) {
            next_poll_ = {};
            continue;
        }
        next_poll_ = {};
        co_await poll_once();
    }
}

task<void> poller::poll_once() {
    std::vector<std::string> tasks;
    tasks.reserve(jobs_.size());
    for (const auto& [task, job] : jobs_) tasks.push_back(task);
    last_poll_ = clock_.now();
    crash_point("poll.before_request");
    auto statuses = co_await link_.backend().poll(std::move(tasks));
    if (!statuses) {
        link_.did_not_answer(statuses.error(), group_);
        next_poll_ = clock_.now() + link_.pause_after_failure();
        co_return;
    }
    link_.answered();
    crash_point("poll.after_answer");
    std::vector<in_flight_jobs::entry> ended;
    take_in(*statuses, ended);
    tell_.polled();
    std::vector<job_id> doubtful;
    for (const auto& e : ended)
        if (e.what.kind == transition_event::outcome_unknown) doubtful.push_back(e.id);
    co_await in_flight_.record_all(std::move(ended));
    for (const auto id : doubtful) tell_.doubtful(id);
}

void poller::take_in(const std::vector<task_status>& statuses,
                     std::vector<in_flight_jobs::entry>& ended) {
    std::map<lane_id, tally> lanes;
    for (const auto& status : statuses) {
        const auto known = jobs_.find(status.task_id);
        if (known == jobs_.end()) continue;
        const auto id = known->second;
        auto* live = in_flight_.find(id);
        if (live == nullptr || live->job.progress.task_id != status.task_id) {
            jobs_.erase(known);
            continue;
        }
        auto& seen = lanes[live->job.lane];
        if (is_stuck(status, *live)) ++seen.pending;
        if (status.phase == task_phase::running) ++seen.running;
        live->percent = status.percent;
        auto what = take_word(status, *live);
        if (!what) continue;
        jobs_.erase(known);
        ended.push_back({id, std::move(*what)});
    }
    for (const auto& [lane, seen] : lanes)
        plan_.observed(lane, seen.running, seen.pending, clock_.now());
}

// Every task is pending for a moment. Only one that stays so shows that the upstream has no room.
bool poller::is_stuck(const task_status& status, const in_flight_job& live) const {
    if (status.phase != task_phase::pending) return false;
    const auto* model = plan_.durations(live.job.lane);
    const auto usual = model == nullptr ? std::nullopt : model->mean();
    const auto patience = std::max(least_patience, usual.value_or(milliseconds(0)) / 4);
    return clock_.now() - live.started_at >= patience;
}

std::optional<job_update> poller::take_word(const task_status& status, const in_flight_job& live) {
    const auto took = std::chrono::floor<milliseconds>(clock_.now() - live.started_at);
    if (status.phase == task_phase::succeeded) plan_.finished(live.job.lane, took);
    const pause_source pauses{clock_.wall(), random_, link_.budget()};
    return on_poll(status, live.job, took, link_.info().task_timeout, pauses);
}

}  // namespace cloned::scheduler
