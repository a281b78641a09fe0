#pragma once

#include "base/async.hpp"
#include "base/result.hpp"
#include "model/job.hpp"
#include "storage/queue_key.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace cloned::storage {

struct due_times {
    std::optional<wall_time> wake;      // the earliest wake_at of a blocked job
    std::optional<wall_time> deadline;  // the earliest deadline of a waiting one
};

struct purge_outcome {
    std::int64_t batches = 0;
    std::int64_t jobs = 0;
    bool more = false;  // the limit was reached; call again
};

// The store as the housekeeper sees it: what comes with time. Each write is bounded, so that no
// other waits long for it.
//
// Threads, errors, durability, order, cancellation and lifetime: see job_store.
class calendar {
public:
    virtual ~calendar() = default;

    // --- writes -----------------------------------------------------------------------------

    // Puts the blocked jobs whose time has come (at most `limit`) back into their queues; returns
    // what was added to each queue.
    virtual task<result<std::vector<queue_length>>> wake_due(wall_time now, std::size_t limit) = 0;

    // Fails the queued and blocked jobs whose deadline has passed (at most `limit`); returns how
    // each has ended.
    virtual task<result<std::vector<history_entry>>> expire_due(wall_time now,
                                                                std::size_t limit) = 0;

    // Deletes batches that ended before `before`, with all that belongs to them: at most
    // `job_limit` jobs at a time.
    virtual task<result<purge_outcome>> purge_ended(wall_time before, std::size_t job_limit) = 0;

    // --- reads ------------------------------------------------------------------------------

    virtual task<result<due_times>> next_due() = 0;
};

}  // namespace cloned::storage
