#pragma once

#include "backends/backend.hpp"
#include "base/random.hpp"
#include "daemon/scheduler/doubt.hpp"
#include "daemon/scheduler/job_change.hpp"
#include "model/retry.hpp"

#include <optional>
#include <string>

// What the upstream's words mean for a job, wherever they were heard: in answer to a submission, in
// a poll, or while an outcome was being found out. Pure but for what a
// pause_source draws.
namespace cloned::scheduler {

// Where the pauses come from. The endpoint's retry budget is filled by a success and drawn on by a
// failure that may be repeated.
struct pause_source {
    wall_time now{};
    random_source& random;
    retry_budget& budget;
};

// What follows from an answer to a submission.
struct submit_verdict {
    enum class capacity : std::uint8_t { untold, room, full, busy };

    job_update what;
    capacity lane = capacity::untold;  // what the planner is told of the lane
    std::optional<error> silence;      // why the endpoint did not answer; unset: it did
};

submit_verdict on_submit(const backends::submit_outcome& outcome,
                         const queued_job& job,
                         const pause_source& pauses);

// The end of a task that has been at work for so long; nothing if it goes on.
std::optional<job_update> ended_as(const backends::task_status& status,
                                   const queued_job& job,
                                   milliseconds took,
                                   const pause_source& pauses);

// The same in a poll, where a task that goes on for longer than `patience` is in doubt; 0: never.
std::optional<job_update> on_poll(const backends::task_status& status,
                                  const queued_job& job,
                                  milliseconds took,
                                  milliseconds patience,
                                  const pause_source& pauses);

// The upstream refuses for good to tell of the task.
job_update hidden_task(const std::string& task, const error& why);

// What the own task of a job in doubt says of it; nothing if the upstream has no word on it.
std::optional<job_update> on_own_task(const std::optional<backends::task_status>& own,
                                      const queued_job& job,
                                      milliseconds took,
                                      const pause_source& pauses);

// The end of a task that has succeeded and whose VM neither it nor the list of VMs tells.
job_update made_unseen(const job_update& as);

// The end of an attempt that has failed, or was refused, and has left this VM behind; where one
// that is complete is to be adopted, a doubt.
job_update left_behind(job_update as, const std::string& vm, leftover_policy policy);

// What evidence has proven of a job in doubt.
job_update on_evidence(const doubt::verdict& proven, const queued_job& job);

// Was an earlier attempt in doubt, so that something of it may be there after all?
bool was_doubted(const queued_job& job);
job_update in_doubt_because(std::string detail, std::string said);

}  // namespace cloned::scheduler
