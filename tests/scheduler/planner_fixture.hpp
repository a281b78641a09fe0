#pragma once

#include "daemon/scheduler/planner.hpp"
#include "tests/scheduler/queued_jobs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace cloned::scheduler {

using namespace std::chrono_literals;
using ids = std::vector<std::int64_t>;

inline constexpr lane_id clones{1};
inline constexpr lane_id links{2};
inline constexpr lane_id elsewhere{3};

inline lane_record lane(lane_id id, const char* endpoint, job_kind kind) {
    lane_record out;
    out.id = id;
    out.key = {endpoint, "c1", kind};
    // No search: what a limit does is to be seen alone.
    out.settings.learned_ceiling = 1'000'000;
    return out;
}

inline endpoint_info endpoint(const char* name, std::int64_t lane_limit = 1'000) {
    endpoint_info out;
    out.name = name;
    for (auto& limit : out.lane_limit) limit = lane_limit;
    for (auto& cost : out.cost) cost = 1;
    return out;
}

class Planner : public ::testing::Test {
protected:
    random_source random{1};
    planner plan{planner_options(), random};
    steady_time now{1h};

    void add(const endpoint_info& info) {
        plan.add_endpoint(info);
        if (info.name == "vc1") {
            plan.add_lane(lane(clones, "vc1", job_kind::vcenter_clone));
            plan.add_lane(lane(links, "vc1", job_kind::linked_clone));
        } else {
            plan.add_lane(lane(elsewhere, "vc2", job_kind::vcenter_clone));
        }
    }
    // Jobs [first, last] wait, loaded already.
    void queue(std::int64_t first, std::int64_t last, waiting like = {}) {
        const storage::queue_key key{like.lane, like.tenant, like.priority};
        plan.add_backlog({key, last - first + 1, first});
        for (const auto& wanted : plan.take_loads())
            plan.loaded(wanted, jobs_between(first, last, like));
    }
    ids pick(std::size_t most = 10'000) {
        ids out;
        for (const auto& picked : plan.pick(now, noon, most)) out.push_back(picked.job.id.value);
        std::sort(out.begin(), out.end());
        return out;
    }
    std::int64_t in_flight(lane_id id) const { return plan.lane(id)->in_flight; }
};

}  // namespace cloned::scheduler
