#pragma once

#include "daemon/scheduler/job_control.hpp"
#include "daemon/scheduler/planner.hpp"

#include <optional>
#include <string>

namespace cloned::scheduler {

struct explain_facts {
    wall_time now{};
    planner::verdict held;  // of a queued job; lane and endpoint are of the same moment
    std::optional<lane_status> lane;
    std::optional<endpoint_status> endpoint;
    std::optional<std::int64_t> jobs_ahead;
    std::optional<int> percent;
    std::string trouble;               // why its last look, or poll, told nothing
    bool only_waits = false;           // for its guest, see task_status
    std::string not_cancelled;         // why not, and when that was asked
    std::optional<job_state> earlier;  // state of the job that it waits for
    std::string disk_trouble;          // why nothing can be recorded at the moment
};

// Says in one sentence why a job waits, and when it may end. Pure.
explanation explain(const job_record& job, const explain_facts& facts);

}  // namespace cloned::scheduler
