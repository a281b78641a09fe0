#include "simulator/vijson/vm_values.hpp"

#include "simulator/vijson/objects.hpp"
#include "simulator/vijson/tasks.hpp"

#include <boost/json/array.hpp>

namespace cloned::simulator {

namespace json = boost::json;

namespace {

const char* tools_status(const world& w, const virtual_machine& vm) {
    if (!vm.tools) {
        return "toolsNotInstalled";
    }
    return vi_tools_run(w, vm) ? "toolsOk" : "toolsNotRunning";
}

json::value guest_value(const world& w, const virtual_machine& vm) {
    const bool runs = vi_tools_run(w, vm);
    json::object out{{"_typeName", "GuestInfo"},
                     {"toolsStatus", tools_status(w, vm)},
                     {"toolsRunningStatus", runs ? "guestToolsRunning" : "guestToolsNotRunning"},
                     {"guestState", runs ? "running" : "notRunning"},
                     {"guestId", "debian12_64Guest"}};
    const vi_guest* guest = w.vi.guest(vm.id);
    if (guest == nullptr || !w.settings.vi.guest_info) {
        return out;
    }
    json::object info{{"_typeName", "GuestInfoCustomizationInfo"},
                      {"startTime", vi_time(w, guest->started)}};
    if (w.now() < guest->ends) {
        info["customizationStatus"] = "TOOLSDEPLOYPKG_RUNNING";
    } else {
        info["customizationStatus"] =
            guest->fails ? "TOOLSDEPLOYPKG_FAILED" : "TOOLSDEPLOYPKG_SUCCEEDED";
        info["endTime"] = vi_time(w, guest->ends);
        if (guest->fails) {
            info["errorMsg"] = "The customization script exited with status 1.";
        }
    }
    out["customizationInfo"] = std::move(info);
    return out;
}

std::string vm_uuid(std::uint64_t id) {
    const std::string digits = std::to_string(id);
    return "42000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

json::value runtime_value(const world& w, const virtual_machine& vm) {
    const bool on = vm.power == power_state::powered_on;
    json::object out{{"_typeName", "VirtualMachineRuntimeInfo"},
                     {"connectionState", "connected"},
                     {"powerState", on ? "poweredOn" : "poweredOff"},
                     {"host", vi_reference("HostSystem", w.things.host_id(vm.cluster, vm.host))},
                     {"toolsInstallerMounted", false},
                     {"numMksConnections", 0}};
    if (on) {
        out["bootTime"] = vi_time(w, vm.powered_on_at);
    }
    return out;
}

json::value summary_value(const world& w, const virtual_machine& vm, const std::string& id) {
    return {{"_typeName", "VirtualMachineSummary"},
            {"vm", vi_reference("VirtualMachine", id)},
            {"runtime", runtime_value(w, vm)},
            {"config",
             {{"_typeName", "VirtualMachineConfigSummary"},
              {"name", vm.name},
              {"template", vm.is_template},
              {"vmPathName", "[datastore-11] " + vm.name + "/" + vm.name + ".vmx"},
              {"memorySizeMB", 4096},
              {"numCpu", 2},
              {"uuid", vm_uuid(vm.id)},
              {"instanceUuid", vm_uuid(vm.id)},
              {"guestFullName", "Debian GNU/Linux 12 (64-bit)"}}},
            {"guest",
             {{"_typeName", "VirtualMachineGuestSummary"}, {"toolsStatus", tools_status(w, vm)}}},
            {"storage",
             {{"_typeName", "VirtualMachineStorageSummary"},
              {"committed", 0},
              {"uncommitted", 0},
              {"unshared", 0},
              {"timestamp", vi_time(w, w.now())}}},
            {"quickStats",
             {{"_typeName", "VirtualMachineQuickStats"}, {"guestHeartbeatStatus", "green"}}},
            {"overallStatus", "green"}};
}

json::value config_value(const world& w, const virtual_machine& vm) {
    if (!vm.configured) {
        return nullptr;
    }
    return {{"_typeName", "VirtualMachineConfigInfo"},
            {"changeVersion", "1"},
            {"modified", vi_time(w, instant{0})},
            {"name", vm.name},
            {"guestFullName", "Debian GNU/Linux 12 (64-bit)"},
            {"version", "vmx-20"},
            {"uuid", vm_uuid(vm.id)},
            {"instanceUuid", vm_uuid(vm.id)},
            {"template", vm.is_template},
            {"guestId", "debian12_64Guest"},
            {"hardware",
             {{"_typeName", "VirtualHardware"},
              {"numCPU", 2},
              {"memoryMB", 4096},
              {"device", json::array{}}}}};
}

}  // namespace

bool vi_tools_run(const world& w, const virtual_machine& vm) {
    return w.tools_run(vm);
}

json::value vi_vm_value(world& w, std::string_view id, std::string_view property) {
    const virtual_machine& vm = *w.things.find(*inventory::vm_number(id));
    if (property == "name") {
        return json::value(vm.name);
    }
    if (property == "parent") {
        return vi_reference("Folder", w.things.folder_id(vm.folder));
    }
    if (property == "runtime") {
        return runtime_value(w, vm);
    }
    if (property == "guest") {
        return guest_value(w, vm);
    }
    if (property == "config") {
        return config_value(w, vm);
    }
    if (property == "summary") {
        return summary_value(w, vm, std::string(id));
    }
    if (property == "resourcePool") {
        // A template has none.
        return vm.is_template ? json::value()
                              : vi_reference("ResourcePool", w.things.pool_id(vm.cluster));
    }
    if (property == "datastore") {
        return json::array{vi_reference("Datastore", "datastore-11")};
    }
    if (property == "network") {
        return json::array{};
    }
    if (property == "overallStatus") {
        return "green";
    }
    if (property != "recentTask") {
        return nullptr;
    }
    json::array out;
    for (const std::string& task : vi_recent_tasks(w, vm.id)) {
        out.push_back(vi_reference("Task", task));
    }
    return out;
}

}  // namespace cloned::simulator
