#pragma once

#include "storage/batch_store.hpp"
#include "storage/sqlite/statement.hpp"
#include "storage/sqlite/vm_name_rule.hpp"
#include "storage/sqlite/write_transaction.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cloned::storage {

struct accept_limits {
    std::string folder;  // its file system is asked for room
    std::int64_t min_free_bytes = 0;
    std::int64_t max_unfinished_jobs = 0;
};

// What a batch must pass before anything of it is written; the same for accept() and check().
class accept_rules {
public:
    accept_rules(SQLite::Database& database, const accept_limits& limits);

    // The batch that the same request made earlier; already_exists if its content was another.
    result<std::optional<batch_id>> find_earlier(const new_batch& batch);

    // `live` is the number of jobs that have not ended.
    batch_result<void> judge(const new_batch& batch, std::int64_t live);

private:
    static result<void> check_form(const new_batch& batch);
    result<void> check_room(const new_batch& batch, std::int64_t live) const;

    const accept_limits limits_;
    statement find_request_;
    vm_name_rule names_;
};

// accept() on the writer's connection. Everything is checked before the first row is written, so a
// refusal leaves nothing behind.
class accept_batch {
public:
    accept_batch(SQLite::Database& database,
                 write_transaction& transaction,
                 const accept_limits& limits);

    batch_result<accepted_batch> run(const new_batch& batch);

private:
    struct progress;

    batch_result<accepted_batch> repeat(batch_id earlier);
    batch_result<accepted_batch> write(const new_batch& batch);
    result<void> resolve_lanes(const new_batch& batch, progress& so_far);
    void write_job(const new_batch& batch, std::size_t index, progress& so_far);
    void write_chains(const new_batch& batch, const progress& so_far);
    void write_batch_row(const new_batch& batch, const progress& so_far);
    std::vector<lane_record> lanes_of(batch_id batch);

    write_transaction& transaction_;
    accept_rules rules_;
    statement add_batch_;
    statement add_job_;
    statement add_state_;
    statement find_batch_;
    statement add_batch_lane_;
    statement add_chain_;
    statement find_lanes_;
};

}  // namespace cloned::storage
