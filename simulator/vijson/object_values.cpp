#include "simulator/vijson/object_values.hpp"

#include "simulator/vijson/objects.hpp"
#include "simulator/vijson/tasks.hpp"
#include "simulator/vijson/vm_values.hpp"

#include <boost/json/array.hpp>

#include <array>
#include <optional>

namespace cloned::simulator {

namespace json = boost::json;

namespace {

constexpr std::string_view datacenter = "datacenter-2";

struct root_folder {
    std::string_view id;
    std::string_view name;
    std::string_view child_type;
};

constexpr std::array<root_folder, 5> roots{{
    {"group-d1", "Datacenters", "Datacenter"},
    {"group-v1", "vm", "VirtualMachine"},
    {"group-h1", "host", "ComputeResource"},
    {"group-s1", "datastore", "Datastore"},
    {"group-n1", "network", "Network"},
}};

const root_folder* find_root(std::string_view id) {
    for (const root_folder& root : roots) {
        if (root.id == id) {
            return &root;
        }
    }
    return nullptr;
}

json::string text(std::string_view s) {
    return json::string(json::string_view(s.data(), s.size()));
}

json::array datastores() {
    return {vi_reference("Datastore", "datastore-11"), vi_reference("Datastore", "datastore-12")};
}

template <class Wanted>
json::array vms_where(const world& w, const Wanted& wanted) {
    json::array out;
    for (const std::uint64_t id : w.things.sorted_ids()) {
        if (wanted(*w.things.find(id))) {
            out.push_back(vi_reference("VirtualMachine", inventory::vm_id(id)));
        }
    }
    return out;
}

// Of the VM folders those in `outer`, or those at the top.
void append_folders_in(json::array& out, const world& w, std::optional<std::uint32_t> outer) {
    for (std::uint32_t i = 0; i < w.things.folders(); ++i) {
        if (w.things.folder_above(i) == outer) {
            out.push_back(vi_reference("Folder", w.things.folder_id(i)));
        }
    }
}

json::array children(const world& w, std::string_view id) {
    json::array out;
    if (id == "group-d1") {
        out.push_back(vi_reference("Datacenter", datacenter));
    } else if (id == "group-v1") {
        append_folders_in(out, w, {});
    } else if (id == "group-h1") {
        for (std::uint32_t i = 0; i < w.things.clusters(); ++i) {
            out.push_back(vi_reference("ClusterComputeResource", w.things.cluster_id(i)));
        }
    } else if (id == "group-s1") {
        return datastores();
    } else if (const auto folder = w.things.folder(id)) {
        out = vms_where(w, [&](const virtual_machine& vm) { return vm.folder == *folder; });
        append_folders_in(out, w, folder);
    }
    return out;
}

json::value folder_value(const world& w, std::string_view id, std::string_view property) {
    const root_folder* root = find_root(id);
    if (property == "name") {
        return root != nullptr ? text(root->name) : text("folder-" + std::string(id.substr(7)));
    }
    if (property == "childEntity") {
        return children(w, id);
    }
    if (property == "childType") {
        return json::array{"Folder",
                           root != nullptr ? text(root->child_type) : text("VirtualMachine")};
    }
    if (id == "group-d1") {
        return nullptr;
    }
    if (root != nullptr) {
        return vi_reference("Datacenter", datacenter);
    }
    const auto above = w.things.folder_above(*w.things.folder(id));
    return vi_reference("Folder", above ? w.things.folder_id(*above) : "group-v1");
}

json::value datacenter_value(std::string_view property) {
    if (property == "name") {
        return "DC0";
    }
    if (property == "datastore") {
        return datastores();
    }
    if (property == "network") {
        return json::array{};
    }
    if (property == "parent") {
        return vi_reference("Folder", "group-d1");
    }
    const std::string folder = property == "vmFolder"          ? "group-v1"
                               : property == "hostFolder"      ? "group-h1"
                               : property == "datastoreFolder" ? "group-s1"
                                                               : "group-n1";
    return vi_reference("Folder", folder);
}

json::value cluster_value(const world& w, std::string_view id, std::string_view property) {
    const std::uint32_t cluster = *w.things.cluster(id);
    if (property == "name") {
        return text("cluster-" + std::string(id.substr(8)));
    }
    if (property == "parent") {
        return vi_reference("Folder", "group-h1");
    }
    if (property == "resourcePool") {
        return vi_reference("ResourcePool", w.things.pool_id(cluster));
    }
    if (property == "datastore") {
        return datastores();
    }
    json::array hosts;
    for (std::uint32_t h = 0; property == "host" && h < w.things.hosts(); ++h) {
        hosts.push_back(vi_reference("HostSystem", w.things.host_id(cluster, h)));
    }
    return hosts;
}

json::value host_value(const world& w, std::string_view id, std::string_view property) {
    const auto place = *w.things.host(id);
    if (property == "name") {
        return text(id);
    }
    if (property == "parent") {
        return vi_reference("ClusterComputeResource", w.things.cluster_id(place.cluster));
    }
    if (property == "datastore") {
        return datastores();
    }
    if (property == "network") {
        return json::array{};
    }
    return vms_where(w, [&](const virtual_machine& vm) {
        return vm.cluster == place.cluster && vm.host == *place.host;
    });
}

json::value pool_value(const world& w, std::string_view id, std::string_view property) {
    const auto place = *w.things.resource_pool(id);
    const std::string cluster = w.things.cluster_id(place.cluster);
    if (property == "name") {
        return place.host ? text(id) : text("Resources");
    }
    if (property == "owner") {
        return vi_reference("ClusterComputeResource", cluster);
    }
    if (property == "parent") {
        return place.host ? vi_reference("ResourcePool", w.things.pool_id(place.cluster))
                          : vi_reference("ClusterComputeResource", cluster);
    }
    json::array out;
    for (std::uint32_t h = 0; property == "resourcePool" && !place.host && h < w.things.hosts();
         ++h) {
        const std::string host = w.things.host_id(place.cluster, h);
        out.push_back(vi_reference("ResourcePool", "resgroup-" + host.substr(5)));
    }
    return out;
}

json::value service_value(world& w, std::string_view type, std::string_view property) {
    if (type == "ServiceInstance") {
        return property == "content" ? json::value(vi_service_content(w))
                                     : json::value(vi_time(w, w.now()));
    }
    if (property == "maxCollector") {
        return 32;
    }
    json::array out;
    for (const std::string& task : vi_recent_tasks(w, 0)) {
        out.push_back(vi_reference("Task", task));
    }
    return out;
}

}  // namespace

bool vi_is_root_folder(std::string_view id) {
    return find_root(id) != nullptr;
}

json::value vi_object_value(world& w,
                            std::string_view type,
                            std::string_view id,
                            std::string_view property) {
    if (type == "VirtualMachine") {
        return vi_vm_value(w, id, property);
    }
    if (type == "Task") {
        return *vi_task_info(w, id);
    }
    if (type == "Folder") {
        return folder_value(w, id, property);
    }
    if (type == "Datacenter") {
        return datacenter_value(property);
    }
    if (type == "ClusterComputeResource") {
        return cluster_value(w, id, property);
    }
    if (type == "HostSystem") {
        return host_value(w, id, property);
    }
    if (type == "ResourcePool") {
        return pool_value(w, id, property);
    }
    if (type == "Datastore") {
        return property == "name" ? json::value(text(id))
                                  : json::value(vi_reference("Folder", "group-s1"));
    }
    // Whose session it is only the server knows, not the world.
    return type == "SessionManager" ? json::value() : service_value(w, type, property);
}

json::object vi_service_content(const world& w) {
    const vi_settings& s = w.settings.vi;
    const std::string release = s.releases.substr(0, s.releases.find(' '));
    json::object out{{"_typeName", "ServiceContent"},
                     {"rootFolder", vi_reference("Folder", "group-d1")},
                     {"propertyCollector", vi_reference("PropertyCollector", "propertyCollector")},
                     {"sessionManager", vi_reference("SessionManager", "SessionManager")},
                     {"taskManager", vi_reference("TaskManager", "TaskManager")},
                     {"searchIndex", vi_reference("SearchIndex", "SearchIndex")},
                     {"viewManager", vi_reference("ViewManager", "ViewManager")},
                     {"about",
                      {{"_typeName", "AboutInfo"},
                       {"name", "VMware vCenter Server"},
                       {"fullName", "VMware vCenter Server (simulated)"},
                       {"vendor", "cloned"},
                       {"version", "8.0.3"},
                       {"build", "1"},
                       {"osType", "linux-x64"},
                       {"productLineId", "vpx"},
                       {"apiType", "VirtualCenter"},
                       {"apiVersion", release},
                       {"instanceUuid", w.settings.instance_uuid}}}};
    if (s.guest_customization) {
        out["guestCustomizationManager"] =
            vi_reference("VirtualMachineGuestCustomizationManager", "GuestCustomizationManager");
    }
    return out;
}

json::object vi_user_session(const world& w, const session& s) {
    return {{"_typeName", "UserSession"},
            {"key", "52-1"},
            {"userName", w.task_user},
            {"fullName", "svc"},
            {"loginTime", vi_time(w, s.created)},
            {"lastActiveTime", vi_time(w, s.last_access)},
            {"locale", "en"},
            {"messageLocale", "en"},
            {"extensionSession", false},
            {"ipAddress", "127.0.0.1"},
            {"userAgent", "unknown"},
            {"callCount", 0}};
}

}  // namespace cloned::simulator
