#include "daemon/scheduler/scheduler.hpp"

#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "model/guard.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <map>

namespace cloned::scheduler {
namespace {

constexpr std::size_t picks_per_turn = 512;
constexpr std::size_t taken_up_at_once = 1'000;
constexpr auto keep_learned_pause = std::chrono::seconds(1);
constexpr auto look_for_room_pause = milliseconds(20);
constexpr auto pause_after_load_failure = std::chrono::seconds(1);

}  // namespace

scheduler::scheduler(asio::io_context& loop,
                     storage::job_store& store,
                     clock& time,
                     random_source& random,
                     const std::vector<configured_endpoint>& endpoints,
                     const scheduler_options& options)
    : store_(store),
      clock_(time),
      shutdown_grace_(options.shutdown_grace),
      room_(options.room),
      plan_(options.plan, random),
      dispatch_(time.make_alarm()),
      recorded_(time.make_alarm()),
      housekeeper_(store, time, options.housekeeping, plan_, *dispatch_),
      in_flight_(store, plan_, time, housekeeper_, *dispatch_),
      backlog_check_(store, time, plan_, in_flight_, *dispatch_),
      loops_(loop),
      sends_(loop),
      shared_{loop, store, time, random, plan_, in_flight_, *dispatch_, loops_, options.room},
      commands_(shared_, endpoints_, housekeeper_) {
    for (const auto& one : endpoints) {
        plan_.add_endpoint(one.info);
        endpoints_.add(shared_, one.info, *one.backend);
    }
    store_.on_release([this](const storage::released_jobs& jobs) { released(jobs); });
}

scheduler::~scheduler() {
    store_.on_release({});
}

// --- start and stop

task<result<void>> scheduler::start() {
    auto taken = co_await take_up();
    if (!taken) co_return fail(taken.error());
    endpoints_.start();
    loops_.spawn("housekeeper", housekeeper_.run());
    loops_.spawn("dispatch", run_dispatch());
    loops_.spawn("backlog check", backlog_check_.run());
    co_return result<void>();
}

task<result<void>> scheduler::take_up() {
    auto lanes = co_await store_.lanes();
    if (!lanes) co_return fail(lanes.error());
    for (const auto& lane : *lanes) {
        endpoints_.add_lane(lane);
        if (!plan_.add_lane(lane))
            log::warn("lane.without_endpoint", log::kv("lane", lane.id.value),
                      log::kv("endpoint", lane.key.endpoint));
    }
    auto unsettled = co_await store_.load_unsettled();
    if (!unsettled) co_return fail(unsettled.error());
    std::vector<in_flight_jobs::entry> interrupted;
    std::vector<job_id> doubtful;
    std::size_t taken = 0;
    for (auto& job : *unsettled) {
        // Others are served as well meanwhile.
        if (++taken % taken_up_at_once == 0)
            co_await asio::post(shared_.loop.get_executor(), use_task);
        if (!holds_slot(job.progress.state)) continue;
        const auto id = job.id;
        const auto state = job.progress.state;
        take_up_job(std::move(job), interrupted);
        if (state != job_state::running && in_flight_.find(id) != nullptr) doubtful.push_back(id);
    }
    log::info("jobs.taken_up", log::kv("in_flight", in_flight_.size()),
              log::kv("in_doubt", doubtful.size()));
    loops_.spawn("record interrupted",
                 record_interrupted(std::move(interrupted), std::move(doubtful)));
    // On a full disk that takes until there is room, and the daemon can be asked meanwhile.
    while (!interrupted_recorded_ && !disk_is_full())
        co_await recorded_->sleep_until(clock_.now() + look_for_room_pause);
    auto queues = co_await store_.queues();
    if (!queues) co_return fail(queues.error());
    for (const auto& queue : *queues) plan_.add_backlog(queue);
    co_return result<void>();
}

task<void> scheduler::record_interrupted(std::vector<in_flight_jobs::entry> interrupted,
                                         std::vector<job_id> doubtful) {
    crash_point("take_up.before_record");
    co_await in_flight_.record_all(std::move(interrupted));
    crash_point("take_up.after_record");
    for (const auto id : doubtful) {
        const auto* live = in_flight_.find(id);
        if (live != nullptr) endpoints_.of(live->job.lane)->doubtful(id);
    }
    interrupted_recorded_ = true;
    recorded_->wake();
}

void scheduler::take_up_job(queued_job job, std::vector<in_flight_jobs::entry>& interrupted) {
    const auto id = job.id;
    auto* home = endpoints_.of(job.lane);
    if (home == nullptr) {
        log::warn("job.without_endpoint", log::kv("job", id.value),
                  log::kv("lane", job.lane.value));
        return;
    }
    plan_.hold(id, job.lane, source_of(job.spec));
    const auto state = job.progress.state;
    const auto sent_at = job.progress.sent_at.value_or(job.progress.changed_at);
    auto& live = in_flight_.add(std::move(job));
    live.started_at -= std::max(milliseconds(0), clock_.wall() - sent_at);
    if (state == job_state::running) {
        home->running(id);
        return;
    }
    if (state == job_state::in_doubt) {
        plan_.set_in_doubt(id, true);
        return;
    }
    job_update lost{
        .kind = transition_event::outcome_unknown,
        .detail = "the daemon stopped before the upstream's answer was recorded",
        .said = error(errc::in_doubt, "the daemon stopped before the answer was recorded")};
    if (!guarded(guard::doubt_after_restart)) lost = {.kind = transition_event::refused};
    interrupted.push_back({id, std::move(lost)});
}

task<void> scheduler::stop() {
    stopping_ = true;
    dispatch_->wake();
    const auto until = clock_.now() + shutdown_grace_;
    auto pause = clock_.make_alarm();
    // On a full disk they reach none, however long they are waited for.
    while (!sends_.empty() && clock_.now() < until && !disk_is_full())
        co_await pause->sleep_until(std::min(until, clock_.now() + milliseconds(20)));
    sends_.cancel();
    co_await sends_.join();
    loops_.cancel();
    co_await loops_.join();
}

// --- dispatch

task<void> scheduler::run_dispatch() {
    // Once told to stop it must not stay: the time of the next pick would come, and nobody would
    // pick.
    while (!stopping_) {
        turn();
        const auto idle = clock_.now() + std::chrono::hours(1);
        co_await dispatch_->sleep_until(plan_.next_pick().value_or(idle));
    }
}

void scheduler::turn() {
    for (const auto& wanted : plan_.take_loads()) loops_.spawn("load", load(wanted));
    auto picked = plan_.pick(clock_.now(), clock_.wall(), picks_per_turn);
    const bool more = picked.size() == picks_per_turn;
    if (!picked.empty()) crash_point("dispatch.after_pick");
    send_all(std::move(picked));
    if (more) dispatch_->wake();
    if (!keeping_) {
        keeping_ = true;
        loops_.spawn("keep learned", keep_learned());
    }
}

void scheduler::send_all(std::vector<planner::picked> picked) {
    struct call {
        endpoint* home = nullptr;
        std::vector<job_id> jobs;
    };
    std::vector<call> calls;
    std::map<lane_id, std::size_t> open;  // lane → its call that may take more jobs
    for (auto& p : picked) {
        const auto lane = p.job.lane;
        auto* home = endpoints_.of(lane);
        const auto& job = in_flight_.add(std::move(p.job)).job;
        const auto place = open.find(lane);
        if (place != open.end()) {
            auto& jobs = calls[place->second].jobs;
            const auto most = static_cast<std::size_t>(home->info().names_per_call);
            const auto* first = in_flight_.find(jobs.front());
            if (jobs.size() < most && submitter::may_share(first->job, job)) {
                jobs.push_back(job.id);
                continue;
            }
        }
        open.insert_or_assign(lane, calls.size());
        calls.push_back({home, {job.id}});
    }
    for (auto& c : calls) sends_.spawn("send", c.home->send(std::move(c.jobs)));
}

void scheduler::released(const storage::released_jobs& jobs) {
    for (const auto& queue : jobs.queued) plan_.add_backlog(queue);
    if (jobs.next_wake) housekeeper_.due_at(*jobs.next_wake);
    crash_point("chain.released");
    dispatch_->wake();
}

task<void> scheduler::load(queue_load wanted) {
    auto jobs = co_await store_.load_queue(wanted.queue, wanted.jobs);
    crash_point("load.after_queue");
    if (!jobs) {
        log::warn("queue.load_failed", log::kv("error", jobs.error().message()));
        auto pause = clock_.make_alarm();
        co_await pause->sleep_until(clock_.now() + pause_after_load_failure);
        plan_.load_failed(wanted);
    } else {
        plan_.loaded(wanted, std::move(*jobs));
    }
    dispatch_->wake();
}

task<void> scheduler::keep_learned() {
    auto pause = clock_.make_alarm();
    co_await pause->sleep_until(clock_.now() + keep_learned_pause);
    for (auto& lane : plan_.take_learned()) {
        // An operator may have changed the lane while the one before it was kept.
        const auto now = plan_.lane(lane.id);
        if (now) lane.settings = now->lane.settings;
        auto kept = co_await store_.save_lane(lane.id, lane.settings);
        if (!kept)
            log::warn("lane.not_kept", log::kv("lane", lane.id.value),
                      log::kv("error", kept.error().message()));
    }
    keeping_ = false;
}

}  // namespace cloned::scheduler
