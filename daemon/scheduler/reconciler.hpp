#pragma once

#include "base/coalescer.hpp"
#include "daemon/scheduler/doubt.hpp"
#include "daemon/scheduler/endpoint_health.hpp"
#include "daemon/scheduler/in_flight.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cloned::scheduler {

// Finds out what became of the jobs in doubt of one endpoint: looks at the upstream, lets
// doubt.hpp draw the conclusion, records it. Where the upstream can be asked for many at once,
// those who want to look at about the same time do so together.
//
// Threads: the loop thread only. Lifetime: outlived by everything it is constructed with.
class reconciler {
public:
    struct listeners {
        std::function<std::vector<std::string>(job_id)> known_tasks;  // of the other jobs
        std::function<void(job_id)> running;  // its task was found at work, and recorded
        // The other job of ours that has made this VM.
        std::function<task<result<std::optional<job_id>>>(job_id, std::string vm)> made_by_another;
    };

    reconciler(endpoint_health& link,
               in_flight_jobs& live,
               clock& time,
               random_source& random,
               task_group& group,
               listeners tell);

    // The job is in doubt on disk; it stays here until it no longer is.
    void settle(job_id job);

private:
    using looks = coalescer<backends::evidence_query, backends::evidence>;

    task<void> run(job_id job);
    // A VM that another job of ours has made is not this one's, whatever its name.
    task<result<backends::evidence>> look_for_own(job_id job, backends::evidence_query query);
    looks::limits look_limits() const;

    // Constant after construction
    endpoint_health& link_;
    in_flight_jobs& in_flight_;
    clock& clock_;
    random_source& random_;
    task_group& group_;
    listeners tell_;
    // Loop thread only
    looks looks_;
};

}  // namespace cloned::scheduler
