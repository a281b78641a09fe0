#include "daemon/scheduler/poller.hpp"

#include "base/crash_point.hpp"
#include "daemon/scheduler/guest_wait.hpp"
#include "daemon/scheduler/task_endings.hpp"
#include "daemon/scheduler/upstream_events.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <map>

namespace cloned::scheduler {

using backends::refusal;
using backends::task_phase;
using backends::task_status;

namespace {

constexpr backoff_options untold_pace{milliseconds(5'000), milliseconds(30'000),
                                      milliseconds(1'000)};
constexpr int refused_polls_max = 20;
constexpr std::size_t taken_in_at_once = 2'000;
constexpr auto least_patience = milliseconds(3'000);  // with a task that is pending

}  // namespace

poller::poller(const shared_parts& shared, endpoint_health& health, endpoint_jobs& jobs)
    : shared_(shared), health_(health), jobs_(jobs), alarm_(shared.time.make_alarm()) {}

void poller::watch(job_id job) {
    const auto* live = shared_.in_flight.find(job);
    if (live == nullptr) return;
    watched_.insert_or_assign(live->job.progress.task_id, job);
    // The rhythm was chosen for fewer tasks: choose again, but not for each newcomer.
    const bool proof = shared_.plan.awaits_proof(live->job.lane) &&
                       next_poll_ > last_poll_ + health_.info().poll_interval_min;
    if (watched_.size() >= 2 * planned_for_ || proof) alarm_->wake();
}

std::vector<std::pair<std::string, job_id>> poller::live_tasks() const {
    return {watched_.begin(), watched_.end()};
}

steady_time poller::plan_next() const {
    std::vector<poll_candidate> running;
    running.reserve(watched_.size());
    bool proof = false;
    for (const auto& [task, job] : watched_) {
        const auto* live = shared_.in_flight.find(job);
        proof |= live != nullptr && shared_.plan.awaits_proof(live->job.lane);
        const auto* model = live == nullptr ? nullptr : shared_.plan.durations(live->job.lane);
        if (model == nullptr) continue;
        const auto age = std::chrono::floor<milliseconds>(last_poll_ - live->started_at);
        running.push_back({model, std::max(age, milliseconds(0))});
    }
    const auto& info = health_.info();
    if (proof) return last_poll_ + info.poll_interval_min;
    return last_poll_ + next_poll_in({info.poll_interval_min, info.poll_interval_max}, running);
}

task<void> poller::run() {
    last_poll_ = shared_.time.now();
    for (;;) {
        // Whatever happened while there was nothing to watch tells nothing about the next poll.
        if (watched_.empty()) last_poll_ = shared_.time.now();
        planned_for_ = watched_.size();
        next_poll_ = std::max(next_poll_, plan_next());
        const bool due = co_await alarm_->sleep_until(next_poll_);
        if (watched_.empty()) {
            next_poll_ = {};
            continue;
        }
        if (!due && shared_.time.now() < next_poll_) {
            next_poll_ = {};
            continue;
        }
        next_poll_ = {};
        co_await poll_once();
    }
}

task<void> poller::poll_once() {
    std::vector<std::string> tasks;
    tasks.reserve(watched_.size());
    for (const auto& [task, job] : watched_) tasks.push_back(task);
    last_poll_ = shared_.time.now();
    crash_point("poll.before_request");
    const auto asked = tasks.size();
    auto statuses = co_await health_.backend().poll(std::move(tasks));
    if (!statuses) {
        std::optional<error> trouble = statuses.error();
        const bool well = co_await health_.heard(false, asked, std::move(trouble));
        poll_failed(statuses.error(), well);
        co_return;
    }
    untold_ = 0;
    refused_ = 0;
    health_.answered();
    crash_point("poll.after_answer");
    auto ended = co_await take_in(std::move(*statuses));
    // The ceilings may have moved.
    shared_.dispatch.wake();
    std::vector<job_id> doubtful;
    for (const auto& e : ended)
        if (e.what.kind == transition_event::outcome_unknown) doubtful.push_back(e.id);
    co_await shared_.in_flight.record_all(std::move(ended));
    for (const auto id : doubtful) jobs_.doubtful(id);
}

// Of a few tasks that the upstream cannot tell of while it is well it is asked ever more rarely.
// One that refuses for good has answered: what became of its tasks evidence must tell.
void poller::poll_failed(const error& why, bool well) {
    untold_ = well ? untold_ + 1 : 0;
    const auto pause =
        well ? backoff(untold_pace, untold_, shared_.random) : health_.pause_after_failure();
    next_poll_ = shared_.time.now() + pause;
    for (const auto& [task, job] : watched_)
        if (auto* live = shared_.in_flight.find(job)) live->trouble = why.message();
    if (!backends::is_definite(why.code())) return;
    if (++refused_ < refused_polls_max) return;
    refused_ = 0;
    std::vector<in_flight_jobs::entry> entries;
    for (const auto& [task, job] : watched_) entries.push_back({job, hidden_task(task, why)});
    watched_.clear();
    shared_.tasks.spawn("hidden tasks", record_doubts(std::move(entries)));
}

task<void> poller::record_doubts(std::vector<in_flight_jobs::entry> entries) {
    std::vector<job_id> jobs;
    for (const auto& one : entries) jobs.push_back(one.id);
    co_await shared_.in_flight.record_all(std::move(entries));
    for (const auto job : jobs) jobs_.doubtful(job);
}

task<std::vector<in_flight_jobs::entry>> poller::take_in(std::vector<task_status> statuses) {
    harvest seen;
    std::size_t taken = 0;
    for (const auto& status : statuses) {
        // Others want their turn of the loop as well.
        if (++taken % taken_in_at_once == 0)
            co_await asio::post(shared_.loop.get_executor(), use_task);
        const auto known = watched_.find(status.task_id);
        if (known == watched_.end()) continue;
        const auto id = known->second;
        auto* live = shared_.in_flight.find(id);
        if (live == nullptr || live->job.progress.task_id != status.task_id) {
            watched_.erase(known);
            continue;
        }
        count(status, *live, seen);
        live->percent = status.percent;
        live->trouble = status.phase == task_phase::running ? status.said.message() : std::string();
        if (!status.only_waits)
            live->waiting_since.reset();
        else if (!live->waiting_since)
            live->waiting_since = shared_.time.now();
        auto what = take_word(status, *live);
        if (!what) continue;
        watched_.erase(known);
        const bool full = status.phase == task_phase::refused && status.why == refusal::capacity;
        if (full) {
            seen.words.push_back(status.said);
            seen.refused.push_back({id, std::move(*what)});
        } else {
            conclude(id, std::move(*what), seen);
        }
    }
    heed_refusals(seen);
    shared_.plan.polled(seen.lanes, shared_.time.now());
    co_return std::move(seen.ended);
}

void poller::conclude(job_id id, job_update what, harvest& into) {
    const auto* live = shared_.in_flight.find(id);
    if (live != nullptr && task_endings::needs_look(what, live->job, health_.backend()))
        jobs_.ended(id, std::move(what));
    else
        into.ended.push_back({id, std::move(what)});
}

void poller::count(const task_status& status, const in_flight_job& live, harvest& into) {
    auto& lane = into.lanes[live.job.lane];
    switch (status.phase) {
        case task_phase::pending:
            if (is_stuck(live)) ++lane.pending;
            return;
        case task_phase::vanished:
            return;
        case task_phase::refused:
            if (status.why == refusal::busy)
                shared_.plan.busy(live.job.id, status.said.message(), shared_.time.now(),
                                  shared_.time.wall());
            return;
        case task_phase::running:
            lane.running.push_back(live.job.id);
            return;
        case task_phase::succeeded:
        case task_phase::failed:
            lane.ended.push_back(live.job.id);
            return;
    }
}

// Some upstreams accept every call and refuse what is too much in the task.
void poller::heed_refusals(harvest& seen) {
    if (seen.refused.empty()) return;
    std::vector<job_id> ids;
    for (const auto& e : seen.refused) ids.push_back(e.id);
    const auto words = seen.words.back().message();
    const auto rulings = shared_.plan.refused(ids, words, shared_.time.now(), shared_.time.wall());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        auto& e = seen.refused[i];
        obey(rulings[i], seen.words[i], e.what);
        conclude(e.id, std::move(e.what), seen);
    }
}

// Every task is pending for a moment. Only one that stays so shows that the upstream has no room.
bool poller::is_stuck(const in_flight_job& live) const {
    const auto* model = shared_.plan.durations(live.job.lane);
    const auto usual = model == nullptr ? std::nullopt : model->mean();
    const auto patience = std::max(least_patience, usual.value_or(milliseconds(0)) / 4);
    return shared_.time.now() - live.started_at >= patience;
}

std::optional<job_update> poller::take_word(const task_status& status, const in_flight_job& live) {
    const auto took = std::chrono::floor<milliseconds>(shared_.time.now() - live.started_at);
    const auto waited = shared_.time.now() - live.waiting_since.value_or(shared_.time.now());
    auto over =
        on_wait(status, live.job, std::chrono::floor<milliseconds>(waited), shared_.time.wall());
    if (over) return over;
    if (status.phase == task_phase::succeeded) shared_.plan.finished(live.job.lane, took);
    return on_poll(status, live.job, took, health_.info().task_timeout, health_.pauses());
}

}  // namespace cloned::scheduler
