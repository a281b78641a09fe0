#pragma once

#include "backends/backend.hpp"
#include "backends/http/json_reader.hpp"
#include "backends/vapi/faults.hpp"
#include "base/clock.hpp"

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

// One task of a listing, as far as it tells who has made what.
struct listed_task {
    std::string id;
    task_phase phase = task_phase::running;
    std::string operation;
    std::string target_type;
    std::string target;  // what it was created by or performed on, which the documents leave open
    std::string result;  // succeeded: the VM, where the upstream tells it
    std::optional<wall_time> started;
    error said;         // failed: why
    bool begun = true;  // failed: false where it was turned away for want of room
};
listed_task read_listed_task(std::string_view id,
                             const http::json_node& info,
                             capacity_signal signal);

// The id of the task that a call has started.
result<std::string> read_task_id(const http::json_node& id);

}  // namespace cloned::backends::vapi
