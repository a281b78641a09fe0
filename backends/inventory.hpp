#pragma once

#include "backends/backend.hpp"
#include "backends/http/redactor.hpp"
#include "backends/http/session.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cloned::backends {

// What one look for a VM has shown.
struct vm_sighting {
    evidence::vm_presence presence = evidence::vm_presence::absent;
    std::string vm;
    std::string seen;   // one sentence for an operator
    std::string where;  // see occupant
    bool sure = true;
};

inline std::vector<occupant> occupants_of(const std::vector<vm_sighting>& seen) {
    std::vector<occupant> out;
    out.reserve(seen.size());
    for (const auto& one : seen) {
        const bool unnamed = one.vm.empty() && one.presence != evidence::vm_presence::absent;
        out.push_back({unnamed ? std::string(several_vms) : one.vm, one.where, one.sure});
    }
    return out;
}

// A vCenter, as far as other endpoints need it: it lists the VMs that they make, and may lend them
// its session.
//
// Threads, errors, cancellation: as for a backend.
class inventory {
public:
    virtual ~inventory() = default;

    // What is seen of each, in their order; fails as a whole. An empty folder: that of the source,
    // or anywhere if there is none or its folder cannot be told.
    virtual task<result<std::vector<vm_sighting>>> find_vms(std::vector<vm_identity> wanted,
                                                            steady_time deadline) = 0;

    // The names that these VMs bear, by their ids; those that are not there are left out. Fails as
    // a whole.
    virtual task<result<std::map<std::string, std::string, std::less<>>>> names_of(
        std::vector<std::string> vms, steady_time deadline) = 0;

    virtual http::token_source& session() = 0;
    // The way to its server, on which there are services beside the inventory.
    virtual http::client& transport() = 0;

    // What whoever sees its words, or borrows its session, must not show; null: nothing is known.
    virtual std::shared_ptr<http::redactor> secrets() const { return nullptr; }
};

}  // namespace cloned::backends
