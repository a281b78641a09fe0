#pragma once

#include "daemon/scheduler/doubt.hpp"
#include "daemon/scheduler/endpoint_link.hpp"
#include "daemon/scheduler/live_jobs.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cloned::scheduler {

// Finds out what became of the jobs in doubt of one endpoint: looks at the upstream, lets
// doubt.hpp draw the conclusion, records it. Where the upstream can be asked for many at once, those
// who want to look at about the same time do so together.
//
// Threads: the loop thread only. Lifetime: outlived by everything it is constructed with.
class settler {
public:
    struct listeners {
        std::function<std::vector<std::string>(job_id)> known_tasks;  // of the other jobs
        std::function<void(job_id)> running;  // its task was found at work, and recorded
        // The other job of ours that has made this VM.
        std::function<task<result<std::optional<job_id>>>(job_id, std::string vm)> made_by_another;
    };

    settler(endpoint_link& link, live_jobs& live, clock& time, random_source& random,
            task_group& group, listeners tell);

    // The job is in doubt on disk; it stays here until it no longer is.
    void settle(job_id job);

private:
    // Shared with the one who waits for it, who may leave at any time.
    struct wish {
        backends::evidence_query query;
        alarm* bell = nullptr;
        std::optional<result<backends::evidence>> seen;
    };
    using wish_ref = std::shared_ptr<wish>;

    task<void> run(job_id job);
    // A VM that another job of ours has made is not this one's, whatever its name.
    task<result<backends::evidence>> look_for_own(job_id job, backends::evidence_query query);
    task<result<backends::evidence>> look(backends::evidence_query query);
    // Fulfils wishes until there are none.
    task<void> keep_looking();
    std::vector<wish_ref> take_wishes();
    task<void> look_for(std::vector<wish_ref> wishes);
    // What the job's own task says of it; nothing if the upstream has no word on it.
    std::optional<happening> heard_of(const backends::evidence& seen, const live_job& live);
    static happening conclude(const doubt::verdict& verdict, const queued_job& job);

    // Constant after construction
    endpoint_link& link_;
    live_jobs& live_;
    clock& time_;
    random_source& random_;
    task_group& group_;
    listeners tell_;
    // Loop thread only
    std::vector<wish_ref> wishes_;
    std::size_t lookers_ = 0;
};

}  // namespace cloned::scheduler
