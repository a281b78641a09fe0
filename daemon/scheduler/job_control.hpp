#pragma once

#include "base/async.hpp"
#include "base/result.hpp"
#include "model/job.hpp"
#include "model/lane.hpp"
#include "storage/batch_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cloned::scheduler {

// Why a job is where it is, for a person.
struct explanation {
    std::string waiting_reason;  // empty: it waits for nothing
    std::optional<std::int64_t> jobs_ahead;
    std::optional<wall_time> estimated_end;
    std::optional<int> percent;  // of the running upstream task
};

struct cancel_tally {
    std::int64_t cancelled = 0;   // ended at once
    std::int64_t requested = 0;   // running: the upstream is being asked
    std::int64_t unaffected = 0;  // had already ended
};

// What an operator says of a job that evidence cannot settle.
struct resolution {
    enum class verdict : std::uint8_t { adopt, abandon, look_again };
    verdict what = verdict::look_again;
    std::string vm;      // adopt: the job's VM
    std::string reason;  // abandon; may be empty
};

// What the RPC layer may ask of the scheduler.
//
// Threads: the loop thread only. Errors: those of the store, and not_found for unknown lanes.
class job_control {
public:
    virtual ~job_control() = default;

    // A batch was accepted; its jobs may be sent from now on.
    virtual void accepted(const storage::accepted_batch& batch) = 0;

    virtual task<explanation> explain(job_record job) = 0;

    // Ends a job that waits; asks the upstream to end one that runs, and lets the upstream's answer
    // decide how it ends. A job that has ended: no error, nothing happens.
    virtual task<result<void>> cancel(job_id job) = 0;
    virtual task<result<cancel_tally>> cancel_batch(batch_id batch) = 0;

    // Queues the failed jobs of a batch (and the cancelled ones, if asked) again, with the same
    // names and a fresh count of attempts; returns how many.
    virtual task<result<std::int64_t>> retry_batch(batch_id batch, bool cancelled_too) = 0;

    // Ends or reopens a job that needs an operator. failed_precondition in any other state, with
    // what to do there.
    virtual task<result<void>> resolve(job_id job, resolution what) = 0;

    virtual std::vector<lane_status> lanes() const = 0;
    virtual result<lane_status> lane(lane_id id) const = 0;
    virtual task<result<lane_status>> pause_lane(lane_id id, std::string reason) = 0;
    virtual task<result<lane_status>> resume_lane(lane_id id) = 0;
    // Unset: back to the configured limit.
    virtual task<result<lane_status>> set_lane_limit(lane_id id,
                                                     std::optional<std::int64_t> limit) = 0;
    virtual std::vector<endpoint_status> endpoints() const = 0;

    // Logs in to the endpoint at once, whatever was refused before, and asks it something; why it
    // was in vain otherwise. not_found: there is no such endpoint.
    virtual task<result<void>> log_in(std::string endpoint) = 0;
};

}  // namespace cloned::scheduler
