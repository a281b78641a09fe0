#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstdint>

namespace cloned::backends::zstack {

// vmNicParams is a list in the SDKs of 5.1.20 to 5.4.0 and in the API explorer, and a string that
// holds one in other builds.
enum class nic_form : std::uint8_t { list, text };

struct zstack_options {
    std::chrono::minutes clock_offset{0};  // the node's local time ahead of UTC
    // So long an ended job is known, from its beginning; as installed 10,800 s
    // (rest/completedApi.expiredPeriod).
    milliseconds job_retention = std::chrono::hours(3);
    bool refuses_known_tasks = true;  // a job uuid that is sent twice is refused
    nic_form nic_params = nic_form::list;
};

}  // namespace cloned::backends::zstack
