#pragma once

#include "storage/batch_store.hpp"
#include "storage/sqlite/statement.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cloned::storage {

inline constexpr std::size_t conflicts_max = 100;

// Two live jobs never aim at the same VM name in the same place (I7). A place is a folder of an
// inventory; a job that leaves its folder to the upstream may end up in any, and so clashes with
// every job of that name. Works on a connection that writes as well as on one that reads.
//
// Errors: throws what SQLite throws.
class vm_name_rule {
public:
    explicit vm_name_rule(SQLite::Database& database);

    // One sentence for each job of the batch that may not be accepted, in the order of the jobs and
    // at most conflicts_max.
    name_conflicts conflicts_of(const new_batch& batch);

    // The reason why the job may not live again, if there is one; `tenant` is its own.
    std::optional<std::string> conflict_of(job_id self);

private:
    struct aim {
        std::int64_t inventory = 0;  // 0: one in which no job has lived yet
        const std::string* inventory_name = nullptr;
        std::string name;
        std::string folder;
        std::size_t index = 0;
    };

    std::vector<aim> aims_of(const new_batch& batch);
    static void find_within(const new_batch& batch,
                            std::vector<aim>& aims,
                            name_conflicts& conflicts);
    void find_among_live(const new_batch& batch,
                         const std::vector<aim>& aims,
                         name_conflicts& conflicts);
    std::optional<job_id> find_live(const aim& wanted, job_id except);
    std::string words_for(const aim& wanted,
                          const std::string& own_key,
                          job_id other,
                          const std::string& own_tenant);

    statement find_inventory_;
    statement find_live_;
    statement describe_;
    statement find_own_;
};

// The inventory of an endpoint as the batch names it; the endpoint itself where it does not.
const std::string& inventory_of(const new_batch& batch, const std::string& endpoint);

}  // namespace cloned::storage
