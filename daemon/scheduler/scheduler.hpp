#pragma once

#include "backends/backend.hpp"
#include "base/task_group.hpp"
#include "daemon/scheduler/backlog_check.hpp"
#include "daemon/scheduler/endpoint.hpp"
#include "daemon/scheduler/housekeeper.hpp"
#include "daemon/scheduler/in_flight.hpp"
#include "daemon/scheduler/job_commands.hpp"
#include "daemon/scheduler/planner.hpp"
#include "daemon/scheduler/shared_parts.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cloned::scheduler {

struct scheduler_options {
    planner_options plan;
    housekeeper::options housekeeping;
    milliseconds shutdown_grace{10'000};       // for sends to reach a recorded state
    const storage::disk_room* room = nullptr;  // of the store; null: it has always room
};

struct configured_endpoint {
    endpoint_info info;
    backends::backend* backend = nullptr;  // outlives the scheduler
};

// Drives the jobs: loads them from the store, sends them as the planner allows, watches their
// tasks, settles doubts. ARCHITECTURE.md tells the life of a job along these classes.
//
// Threads:      the loop thread only.
// Errors:       start() fails if the store cannot be read. Later a poisoned store is noticed by
//               its maker; the scheduler then merely stops getting anywhere.
// Lifetime:     outlived by loop, store, clock, random and backends; co_await stop() first.
class scheduler final {
public:
    scheduler(asio::io_context& loop,
              storage::job_store& store,
              clock& time,
              random_source& random,
              const std::vector<configured_endpoint>& endpoints,
              const scheduler_options& options);
    ~scheduler();

    // Takes up what an earlier run left: jobs with a task are watched on, intents without an answer
    // are in doubt. Then the loops run until stop().
    task<result<void>> start();
    // Sends nothing more, waits for what is being sent to be recorded, ends all loops. What runs
    // upstream is left to run.
    task<void> stop();

    // What the RPC layer may ask for; from start() to stop().
    job_control& commands() { return commands_; }

    const planner& plan() const { return plan_; }

    // How often jobs were found of which the planner had not been told: see backlog_check.
    std::int64_t lost_wake_ups() const { return backlog_check_.faults(); }

    // See housekeeper::last_round_at: what a watchdog may go by.
    steady_time last_round_at() const { return housekeeper_.last_round_at(); }

private:
    task<result<void>> take_up();
    void take_up_job(queued_job job, std::vector<in_flight_jobs::entry>& interrupted);
    task<void> record_interrupted(std::vector<in_flight_jobs::entry> interrupted,
                                  std::vector<job_id> doubtful);
    bool disk_is_full() const { return room_ != nullptr && room_->is_full(); }
    task<void> run_dispatch();
    void turn();
    void send_all(std::vector<planner::picked> picked);
    void released(const storage::released_jobs& jobs);
    task<void> load(queue_load wanted);
    task<void> keep_learned();

    // Constant after construction
    storage::queue_store& store_;
    clock& clock_;
    milliseconds shutdown_grace_;
    const storage::disk_room* room_;
    // Loop thread only
    planner plan_;
    std::unique_ptr<alarm> dispatch_;
    std::unique_ptr<alarm> recorded_;
    bool interrupted_recorded_ = false;
    housekeeper housekeeper_;
    in_flight_jobs in_flight_;
    backlog_check backlog_check_;
    bool stopping_ = false;
    bool keeping_ = false;  // a task that saves learned ceilings is under way
    task_group loops_;
    task_group sends_;
    shared_parts shared_;
    endpoint_table endpoints_;
    job_commands commands_;
};

}  // namespace cloned::scheduler
