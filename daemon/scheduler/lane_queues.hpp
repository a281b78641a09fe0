#pragma once

#include "model/job.hpp"
#include "storage/queue_key.hpp"

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace cloned::scheduler {

// A queue whose head is to be read.
struct queue_load {
    storage::queue_key queue;
    std::size_t jobs = 0;    // so many are read: the window, and those that may hold a slot already
    std::size_t window = 0;  // so many are kept
};

// The queues of one lane: a class for each priority, in it a queue for each tenant. Only the head
// of each queue is in memory, the window; the rest are rows in the store, counted here as backlog.
// A load always begins at the head, so that it finds whatever should be here, however it came
// there. It is due when the window runs low, and when jobs were queued whose turn is before the
// window's end. Pure.
class lane_queues {
public:
    struct options {
        std::size_t window = 1024;    // jobs loaded of one queue
        std::size_t low_water = 256;  // loaded again below this
        std::size_t lookahead = 64;   // jobs passed over in a queue whose head may not be sent
        milliseconds age_floor{600'000};
    };

    explicit lane_queues(const options& limits) : options_(limits) {}

    // More jobs wait in the store.
    void add_backlog(const storage::queue_length& added);

    // The queues that should be loaded now, each with a window of `most` jobs; each is named once
    // until loaded() or load_failed().
    std::vector<queue_load> take_loads(std::size_t most);
    // The head of a queue as the store has it; fewer than `asked.jobs` are the whole of it. Jobs
    // that are `in_flight` are skipped.
    void loaded(const queue_load& asked,
                std::vector<queued_job> jobs,
                const std::function<bool(job_id)>& in_flight);
    void load_failed(const storage::queue_key& queue);

    // Puts a job, which the store has as queued, (back) at its place.
    void put(queued_job job);
    // Takes a job out of the window; nothing if it is not there.
    std::optional<queued_job> remove(job_id id, job_priority priority, tenant_id tenant);

    // The next job that `may_send`: classes in turn, high first; tenants round robin; in order of
    // ids. Every second job is the oldest that has waited beyond the age floor, whatever its class.
    std::optional<queued_job> take_next(wall_time now,
                                        const std::function<bool(const queued_job&)>& may_send);

    // The job, if take_next() looks at it when none before it may be sent.
    const queued_job* within_reach(job_id id, const storage::queue_key& queue) const;

    // Who is likely to come next, at most `most` of those in memory; ages and limits are not looked
    // at.
    std::vector<const queued_job*> upcoming(std::size_t most) const;

    std::int64_t waiting() const;  // window and backlog
    std::int64_t waiting(const storage::queue_key& queue) const;
    // More jobs may wait in the queue than are known here: it is loaded again.
    void distrust(const storage::queue_key& queue);
    bool window_empty() const;
    std::size_t loaded_jobs() const;

private:
    struct tenant_queue {
        std::map<job_id, queued_job> window;
        std::int64_t backlog = 0;  // in the store and not in the window; the next load corrects it
        bool loading = false;
        std::vector<job_id> left;  // the window since the load began, which may bring stale copies
        // The lowest of those queued since the last load began, which may not have seen them; 0 if
        // any job may be meant.
        std::optional<job_id> unseen;
    };
    struct priority_class {
        std::map<tenant_id, tenant_queue> tenants;
        std::deque<tenant_id> turns;
    };

    tenant_queue& queue_of(const storage::queue_key& key);
    bool load_is_due(const tenant_queue& queue, std::size_t most) const;
    static queued_job take_out(tenant_queue& queue, std::map<job_id, queued_job>::iterator which);
    static std::optional<queued_job> take_from(tenant_queue& queue,
                                               std::size_t lookahead,
                                               const std::function<bool(const queued_job&)>& ok);
    std::optional<queued_job> take_aged(wall_time now,
                                        const std::function<bool(const queued_job&)>& ok);

    // Constant after construction
    options options_;
    // Loop thread only
    std::array<priority_class, job_priority_count> classes_;
    bool aged_turn_ = true;
};

}  // namespace cloned::scheduler
