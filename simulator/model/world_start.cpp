#include "simulator/model/world.hpp"

#include <algorithm>
#include <cmath>

namespace cloned::simulator {

namespace {

// How soon a task tells that it was refused.
constexpr double slotless_ms = 100;

refusal name_taken(const std::string& name) {
    return {std::string(error_type::already_exists),
            "vmsg.DuplicateName.summary",
            "The name '" + name + "' already exists.",
            {name},
            {}};
}

refusal no_slot(operation_kind kind) {
    const bool clone = kind == operation_kind::linked_clone;
    return {std::string(error_type::not_allowed),
            clone ? "com.vmware.snapservice.too_many_clones"
                  : "com.vmware.snapservice.too_many_restores",
            clone ? "The maximum number of clone operations is in progress."
                  : "The maximum number of restore operations is in progress.",
            {},
            {}};
}

refusal all_refused(const config& c, operation_kind kind) {
    const bool snap = server_of(kind) == server_kind::snapservice;
    return {snap ? std::string(error_type::not_allowed) : c.refuse_all_type,
            "com.vmware.simulated.maintenance",
            "The operation is not allowed in the current state of the service.",
            {},
            {}};
}

operation_record new_record(const start_request& r, const task& t, const std::string& name) {
    return {.task = t.id,
            .kind = r.kind,
            .cluster = r.cluster,
            .folder = r.folder,
            .source = r.source,
            .vm = 0,
            .name = name,
            .request_id = std::string(r.request_id.substr(0, 200)),
            .op_id = std::string(r.op_id.substr(0, 200)),
            .started = t.created,
            .ended = never,
            .state = record_state::making,
            .error = {}};
}

}  // namespace

outcome<const task*> world::start(const start_request& r, const task_plan& plan_of_rule) {
    lane& l = lane_of(r.kind, r.cluster);
    const bool closed = refuses_all(r.kind);
    if (closed && refuses_at_once(l)) {
        return tl::unexpected(all_refused(settings, r.kind));
    }
    const bool snap = server_of(r.kind) == server_kind::snapservice;
    const bool no_slot_left = full(l);
    const bool refused = !closed && snap && settings.enforce && no_slot_left;
    std::string name = name_of(r.name);
    if (name.empty()) {
        return tl::unexpected(invalid_argument("The name is empty."));
    }
    const bool taken = !things.named(r.folder, name).empty();
    const bool name_refused = taken && settings.names == name_mode::at_post;
    if (name_refused && !(refused && settings.capacity_first)) {
        return tl::unexpected(name_taken(r.name));
    }
    if (refused && refuses_at_once(l)) {
        return tl::unexpected(no_slot(r.kind));
    }
    if (!closed && !refused) {
        l.accept(no_slot_left);
    }
    const bool name_fails = taken && settings.names == name_mode::in_task;
    task t = new_task(r, plan_of_rule);
    if (closed || refused) {
        t.slotless = true;
        t.duration = std::min(t.duration, from_ms(slotless_ms));
        t.failure = closed ? all_refused(settings, r.kind) : no_slot(r.kind);
    } else if (name_fails) {
        t.failure = name_taken(r.name);
    }
    return &begin(std::move(t), r, std::move(name), !name_fails, plan_of_rule);
}

task& world::begin(task t,
                   const start_request& r,
                   std::string name,
                   bool name_is_free,
                   const task_plan& plan_of_rule) {
    const bool snap = server_of(r.kind) == server_kind::snapservice;
    operation_record record = new_record(r, t, name);
    virtual_machine* made = nullptr;
    if (name_is_free && !t.slotless) {
        made = &add_made(r, std::move(name));
        t.vm = record.vm = made->id;
    }
    t.record = book.add(std::move(record));
    if (made != nullptr) {
        made->record = t.record;
    }
    task& added = tasks.add(std::move(t));
    if (plan_of_rule.vanish_after) {
        vanish(added, *plan_of_rule.vanish_after);
    }
    if (!snap && settings.enforce && queue_.full()) {
        added.waiting = true;
        queue_.waiting.push_back(added.number);
    } else {
        run(added);
    }
    return added;
}

std::string world::new_task_id(operation_kind kind) const {
    const std::uint64_t number = tasks.next_number();
    return server_of(kind) == server_kind::snapservice
               ? snapservice_task_id(number, static_cast<std::uint64_t>(settings.seed))
               : vcenter_task_id(number, settings.instance_uuid);
}

task world::new_task(const start_request& r, const task_plan& plan_of_rule) {
    task t;
    t.id = new_task_id(r.kind);
    t.kind = r.kind;
    t.cluster = r.cluster;
    t.source = r.source;
    t.folder = r.folder;
    t.power_on = r.power_on;
    t.created = now_;
    t.duration = draw_duration(r.kind);
    t.blocked = plan_of_rule.blocked;
    t.hangs = plan_of_rule.hangs;
    t.failure = plan_of_rule.failure;
    return t;
}

virtual_machine& world::add_made(const start_request& r, std::string name) {
    book.note_name(things.folder_id(r.folder), name, things.made_named(r.folder, name));
    virtual_machine vm;
    vm.name = std::move(name);
    vm.folder = r.folder;
    vm.cluster = r.cluster;
    vm.host = r.host;
    vm.configured = false;
    vm.made = true;
    const virtual_machine* source = things.find(r.source);
    vm.tools = source == nullptr || source->tools;
    return things.add(std::move(vm));
}

void world::vanish(task& t, instant after) {
    if (after <= instant{0}) {
        tasks.hide(t);
    } else {
        plan(now_ + after, event_kind::task_vanishes, t.number);
    }
}

instant world::draw_duration(operation_kind kind) {
    const duration_law& law = settings.law(kind);
    double ms = law.ms;
    if (law.sigma > 0) {
        ms *= std::exp(law.sigma * duration_random_.normal());
    } else if (law.spread > 0) {
        ms *= 1 + law.spread * (2 * duration_random_.unit() - 1);
    }
    return from_ms(std::clamp(ms, 0.0, 1e9));
}

}  // namespace cloned::simulator
