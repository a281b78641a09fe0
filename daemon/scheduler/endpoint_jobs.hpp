#pragma once

#include "model/job.hpp"

#include <string>
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

    // The tasks that are known to belong to our jobs, without that of `except`.
    virtual std::vector<std::string> known_tasks(job_id except) const = 0;
    // The names of the VMs that will be made next, at most `most`, the first ones first.
    virtual std::vector<vm_identity> upcoming_names(std::size_t most) const = 0;
};

}  // namespace cloned::scheduler
