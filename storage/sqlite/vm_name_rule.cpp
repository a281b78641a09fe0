#include "storage/sqlite/vm_name_rule.hpp"

#include "base/text.hpp"
#include "model/guard.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace cloned::storage {
namespace {

std::string place_of(const std::string& folder) {
    if (folder.empty()) return "a folder that the upstream chooses";
    return concat("folder '", one_line(folder, 100), "'");
}

// The same wherever the other job is found.
std::string aims_at(const std::string& key, const std::string& name, const std::string& folder) {
    return concat("job '", one_line(key, 100), "' aims at the VM name '", one_line(name, 100),
                  "' in ", place_of(folder), ", as ");
}

}  // namespace

const std::string& inventory_of(const new_batch& batch, const std::string& endpoint) {
    for (const auto& [name, inventory] : batch.inventories)
        if (name == endpoint) return inventory;
    return endpoint;
}

vm_name_rule::vm_name_rule(SQLite::Database& database)
    : find_inventory_(database, "SELECT inventory_id FROM inventories WHERE name = ?"),
      find_live_(database,
                 "SELECT job_id FROM job_state INDEXED BY job_state_live_name "
                 "WHERE ended_at_ms IS NULL AND vm_name IS NOT NULL "
                 "AND inventory_id = ?1 AND vm_name = ?2 "
                 "AND (vm_folder = ?3 OR vm_folder = '' OR ?3 = '') AND job_id <> ?4 "
                 "ORDER BY job_id LIMIT 1"),
      describe_(database,
                "SELECT b.uid, j.key, t.name, s.state FROM job_state s "
                "JOIN jobs j ON j.job_id = s.job_id JOIN batches b ON b.batch_id = s.batch_id "
                "JOIN tenants t ON t.tenant_id = s.tenant_id WHERE s.job_id = ?"),
      find_own_(database,
                "SELECT s.inventory_id, s.vm_name, s.vm_folder, j.key, t.name FROM job_state s "
                "JOIN jobs j ON j.job_id = s.job_id JOIN tenants t ON t.tenant_id = s.tenant_id "
                "WHERE s.job_id = ? AND s.vm_name IS NOT NULL") {}

name_conflicts vm_name_rule::conflicts_of(const new_batch& batch) {
    if (!guarded(guard::name_in_use)) return {};
    auto aims = aims_of(batch);
    name_conflicts conflicts;
    find_among_live(batch, aims, conflicts);
    find_within(batch, aims, conflicts);
    std::stable_sort(conflicts.begin(), conflicts.end(),
                     [](const auto& a, const auto& b) { return a.job < b.job; });
    if (conflicts.size() > conflicts_max) conflicts.resize(conflicts_max);
    return conflicts;
}

std::optional<std::string> vm_name_rule::conflict_of(job_id self) {
    if (!guarded(guard::name_in_use)) return std::nullopt;
    aim own;
    std::string key;
    std::string tenant;
    {
        auto found = find_own_.run(self);
        if (!found.next()) return std::nullopt;
        own.inventory = found.integer(0);
        own.name = found.text(1);
        own.folder = found.text(2);
        key = found.text(3);
        tenant = found.text(4);
    }
    const auto other = find_live(own, self);
    if (!other) return std::nullopt;
    return words_for(own, key, *other, tenant);
}

std::vector<vm_name_rule::aim> vm_name_rule::aims_of(const new_batch& batch) {
    std::map<std::string, std::pair<const std::string*, std::int64_t>> known;
    std::vector<aim> aims;
    aims.reserve(batch.jobs.size());
    for (std::size_t i = 0; i < batch.jobs.size(); ++i) {
        auto identity = identity_of(batch.jobs[i].spec);
        if (identity.name.empty()) continue;
        const auto& endpoint = batch.jobs[i].endpoint;
        auto place = known.find(endpoint);
        if (place == known.end()) {
            const auto& name = inventory_of(batch, endpoint);
            auto found = find_inventory_.run(name);
            const auto id = found.next() ? found.integer(0) : 0;
            place = known.emplace(endpoint, std::pair(&name, id)).first;
        }
        aims.push_back({place->second.second, place->second.first, std::move(identity.name),
                        std::move(identity.folder), i});
    }
    return aims;
}

// Sorted by place, those that clash are neighbours: an empty folder comes first and clashes with
// all of its name, another folder with its equals. The job that comes later in the batch is told.
void vm_name_rule::find_within(const new_batch& batch,
                               std::vector<aim>& aims,
                               name_conflicts& conflicts) {
    const auto place = [](const aim& a) {
        return std::tie(*a.inventory_name, a.name, a.folder, a.index);
    };
    std::sort(aims.begin(), aims.end(),
              [&](const aim& a, const aim& b) { return place(a) < place(b); });
    const aim* first_of_name = nullptr;
    const aim* first_of_folder = nullptr;
    for (const auto& next : aims) {
        if (first_of_name == nullptr || first_of_name->name != next.name ||
            *first_of_name->inventory_name != *next.inventory_name) {
            first_of_name = first_of_folder = &next;
            continue;
        }
        if (first_of_folder->folder != next.folder) first_of_folder = &next;
        const aim* other = first_of_name->folder.empty() ? first_of_name : first_of_folder;
        if (other == &next) continue;
        const auto& [early, late] =
            std::minmax(*other, next, [](const aim& a, const aim& b) { return a.index < b.index; });
        conflicts.push_back(
            {late.index,
             concat(aims_at(batch.jobs[late.index].key, late.name, late.folder), "job '",
                    one_line(batch.jobs[early.index].key, 100), "' of the same batch does")});
    }
}

void vm_name_rule::find_among_live(const new_batch& batch,
                                   const std::vector<aim>& aims,
                                   name_conflicts& conflicts) {
    for (const auto& wanted : aims) {
        const auto other = find_live(wanted, job_id{});
        if (!other) continue;
        conflicts.push_back(
            {wanted.index, words_for(wanted, batch.jobs[wanted.index].key, *other, batch.tenant)});
        if (conflicts.size() == conflicts_max) return;
    }
}

std::optional<job_id> vm_name_rule::find_live(const aim& wanted, job_id except) {
    if (wanted.inventory == 0) return std::nullopt;
    auto found = find_live_.run(wanted.inventory, wanted.name, wanted.folder, except);
    if (!found.next()) return std::nullopt;
    return job_id{found.integer(0)};
}

std::string vm_name_rule::words_for(const aim& wanted,
                                    const std::string& own_key,
                                    job_id other,
                                    const std::string& own_tenant) {
    const auto start = aims_at(own_key, wanted.name, wanted.folder);
    auto found = describe_.run(other);
    if (!found.next()) return concat(start, "another job does");
    if (found.view(2) != own_tenant) return concat(start, "a job of another tenant does");
    return concat(start, "batches/", found.view(0), "/jobs/", one_line(found.view(1), 100),
                  " does, which is ", found.view(3));
}

}  // namespace cloned::storage
