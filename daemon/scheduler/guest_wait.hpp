#pragma once

#include "backends/backend.hpp"
#include "daemon/scheduler/job_change.hpp"

#include <optional>
#include <string>

// The wait for a guest, or for VMware Tools in it, where nothing else is left of a job: the
// upstream has done its part. No such wait lasts forever, and anybody who may cancel the job ends
// it. Pure.
namespace cloned::scheduler {

// What such a job waits for.
std::string awaited_by(const job_spec& spec);

// What ends a wait that has lasted so long; nothing if it goes on, or if it is none.
std::optional<job_update> on_wait(const backends::task_status& status,
                                  const queued_job& job,
                                  milliseconds waited,
                                  wall_time now);

// A client does not want the job any more.
job_update on_wait_cancelled(const queued_job& job);

}  // namespace cloned::scheduler
