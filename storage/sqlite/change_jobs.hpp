#pragma once

#include "storage/queue_store.hpp"
#include "storage/sqlite/chains.hpp"
#include "storage/sqlite/statement.hpp"
#include "storage/sqlite/vm_name_rule.hpp"
#include "storage/sqlite/write_transaction.hpp"

#include <string>
#include <vector>

namespace cloned::storage {

// The changes of jobs' states. Each is one conditional UPDATE, whose row count is the verdict, and
// one line of history; a change that is refused has written nothing.
//
// Threads: the writer's only. Errors: throws what SQLite throws.
class change_jobs {
public:
    change_jobs(SQLite::Database& database, write_transaction& transaction);

    // See queue_store::change and calendar.
    result<event_id> change(const job_change& change) { return apply(change, false); }
    std::vector<queue_length> wake_due(wall_time now, std::size_t limit);
    std::vector<history_entry> expire_due(wall_time now, std::size_t limit);

private:
    struct due_job;
    struct ending {
        job_id job;
        job_state how = job_state::succeeded;
        std::string vm;
        std::string words;
        wall_time at{};
    };

    // `release`: nobody but the listener of releases will hear that the job is queued.
    result<event_id> apply(const job_change& change, bool release);
    // Where a job goes that is given another try: into its queue, or back to waiting.
    result<job_state> revived_to(const job_change& change);
    void settle_those_waiting_for(const ending& earlier);
    void release(const chains::waiting& job, const ending& earlier);
    void end_with(const chains::waiting& job, const ending& earlier, const std::string& key);

    result<void> check_revival(const job_change& change);
    std::vector<due_job> read_due(statement& query, wall_time now, std::size_t limit);

    write_transaction& transaction_;
    vm_name_rule names_;
    chains chains_;
    statement change_live_;
    statement change_ended_;
    statement find_ended_;
    statement clear_suspicion_;
    statement remember_task_;
    statement find_wakers_;
    statement find_expired_;
};

}  // namespace cloned::storage
