#pragma once

#include "daemon/scheduler/endpoint_jobs.hpp"
#include "daemon/scheduler/name_check.hpp"
#include "daemon/scheduler/shared_parts.hpp"

namespace cloned::scheduler {

// The ends of tasks of which the task does not tell all: one that has failed, or was refused, may
// have left its VM behind, and one that has succeeded need not tell which VM it has made. Both are
// looked up by the name before the end is recorded; the job runs until then.
//
// Threads: the loop thread only. Lifetime: outlived by everything it is constructed with.
class task_endings {
public:
    task_endings(const shared_parts& shared, name_check& names, endpoint_jobs& jobs)
        : shared_(shared), names_(names), jobs_(jobs) {}

    static bool needs_look(const job_update& as,
                           const queued_job& job,
                           const backends::backend& upstream);

    // The job's task has ended so; from now on it is not watched.
    void conclude(job_id job, job_update as);

private:
    task<void> run(job_id job, job_update as);
    task<std::string> find_vm(job_id job, bool must_be_there);

    // Constant after construction
    const shared_parts& shared_;
    name_check& names_;
    endpoint_jobs& jobs_;
};

}  // namespace cloned::scheduler
