#pragma once

#include "backends/backend.hpp"
#include "backends/http/authorized_client.hpp"
#include "backends/vapi/faults.hpp"
#include "backends/vapi/task_info.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the backends of the vAPI family do alike.
namespace cloned::backends::vapi {

// A read: whatever is no success is an error.
task<result<http::response>> read(http::authorized_client& via,
                                  http::request what,
                                  steady_time deadline);

// The latest session_after of the queries; nothing if none has one.
std::optional<steady_time> latest_session_after(const std::vector<evidence_query>& queries);

// Marks the VM that was seen as foreign where tasks that have succeeded show that it was made from
// something else than `source`.
void mark_foreign(evidence& seen, const std::vector<provenance>& made, std::string_view source);

// Those of `all` that are not in `known`.
std::vector<std::string> unaccounted(std::vector<std::string> all, std::vector<std::string> known);

}  // namespace cloned::backends::vapi
