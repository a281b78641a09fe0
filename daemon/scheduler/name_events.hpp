#pragma once

#include "daemon/scheduler/upstream_events.hpp"

// What becomes of a job whose name was looked up before it is sent. Pure but for the pauses.
namespace cloned::scheduler {

// That VM bears its name, or the upstream does not like the name.
job_update on_name_taken(const backends::occupant& by, const queued_job& job);
job_update on_name_refused(const error& said);
// The lookup of this name fails, for the so manieth time, while others are answered.
job_update on_name_unheard(const error& said,
                           std::uint32_t times,
                           const queued_job& job,
                           const pause_source& pauses);

}  // namespace cloned::scheduler
