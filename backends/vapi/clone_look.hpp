#pragma once

#include "backends/http/authorized_client.hpp"
#include "backends/inventory.hpp"
#include "backends/vapi/clone_evidence.hpp"
#include "backends/vapi/task_poller.hpp"

#include <string_view>
#include <vector>

namespace cloned::backends::vapi {

// One look for many VMs that are to be made: a few requests for all of them.
//
// Errors: those of the requests, but a list of tasks that is refused is part of what was seen.
struct clone_look {
    http::authorized_client& via;
    const task_wire& wire;
    inventory* vms;  // null: there is none, and only an operator can tell
    // What the name of the operation holds by which jobs of this kind are done, in lower case.
    std::string_view (*operation_of)(job_kind);
    steady_time deadline{};

    // Fills in `seen` at these places, whose queries make VMs.
    task<result<void>> run(const std::vector<evidence_query>& queries,
                           const std::vector<std::size_t>& places,
                           std::vector<evidence>& seen);

private:
    task<result<std::vector<listed_task>>> list(std::span<const std::string_view> states);
    task<result<task_listing>> list_live();
    task<result<void>> list_ended(task_listing& into);
    static void refuse_partial_list(const evidence_query& any, task_listing& tasks);
    task<result<std::vector<vm_sighting>>> find_vms(std::vector<vm_identity> wanted);
};

}  // namespace cloned::backends::vapi
