#pragma once

#include "model/job.hpp"
#include "model/misfits.hpp"
#include "model/transition.hpp"
#include "storage/queue_store.hpp"

#include <optional>
#include <string>

namespace cloned::scheduler {

// Something that happened to a job, with what is to be stored about it.
struct job_update {
    transition_event kind = transition_event::done;
    std::string detail;
    std::optional<std::string> task_id;
    std::optional<std::string> vm;
    std::optional<error> said;
    std::optional<milliseconds> pause;  // for refused_until and failed_for_now
};

// The job was refused for lack of capacity, in the answer or in the task, as `what` says already;
// the planner has ruled what becomes of it.
void obey(const refusal_ruling& ruling, const error& said, job_update& what);

// What a change depends on, of a job in whatever shape it was loaded. Refers to that job.
struct changing_job {
    changing_job(const queued_job& job);
    changing_job(const job_record& job);  // whether it is a suspect is not known

    job_id id;
    job_kind kind;
    const job_progress& progress;
    std::uint32_t max_attempts;
    bool suspect = false;
    bool repeated = false;  // sent under the task id of an earlier request, which may still arrive
};

// The change that stores the update: event → transition (model/transition.hpp) → what else becomes
// of the job. Nothing if the event cannot happen in the job's state. Pure.
std::optional<storage::job_change> change_of(const changing_job& job,
                                             const job_update& what,
                                             wall_time now);

}  // namespace cloned::scheduler
