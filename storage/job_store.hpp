#pragma once

#include "base/async.hpp"
#include "base/result.hpp"
#include "model/job.hpp"
#include "model/lane.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cloned::storage {

struct new_batch {
    std::string uid;  // a fresh UUID; the public name of the batch if it is new
    std::string tenant;
    std::string request_id;    // chosen by the client; unique for the tenant
    std::string content_hash;  // equal for equal content
    std::string display_name;
    wall_time at{};
    std::vector<job_request> jobs;
    // The inventory in which the name of each endpoint's VMs must be unique: endpoint → inventory.
    std::vector<std::pair<std::string, std::string>> inventories;
};

// Jobs that wait in one queue of one lane.
struct queue_key {
    lane_id lane;
    tenant_id tenant;
    job_priority priority = job_priority::normal;

    friend auto operator<=>(const queue_key&, const queue_key&) = default;
};

struct queue_length {
    queue_key queue;
    std::int64_t jobs = 0;
    std::int64_t first_job = 0;  // the lowest id that waits in it
};

// Jobs that can go on because another one has ended, or because somebody wants another try.
struct released_jobs {
    std::vector<queue_length> queued;  // what was added to each queue
    std::optional<wall_time>
        next_wake;  // the earliest not_before of those that wait for a time now
};

struct accepted_batch {
    batch_record batch;
    bool created = false;                // false: the same request was accepted earlier
    std::vector<lane_record> lanes;      // every lane that the batch's jobs are in
    std::vector<queue_length> queued;    // what was added to each queue
    std::optional<wall_time> next_wake;  // the earliest not_before of its blocked jobs
};

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
    std::string detail;             // for the history
};

struct job_filter {
    std::string tenant;             // empty: every tenant
    std::string batch_uid;          // empty: every batch
    std::vector<job_state> states;  // empty: every state
    std::optional<lane_id> lane;
};

struct batch_filter {
    std::string tenant;
    std::optional<bool> ended;
};

struct purge_outcome {
    std::int64_t batches = 0;
    std::int64_t jobs = 0;
    bool more = false;
};

// The durable queue of jobs.
//
// Threads:      call from the loop thread only; work happens on threads of the store's own, or,
// where
//               the implementation is told so, on the loop itself.
// Errors:       `unavailable`: nothing was written and nothing is wrong with the call (disk full:
// only
//               accept() says so). `aborted`: the condition of a change did not hold. `in_doubt`: a
//               write failed in a way that leaves its outcome unknown; the store then refuses every
//               later write with `in_doubt`, and the process must leave and recover.
// Durability:   when a write has returned success it is on disk.
// Order:        writes take effect in the order of their calls.
// Cancellation: a write once begun is completed; the caller is told of its cancellation afterwards.
// Lifetime:     must outlive every task that uses it; see daemon/app.cpp for the order.
class job_store {
public:
    virtual ~job_store() = default;

    // --- writes -----------------------------------------------------------------------------

    // Accepts all jobs in one commit, or none. The same tenant, request_id and content_hash: the
    // batch accepted earlier. The same request_id with other content: already_exists. A VM name
    // that a live job (or another job of this batch) already aims at in the same inventory and
    // folder, or in a folder that one of the two leaves to the upstream: already_exists, naming
    // both jobs; `conflicts`, where given, receives (index in jobs, sentence) for every such job.
    virtual task<result<accepted_batch>> accept(
        new_batch batch, std::vector<std::pair<std::size_t, std::string>>* conflicts) = 0;

    // The answer of accept() without keeping anything (validate_only).
    virtual task<result<void>> check(
        new_batch batch, std::vector<std::pair<std::size_t, std::string>>* conflicts) = 0;

    // Makes the change and appends it to the history; returns the history entry's id.
    //
    // A change that ends a job settles, in the same commit, the jobs that wait for it: after a
    // success they are queued with its VM, otherwise they end as it did. A job that is given
    // another try waits again if the job before it has not ended; if that has ended without
    // success: failed_precondition. Whoever is queued by either is told to on_release().
    virtual task<result<event_id>> change(job_change change) = 0;

    // Changes all of them in one commit; those whose condition does not hold are left alone. The
    // result has one entry per change.
    virtual task<result<std::vector<result<event_id>>>> change_all(
        std::vector<job_change> changes) = 0;

    virtual task<result<void>> save_lane(lane_id lane, lane_settings settings) = 0;

    // Puts the blocked jobs whose time has come (at most `limit`) back into their queues; returns
    // what was added to each queue.
    virtual task<result<std::vector<queue_length>>> wake_due(wall_time now, std::size_t limit) = 0;

    // Fails the queued and blocked jobs whose deadline has passed (at most `limit`); returns how
    // many.
    virtual task<result<std::vector<history_entry>>> expire_due(wall_time now,
                                                                std::size_t limit) = 0;

    // Deletes a bounded number of batches that ended before `before`, with all that belongs to
    // them.
    virtual task<result<purge_outcome>> purge_ended(wall_time before, std::size_t job_limit) = 0;

    // --- reads: they see every write that returned before they were called ------------------

    virtual task<result<std::vector<lane_record>>> lanes() = 0;

    // Every queue that is not empty.
    virtual task<result<std::vector<queue_length>>> queues() = 0;

    // The next queued jobs of a queue with id > after, in the order of their ids.
    virtual task<result<std::vector<queued_job>>> load_queue(queue_key queue,
                                                             job_id after,
                                                             std::size_t limit) = 0;

    // Every job that is submitting, running, in doubt or with the operator: what a start must
    // settle.
    virtual task<result<std::vector<queued_job>>> load_unsettled() = 0;

    // The earliest wake_at of a blocked job and the earliest deadline of a waiting one.
    struct due_times {
        std::optional<wall_time> wake;
        std::optional<wall_time> deadline;
    };
    virtual task<result<due_times>> next_due() = 0;

    virtual task<result<batch_record>> find_batch(std::string uid) = 0;

    // The batch that the tenant's request of that id and content was accepted as; not_found if
    // there is none. Lets a repeat be answered whose content has become invalid in the meantime: a
    // deadline that has passed, an endpoint that is no longer configured.
    virtual task<result<batch_record>> find_request(std::string /*tenant*/,
                                                    std::string /*request_id*/,
                                                    std::string /*content_hash*/) {
        co_return fail(errc::not_found, "no such request is known");
    }
    virtual task<result<std::vector<batch_record>>> list_batches(
        batch_filter filter,
        batch_id before,
        std::size_t limit) = 0;  // newest first
    virtual task<result<job_record>> find_job(std::string batch_uid, std::string key) = 0;
    virtual task<result<job_record>> find_job(job_id id) = 0;
    virtual task<result<std::vector<job_record>>> list_jobs(job_filter filter,
                                                            job_id after,
                                                            std::size_t limit) = 0;

    // Jobs of a batch in the given states as the submitter needs them, in the order of their ids.
    virtual task<result<std::vector<queued_job>>> load_batch(batch_id batch,
                                                             std::vector<job_state> states,
                                                             job_id after,
                                                             std::size_t limit) = 0;

    // The other job, if there is one, that has made this VM in the inventory in which `job` makes
    // its own. Purged jobs are not remembered.
    virtual task<result<std::optional<job_id>>> made_by_another(job_id job, std::string vm) = 0;

    // The history of a job, oldest first; at most `limit` entries, the newest if there are more.
    virtual task<result<std::vector<history_entry>>> history(job_id job, std::size_t limit) = 0;

    // The changes after `after` of the jobs with ids in [first, first + count), oldest first.
    // `upto` is set to the position up to which everything has been looked at.
    virtual task<result<std::vector<history_entry>>> events_after(
        event_id after, job_id first, std::int64_t count, std::size_t limit, event_id* upto) = 0;
    virtual task<result<event_id>> last_event() = 0;

    // How many queued jobs of its queue come before this one.
    virtual task<result<std::int64_t>> queue_position(queue_key queue, job_id job) = 0;

    // Called on the loop thread after each commit that changed jobs; for watchers. One listener.
    virtual void on_commit(std::function<void(event_id last)> listener) = 0;

    // Called on the loop thread after a commit that has released jobs. One listener.
    virtual void on_release(std::function<void(const released_jobs&)> listener) = 0;

    // Waits for what was begun, refuses what comes later, closes the files. Idempotent.
    virtual task<void> close() = 0;
};

}  // namespace cloned::storage
