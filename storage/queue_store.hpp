#pragma once

#include "base/async.hpp"
#include "base/result.hpp"
#include "model/job.hpp"
#include "model/lane.hpp"
#include "storage/queue_key.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cloned::storage {

// One conditional change of one job. It is made if the job is still in `from` with `fence`, and
// then the fence grows by one. Unset optionals leave their column as it is.
struct job_change {
    job_id id;
    std::int64_t fence = 0;
    job_state from = job_state::queued;
    job_state to = job_state::queued;
    wall_time at{};
    std::uint32_t attempt = 0;  // the value to be stored
    std::optional<bool> cancel_requested;
    std::optional<std::string> task_id;  // empty text clears it
    std::optional<std::string> vm;
    std::optional<error> last_error;
    std::optional<wall_time> wake_at;  // stored when `to` is blocked, cleared otherwise
    std::optional<wall_time> sent_at;
    bool clears_suspicion = false;  // the upstream has shown what a suspect job is at
    std::string spent_task;         // the one that `task_id` replaces, to be remembered
    std::string detail;             // for the history
};

// Jobs that can go on because another one has ended, or because somebody wants another try.
struct released_jobs {
    std::vector<queue_length> queued;    // what was added to each queue
    std::optional<wall_time> next_wake;  // the earliest not_before of those that wait for a time
};

// A task of an upstream's that was given to a job of ours.
struct job_task {
    std::string task;
    job_id job;
    bool spent = false;  // of an earlier attempt
};

// The store as the scheduler sees it: queues, lanes, and every change of a job's state.
//
// Errors: `aborted` where the condition of a change did not hold; nothing was written then.
// Threads, the other errors, durability, order, cancellation and lifetime: see job_store.
class queue_store {
public:
    virtual ~queue_store() = default;

    // --- writes -----------------------------------------------------------------------------

    // Makes the change and appends it to the history; returns the history entry's id.
    //
    // A change that ends a job settles, in the same commit, the jobs that wait for it: after a
    // success they are queued with its VM, otherwise they end as it did. A job that is given
    // another try waits again if the job before it has not ended; if that has ended without
    // success: failed_precondition. What either of them queues is told to on_release().
    virtual task<result<event_id>> change(job_change change) = 0;

    // Changes all of them in one commit; those whose condition does not hold are left alone. The
    // result has one entry per change.
    virtual task<result<std::vector<result<event_id>>>> change_all(
        std::vector<job_change> changes) = 0;

    // not_found: there is no such lane.
    virtual task<result<void>> save_lane(lane_id lane, lane_settings settings) = 0;

    // --- reads ------------------------------------------------------------------------------

    virtual task<result<std::vector<lane_record>>> lanes() = 0;

    // Every queue that is not empty.
    virtual task<result<std::vector<queue_length>>> queues() = 0;

    // The first `limit` queued jobs of a queue, in the order of their ids.
    virtual task<result<std::vector<queued_job>>> load_queue(queue_key queue,
                                                             std::size_t limit) = 0;

    // Every job that is submitting, running, in doubt or with the operator: what a start must
    // settle.
    virtual task<result<std::vector<queued_job>>> load_unsettled() = 0;

    // Jobs of a batch in the given states as the submitter needs them, in the order of their ids.
    virtual task<result<std::vector<queued_job>>> load_batch(batch_id batch,
                                                             std::vector<job_state> states,
                                                             job_id after,
                                                             std::size_t limit) = 0;

    // How many queued jobs of its queue come before this one; an estimate deep inside a long one.
    virtual task<result<std::int64_t>> queue_position(queue_key queue, job_id job) = 0;

    // The other job, if there is one, that has made this VM in the inventory in which `job` makes
    // its own. Purged jobs are not remembered.
    virtual task<result<std::optional<job_id>>> made_by_another(job_id job, std::string vm) = 0;

    // The tasks of attempts that were sent to the endpoint since then, whatever has become of them;
    // the latest `limit` of them. Purged jobs are not remembered.
    virtual task<result<std::vector<job_task>>> tasks_since(std::string endpoint,
                                                            wall_time since,
                                                            std::size_t limit) = 0;

    // Called on the loop thread after a commit that has released jobs. One listener.
    virtual void on_release(std::function<void(const released_jobs&)> listener) = 0;
};

}  // namespace cloned::storage
