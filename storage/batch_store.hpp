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
#include <utility>
#include <vector>

namespace cloned::storage {

struct new_batch {
    std::string uid;  // a fresh UUID; the public name of the batch if it is new
    std::string tenant;
    std::string request_id;    // chosen by the client; unique for the tenant
    std::string content_hash;  // equal for equal content
    std::string display_name;
    leftover_policy leftovers = leftover_policy::leave;
    wall_time at{};
    std::vector<job_request> jobs;
    // The inventory in which the name of each endpoint's VMs must be unique: endpoint → inventory.
    std::vector<std::pair<std::string, std::string>> inventories;
};

struct accepted_batch {
    batch_record batch;
    bool created = false;                // false: the same request was accepted earlier
    std::vector<lane_record> lanes;      // every lane that the batch's jobs are in
    std::vector<queue_length> queued;    // what was added to each queue
    std::optional<wall_time> next_wake;  // the earliest not_before of its blocked jobs
};

// A job of a new batch that aims at a VM name which another job has.
struct name_conflict {
    std::size_t job = 0;   // its index in the batch
    std::string sentence;  // names both jobs, unless the other one is another tenant's
};
using name_conflicts = std::vector<name_conflict>;

// Why a batch is not accepted.
struct batch_refusal : error {
    batch_refusal(error why) : error(std::move(why)) {}  // implicit, so that fail() makes one
    batch_refusal(error why, name_conflicts found)
        : error(std::move(why)), conflicts(std::move(found)) {}

    name_conflicts conflicts;  // in the order of the jobs, at most 100; empty: another reason
};

template <class T>
using batch_result = tl::expected<T, batch_refusal>;

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

struct event_page {
    std::vector<history_entry> events;  // oldest first
    event_id upto;  // everything up to here has been looked at: where the next page begins
};

// The store as the calls see it: it takes batches, shows them, and tells of changes.
//
// Errors: `unavailable` from accept() also where the disk has no room for new jobs.
// Threads, the other errors, durability, order, cancellation and lifetime: see job_store.
class batch_store {
public:
    virtual ~batch_store() = default;

    // --- writes -----------------------------------------------------------------------------

    // Accepts all jobs in one commit, or none. The same tenant, request_id and content_hash: the
    // batch accepted earlier. The same request_id with other content: already_exists, without
    // conflicts. A VM name that a live job (or another job of this batch) already aims at in the
    // same inventory and folder, or in a folder that one of the two leaves to the upstream:
    // already_exists, with the conflicts.
    virtual task<batch_result<accepted_batch>> accept(new_batch batch) = 0;

    // --- reads ------------------------------------------------------------------------------

    // The answer of accept() without keeping anything (validate_only).
    virtual task<batch_result<void>> check(new_batch batch) = 0;

    // The batch that the tenant's request of that id and content was accepted as; not_found if
    // there is none. Lets a repeat be answered whose content has become invalid in the meantime: a
    // deadline that has passed, an endpoint that is no longer configured.
    virtual task<result<batch_record>> find_request(std::string tenant,
                                                    std::string request_id,
                                                    std::string content_hash) = 0;

    virtual task<result<batch_record>> find_batch(std::string uid) = 0;

    // Newest first, from the one before `before`; zero: from the newest.
    virtual task<result<std::vector<batch_record>>> list_batches(batch_filter filter,
                                                                 batch_id before,
                                                                 std::size_t limit) = 0;

    virtual task<result<job_record>> find_job(std::string batch_uid, std::string key) = 0;
    virtual task<result<job_record>> find_job(job_id id) = 0;

    // In the order of their ids, from the one after `after`.
    virtual task<result<std::vector<job_record>>> list_jobs(job_filter filter,
                                                            job_id after,
                                                            std::size_t limit) = 0;

    // The history of a job, oldest first; at most `limit` entries, the newest if there are more.
    virtual task<result<std::vector<history_entry>>> history(job_id job, std::size_t limit) = 0;

    // The changes after `after` of the jobs with ids in [first, first + count).
    virtual task<result<event_page>> events_after(event_id after,
                                                  job_id first,
                                                  std::int64_t count,
                                                  std::size_t limit) = 0;

    // The position of the last change; it never goes back, not even by a purge.
    virtual task<result<event_id>> last_event() = 0;

    // Called on the loop thread after each commit that changed jobs; for watchers. One listener.
    virtual void on_commit(std::function<void(event_id last)> listener) = 0;
};

}  // namespace cloned::storage
