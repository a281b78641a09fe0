#pragma once

#include "base/result.hpp"
#include "model/lane.hpp"
#include "storage/sqlite/statement.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

namespace cloned::storage {

struct id_limits {
    std::int64_t lanes = 10'000;
    std::int64_t tenants = 100'000;
};

// The numbers that stand for names in the rows; made where a name is new.
//
// Threads: the writer's only, within its transaction; forget() after a rollback.
// Errors:  resource_exhausted at a limit. Throws what SQLite throws.
class name_ids {
public:
    name_ids(SQLite::Database& database, id_limits limits);

    result<tenant_id> tenant(const std::string& name);
    // Inventories are endpoints of the configuration, so they are few and have no limit.
    std::int64_t inventory(const std::string& name);
    result<lane_id> lane(const lane_key& key);

    // What was made in the transaction is gone with it.
    void forget();

private:
    const id_limits limits_;
    statement find_tenant_;
    statement add_tenant_;
    statement find_inventory_;
    statement add_inventory_;
    statement find_lane_;
    statement add_lane_;
    std::unordered_map<std::string, std::int64_t> tenants_;
    std::unordered_map<std::string, std::int64_t> inventories_;
    std::map<lane_key, std::int64_t> lanes_;
};

}  // namespace cloned::storage
