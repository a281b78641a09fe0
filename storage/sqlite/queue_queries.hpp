#pragma once

#include "storage/calendar.hpp"
#include "storage/queue_store.hpp"
#include "storage/sqlite/statement.hpp"

#include <vector>

namespace cloned::storage {

// What the scheduler and the housekeeper read: lanes, queues, what must be settled, what is due.
//
// Threads: the reader's only. Errors: throws what SQLite throws.
class queue_queries {
public:
    explicit queue_queries(SQLite::Database& database);

    std::vector<lane_record> lanes();
    std::vector<queue_length> queues();
    std::vector<queued_job> load_queue(const queue_key& queue, std::size_t limit);
    std::vector<queued_job> load_unsettled();
    due_times next_due();
    std::int64_t queue_position(const queue_key& queue, job_id job);

private:
    statement lanes_;
    statement queues_;
    statement load_queue_;
    statement load_unsettled_;
    statement next_wake_;
    statement next_deadline_;
    statement count_before_;
    statement count_from_;
    statement waiting_;
    statement first_and_last_;
};

}  // namespace cloned::storage
