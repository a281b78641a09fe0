#pragma once

#include "simulator/model/call.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace cloned::simulator {

// The vCenter of the world, in both dialects.
class vcenter_api {
public:
    explicit vcenter_api(world& w) : world_(w) {}

    answer handle(call& c);

private:
    answer session_calls(call& c);
    answer open_session(call& c);
    answer vm_calls(call& c);
    answer calls_of_one_vm(call& c);
    answer start_power(call& c, virtual_machine& vm);
    answer power(call& c, const virtual_machine& vm);
    answer tools(call& c, const virtual_machine& vm);
    answer clone(call& c);
    answer list_vms(call& c);
    answer list_folders(call& c);
    answer show_vm(call& c, const virtual_machine& vm);
    answer task_calls(call& c);
    answer get_task(call& c, std::string_view id);
    answer cancel_task(call& c, std::string_view id);
    answer list_tasks_by_body(call& c);
    answer list_tasks_by_query(call& c);

    bool logged_in(const call& c);
    static refusal broken_vm();

    world& world_;
};

// Of a filter: no value asks for all.
inline bool among(const std::vector<std::string_view>& values, std::string_view value) {
    return values.empty() || std::find(values.begin(), values.end(), value) != values.end();
}

}  // namespace cloned::simulator
