#pragma once

#include "backends/backend.hpp"
#include "backends/http/json_reader.hpp"
#include "backends/vapi/faults.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

// What a task that has succeeded was about: the VM that it made, and the VM that it made it from.
struct provenance {
    std::string vm;
    std::string source;
};
// Nothing if it is of another operation, has not succeeded, or does not tell both.
std::optional<provenance> read_provenance(const http::json_node& info, std::string_view operation);

// Does the upstream show that this VM was made from something else than `source`?
bool is_foreign(const std::vector<provenance>& made, std::string_view vm, std::string_view source);

// The id of the task that a call has started.
result<std::string> read_task_id(const http::json_node& id);

}  // namespace cloned::backends::vapi
