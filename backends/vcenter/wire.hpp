#pragma once

#include "backends/http/json_reader.hpp"
#include "backends/inventory.hpp"
#include "backends/vapi/flavour.hpp"
#include "backends/vapi/task_info.hpp"
#include "backends/vapi/task_poller.hpp"

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// vCenter's messages, in both flavours. Pure: requests are built, answers are read, nothing is
// sent.
//
// Errors: reading gives `protocol_error` with the path of what is wrong.
namespace cloned::backends::vcenter {

// Servers and proxies commonly refuse request lines of more than 8 KiB.
inline constexpr std::size_t max_query_bytes = 7000;

enum class power_state : std::uint8_t { off, on, suspended, other };
enum class tools_state : std::uint8_t { not_installed, not_running, running };

class wire final : public vapi::task_wire {
public:
    explicit wire(vapi::flavour speaks) : rest_(speaks == vapi::flavour::rest) {}

    http::request clone(const vcenter_clone_spec& spec, std::string_view operation_id) const;
    result<std::string> read_clone(std::string_view body) const;

    http::request power_on(std::string_view vm, std::string_view operation_id) const;
    // Is it vCenter's own answer, which has no body, rather than that of a proxy?
    bool is_power_on_done(const http::response& answer) const;
    http::request get_power(std::string_view vm) const;
    result<power_state> read_power(std::string_view body) const;
    http::request get_tools(std::string_view vm) const;
    result<tools_state> read_tools(std::string_view body) const;

    // VMs of these names in one folder; an empty one: anywhere.
    http::request list_vms(std::span<const std::string> names, std::string_view folder) const;
    // How many of the names, from the first one on, fit into one such request; at least one.
    static std::size_t names_that_fit(std::span<const std::string> names);
    // What the listing says about VMs of exactly these names, in their order. VMs that are known to
    // be elsewhere do not count.
    result<std::vector<vm_sighting>> read_vms(
        std::string_view body,
        std::span<const std::string> names,
        const std::set<std::string, std::less<>>& elsewhere = {}) const;

    // VMs by their ids, and their names.
    http::request list_vms_by_id(std::span<const std::string> vms) const;
    // Those of them that are in one of these folders; no folders: anywhere.
    http::request list_vms_within(std::span<const std::string> vms,
                                  std::span<const std::string> folders) const;
    // How many of the folders, from the first one on, fit into one such request; at least one.
    static std::size_t folders_that_fit(std::span<const std::string> vms,
                                        std::span<const std::string> folders);

    // The folders for VMs that lie in this one; an empty one: all that there are.
    http::request list_folders(std::string_view parent) const;
    // Their ids. More than are listed at a time: `invalid_argument`.
    result<std::vector<std::string>> read_folders(const http::response& answer) const;
    result<std::vector<std::pair<std::string, std::string>>> read_names(
        std::string_view body) const;

    http::request cancel_task(std::string_view id) const;
    http::request get_session() const;

    std::size_t batch_size(std::span<const std::string> ids) const override;
    http::request list_tasks(std::span<const std::string> ids) const override;
    result<std::vector<task_status>> read_list(std::string_view body) const override;
    http::request get_task(std::string_view id) const override;
    result<task_status> read_task(std::string_view id, std::string_view body) const override;
    // There is no filter by user: the form of the user's name in tasks differs from that in
    // sessions.
    http::request list_vm_tasks(std::span<const std::string_view> states) const override;
    result<std::vector<vapi::listed_task>> read_vm_tasks(std::string_view body) const override;

private:
    std::string path(std::string_view behind) const;
    result<http::json_node> unwrap(const result<http::json_node>& root) const;
    template <class Visit>
    result<void> each_task(const http::json_node& list, const Visit& visit) const;

    bool rest_;
};

}  // namespace cloned::backends::vcenter
