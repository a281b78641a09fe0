#pragma once

#include "base/ids.hpp"
#include "model/job.hpp"

#include <compare>
#include <cstdint>

namespace cloned::storage {

// Jobs that wait in one queue of one lane.
struct queue_key {
    lane_id lane;
    tenant_id tenant;
    job_priority priority = job_priority::normal;

    friend auto operator<=>(const queue_key&, const queue_key&) = default;
};

struct queue_length {
    queue_key queue;
    std::int64_t jobs = 0;
    std::int64_t first_job = 0;  // the lowest id that waits in it
};

}  // namespace cloned::storage
