#pragma once

#include "model/job.hpp"

#include <cstdint>
#include <optional>

// The life of a job as a table: what happened in which state leads where. Pure; the scheduler does
// the I/O that leads to an event and records the transition that comes out.
namespace cloned {

enum class transition_event : std::uint8_t {
    slot_given,       // a slot is free: record the intent
    task_known,       // the upstream accepted and gave a task id
    refused,          // certainly not started, may be sent again at once: charges no attempt
    refused_until,    // certainly not started, may be sent again later: charges no attempt
    failed_for_good,  // certainly not done, and no repeat can help
    failed_for_now,   // certainly not done, a later attempt may succeed
    outcome_unknown,  // no answer, or a task that vanished
    done,             // the upstream says so, or evidence does
    proven_absent,    // evidence: the upstream did not do it and will not
    unsettled,        // evidence cannot tell
    was_cancelled,    // the upstream ended it because somebody asked
    cancel_asked,     // a client asks
    deadline_passed,
    time_came,      // the end of a pause
    retry_asked,    // a client wants a failed job again
    name_unusable,  // before it was sent: a VM of that name is there, or the upstream refuses the
                    // name
    adopted,        // an operator says which VM is the job's
    abandoned,      // an operator gives the job up
    look_again,     // an operator wants the evidence looked at anew
};
inline constexpr std::size_t transition_event_count = 19;

struct transition {
    job_state to = job_state::queued;
    std::uint32_t attempt = 0;  // as it is to be stored
    bool pause = false;         // `to` is blocked, and the caller says until when
    bool exhausted = false;     // failed only because no attempt is left
};

// What follows from `event`, or nothing if that event cannot happen in this state; then the caller
// has a stale view and must look again. A cancellation of a job that is with the upstream keeps its
// state: it is a wish, and the upstream's answer decides.
std::optional<transition> next(const job_progress& job,
                               std::uint32_t max_attempts,
                               transition_event event);

}  // namespace cloned
