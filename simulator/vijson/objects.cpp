#include "simulator/vijson/objects.hpp"

#include "simulator/vijson/object_values.hpp"
#include "simulator/vijson/tasks.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>

namespace cloned::simulator {

namespace json = boost::json;

namespace {

struct type_row {
    std::string_view type;
    std::string_view base;
    std::string_view properties;  // separated by blanks
};

constexpr std::array<type_row, 13> types{{
    {"ManagedEntity", "", ""},
    {"ComputeResource", "ManagedEntity", ""},
    {"Folder", "ManagedEntity", "name parent childEntity childType"},
    {"Datacenter", "ManagedEntity",
     "name parent vmFolder hostFolder datastoreFolder networkFolder datastore network"},
    {"ClusterComputeResource", "ComputeResource",
     "name parent host resourcePool datastore network"},
    {"HostSystem", "ManagedEntity", "name parent vm datastore network"},
    {"ResourcePool", "ManagedEntity", "name parent owner resourcePool vm"},
    {"Datastore", "ManagedEntity", "name parent"},
    {"VirtualMachine", "ManagedEntity",
     "name parent runtime guest config summary recentTask resourcePool datastore network snapshot "
     "overallStatus"},
    {"Task", "", "info"},
    {"TaskManager", "", "recentTask maxCollector"},
    {"SessionManager", "", "currentSession"},
    {"ServiceInstance", "", "content serverClock"},
}};

const type_row* find_type(std::string_view type) {
    const auto* row =
        std::find_if(types.begin(), types.end(), [&](const type_row& r) { return r.type == type; });
    return row == types.end() ? nullptr : row;
}

std::string_view box_of(const json::value& v, std::string_view path) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> known{{
        {"runtime.powerState", "VirtualMachinePowerState"},
        {"runtime.connectionState", "VirtualMachineConnectionState"},
        {"info.state", "TaskInfoState"},
        {"overallStatus", "ManagedEntityStatus"},
        {"config.hardware.device", "ArrayOfVirtualDevice"},
    }};
    for (const auto& [name, box] : known) {
        if (name == path) {
            return box;
        }
    }
    if (path.ends_with("Time") || path == "serverClock") {
        return "dateTime";
    }
    if (v.is_bool()) {
        return "boolean";
    }
    if (v.is_number()) {
        return "int";
    }
    if (v.is_string()) {
        return "string";
    }
    const bool texts = v.is_array() && !v.get_array().empty() && v.get_array()[0].is_string();
    return texts ? "ArrayOfString" : "ArrayOfManagedObjectReference";
}

std::string_view cut(std::string_view& rest) {
    const auto dot = rest.find('.');
    const auto head = rest.substr(0, dot);
    rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
    return head;
}

}  // namespace

bool vi_exists(world& w, const vi_object& o) {
    const inventory& things = w.things;
    if (o.type == "VirtualMachine") {
        const auto number = inventory::vm_number(o.id);
        return number && things.find(*number) != nullptr;
    }
    if (o.type == "Task") {
        return vi_task_info(w, o.id).has_value();
    }
    if (o.type == "Folder") {
        return things.folder(o.id).has_value() || vi_is_root_folder(o.id);
    }
    if (o.type == "ClusterComputeResource") {
        return things.cluster(o.id).has_value();
    }
    if (o.type == "HostSystem") {
        return things.host(o.id).has_value();
    }
    if (o.type == "ResourcePool") {
        return things.resource_pool(o.id).has_value();
    }
    if (o.type == "Datacenter") {
        return things.datacenter(o.id);
    }
    if (o.type == "Datastore") {
        return things.datastore(o.id);
    }
    const bool single =
        o.type == "TaskManager" || o.type == "SessionManager" || o.type == "ServiceInstance";
    return single && o.id == o.type;
}

bool vi_type_fits(std::string_view type, std::string_view wanted) {
    for (const type_row* row = find_type(type); row != nullptr; row = find_type(row->base)) {
        if (row->type == wanted) {
            return true;
        }
    }
    return false;
}

std::vector<std::string_view> vi_property_names(std::string_view type) {
    std::vector<std::string_view> out;
    const type_row* row = find_type(type);
    std::string_view rest = row != nullptr ? row->properties : std::string_view{};
    while (!rest.empty()) {
        const auto blank = rest.find(' ');
        out.push_back(rest.substr(0, blank));
        rest = blank == std::string_view::npos ? std::string_view{} : rest.substr(blank + 1);
    }
    return out;
}

vi_outcome<std::optional<json::value>> vi_property(world& w,
                                                   const vi_object& object,
                                                   std::string_view path) {
    std::string_view rest = path;
    const std::string_view first = cut(rest);
    const auto names = vi_property_names(object.type);
    if (std::find(names.begin(), names.end(), first) == names.end()) {
        vi_fault f{"InvalidProperty",
                   "The property '" + std::string(path) + "' is not known of " + object.type + ".",
                   {}};
        f.own["name"] = json::string_view(path.data(), path.size());
        return tl::unexpected(std::move(f));
    }
    json::value value = vi_object_value(w, object.type, object.id, first);
    while (!rest.empty()) {
        const std::string_view name = cut(rest);
        json::object* inner = value.if_object();
        json::value* next =
            inner != nullptr ? inner->if_contains({name.data(), name.size()}) : nullptr;
        if (next == nullptr) {
            return std::nullopt;
        }
        json::value taken = std::move(*next);
        value = std::move(taken);
    }
    if (value.is_null()) {
        return std::nullopt;
    }
    if (value.is_object()) {
        return value;
    }
    const std::string_view box = box_of(value, path);
    return json::value{{"_typeName", json::string_view(box.data(), box.size())},
                       {"_value", std::move(value)}};
}

std::vector<vi_object> vi_references(const json::value& value) {
    std::vector<vi_object> out;
    const json::object* object = value.if_object();
    if (object == nullptr) {
        return out;
    }
    if (const json::value* list = object->if_contains("_value"); list != nullptr) {
        if (const json::array* items = list->if_array()) {
            for (const json::value& item : *items) {
                for (auto& found : vi_references(item)) {
                    out.push_back(std::move(found));
                }
            }
        }
        return out;
    }
    const json::value* type = object->if_contains("type");
    const json::value* id = object->if_contains("value");
    if (type != nullptr && id != nullptr && type->is_string() && id->is_string()) {
        out.push_back({type->get_string().c_str(), id->get_string().c_str()});
    }
    return out;
}

}  // namespace cloned::simulator
