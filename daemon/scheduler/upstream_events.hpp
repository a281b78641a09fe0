#pragma once

#include "backends/backend.hpp"
#include "base/random.hpp"
#include "daemon/scheduler/endpoint_health.hpp"
#include "daemon/scheduler/in_flight.hpp"

#include <optional>

// What the upstream's words mean for a job, wherever they were heard: in answer to a submission, in
// a poll, or while its outcome was being found out.
namespace cloned::scheduler {

// Was an earlier attempt in doubt, so that something of it may be there after all?
bool was_doubted(const queued_job& job);

// The upstream did nothing and may do it later. A guest that is not ready is believed to be booting
// for so long as the job grants it; then the job has failed.
job_update turned_away(backends::refusal why,
                       const error& said,
                       std::optional<milliseconds> pause,
                       const queued_job& job,
                       wall_time now,
                       random_source& random);

// Nothing if the task goes on. Takes from the link's retry budget.
std::optional<job_update> ended_as(const backends::task_status& status,
                                   const in_flight_job& live,
                                   endpoint_health& link,
                                   clock& time,
                                   random_source& random);

}  // namespace cloned::scheduler
