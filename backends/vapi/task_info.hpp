#pragma once

#include "backends/backend.hpp"
#include "backends/http/json_reader.hpp"
#include "backends/vapi/faults.hpp"

#include <string>
#include <string_view>

// The Info structure of tasks, the same at vCenter and snapservice. Pure.
namespace cloned::backends::vapi {

// A status that we do not know, or none at all, counts as running: only a clear word ends a job.
task_status read_task_info(std::string_view id,
                           const http::json_node& info,
                           capacity_signal signal);

// Is this a task of an operation whose name contains `operation`, with `target` as its target if it
// has one?
bool concerns(const http::json_node& info, std::string_view operation, std::string_view target);

// Has the task not ended? Servers that know no filter by status list ended ones as well.
bool is_live(const http::json_node& info);

// The id of the task that a call has started.
result<std::string> read_task_id(const http::json_node& id);

}  // namespace cloned::backends::vapi
