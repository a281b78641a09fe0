#pragma once

#include "backends/vapi/task_info.hpp"
#include "backends/vapi/task_poller.hpp"

#include <string>
#include <string_view>
#include <vector>

// Snapservice's messages. Pure.
//
// Errors: reading gives `protocol_error` with the path of what is wrong.
namespace cloned::backends::snapservice {

class wire final : public vapi::task_wire {
public:
    http::request linked_clone(const linked_clone_spec& spec, std::string_view operation_id) const;
    http::request restore(const restore_spec& spec, std::string_view operation_id) const;
    result<std::string> read_started(std::string_view body) const;

    http::request get_session() const;
    // A list of one task that does not exist: the cheapest call where there are no sessions.
    http::request list_nothing() const;

    std::size_t batch_size(std::span<const std::string> ids) const override;
    http::request list_tasks(std::span<const std::string> ids) const override;
    result<std::vector<task_status>> read_list(std::string_view body) const override;
    http::request get_task(std::string_view id) const override;
    result<task_status> read_task(std::string_view id, std::string_view body) const override;
    // There is no filter by user: the form of the user's name in tasks differs from that in
    // sessions.
    http::request list_vm_tasks(std::span<const std::string_view> states) const override;
    result<std::vector<vapi::listed_task>> read_vm_tasks(std::string_view body) const override;
};

}  // namespace cloned::backends::snapservice
