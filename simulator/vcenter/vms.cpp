#include "simulator/vcenter/api.hpp"

#include <algorithm>

namespace cloned::simulator {

namespace {

constexpr std::size_t vms_max = 4000;

struct vm_filter {
    std::vector<std::string_view> vms, names, folders, datacenters, hosts, clusters, pools, power;
    std::vector<bool> in_folders;  // by folder; computed from `folders`
};

bool matches(const world& w, const vm_filter& f, const virtual_machine& vm) {
    const inventory& things = w.things;
    const auto in_pool = [&](std::string_view id) {
        const auto place = things.resource_pool(id);
        return place && place->cluster == vm.cluster && (!place->host || *place->host == vm.host);
    };
    return among(f.power, to_text(vm.power)) && among(f.names, vm.name) &&
           (f.vms.empty() || among(f.vms, inventory::vm_id(vm.id))) && f.in_folders[vm.folder] &&
           (f.clusters.empty() || among(f.clusters, things.cluster_id(vm.cluster))) &&
           (f.hosts.empty() || among(f.hosts, things.host_id(vm.cluster, vm.host))) &&
           (f.pools.empty() || std::any_of(f.pools.begin(), f.pools.end(), in_pool)) &&
           (f.datacenters.empty() || std::any_of(f.datacenters.begin(), f.datacenters.end(),
                                                 [&](auto id) { return things.datacenter(id); }));
}

std::vector<bool> folders_meant(const world& w, const std::vector<std::string_view>& ids) {
    const inventory& things = w.things;
    std::vector<bool> out(things.folders(), ids.empty());
    for (const std::string_view id : ids) {
        const auto asked = things.folder(id);
        for (std::uint32_t i = 0; asked && i < things.folders(); ++i) {
            const bool below =
                w.settings.folder_filter == folder_reading::recursive && things.within(i, *asked);
            out[i] = out[i] || i == *asked || below;
        }
    }
    return out;
}

// One VM that cannot be read fails the whole list in which it is asked for.
bool is_broken(const config& settings, const vm_filter& f) {
    const auto any = [](const std::vector<std::string_view>& asked, std::string_view bad) {
        return std::any_of(asked.begin(), asked.end(),
                           [&](std::string_view each) { return is_in_list(bad, each); });
    };
    return any(f.names, settings.bad_names) || any(f.folders, settings.bad_folders) ||
           any(f.vms, settings.bad_vms);
}

// Templates are never listed, and a list may lag behind what is.
bool is_listed(const world& w, const virtual_machine& vm) {
    if (vm.is_template) {
        return false;
    }
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
        for (const std::string_view name : f.names) {
            for (std::uint32_t i = 0; i < w.things.folders(); ++i) {
                if (f.in_folders[i]) {
                    const auto& named = w.things.named(i, name);
                    ids.insert(ids.end(), named.begin(), named.end());
                }
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

// Every VM has the same two.
void append_disks(std::string& out, bool rest) {
    out += R"(,"disks":)";
    out += rest ? '[' : '{';
    for (const char* key : {"2000", "2001"}) {
        out += key[3] == '0' ? "" : ",";
        out += rest ? R"({"key":")" : "\"";
        out += key;
        out += rest ? R"(","value":)" : "\":";
        out += R"({"label":"Hard disk","type":"SCSI","capacity":17179869184,)"
               R"("backing":{"type":"VMDK_FILE","vmdk_file":"[datastore-11] disk.vmdk"}})";
        out += rest ? "}" : "";
    }
    out += rest ? ']' : '}';
}

}  // namespace

refusal vcenter_api::broken_vm() {
    return {std::string(error_type::internal_server_error),
            "com.vmware.vapi.std.internal_server_error",
            "The configuration of a virtual machine cannot be read.",
            {},
            {}};
}

answer vcenter_api::show_vm(call& c, const virtual_machine& vm) {
    if (!vm.configured) {
        return refuse(c, {std::string(error_type::resource_inaccessible),
                          "com.vmware.api.vcenter.vm.being_created",
                          "The configuration of the virtual machine cannot be accessed.",
                          {inventory::vm_id(vm.id)},
                          {}});
    }
    std::string body = R"({"guest_OS":"OTHER_LINUX_64","name":)";
    append_json(body, vm.name);
    body += R"(,"power_state":")";
    body += to_text(vm.power);
    body += R"(","hardware":{"version":"VMX_19","upgrade_policy":"NEVER","upgrade_status":"NONE"},)"
            R"("boot":{"type":"EFI","delay":0,"retry":false,"retry_delay":10000,)"
            R"("enter_setup_mode":false},"boot_devices":[],)"
            R"("cpu":{"count":2,"cores_per_socket":1,"hot_add_enabled":false,)"
            R"("hot_remove_enabled":false},"memory":{"size_MiB":4096,"hot_add_enabled":false})";
    const bool rest = c.dialect == flavour::rest;
    append_disks(body, rest);
    for (const char* devices : {"nics", "cdroms", "floppies", "parallel_ports", "serial_ports",
                                "sata_adapters", "scsi_adapters"}) {
        body += ",\"";
        body += devices;
        body += rest ? R"(":[])" : R"(":{})";
    }
    body += '}';
    return result_answer(c, 200, std::move(body));
}

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
    vm_filter f{values("vms"),
                values("names"),
                values("folders"),
                values("datacenters"),
                values("hosts"),
                values("clusters"),
                values("resource_pools"),
                values("power_states"),
                {}};
    if (is_broken(world_.settings, f)) {
        return refuse(c, broken_vm());
    }
    f.in_folders = folders_meant(world_, f.folders);
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
