#pragma once

#include "backends/zstack/job_answer.hpp"
#include "backends/zstack/options.hpp"

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

// The call had vmNicParams, whose type depends on the build. Where a refusal or a doubt may come
// from that, its words name the setting.
void hint_at_nics(std::vector<submit_outcome>& outcomes, nic_form as);

}  // namespace cloned::backends::zstack
