#pragma once

#include "storage/job_store.hpp"
#include "storage/sqlite/name_rule.hpp"
#include "storage/sqlite/statement.hpp"
#include "storage/sqlite/write_book.hpp"

#include <string>
#include <vector>

namespace cloned::storage {

// The changes of jobs' states. Each is one conditional UPDATE, whose row count is the verdict, and
// one line of history; a change that is refused has written nothing.
//
// Threads: the writer's only. Errors: throws what SQLite throws.
class change_jobs {
public:
    change_jobs(SQLite::Database& database, write_book& book);

    result<event_id> change(const job_change& change);
    std::vector<queue_length> wake_due(wall_time now, std::size_t limit);
    std::vector<job_event> expire_due(wall_time now, std::size_t limit);

private:
    struct due_job;

    result<void> check_revival(const job_change& change);
    std::vector<due_job> read_due(statement& query, wall_time now, std::size_t limit);

    write_book& book_;
    name_rule names_;
    statement change_live_;
    statement change_ended_;
    statement find_ended_;
    statement find_wakers_;
    statement find_expired_;
};

}  // namespace cloned::storage
