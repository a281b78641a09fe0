#pragma once

#include "simulator/model/world.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Tasks as VI JSON knows them: its own, and the world's clones under another id.
namespace cloned::simulator {

std::string vi_task_id(std::uint64_t number);

// TaskInfo, or nothing if the task is not known (any more).
std::optional<boost::json::object> vi_task_info(world& w, std::string_view id);

// Ids of tasks about that VM, of all if it is 0; the oldest first, no more than recentTask lists.
std::vector<std::string> vi_recent_tasks(world& w, std::uint64_t vm);

vi_outcome<void> vi_cancel_task(world& w, std::string_view id);

std::string vi_time(const world& w, instant t);

}  // namespace cloned::simulator
