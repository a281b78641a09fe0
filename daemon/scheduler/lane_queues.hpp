#pragma once

#include "model/job.hpp"
#include "storage/job_store.hpp"

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace cloned::scheduler {

// The queues of one lane: a class for each priority, in it a queue for each tenant. Only the head
// of each queue is in memory, the window; the rest are rows in the store, counted here as backlog
// and loaded when the window runs low. Pure.
class lane_queues {
public:
    struct options {
        std::size_t window = 1024;    // jobs loaded of one queue
        std::size_t low_water = 256;  // loaded again below this
        std::size_t lookahead = 64;   // jobs passed over in a queue whose head may not be sent
        milliseconds age_floor{600'000};
    };

    explicit lane_queues(const options& limits) : options_(limits) {}

    // `jobs` more wait in the store, the lowest of them with id `first`.
    void add_backlog(const storage::queue_length& added);

    // The queues that should be loaded now; each is named once until loaded() answers.
    std::vector<storage::queue_key> take_loads();
    // Where loading of that queue goes on: the jobs with greater ids.
    job_id loaded_up_to(const storage::queue_key& queue) const;
    // What the store had; fewer than `asked` means that nothing more waits there. Jobs that
    // `is_elsewhere` (in flight) are skipped.
    void loaded(const storage::queue_key& queue,
                std::vector<queued_job> jobs,
                std::size_t asked,
                const std::function<bool(job_id)>& is_elsewhere);
    void load_failed(const storage::queue_key& queue);

    // Puts a job (back) at its place.
    void put(queued_job job);
    // Takes a job out of the window; nothing if it is not there.
    std::optional<queued_job> remove(job_id id, job_priority priority, tenant_id tenant);

    // The next job that `may_send`: classes in turn, high first; tenants round robin; in order of
    // ids. Every second job is the oldest that has waited beyond the age floor, whatever its class.
    std::optional<queued_job> take_next(wall_time now,
                                        const std::function<bool(const queued_job&)>& may_send);

    // Who is likely to come next, at most `most` of those in memory; ages and limits are not looked
    // at.
    std::vector<const queued_job*> upcoming(std::size_t most) const;

    std::int64_t waiting() const;  // window and backlog
    bool window_empty() const;
    std::size_t loaded_jobs() const;

private:
    struct tenant_queue {
        std::map<job_id, queued_job> window;
        std::int64_t backlog = 0;
        job_id upto;  // everything queued up to here is in the window or elsewhere
        bool loading = false;
        bool added_while_loading = false;
        bool came_back = false;  // jobs wait in the store whose turn is before that of the window
    };
    struct priority_class {
        std::map<tenant_id, tenant_queue> tenants;
        std::deque<tenant_id> turns;
    };

    tenant_queue& queue_of(const storage::queue_key& key);
    const tenant_queue* find(const storage::queue_key& key) const;
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
