#pragma once

#include "base/coalescer.hpp"
#include "base/single_flight.hpp"
#include "daemon/scheduler/doubt.hpp"
#include "daemon/scheduler/endpoint_health.hpp"
#include "daemon/scheduler/endpoint_jobs.hpp"
#include "daemon/scheduler/shared_parts.hpp"

#include <memory>
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
    reconciler(const shared_parts& shared, endpoint_health& health, endpoint_jobs& jobs);

    // The job is in doubt on disk; it stays here until it no longer is.
    void settle(job_id job);

private:
    using looks = coalescer<backends::evidence_query, backends::evidence>;

    // What the looks for one job go by.
    struct inquiry {
        doubt open;
        wall_time sent_at{};
        std::optional<steady_time> session_after;
        int failed = 0;  // looks in a row, while the endpoint answered others
        // When it began: from then on the time is told by the clock that is never set.
        wall_time began{};
        steady_time began_at{};
    };
    wall_time now(const inquiry& about) const {
        return about.began + std::chrono::floor<milliseconds>(shared_.time.now() - about.began_at);
    }

    task<void> run(job_id job);
    inquiry begin(const in_flight_job& live) const;
    // Looks once and records what that proves. The pause before the next look; nothing if there is
    // none to be made.
    task<std::optional<milliseconds>> look_once(job_id job, inquiry& about);
    // False: the job has changed meanwhile, and has to be looked for again.
    task<bool> settled(job_id job, job_update as);
    // Was it refused, as far as the upstream's answers tell, should it prove absent?
    bool was_turned_away(const in_flight_job& live) const;
    // A VM that another job of ours has made is not this one's, whatever its name.
    task<result<backends::evidence>> look_for_own(job_id job, backends::evidence_query query);
    looks::limits look_limits() const;
    // What is known of the upstream's tasks that were begun since then, and a while before.
    task<result<std::shared_ptr<const backends::known_tasks>>> known_tasks(wall_time since);
    // What follows from a look that has failed; the pause before the next one.
    task<std::optional<milliseconds>> look_failed(job_id job, inquiry& about, error why);

    // Constant after construction
    const shared_parts& shared_;
    endpoint_health& health_;
    endpoint_jobs& jobs_;
    // Loop thread only
    looks looks_;
    struct {
        std::shared_ptr<const backends::known_tasks> tasks;
        wall_time since{};
        steady_time read_at{};
    } known_;
    single_flight known_reads_;
    const std::shared_ptr<backends::common_ids> common_ = std::make_shared<backends::common_ids>();
};

}  // namespace cloned::scheduler
