#pragma once

#include "backends/inventory.hpp"
#include "base/clock.hpp"

#include <chrono>
#include <string>
#include <string_view>

// The VMs that bear a name, and which of them can be the one that was sent for. Pure.
//
// Names are not unique, destroyed VMs are listed for another week, and the caller cannot choose a
// uuid; so a VM is taken for ours by its name, what it was cloned from, and when it was made. One
// that is still on its way to the state that its strategy asks for is incomplete.
namespace cloned::backends::zstack {

struct wanted_vm {
    std::string name;
    std::string source;
    wall_time sent_at{};
    std::chrono::minutes clock_offset{0};  // of the node's local time, in which it writes dates
    std::string strategy;                  // which says in what state it is finished
};

// Errors: `protocol_error`.
result<vm_sighting> read_vms(std::string_view body, const wanted_vm& wanted);

}  // namespace cloned::backends::zstack
