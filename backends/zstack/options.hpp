#pragma once

#include <chrono>

namespace cloned::backends::zstack {

struct zstack_options {
    std::chrono::minutes clock_offset{0};  // the node's local time ahead of UTC
    bool refuses_known_tasks = true;       // a job uuid that is sent twice is refused
};

}  // namespace cloned::backends::zstack
