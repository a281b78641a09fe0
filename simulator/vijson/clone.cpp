#include "simulator/vijson/api.hpp"
#include "simulator/vijson/tasks.hpp"

namespace cloned::simulator {

namespace json = boost::json;

namespace {

std::string reference_at(const json::value& object, std::string_view name) {
    const json::value* v = object.get_object().if_contains({name.data(), name.size()});
    return v != nullptr && v->is_object() ? std::string(v->at("value").get_string().c_str())
                                          : std::string();
}

vi_fault invalid_argument_of(std::string_view property) {
    vi_fault f{
        "InvalidArgument", "A specified parameter was not correct: " + std::string(property), {}};
    f.own["invalidProperty"] = json::string_view(property.data(), property.size());
    return f;
}

// The root of all VM folders stands for the first of them: the REST side knows no folder above.
std::optional<std::uint32_t> folder_of(const world& w, const std::string& id) {
    return id == "group-v1" ? std::optional<std::uint32_t>(0) : w.things.folder(id);
}

}  // namespace

vi_api::result vi_api::clone(context& x) {
    const auto source = find_vm(x.id);
    if (!source) {
        return tl::unexpected(source.error());
    }
    const json::value& spec = x.arguments.at("spec");
    const json::value& location = spec.at("location");
    const auto folder = folder_of(world_, x.reference("folder"));
    if (!folder) {
        return vi_no_such("Folder", x.reference("folder"));
    }
    start_request r;
    r.source = (*source)->id;
    r.cluster = (*source)->cluster;
    r.host = (*source)->host;
    r.folder = *folder;
    r.name = x.text("name");
    r.power_on = spec.at("powerOn").as_bool();
    r.request_id = x.c.in.header("x-request-id");
    if (r.name.empty() || r.name.size() > 80 || spec.at("template").as_bool()) {
        return tl::unexpected(invalid_argument_of(r.name.empty() ? "name" : "spec"));
    }
    if (const std::string pool = reference_at(location, "pool"); !pool.empty()) {
        const auto place = world_.things.resource_pool(pool);
        if (!place) {
            return vi_no_such("ResourcePool", pool);
        }
        r.cluster = place->cluster;
        r.host = place->host.value_or(0);
    }
    if (const std::string store = reference_at(location, "datastore");
        !store.empty() && !world_.things.datastore(store)) {
        return vi_no_such("Datastore", store);
    }
    // Here a taken name is always the task's affair, which also names who has it.
    const auto taken = world_.things.named(r.folder, world_.name_of(r.name));
    const name_mode names = world_.settings.names;
    world_.settings.names = names == name_mode::at_post ? name_mode::in_task : names;
    const auto started = world_.start(r, x.c.plan);
    world_.settings.names = names;
    if (!started) {
        return tl::unexpected(vi_fault_of(started.error()));
    }
    task* t = world_.tasks.find((*started)->number);
    if (t->failure && t->failure->type == error_type::already_exists && !taken.empty()) {
        t->failure->args.push_back(inventory::vm_id(taken.front()));
    }
    return json::value(vi_reference("Task", vi_task_id(t->number)));
}

vi_api::result vi_api::power(context& x, bool on) {
    const auto vm = find_vm(x.id);
    if (!vm) {
        return tl::unexpected(vm.error());
    }
    if ((*vm)->is_template) {
        return vi_fail("NotSupported", "The operation is not supported on the object.");
    }
    const bool is_on = (*vm)->power == power_state::powered_on;
    if (is_on == on || !(*vm)->configured) {
        vi_fault f{"InvalidPowerState",
                   "The attempted operation cannot be performed in the current state.",
                   {}};
        f.own["requestedState"] = on ? "poweredOn" : "poweredOff";
        f.own["existingState"] = is_on ? "poweredOn" : "poweredOff";
        return tl::unexpected(std::move(f));
    }
    vi_task t;
    t.kind = on ? vi_work::power_on : vi_work::power_off;
    t.vm = (*vm)->id;
    const vi_task& begun = world_.vi.start(world_, std::move(t), x.c.plan);
    return json::value(vi_reference("Task", vi_task_id(begun.number)));
}

}  // namespace cloned::simulator
