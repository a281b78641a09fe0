#pragma once

#include "base/coalescer.hpp"
#include "daemon/scheduler/endpoint_health.hpp"
#include "daemon/scheduler/endpoint_jobs.hpp"
#include "daemon/scheduler/shared_parts.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cloned::scheduler {

// Looks up whether the name of a VM is free before the VM is sent for, so that a VM which was there
// before is never taken for the job's own. One request covers all who ask at the moment and those
// who will be sent next; what it tells is good for a short while and for one sending.
//
// Threads:      the loop thread only.
// Errors:       `unavailable`: the upstream does not answer. Others: what it says of this name
// alone;
//               nothing is known then either, and the job must not be sent.
// Cancellation: a caller leaves, the lookup goes on for the others.
// Lifetime:     outlived by everything it is constructed with.
class name_check {
public:
    static constexpr milliseconds good_for{60'000};
    static constexpr std::size_t names_max = 100;  // in one lookup

    name_check(const shared_parts& shared, endpoint_health& health, const endpoint_jobs& jobs);

    // Who bears this name already.
    task<result<backends::occupant>> occupant(vm_identity who);
    // The same as the upstream shows it now, whatever was foretold.
    task<result<backends::occupant>> occupant_now(vm_identity who);

private:
    struct finding {
        backends::occupant seen;
        steady_time asked_at{};
    };
    using lookups = coalescer<vm_identity, backends::occupant>;

    std::optional<backends::occupant> take_known(const vm_identity& who);
    void add_forecast(std::vector<vm_identity>& names) const;
    task<lookups::answers> look_up(std::vector<vm_identity> asked, bool alone);
    task<bool> heard(bool served, std::size_t asked, std::optional<error> trouble);

    // Constant after construction
    endpoint_health& health_;
    clock& clock_;
    const endpoint_jobs& jobs_;
    // Loop thread only
    std::map<vm_identity, finding> known_;
    lookups lookups_;
};

}  // namespace cloned::scheduler
