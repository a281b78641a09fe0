#pragma once

#include "backends/backend.hpp"
#include "backends/http/authorized_client.hpp"
#include "backends/vapi/faults.hpp"

#include <optional>
#include <vector>

// What the backends of the vAPI family do alike.
namespace cloned::backends::vapi {

// A read: whatever is no success is an error, and whatever is no JSON did not come from the
// upstream.
task<result<http::response>> read(http::authorized_client& via,
                                  http::request what,
                                  steady_time deadline);

// The latest session_after of the queries; nothing if none has one.
std::optional<steady_time> latest_session_after(const std::vector<evidence_query>& queries);

}  // namespace cloned::backends::vapi
