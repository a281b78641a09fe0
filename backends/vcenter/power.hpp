#pragma once

#include "backends/backend.hpp"
#include "backends/http/authorized_client.hpp"
#include "backends/vcenter/wire.hpp"

#include <string>
#include <string_view>

namespace cloned::backends::vcenter {

// Powers VMs on.
//
// A power_on that waits for the Tools has no task upstream; it gets one of ours, "power:" and the
// VM's id, which poll() answers by looking at the VM. All that is left of it is our wait.
//
// Threads, errors, cancellation: as for backend. Lifetime: the client and the wire must outlive it.
class power {
public:
    power(http::authorized_client& calls, const wire& speaks) : calls_(calls), wire_(speaks) {}

    // Is it a task of ours, and not the upstream's?
    static bool is_task(std::string_view task);

    task<submit_outcome> submit(power_on_spec spec, std::string operation_id, steady_time deadline);

    // One that goes on with words could not be looked at.
    task<void> poll(std::string task, steady_time deadline, task_status& out);

    task<result<evidence>> look(power_on_spec spec, steady_time deadline);

private:
    // How a VM stands on its way to being up.
    struct vm_state {
        power_state is = power_state::other;
        std::optional<tools_state> tools;  // of one that is on, if asked for
        bool gone = false;
        error said;
    };
    // What came of a start that was answered by nobody knows whom.
    task<submit_outcome> look_after(power_on_spec spec, int status, steady_time deadline);
    task<result<vm_state>> look_at(std::string vm, bool with_tools, steady_time deadline);

    http::authorized_client& calls_;
    const wire& wire_;
};

}  // namespace cloned::backends::vcenter
