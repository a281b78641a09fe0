#pragma once

#include "daemon/scheduler/housekeeper.hpp"
#include "daemon/scheduler/job_change.hpp"
#include "daemon/scheduler/planner.hpp"
#include "storage/queue_store.hpp"

#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace cloned::scheduler {

// A job that holds a slot: sent, perhaps sent, or about to be.
struct in_flight_job {
    queued_job job;            // its progress is what the store has
    steady_time started_at{};  // when the upstream accepted it, for estimating durations
    std::optional<int> percent;
    // Since when only its guest is waited for, see task_status::only_waits.
    std::optional<steady_time> waiting_since;
    std::string not_cancelled;  // why not, where the upstream was asked to cancel it
    wall_time cancel_asked_at{};
    // When it was told that the upstream is not available, and nothing else.
    std::optional<steady_time> turned_away_at;
    bool lane_was_refused = false;  // and so was every other one of its lane before
    bool repeated = false;  // sent under the task id of an earlier request, which may still arrive
    std::string trouble;    // why its last look, or poll, told nothing
};

// The jobs that hold slots, and the one place where their changes are recorded: update → change
// (job_change.hpp) → store → planner. A slot is given back only after the change that frees it is
// on disk.
//
// Threads:      the loop thread only.
// Errors:       `aborted`: the job is not here, or the event cannot happen in its state.
// `in_doubt`:
//               the store is poisoned, the process is about to leave. A full disk is waited out.
// Cancellation: a change once handed to the store is made; memory then lags behind until the next
//               start, which is harmless because only a stopping daemon cancels.
// Lifetime:     outlived by everything it is constructed with.
class in_flight_jobs {
public:
    in_flight_jobs(storage::queue_store& store,
                   planner& plan,
                   clock& time,
                   housekeeper& calendar,
                   alarm& slot_freed)
        : store_(store), plan_(plan), clock_(time), calendar_(calendar), slot_freed_(slot_freed) {}

    // Takes a picked job in; the planner has given it a slot.
    in_flight_job& add(queued_job job);
    in_flight_job* find(job_id id);
    const in_flight_job* find(job_id id) const;
    std::size_t size() const { return jobs_.size(); }
    // Those whose intent is not on disk yet, by the queue that they still wait in there.
    std::map<storage::queue_key, std::int64_t> queued() const;
    std::vector<job_id> ids_between(job_id first, std::int64_t count) const;

    // The state that came of it.
    task<result<job_state>> record(job_id id, job_update what);

    struct entry {
        job_id id;
        job_update what;
    };
    // The same for many, some hundreds in one commit; those that fail are logged and left as they
    // are.
    task<void> record_all(std::vector<entry> entries);

    // Gives the slot of a job back that turned out not to be ours to send (cancelled meanwhile).
    void drop(job_id id);

    // Gives the slot of a job back that is not sent for now: it stays queued, as it is on disk.
    void put_back(job_id id);

private:
    task<void> record_some(std::span<entry> entries);
    result<storage::job_change> prepare(const in_flight_job& live, const job_update& what) const;
    void committed(const storage::job_change& change);

    // Constant after construction
    storage::queue_store& store_;
    planner& plan_;
    clock& clock_;
    housekeeper& calendar_;
    alarm& slot_freed_;
    // Loop thread only
    std::unordered_map<job_id, in_flight_job> jobs_;
};

}  // namespace cloned::scheduler
