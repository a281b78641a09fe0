#pragma once

#include "model/job.hpp"
#include "storage/sqlite/statement.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cloned::storage {

// The rows that say which job waits for which.
//
// Threads: the writer's only. Errors: throws what SQLite throws.
class chains {
public:
    explicit chains(SQLite::Database& database);

    // A job that waits for another one and for nothing else.
    struct waiting {
        job_id id;
        std::int64_t fence = 0;
        std::uint32_t attempt = 0;
        bool needs_vm = false;
        std::optional<wall_time> not_before;
    };
    std::vector<waiting> waiting_for(job_id job);

    // The job that another one waits or waited for.
    struct earlier {
        std::string key;
        job_state state = job_state::queued;
        std::string vm;
        bool needs_vm = false;  // the later job has nothing else to work on
    };
    std::optional<earlier> before(job_id job);

    void give_vm(job_id job, const std::string& vm, wall_time at);
    std::string key_of(job_id job);

private:
    statement find_waiting_;
    statement find_earlier_;
    statement give_vm_;
    statement find_key_;
};

}  // namespace cloned::storage
