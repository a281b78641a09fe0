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

// The outcome of a submit that got no answer: in doubt if something of it may have arrived, a
// refusal before the start otherwise.
submit_outcome outcome_without_answer(error why);

// The outcome of a submit whose success cannot be understood.
submit_outcome outcome_not_understood(const error& why);

// Logs out and closes, within a few seconds.
task<void> say_goodbye(http::token_source& session, http::client& client, steady_time now);

// The latest session_after of the queries; nothing if none has one.
std::optional<steady_time> latest_session_after(const std::vector<evidence_query>& queries);

// Marks the VM that was seen as foreign where tasks that have succeeded show that it was made from
// something else than `source`.
void tell_foreign(evidence& seen, const std::vector<provenance>& made, std::string_view source);

// Those of `all` that are not in `known`.
std::vector<std::string> unaccounted(std::vector<std::string> all, std::vector<std::string> known);

}  // namespace cloned::backends::vapi
