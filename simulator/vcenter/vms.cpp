#include "simulator/vcenter/api.hpp"

#include <algorithm>

namespace cloned::simulator {

namespace {

constexpr std::size_t vms_max = 4000;

struct vm_filter {
    std::vector<std::string_view> vms, names, folders, datacenters, hosts, clusters, pools, power;
};

bool among(const std::vector<std::string_view>& values, std::string_view value) {
    return values.empty() || std::find(values.begin(), values.end(), value) != values.end();
}

bool matches(const world& w, const vm_filter& f, const virtual_machine& vm) {
    const inventory& things = w.things;
    const auto in_pool = [&](std::string_view id) {
        const auto place = things.resource_pool(id);
        return place && place->cluster == vm.cluster && (!place->host || *place->host == vm.host);
    };
    return among(f.power, to_text(vm.power)) && among(f.names, vm.name) &&
           (f.vms.empty() || among(f.vms, inventory::vm_id(vm.id))) &&
           (f.folders.empty() || among(f.folders, things.folder_id(vm.folder))) &&
           (f.clusters.empty() || among(f.clusters, things.cluster_id(vm.cluster))) &&
           (f.hosts.empty() || among(f.hosts, things.host_id(vm.cluster, vm.host))) &&
           (f.pools.empty() || std::any_of(f.pools.begin(), f.pools.end(), in_pool)) &&
           (f.datacenters.empty() || std::any_of(f.datacenters.begin(), f.datacenters.end(),
                                                 [&](auto id) { return things.datacenter(id); }));
}

// A list may lag behind what is.
bool is_listed(const world& w, const virtual_machine& vm) {
    if (w.settings.list_lag_ms < 0 || vm.record >= w.book.records().size()) {
        return true;
    }
    const instant ended = w.book.records()[vm.record].ended;
    return ended != never && w.now() >= ended + from_ms(w.settings.list_lag_ms);
}

// Candidates come from an index where there is one: by id, or by name within each folder asked for.
std::vector<std::uint64_t> candidates(const world& w, const vm_filter& f) {
    std::vector<std::uint64_t> ids;
    if (!f.vms.empty()) {
        for (const std::string_view id : f.vms) {
            if (const auto number = inventory::vm_number(id)) {
                ids.push_back(*number);
            }
        }
    } else if (!f.names.empty()) {
        std::vector<std::uint32_t> folders;
        for (const std::string_view id : f.folders) {
            if (const auto folder = w.things.folder(id)) {
                folders.push_back(*folder);
            }
        }
        for (std::uint32_t i = 0; f.folders.empty() && i < w.things.folders(); ++i) {
            folders.push_back(i);
        }
        for (const std::string_view name : f.names) {
            for (const std::uint32_t folder : folders) {
                const auto& named = w.things.named(folder, name);
                ids.insert(ids.end(), named.begin(), named.end());
            }
        }
    } else {
        return w.things.sorted_ids();
    }
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
}

void append_vm(std::string& out, const virtual_machine& vm) {
    out += R"({"vm":"vm-)";
    append_number(out, vm.id);
    out += R"(","name":)";
    append_json(out, vm.name);
    out += R"(,"power_state":")";
    out += to_text(vm.power);
    out += vm.configured ? R"(","cpu_count":2,"memory_size_MiB":4096})" : R"("})";
}

}  // namespace

answer vcenter_api::list_vms(call& c) {
    const bool rest = c.dialect == flavour::rest;
    if (auto ok =
            rest ? c.target.allow_only({"filter.vms", "filter.names", "filter.folders",
                                        "filter.datacenters", "filter.hosts", "filter.clusters",
                                        "filter.resource_pools", "filter.power_states"})
                 : c.target.allow_only({"vms", "names", "folders", "datacenters", "hosts",
                                        "clusters", "resource_pools", "power_states"});
        !ok) {
        return refuse(c, ok.error());
    }
    const auto values = [&](std::string_view name) {
        return c.target.all(rest ? "filter." + std::string(name) : std::string(name));
    };
    vm_filter f{
        values("vms"),   values("names"),    values("folders"),        values("datacenters"),
        values("hosts"), values("clusters"), values("resource_pools"), values("power_states")};
    for (const std::string_view state : f.power) {
        if (state != "POWERED_ON" && state != "POWERED_OFF" && state != "SUSPENDED") {
            return refuse(c, invalid_argument("'" + std::string(state) + "' is no power state."));
        }
    }
    const std::vector<std::uint64_t> ids = candidates(world_, f);
    // What the index has answered need not be compared again for each VM.
    (f.vms.empty() ? f.names : f.vms).clear();
    std::string body = "[";
    std::size_t count = 0;
    for (const std::uint64_t id : ids) {
        const virtual_machine* vm = world_.things.find(id);
        if (vm == nullptr || !is_listed(world_, *vm) || !matches(world_, f, *vm)) {
            continue;
        }
        if (++count > vms_max) {
            return refuse(c, {std::string(error_type::unable_to_allocate),
                              "com.vmware.api.vcenter.vm.list.too_many",
                              "More than 4000 virtual machines match the filter.",
                              {"4000"},
                              {}});
        }
        body += count == 1 ? "" : ",";
        append_vm(body, *vm);
    }
    body += ']';
    return result_answer(c, 200, std::move(body));
}

}  // namespace cloned::simulator
