#pragma once

#include "daemon/scheduler/endpoint_health.hpp"
#include "daemon/scheduler/endpoint_jobs.hpp"
#include "daemon/scheduler/name_check.hpp"
#include "daemon/scheduler/shared_parts.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace cloned::scheduler {

// Sends the jobs of one endpoint, alone or several in a call: intent on disk → the upstream's call
// → what came of it on disk.
//
// Threads: the loop thread only. Lifetime: outlived by everything it is constructed with.
class submitter {
public:
    submitter(const shared_parts& shared,
              endpoint_health& health,
              name_check& names,
              endpoint_jobs& jobs)
        : shared_(shared), health_(health), names_(names), jobs_(jobs) {}

    // The jobs are live and have their slots; if there are several, the first may share a call with
    // each of the others.
    task<void> send(std::vector<job_id> jobs);

    static bool may_share(const queued_job& a, const queued_job& b);

private:
    // False: the job is not to be sent (any more), which is recorded where it is more than a delay.
    task<bool> has_free_name(job_id job);
    // Records why the job is not sent.
    task<void> keep_back(job_id job, job_update why);
    // The store refused a change of a job that was queued when it was picked.
    void overtaken(job_id job, const error& why);
    task<void> look_first(job_id job);
    // Records the intent, with the task id if that is ours to choose. False: the job is not to be
    // sent any more.
    task<bool> give_slot(job_id job, std::string chosen_task);
    task<void> conclude(job_id job, backends::submit_outcome outcome);
    // Tells the planner and the breaker, and heeds what the planner says to it.
    void tell_of(submit_verdict& verdict, job_id job, const error& said);

    // Constant after construction
    const shared_parts& shared_;
    endpoint_health& health_;
    name_check& names_;
    endpoint_jobs& jobs_;
    // Loop thread only
    std::unordered_map<job_id, std::uint32_t>
        unheard_names_;  // lookups of their names alone that failed or were not sure
};

}  // namespace cloned::scheduler
