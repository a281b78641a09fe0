#pragma once

#include <cstddef>
#include <cstdint>

namespace cloned {

// What keeps a queued job from being sent at this moment.
enum class wait_reason : std::uint8_t {
    none,  // nothing: its lane sends, and it is among the next
    endpoint_not_configured,
    lane_paused,  // by an operator
    endpoint_unavailable,
    endpoint_limit,      // jobs in flight over all lanes of the endpoint
    lane_limit,          // configured, or set by an operator
    search_for_ceiling,  // each job that the upstream accepts makes room for more
    upstream_full,       // it has refused to take more
    pause_after_refusal,
    upstream_refuses_all,  // whatever the lane sends; one job at a time tries again
    vm_limit,              // jobs in flight on one source VM
    vm_being_changed,      // by another job
    turn,                  // jobs before it in its queue
    about_to_be_sent,      // it has its slot
};
inline constexpr std::size_t wait_reason_count = 14;

}  // namespace cloned
