#include "simulator/model/zstack_node.hpp"

#include "simulator/model/world.hpp"

#include <algorithm>
#include <cstdio>

namespace cloned::simulator {

namespace {

std::string numbered_uuid(char first, std::uint64_t number) {
    char text[40];
    std::snprintf(text, sizeof text, "%c0000000000040008000%012llu", first,
                  static_cast<unsigned long long>(number));
    return text;
}

}  // namespace

zstack_node::zstack_node(world& owner)
    : sessions(random_stream::mix(static_cast<std::uint64_t>(owner.settings.seed) * 1000 + 6),
               from_ms(owner.settings.session_idle_s * 1e3),
               owner.settings.session_limit),
      world_(owner),
      random_(random_stream::mix(static_cast<std::uint64_t>(owner.settings.seed) * 1000 + 7)),
      now_(owner.now()),
      queues_(static_cast<std::size_t>(owner.settings.clusters)) {
    for (work_queue& q : queues_) {
        q.limit = owner.settings.zstack.clone_limit;
    }
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(owner.settings.templates); ++i) {
        zstack_vm vm;
        const std::uint64_t number = inventory::first_template + i;
        vm.uuid = template_uuid(number);
        vm.name = "template-" + std::to_string(number);
        vm.description = "a source of clones";
        vm.cluster = static_cast<std::uint32_t>(i % queues_.size());
        vm.created = now_;
        vms_[vm.uuid] = vm;
    }
}

void zstack_node::advance(instant now) {
    while (!events_.empty() && events_.top().at <= now) {
        const event e = events_.top();
        events_.pop();
        now_ = std::max(now_, e.at);
        happen(e);
    }
    now_ = std::max(now_, now);
}

const zstack_job* zstack_node::job(std::string_view uuid, instant now) const {
    const auto found = jobs_.find(std::string(uuid));
    if (found == jobs_.end()) {
        return nullptr;
    }
    const zstack_job& job = by_number_.at(found->second);
    const instant retention = from_ms(world_.settings.zstack.job_retention_s * 1e3);
    const bool expired = job.done && now - job.created >= retention;
    const bool vanished = job.vanishes && now >= *job.vanishes;
    return expired || vanished ? nullptr : &job;
}

std::size_t zstack_node::expire_jobs() {
    return std::erase_if(jobs_,
                         [this](const auto& entry) { return by_number_.at(entry.second).done; });
}

zstack_vm* zstack_node::find(std::string_view uuid) {
    const auto found = vms_.find(std::string(uuid));
    return found == vms_.end() ? nullptr : &found->second;
}

std::string zstack_node::add_stranger(std::string_view name,
                                      std::uint32_t cluster,
                                      std::string_view source) {
    zstack_vm vm;
    vm.uuid = random_uuid();
    vm.name = name;
    vm.cluster = cluster;
    vm.created = now_;
    if (!source.empty()) {
        vm.description = "cloned from vm[uuid:" + std::string(source) + "]";
    }
    vms_[vm.uuid] = vm;
    return vm.uuid;
}

bool zstack_node::destroy(std::string_view uuid) {
    zstack_vm* vm = find(uuid);
    if (vm == nullptr || vm->state == "Destroyed") {
        return false;
    }
    // It stays listed for a week, and can be recovered.
    vm->state = "Destroyed";
    if (operation_record* record = world_.book.find(vm->record)) {
        record->state = record_state::deleted;
    }
    if (vm->made) {
        world_.book.note_removal(zone_uuid(), vm->name, made_named(vm->name));
    }
    return true;
}

void zstack_node::forget_records() {
    for (auto& [uuid, vm] : vms_) {
        vm.record = virtual_machine::no_record;
    }
    for (auto& [number, job] : by_number_) {
        for (zstack_unit& unit : job.units) {
            unit.record = virtual_machine::no_record;
        }
    }
    for (work_queue& q : queues_) {
        q.peak_running = q.running;
    }
}

std::string zstack_node::template_uuid(std::uint64_t number) {
    return numbered_uuid('a', number);
}

std::string zstack_node::cluster_uuid(std::uint32_t cluster) const {
    return numbered_uuid('c', cluster + 1);
}

std::optional<std::uint32_t> zstack_node::cluster(std::string_view uuid) const {
    for (std::uint32_t i = 0; i < queues_.size(); ++i) {
        if (cluster_uuid(i) == uuid) {
            return i;
        }
    }
    return {};
}

std::string zstack_node::zone_uuid() const {
    return numbered_uuid('d', 1);
}

std::string zstack_node::random_uuid() {
    char text[40];
    std::snprintf(text, sizeof text, "%016llx%016llx",
                  static_cast<unsigned long long>(random_.bits()),
                  static_cast<unsigned long long>(random_.bits()));
    text[12] = '4';  // the version, and below the variant
    text[16] = '9';
    return text;
}

std::size_t zstack_node::made_named(std::string_view name) const {
    return static_cast<std::size_t>(std::count_if(vms_.begin(), vms_.end(), [&](const auto& e) {
        return e.second.made && e.second.name == name && e.second.state != "Destroyed";
    }));
}

}  // namespace cloned::simulator
