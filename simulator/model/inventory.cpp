#include "simulator/model/inventory.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace cloned::simulator {

namespace {

constexpr std::uint32_t first_cluster = 8;
constexpr std::uint32_t first_folder = 3;

std::optional<std::uint64_t> number_after(std::string_view prefix, std::string_view id) {
    std::uint64_t number = 0;
    if (id.size() <= prefix.size() || !id.starts_with(prefix) || id[prefix.size()] == '0') {
        return {};
    }
    const char* const end = id.data() + id.size();
    const auto read = std::from_chars(id.data() + prefix.size(), end, number);
    if (read.ec != std::errc{} || read.ptr != end) {
        return {};
    }
    return number;
}

}  // namespace

inventory::inventory(const config& c)
    : settings_{c.clusters, c.hosts, c.folders, c.nested_folders, c.snapshots} {
    const auto make = [&](std::uint64_t id, std::string name, std::uint64_t i) {
        virtual_machine vm;
        vm.id = id;
        vm.name = std::move(name);
        vm.cluster = static_cast<std::uint32_t>(i % clusters());
        vm.host = static_cast<std::uint32_t>(i / clusters() % hosts());
        vm.has_snapshots = true;
        return vm;
    };
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(c.templates); ++i) {
        const std::uint64_t id = first_template + i;
        virtual_machine vm = make(id, "template-" + std::to_string(id), i);
        vm.tools = static_cast<std::int64_t>(i) < c.templates - c.tools_missing;
        add(std::move(vm));
    }
    add_templates(c);
    deleted_.reserve(static_cast<std::size_t>(c.deleted_vms));
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(c.deleted_vms); ++i) {
        const std::uint64_t id = first_deleted + i;
        deleted_.push_back(make(id, "lost-" + std::to_string(id), i));
    }
}

void inventory::add_templates(const config& c) {
    std::vector<std::string> names;
    for (std::int64_t i = 0; i < c.hidden_templates; ++i) {
        names.push_back("golden-" + std::to_string(first_hidden + static_cast<std::uint64_t>(i)));
    }
    for_each_in_list(c.hidden_names, [&](std::string_view name) { names.emplace_back(name); });
    for (std::size_t i = 0; i < names.size(); ++i) {
        virtual_machine vm;
        vm.id = first_hidden + i;
        vm.name = stored_name(names[i]);
        vm.is_template = true;
        add(std::move(vm));
    }
}

std::optional<std::uint32_t> inventory::folder_above(std::uint32_t folder) const {
    if (folder < static_cast<std::uint32_t>(settings_.folders)) {
        return {};
    }
    return folder == static_cast<std::uint32_t>(settings_.folders) ? 0 : folder - 1;
}

bool inventory::within(std::uint32_t folder, std::uint32_t outer) const {
    for (std::optional<std::uint32_t> at = folder; at; at = folder_above(*at)) {
        if (*at == outer) {
            return true;
        }
    }
    return false;
}

std::optional<std::uint32_t> inventory::cluster(std::string_view id) const {
    const auto n = number_after("domain-c", id);
    if (!n || *n < first_cluster || *n >= first_cluster + clusters()) {
        return {};
    }
    return static_cast<std::uint32_t>(*n - first_cluster);
}

std::optional<std::uint32_t> inventory::folder(std::string_view id) const {
    const auto n = number_after("group-v", id);
    if (!n || *n < first_folder || *n >= first_folder + folders()) {
        return {};
    }
    return static_cast<std::uint32_t>(*n - first_folder);
}

bool inventory::datastore(std::string_view id) const {
    return id == "datastore-11" || id == "datastore-12";
}

bool inventory::customization(std::string_view name) const {
    return name == "linux-dhcp" || name == "windows-dhcp";
}

std::optional<inventory::place> inventory::host(std::string_view id) const {
    const auto n = number_after("host-", id);
    if (!n || *n / 100 < first_cluster || *n / 100 >= first_cluster + clusters() || *n % 100 < 1 ||
        *n % 100 > hosts()) {
        return {};
    }
    return place{static_cast<std::uint32_t>(*n / 100 - first_cluster),
                 static_cast<std::uint32_t>(*n % 100 - 1)};
}

std::optional<inventory::place> inventory::resource_pool(std::string_view id) const {
    const auto n = number_after("resgroup-", id);
    if (!n) {
        return {};
    }
    // The two ranges of numbers do not meet: check_config allows no more than 700 clusters.
    if (const auto of_host = host("host-" + std::to_string(*n))) {
        return of_host;
    }
    if (*n < first_cluster || *n >= first_cluster + clusters()) {
        return {};
    }
    return place{static_cast<std::uint32_t>(*n - first_cluster), {}};
}

std::string inventory::cluster_id(std::uint32_t cluster) const {
    return "domain-c" + std::to_string(first_cluster + cluster);
}

std::string inventory::folder_id(std::uint32_t folder) const {
    return "group-v" + std::to_string(first_folder + folder);
}

std::string inventory::host_id(std::uint32_t cluster, std::uint32_t host) const {
    return "host-" + std::to_string((first_cluster + cluster) * 100 + host + 1);
}

std::string inventory::pool_id(std::uint32_t cluster) const {
    return "resgroup-" + std::to_string(first_cluster + cluster);
}

std::optional<std::uint64_t> inventory::vm_number(std::string_view id) {
    return number_after("vm-", id);
}

std::string inventory::snapshot_id(std::uint64_t vm, std::int64_t snapshot) {
    char text[64];
    std::snprintf(text, sizeof text, "%08llu-0000-4000-8000-%012lld",
                  static_cast<unsigned long long>(vm), static_cast<long long>(snapshot));
    return text;
}

std::optional<inventory::snapshot_of> inventory::snapshot(std::string_view id) const {
    constexpr std::string_view middle = "-0000-4000-8000-";
    if (id.size() != 36 || id.substr(8, middle.size()) != middle) {
        return {};
    }
    snapshot_of out;
    const auto vm = std::from_chars(id.data(), id.data() + 8, out.vm);
    const auto number = std::from_chars(id.data() + 24, id.data() + 36, out.number);
    if (vm.ptr != id.data() + 8 || number.ptr != id.data() + 36 || out.number < 1 ||
        out.number > settings_.snapshots) {
        return {};
    }
    const virtual_machine* present = find(out.vm);
    if ((present == nullptr || !present->has_snapshots) && find_deleted(out.vm) == nullptr) {
        return {};
    }
    return out;
}

virtual_machine* inventory::find(std::uint64_t id) {
    const auto it = vms_.find(id);
    return it == vms_.end() ? nullptr : &it->second;
}

const virtual_machine* inventory::find(std::uint64_t id) const {
    const auto it = vms_.find(id);
    return it == vms_.end() ? nullptr : &it->second;
}

virtual_machine* inventory::find_by_rest(std::string_view id) {
    const auto number = vm_number(id);
    virtual_machine* vm = number ? find(*number) : nullptr;
    return vm != nullptr && !vm->is_template ? vm : nullptr;
}

const virtual_machine* inventory::find_by_rest(std::string_view id) const {
    return const_cast<inventory*>(this)->find_by_rest(id);
}

const std::vector<std::uint64_t>& inventory::named(std::uint32_t folder,
                                                   std::string_view name) const {
    static const std::vector<std::uint64_t> none;
    const auto it = names_.find(key(folder, name));
    return it == names_.end() ? none : it->second;
}

std::vector<std::uint64_t> inventory::sorted_ids() const {
    std::vector<std::uint64_t> ids;
    ids.reserve(vms_.size());
    for (const auto& [id, vm] : vms_) {
        ids.push_back(id);
    }
    std::sort(ids.begin(), ids.end());
    return ids;
}

virtual_machine& inventory::add(virtual_machine vm) {
    if (vm.id == 0) {
        vm.id = next_++;
    }
    names_[key(vm.folder, vm.name)].push_back(vm.id);
    const std::uint64_t id = vm.id;
    return vms_.insert_or_assign(id, std::move(vm)).first->second;
}

void inventory::remove(std::uint64_t id) {
    const auto it = vms_.find(id);
    if (it == vms_.end()) {
        return;
    }
    const auto name = names_.find(key(it->second.folder, it->second.name));
    std::erase(name->second, id);
    if (name->second.empty()) {
        names_.erase(name);
    }
    vms_.erase(it);
}

std::size_t inventory::made_named(std::uint32_t folder, std::string_view name) const {
    const auto& ids = named(folder, name);
    return static_cast<std::size_t>(std::count_if(ids.begin(), ids.end(), [this](std::uint64_t id) {
        const virtual_machine* vm = find(id);
        return vm->made && !vm->left;
    }));
}

const virtual_machine* inventory::find_deleted(std::uint64_t id) const {
    const std::uint64_t i = id - first_deleted;
    return id >= first_deleted && i < deleted_.size() ? &deleted_[i] : nullptr;
}

std::string inventory::key(std::uint32_t folder, std::string_view name) const {
    std::string out;
    out.reserve(name.size() + 8);
    append_number(out, folder);
    out += '/';  // no stored name contains it
    out += name;
    return out;
}

std::string_view to_text(power_state power) {
    return power == power_state::powered_on ? "POWERED_ON" : "POWERED_OFF";
}

}  // namespace cloned::simulator
