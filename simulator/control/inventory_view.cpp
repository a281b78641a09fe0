#include "simulator/control/api.hpp"
#include "simulator/control/json_writer.hpp"

namespace cloned::simulator {

namespace {

// VMs that were made, and strangers', only where all are asked for.
void write_zstack(json_writer& json, const world& w, bool all) {
    json.key("zstack");
    json.open('{');
    json.key("clusters");
    json.open('[');
    for (std::uint32_t i = 0; i < w.things.clusters(); ++i) {
        json.text(w.zstack->cluster_uuid(i));
    }
    json.close(']');
    json.key("vms");
    json.open('[');
    for (const auto& [uuid, vm] : w.zstack->all()) {
        if (!all && !vm.name.starts_with("template-")) {
            continue;
        }
        json.open('{');
        json.member("vm", uuid);
        json.member("name", vm.name);
        json.member("cluster", w.zstack->cluster_uuid(vm.cluster));
        json.member("state", vm.state);
        json.close('}');
    }
    json.close(']');
    json.close('}');
}

void write_vm(json_writer& json, const world& w, const virtual_machine& vm) {
    json.open('{');
    json.member("vm", inventory::vm_id(vm.id));
    json.member("name", vm.name);
    json.member("cluster", w.things.cluster_id(vm.cluster));
    json.member("host", w.things.host_id(vm.cluster, vm.host));
    json.member("resource_pool", w.things.pool_id(vm.cluster));
    json.member("folder", w.things.folder_id(vm.folder));
    json.member("power_state", to_text(vm.power));
    if (vm.left) {
        json.key("left");
        json.raw("true");
    }
    json.key("snapshots");
    json.open('[');
    for (std::int64_t i = 1; vm.has_snapshots && i <= w.things.snapshots(); ++i) {
        json.text(inventory::snapshot_id(vm.id, i));
    }
    json.close(']');
    json.close('}');
}

// An array of texts, one for each number below `count`.
template <class Text>
void write_texts(json_writer& json, std::string_view name, std::uint32_t count, const Text& text) {
    json.key(name);
    json.open('[');
    for (std::uint32_t i = 0; i < count; ++i) {
        json.text(text(i));
    }
    json.close(']');
}

void write_pair(json_writer& json,
                std::string_view name,
                std::string_view first,
                std::string_view second) {
    write_texts(json, name, 2, [&](std::uint32_t i) { return i == 0 ? first : second; });
}

void write_clusters(json_writer& json, const inventory& things) {
    json.key("clusters");
    json.open('[');
    for (std::uint32_t i = 0; i < things.clusters(); ++i) {
        json.open('{');
        json.member("cluster", things.cluster_id(i));
        json.member("resource_pool", things.pool_id(i));
        write_texts(json, "hosts", things.hosts(),
                    [&](std::uint32_t host) { return things.host_id(i, host); });
        json.close('}');
    }
    json.close(']');
}

template <class Wanted>
void write_vms(json_writer& json, const world& w, std::string_view name, const Wanted& wanted) {
    json.key(name);
    json.open('[');
    for (const std::uint64_t id : w.things.sorted_ids()) {
        if (const virtual_machine& vm = *w.things.find(id); wanted(vm)) {
            write_vm(json, w, vm);
        }
    }
    json.close(']');
}

void write_nested_folders(json_writer& json, const inventory& things) {
    json.key("nested_folders");
    json.open('[');
    for (std::uint32_t i = 0; i < things.folders(); ++i) {
        if (const auto above = things.folder_above(i)) {
            json.open('{');
            json.member("folder", things.folder_id(i));
            json.member("within", things.folder_id(*above));
            json.close('}');
        }
    }
    json.close(']');
}

void write_deleted(json_writer& json, const world& w) {
    json.key("deleted_vms");
    json.open('[');
    for (const virtual_machine& vm : w.things.deleted()) {
        write_vm(json, w, vm);
    }
    json.close(']');
}

}  // namespace

answer control_api::show_inventory(const call& c) const {
    const world& w = *world_;
    const bool all = c.target.first("vms") == "1";
    std::string out;
    json_writer json(out);
    json.open('{');
    json.member("datacenter", "datacenter-2");
    write_clusters(json, w.things);
    write_texts(json, "folders", w.things.folders(),
                [&](std::uint32_t i) { return w.things.folder_id(i); });
    write_nested_folders(json, w.things);
    write_pair(json, "datastores", "datastore-11", "datastore-12");
    write_pair(json, "disks", "2000", "2001");
    write_zstack(json, w, all);
    write_pair(json, "customization_specs", "linux-dhcp", "windows-dhcp");
    json.member("vm_count", w.things.all().size());
    write_vms(json, w, "templates", [](const virtual_machine& vm) { return vm.has_snapshots; });
    write_vms(json, w, "hidden_templates",
              [](const virtual_machine& vm) { return vm.is_template; });
    write_deleted(json, w);
    if (all) {
        write_vms(json, w, "vms", [](const virtual_machine& vm) { return !vm.is_template; });
    }
    json.close('}');
    return json_answer(200, std::move(out));
}

}  // namespace cloned::simulator
