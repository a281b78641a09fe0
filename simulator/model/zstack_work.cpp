#include "simulator/model/world.hpp"
#include "simulator/model/zstack_node.hpp"

#include <algorithm>

namespace cloned::simulator {

namespace {

bool is_hit(const zstack_plan& plan, const std::string& name) {
    return plan.object.empty() || glob_match(plan.object, name);
}

}  // namespace

void zstack_node::start(zstack_clone what,
                        const zstack_plan& plan,
                        instant blocked,
                        std::optional<instant> vanish_after,
                        std::optional<zstack_error> failure) {
    zstack_job job;
    job.uuid = what.job;
    job.number = next_job_++;
    job.plan = plan;
    job.created = now_;
    job.failure = std::move(failure);
    if (vanish_after) {
        job.vanishes = now_ + *vanish_after;
    }
    job.delay = blocked;
    const bool leaves_vms = world_.settings.zstack.failed_leaves_vm != "no";
    if (plan.what == zstack_fault::call_fails && leaves_vms) {
        job.plan.what = zstack_fault::call_fails_late;
    } else if (plan.what == zstack_fault::call_fails) {
        job.failure = plan.error;
    }
    for (const std::string& name : what.names) {
        job.units.push_back({.name = name, .vm = {}, .error = {}});
    }
    job.what = std::move(what);
    jobs_[job.uuid] = job.number;
    zstack_job& added = by_number_[job.number] = std::move(job);
    if (added.failure || added.units.empty()) {
        added.units.clear();
        added.done = true;
        return;
    }
    lane& l = world_.lane_of(operation_kind::zstack_clone, added.what.cluster);
    for (std::size_t i = 0; i < added.units.size(); ++i) {
        ++l.accepted;
        ++l.current;
        l.violations += l.limit >= 0 && l.used() > l.limit ? 1U : 0U;
        l.note_peaks();
        operation_record record;
        record.task = added.uuid;
        record.kind = operation_kind::zstack_clone;
        record.cluster = added.what.cluster;
        record.source_uuid = added.what.source;
        record.name = added.units[i].name;
        record.started = now_;
        added.units[i].record = world_.book.add(std::move(record));
        if (plan.what != zstack_fault::node_dies) {
            queues_[added.what.cluster].waiting.emplace_back(added.number, i);
        }
    }
    run_waiting(added.what.cluster);
}

void zstack_node::run_waiting(std::uint32_t cluster) {
    work_queue& q = queues_[cluster];
    while (!q.waiting.empty() && (!world_.settings.enforce || !q.full())) {
        const auto [number, unit] = q.waiting.front();
        q.waiting.pop_front();
        ++q.running;
        q.peak_running = std::max(q.peak_running, q.running);
        begin(by_number_.at(number), unit);
    }
}

void zstack_node::begin(zstack_job& job, std::size_t index) {
    zstack_unit& unit = job.units[index];
    const bool hit = is_hit(job.plan, unit.name);
    if (hit && job.plan.what == zstack_fault::item_fails) {
        unit.error = job.plan.error;
    } else {
        world_.book.note_name(zone_uuid(), unit.name, made_named(unit.name));
        zstack_vm vm;
        vm.uuid = random_uuid();
        vm.name = unit.name;
        vm.cluster = job.what.cluster;
        vm.state = "Created";
        vm.created = now_;
        vm.made = true;
        vm.record = unit.record;
        if (world_.settings.zstack.marks_clones) {
            vm.description = "cloned from vm[uuid:" + job.what.source + "]";
        }
        unit.vm = vm.uuid;
        if (operation_record* record = world_.book.find(unit.record)) {
            record->vm_uuid = vm.uuid;
        }
        vms_[vm.uuid] = std::move(vm);
        if (hit && job.plan.what == zstack_fault::item_fails_late) {
            unit.error = job.plan.error;
        }
    }
    const instant span = world_.draw_duration(operation_kind::zstack_clone);
    events_.push({now_ + span / 2, order_++, event_kind::unit_half, job.number, index});
    events_.push({now_ + span, order_++, event_kind::unit_end, job.number, index});
}

void zstack_node::happen(const event& e) {
    zstack_job& job = by_number_.at(e.job);
    if (e.kind == event_kind::job_end) {
        return complete(job);
    }
    if (e.kind == event_kind::unit_end) {
        return end(job, e.unit);
    }
    zstack_vm* vm = find(job.units[e.unit].vm);
    if (vm != nullptr && vm->state == "Created" && job.what.strategy != "JustCreate") {
        vm->state = "Starting";
    }
}

void zstack_node::end(zstack_job& job, std::size_t index) {
    zstack_unit& unit = job.units[index];
    unit.ended = true;
    zstack_vm* vm = find(unit.vm);
    if (vm != nullptr && vm->state == "Starting" && !unit.error) {
        vm->state = job.what.strategy == "CreateStopped" ? "Stopped" : "Running";
    } else if (vm != nullptr && vm->state == "Starting") {
        vm->state = "Stopped";
    }
    const bool call_fails = job.plan.what == zstack_fault::call_fails_late;
    const std::string& leftover = world_.settings.zstack.failed_leaves_vm;
    if (vm != nullptr && call_fails && leftover != "no") {
        vm->state = leftover == "running" ? "Running" : "Stopped";
    }
    const bool failed = unit.error || call_fails;
    lane& l = world_.lane_of(operation_kind::zstack_clone, job.what.cluster);
    --l.current;
    ++(failed ? l.failed : l.succeeded);
    if (operation_record* record = world_.book.find(unit.record)) {
        record->ended = now_;
        record->error = failed ? (unit.error ? unit.error->code : job.plan.error.code) : "";
        if (record->state == record_state::making) {
            record->state = unit.vm.empty() ? record_state::failed : record_state::made;
        }
    }
    --queues_[job.what.cluster].running;
    if (std::all_of(job.units.begin(), job.units.end(), [](const auto& u) { return u.ended; })) {
        plan_end(job);
    }
    run_waiting(job.what.cluster);
}

void zstack_node::plan_end(zstack_job& job) {
    if (job.delay == never) {
        return;
    }
    if (job.delay > instant{0}) {
        events_.push({now_ + job.delay, order_++, event_kind::job_end, job.number, 0});
        return;
    }
    complete(job);
}

void zstack_node::complete(zstack_job& job) {
    job.done = true;
    if (job.plan.what == zstack_fault::call_fails_late) {
        job.failure = job.plan.error;
    }
}

}  // namespace cloned::simulator
