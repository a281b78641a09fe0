#pragma once

#include "storage/batch_store.hpp"
#include "storage/queue_store.hpp"
#include "storage/sqlite/statement.hpp"

#include <array>
#include <string>
#include <vector>

namespace cloned::storage {

// Jobs as they are shown.
//
// Threads: the reader's only. Errors: throws what SQLite throws.
class job_queries {
public:
    explicit job_queries(SQLite::Database& database);

    result<job_record> find_job(const std::string& batch_uid, const std::string& key);
    result<job_record> find_job(job_id id);
    std::vector<job_record> list_jobs(const job_filter& filter, job_id after, std::size_t limit);
    std::vector<queued_job> load_batch(batch_id batch,
                                       const std::vector<job_state>& states,
                                       job_id after,
                                       std::size_t limit);
    std::optional<job_id> made_by_another(job_id job, const std::string& vm);
    std::vector<job_task> tasks_since(const std::string& endpoint,
                                      wall_time since,
                                      std::size_t limit);

private:
    // A filter with its names resolved.
    struct wanted {
        std::array<bool, job_state_count> states{};
        std::optional<std::int64_t> lane;
        std::optional<std::int64_t> tenant;
    };
    struct batch_span {
        std::int64_t batch = 0;
        std::int64_t first = 0;
        std::int64_t end = 0;
        std::int64_t matching = 0;  // jobs in one of the wanted states
    };
    using job_ids = std::vector<std::int64_t>;

    static std::array<bool, job_state_count> set_of(const std::vector<job_state>& states);
    static batch_span read_span(const rows& row, const wanted& what);
    std::optional<job_record> read_record(std::int64_t id);
    std::int64_t batch_to_start_from(job_id after);
    void find_in_batch(const batch_span& batch,
                       const wanted& what,
                       job_id after,
                       std::size_t limit,
                       job_ids& found);
    void find_unsettled(const wanted& what, job_id after, std::size_t limit, job_ids& found);

    statement read_record_;
    statement find_by_key_;
    statement find_tenant_;
    statement find_span_by_uid_;
    statement find_span_by_id_;
    statement batch_of_job_;
    statement next_batch_;
    statement next_batch_of_tenant_;
    statement next_batch_of_lane_;
    statement scan_jobs_;
    statement scan_unsettled_;
    statement read_queued_;
    statement find_maker_;
    statement find_tasks_;
};

}  // namespace cloned::storage
