#pragma once

#include "backends/backend.hpp"
#include "backends/http/session.hpp"

#include <string>

namespace cloned::backends {

// What one look for a VM has shown.
struct vm_sighting {
    evidence::vm_presence presence = evidence::vm_presence::absent;
    std::string vm;
    std::string seen;  // one sentence for an operator
};

// A vCenter, as far as other endpoints need it: it lists the VMs that they make, and may lend them
// its session.
//
// Threads, errors, cancellation: as for a backend.
class inventory {
public:
    virtual ~inventory() = default;

    // An empty folder: anywhere.
    virtual task<result<vm_sighting>> find_vm(std::string name,
                                              std::string folder,
                                              steady_time deadline) = 0;

    virtual http::token_source& session() = 0;
};

}  // namespace cloned::backends
