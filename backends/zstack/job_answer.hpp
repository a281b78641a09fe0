#pragma once

#include "backends/backend.hpp"
#include "backends/zstack/faults.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What ZStack answers about a clone call: when it takes it, and when it is asked for the job. Pure.
namespace cloned::backends::zstack {

enum class job_state : std::uint8_t {
    running,
    ended,   // with an item for each name; each may have failed
    failed,  // as a whole
    gone,    // never known, or expired: the two cannot be told apart
};

// One of the names of a call that has ended. With an error and a VM, the VM was made, but a step
// after that failed. With an error alone nothing tells the name.
struct cloned_item {
    std::string name;
    std::string vm;
    std::optional<fault> why;
};

struct job_answer {
    job_state state = job_state::running;
    std::vector<cloned_item> items;  // in the order in which they ended
    fault why;                       // failed, gone
};

// Errors: the answer tells nothing about the job; it may be asked for again.
result<job_answer> read_job(const http::response& answer);

// What became of these names of the call `uuid`, one status each. Which name an error without a VM
// belongs to is known by elimination alone. An empty name stands for the only one of the call.
std::vector<task_status> judge(const std::string& uuid,
                               const std::vector<std::string>& names,
                               const job_answer& answer,
                               late_steps after);

}  // namespace cloned::backends::zstack
