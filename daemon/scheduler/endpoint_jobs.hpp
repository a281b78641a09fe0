#pragma once

#include "daemon/scheduler/job_change.hpp"
#include "model/job.hpp"

#include <string>
#include <utility>
#include <vector>

namespace cloned::scheduler {

// What the parts of one endpoint tell and ask each other about its jobs.
class endpoint_jobs {
public:
    virtual ~endpoint_jobs() = default;

    // Recorded with a task to watch.
    virtual void running(job_id job) = 0;
    // Recorded as in doubt.
    virtual void doubtful(job_id job) = 0;

    // Its task has ended, and the upstream shows in its list of VMs what else there is to say.
    virtual void ended(job_id job, job_update as) = 0;

    // The tasks that are being watched.
    virtual std::vector<std::pair<std::string, job_id>> live_tasks() const = 0;
    // The names of the VMs that will be made next, at most `most`, the first ones first.
    virtual std::vector<vm_identity> upcoming_names(std::size_t most) const = 0;
};

}  // namespace cloned::scheduler
