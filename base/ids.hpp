#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace cloned {

// A number that names one thing of one sort, so that a lane is never taken for a job.
template <class Tag>
struct number_id {
    std::int64_t value = 0;

    friend auto operator<=>(number_id, number_id) = default;
};

using job_id = number_id<struct job_tag>;
using batch_id = number_id<struct batch_tag>;
using lane_id = number_id<struct lane_tag>;
using tenant_id = number_id<struct tenant_tag>;

// The position of a change in the order of all changes; grows with each, never reused.
using event_id = number_id<struct event_tag>;

}  // namespace cloned

template <class Tag>
struct std::hash<cloned::number_id<Tag>> {
    std::size_t operator()(cloned::number_id<Tag> id) const noexcept {
        return std::hash<std::int64_t>()(id.value);
    }
};
