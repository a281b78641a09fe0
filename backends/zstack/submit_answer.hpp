#pragma once

#include "backends/zstack/job_answer.hpp"

#include <string>
#include <vector>

// What the answer to a submit means for the jobs that shared it. Pure.
namespace cloned::backends::zstack {

// The outcomes of these names' submit that was answered so, where `uuid` is the job uuid that we
// had chosen.
std::vector<submit_outcome> outcomes_of(const http::response& answer,
                                        const std::string& uuid,
                                        const std::vector<std::string>& names,
                                        late_steps after);

}  // namespace cloned::backends::zstack
