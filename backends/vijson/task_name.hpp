#pragma once

#include <string>
#include <string_view>

namespace cloned::backends::vijson {

// What a task id of ours stands for: the upstream's task alone, or the task and then what the guest
// of that VM makes of it ("guest:<vm>:<task>").
struct task_name {
    std::string task_id;
    std::string vm;  // empty: the task is all

    bool follows_guest() const { return !vm.empty(); }
    std::string text() const;

    // Anything without our prefix is the upstream's own id.
    static task_name from(std::string_view text);
};

}  // namespace cloned::backends::vijson
