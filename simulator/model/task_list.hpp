#pragma once

#include "simulator/model/world.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloned::simulator {

// Every field that is given must match; within a field any value does.
struct task_filter {
    std::vector<std::string_view> tasks;
    std::vector<std::string_view> services;
    std::vector<std::string_view> operations;
    std::vector<std::string_view> status;
    std::vector<std::string_view> users;
    std::vector<std::pair<std::string_view, std::string_view>> targets;  // type, id
};

// The tasks of one server that match, oldest first. Unknown ids are left out without a word. Costs
// as much as the ids that are given; without ids as the live tasks, or all known ones if a status
// of finished tasks is asked for.
outcome<std::vector<const task*>> list_tasks(world& w, server_kind server, const task_filter& f);

// The Info structure of a task. snapservice adds `vc_task`.
void append_task_info(std::string& out, const world& w, const task& t, bool exclude_result);

std::string_view service_of(operation_kind kind);
std::string_view operation_of(operation_kind kind);

}  // namespace cloned::simulator
