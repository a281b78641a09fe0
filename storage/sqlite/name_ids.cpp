#include "storage/sqlite/name_ids.hpp"

#include "base/check.hpp"
#include "base/text.hpp"

#include <optional>

namespace cloned::storage {
namespace {

// Names kept in memory per kind; above it they are looked up again.
constexpr std::size_t remembered_names_max = 20'000;

// `find` and `add` return the rows with the id; none of `add`: the limit is reached.
template <class Known, class Name, class Find, class Add>
std::optional<std::int64_t> find_or_add(Known& known,
                                        const Name& name,
                                        const Find& find,
                                        const Add& add) {
    if (const auto at = known.find(name); at != known.end()) return at->second;
    std::optional<std::int64_t> id;
    if (auto found = find(); found.next()) id = found.integer(0);
    if (!id)
        if (auto added = add(); added.next()) id = added.integer(0);
    if (!id) return std::nullopt;
    if (known.size() >= remembered_names_max) known.clear();
    known.emplace(name, *id);
    return id;
}

}  // namespace

name_ids::name_ids(SQLite::Database& database, id_limits limits)
    : limits_(limits),
      find_tenant_(database, "SELECT tenant_id FROM tenants WHERE name = ?"),
      add_tenant_(database,
                  "INSERT INTO tenants (name) SELECT ? WHERE (SELECT COUNT(*) FROM tenants) < ? "
                  "RETURNING tenant_id"),
      find_inventory_(database, "SELECT inventory_id FROM inventories WHERE name = ?"),
      add_inventory_(database, "INSERT INTO inventories (name) VALUES (?) RETURNING inventory_id"),
      find_lane_(database,
                 "SELECT lane_id FROM lanes WHERE endpoint = ? AND cluster = ? AND kind = ?"),
      add_lane_(database,
                "INSERT INTO lanes (endpoint, cluster, kind, paused, pause_reason) "
                "SELECT ?, ?, ?, 0, '' WHERE (SELECT COUNT(*) FROM lanes) < ? RETURNING lane_id") {}

result<tenant_id> name_ids::tenant(const std::string& name) {
    const auto id = find_or_add(
        tenants_, name, [&] { return find_tenant_.run(name); },
        [&] { return add_tenant_.run(name, limits_.tenants); });
    if (!id) return fail(errc::resource_exhausted, "there are too many tenants");
    return tenant_id{*id};
}

std::int64_t name_ids::inventory(const std::string& name) {
    const auto id = find_or_add(
        inventories_, name, [&] { return find_inventory_.run(name); },
        [&] { return add_inventory_.run(name); });
    CLONED_CHECK(id.has_value(), "an INSERT without a condition returns its row");
    return *id;
}

result<lane_id> name_ids::lane(const lane_key& key) {
    const std::string kind(to_string(key.kind));
    const auto id = find_or_add(
        lanes_, key, [&] { return find_lane_.run(key.endpoint, key.cluster, kind); },
        [&] { return add_lane_.run(key.endpoint, key.cluster, kind, limits_.lanes); });
    if (!id)
        return fail(errc::resource_exhausted,
                    concat("there are too many lanes to make one for cluster ",
                           one_line(key.cluster, 100), " of ", key.endpoint));
    return lane_id{*id};
}

void name_ids::forget() {
    tenants_.clear();
    inventories_.clear();
    lanes_.clear();
}

}  // namespace cloned::storage
