#pragma once

#include "daemon/scheduler/endpoint_health.hpp"
#include "daemon/scheduler/endpoint_jobs.hpp"
#include "daemon/scheduler/shared_parts.hpp"
#include "model/durations.hpp"

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace cloned::scheduler {

// Watches every running task of one endpoint with one batched request at a time, in the rhythm of
// model/durations.hpp.
//
// Threads: the loop thread only. Lifetime: outlived by everything it is constructed with.
class poller {
public:
    poller(const shared_parts& shared, endpoint_health& health, endpoint_jobs& jobs);

    // The job's progress holds the task id; it was accepted at in_flight_job::started_at.
    void watch(job_id job);
    std::vector<std::pair<std::string, job_id>> live_tasks() const;

    // Lasts until cancelled.
    task<void> run();

private:
    steady_time plan_next() const;
    task<void> poll_once();
    void poll_failed(const error& why, bool well);
    task<void> record_doubts(std::vector<in_flight_jobs::entry> entries);
    // What one poll has shown.
    struct harvest {
        std::map<lane_id, planner::lane_sight> lanes;
        std::vector<in_flight_jobs::entry> ended;
        std::vector<in_flight_jobs::entry> refused;  // for lack of capacity
        std::vector<error> words;                    // the upstream's, of those
    };
    // Of a task that is pending.
    bool is_stuck(const in_flight_job& live) const;
    // What a status means for its job; nothing if the task goes on.
    std::optional<job_update> take_word(const backends::task_status& status,
                                        const in_flight_job& live);
    task<std::vector<in_flight_jobs::entry>> take_in(std::vector<backends::task_status> statuses);
    void count(const backends::task_status& status, const in_flight_job& live, harvest& into);
    void heed_refusals(harvest& seen);
    // Its task has ended so.
    void conclude(job_id job, job_update as, harvest& into);

    // Constant after construction
    const shared_parts& shared_;
    endpoint_health& health_;
    endpoint_jobs& jobs_;
    std::unique_ptr<alarm> alarm_;
    // Loop thread only
    std::unordered_map<std::string, job_id> watched_;  // by task
    steady_time last_poll_{};
    steady_time next_poll_{};
    std::uint32_t untold_ = 0;     // polls in a row that failed while the endpoint was well
    int refused_ = 0;              // polls in a row that were refused for good
    std::size_t planned_for_ = 0;  // tasks when next_poll_ was chosen
};

}  // namespace cloned::scheduler
