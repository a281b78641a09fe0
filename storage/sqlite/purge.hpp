#pragma once

#include "storage/calendar.hpp"
#include "storage/sqlite/statement.hpp"
#include "storage/sqlite/write_transaction.hpp"

#include <cstdint>
#include <optional>

namespace cloned::storage {

// Deletes batches that ended long ago. A batch disappears at once, by its row; its jobs may take
// several calls, each in a transaction of its own, so that no write waits long for one.
//
// Threads: the writer's only. Errors: throws what SQLite throws.
class purge {
public:
    purge(SQLite::Database& database, write_transaction& transaction);

    purge_outcome run(wall_time before, std::size_t job_limit);

private:
    struct span {
        std::int64_t first = 0;
        std::int64_t end = 0;
    };

    bool retire_batch(wall_time before);
    std::optional<span> next_leftover();
    std::int64_t delete_jobs(span jobs, std::int64_t limit);

    write_transaction& transaction_;
    statement find_batch_;
    statement delete_batch_;
    statement delete_lanes_;
    statement add_leftover_;
    statement find_leftover_;
    statement drop_leftover_;
    statement delete_events_;
    statement delete_state_;
    statement delete_jobs_;
    statement delete_chains_;
    statement delete_suspects_;
    statement delete_tasks_;
};

}  // namespace cloned::storage
