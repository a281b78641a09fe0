#include "simulator/vijson/api.hpp"
#include "simulator/vijson/tasks.hpp"
#include "simulator/vijson/vm_values.hpp"

#include <boost/json/array.hpp>

namespace cloned::simulator {

namespace json = boost::json;

namespace {

std::string text_at(const json::value* object, std::string_view name) {
    const json::object* o = object != nullptr ? object->if_object() : nullptr;
    const json::value* v = o != nullptr ? o->if_contains({name.data(), name.size()}) : nullptr;
    return v != nullptr && v->is_string() ? std::string(v->get_string().c_str()) : std::string();
}

const json::value* find(const json::value* object, std::string_view name) {
    const json::object* o = object != nullptr ? object->if_object() : nullptr;
    return o != nullptr ? o->if_contains({name.data(), name.size()}) : nullptr;
}

// Empty if the identity leaves the name to others.
std::string host_name_of(const json::value& spec, const virtual_machine& vm) {
    const json::value* identity = find(&spec, "identity");
    const json::value* name = find(identity, "hostName");
    if (name == nullptr) {
        name = find(find(identity, "userData"), "computerName");
    }
    if (text_at(name, "_typeName") == "CustomizationVirtualMachineName") {
        return vm.name;
    }
    const std::string fixed = text_at(name, "name");
    return fixed.empty() ? text_at(name, "base") : fixed;
}

vi_fault power_fault(const virtual_machine& vm) {
    vi_fault f{"InvalidPowerState",
               "The attempted operation cannot be performed in the current state (Powered off).",
               {}};
    f.own["requestedState"] = "poweredOn";
    f.own["existingState"] = vm.power == power_state::powered_on ? "poweredOn" : "poweredOff";
    return f;
}

// Does the guest accept that login at this moment?
bool lets_in(const world& w, const virtual_machine& vm, const json::value& auth) {
    const vi_settings& s = w.settings.vi;
    const double up_ms = static_cast<double>(to_ms(w.now() - vm.powered_on_at));
    if (up_ms < w.settings.tools_ms + s.guest_login_ms) {
        return false;
    }
    if (text_at(&auth, "_typeName") != "NamePasswordAuthentication") {
        return true;
    }
    return text_at(&auth, "username") == s.guest_user &&
           text_at(&auth, "password") == s.guest_password;
}

// Why the VM, as it is now, cannot be customized so.
std::optional<vi_fault> obstacle(world& w,
                                 const virtual_machine& vm,
                                 const json::object& arguments) {
    const json::value& spec = arguments.at("spec");
    if (vm.power != power_state::powered_on) {
        return power_fault(vm);
    }
    if (!vi_tools_run(w, vm)) {
        return vi_fault{
            "InvalidState",
            "The operation is not allowed in the current state: VMware Tools do not run.",
            {}};
    }
    if (const vi_task* other = w.vi.customizing(vm.id, w.now());
        other != nullptr && !w.settings.vi.allow_overlap) {
        vi_fault f{"TaskInProgress", "Another task is already in progress.", {}};
        f.own["task"] = vi_reference("Task", vi_task_id(other->number));
        return f;
    }
    if (w.vi.guest_at_work(vm.id, w.now()) && !w.settings.vi.allow_overlap) {
        return vi_fault{"CustomizationPending",
                        "A guest customization is already pending for this virtual machine.",
                        {}};
    }
    if (!lets_in(w, vm, arguments.at("auth"))) {
        return vi_fault{
            "InvalidGuestLogin", "Failed to authenticate with the guest operating system.", {}};
    }
    const json::value* adapters = find(&spec, "nicSettingMap");
    if (adapters != nullptr && adapters->is_array() && adapters->get_array().size() != 1) {
        return vi_fault{"NicSettingMismatch",
                        "The number of network adapters does not match those of the VM.",
                        {}};
    }
    return {};
}

}  // namespace

vi_api::result vi_api::customize(context& x) {
    const json::object& reference = x.arguments.at("vm").get_object();
    if (reference.at("type") != "VirtualMachine") {
        return vi_fail("InvalidArgument", "A specified parameter was not correct: vm");
    }
    const auto vm = find_vm(x.reference("vm"));
    if (!vm) {
        world_.vi.refuse();
        return tl::unexpected(vm.error());
    }
    task_plan plan = x.c.plan;
    const std::string_view error = world_.vi.draws_system_error(world_.settings.vi);
    if (error == "before") {
        world_.vi.refuse();
        return vi_fail("SystemError", "A general system error occurred.");
    }
    if (auto why = obstacle(world_, **vm, x.arguments)) {
        // Two at once are never begun, whichever way the refusal takes.
        const bool busy = why->type == "TaskInProgress" || why->type == "CustomizationPending";
        if (!world_.settings.vi.faults_in_task || busy) {
            world_.vi.refuse();
            return tl::unexpected(std::move(*why));
        }
        plan.failure = refusal{why->type, "", why->text, {}, {}};
    }
    vi_task t;
    t.kind = vi_work::customize;
    t.vm = (*vm)->id;
    t.host_name = host_name_of(x.arguments.at("spec"), **vm);
    if (error == "in_task" && !plan.failure) {
        plan.failure = refusal{"SystemError", "", "A general system error occurred.", {}, {}};
        t.works_anyway = true;
    }
    const vi_task& begun = world_.vi.start(world_, std::move(t), plan);
    if (error == "after") {
        return vi_fail("SystemError", "A general system error occurred.");
    }
    return json::value(vi_reference("Task", vi_task_id(begun.number)));
}

}  // namespace cloned::simulator
