#pragma once

#include "storage/batch_store.hpp"
#include "storage/sqlite/statement.hpp"

#include <string>
#include <vector>

namespace cloned::storage {

// Batches and the history of their jobs, as they are shown.
//
// Threads: the reader's only. Errors: throws what SQLite throws.
class batch_queries {
public:
    explicit batch_queries(SQLite::Database& database);

    result<batch_record> find_batch(const std::string& uid);
    result<batch_record> find_request(const std::string& tenant,
                                      const std::string& request_id,
                                      const std::string& content_hash);
    std::vector<batch_record> list_batches(const batch_filter& filter,
                                           batch_id before,
                                           std::size_t limit);

    std::vector<history_entry> history(job_id job, std::size_t limit);
    event_page events_after(event_id after, job_id first, std::int64_t count, std::size_t limit);

private:
    // The two ways to the changes of a range of jobs: along all changes, or along the jobs.
    struct way {
        statement along_events;
        statement along_jobs;
    };

    statement find_batch_;
    statement find_request_;
    statement find_tenant_;
    statement list_all_;
    statement list_ended_;
    statement list_open_;
    statement list_of_tenant_;
    statement list_ended_of_tenant_;
    statement list_open_of_tenant_;
    statement history_;
    way events_;
    statement last_event_;
};

}  // namespace cloned::storage
