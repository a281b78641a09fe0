#pragma once

#include "model/job.hpp"
#include "storage/job_store.hpp"

#include <string>
#include <vector>

namespace cloned::scheduler {

inline constexpr wall_time noon{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) +
                                std::chrono::hours(12)};

inline constexpr lane_id first_lane{1};
inline constexpr tenant_id loud{1};
inline constexpr tenant_id quiet{2};

// A job that waits in the first lane.
struct waiting {
    std::int64_t id = 1;
    tenant_id tenant = loud;
    job_priority priority = job_priority::normal;
    wall_time accepted_at = noon;
    std::string source = "vm-1";
    lane_id lane = first_lane;

    queued_job job() const {
        queued_job out;
        out.id = job_id{id};
        out.lane = lane;
        out.tenant = tenant;
        out.priority = priority;
        out.accepted_at = accepted_at;
        vcenter_clone_spec spec;
        spec.source = source;
        spec.name = "clone-" + std::to_string(id);
        out.spec = spec;
        return out;
    }
    storage::queue_key queue() const { return {lane, tenant, priority}; }
};

// The jobs [first, last] of one queue, as the store gives them.
inline std::vector<queued_job> jobs_between(std::int64_t first,
                                            std::int64_t last,
                                            waiting like = {}) {
    std::vector<queued_job> out;
    for (like.id = first; like.id <= last; ++like.id) out.push_back(like.job());
    return out;
}

}  // namespace cloned::scheduler
