#include "simulator/snapservice/api.hpp"

#include <algorithm>

namespace cloned::simulator {

namespace {

// Snapshots were taken daily before the world began, the last one a day before.
constexpr std::int64_t day_ms = 86'400'000;

std::int64_t taken_at(const world& w, std::int64_t snapshot) {
    return w.settings.epoch_ms - day_ms * (w.things.snapshots() - snapshot + 1);
}

void append_snapshot_info(std::string& out, const world& w, std::uint64_t vm, std::int64_t number) {
    out += R"({"name":"daily-)";
    append_number(out, number);
    out += R"(","snapshot_type":"SCHEDULED","created_at":")";
    append_time(out, taken_at(w, number));
    out += R"(","vm":"vm-)";
    append_number(out, vm);
    out += R"(","disk_snapshots":[]})";
}

void append_vm_info(std::string& out, const world& w, const virtual_machine& vm, bool in_cluster) {
    const std::int64_t count = vm.has_snapshots ? w.things.snapshots() : 0;
    out += R"({"vm":"vm-)";
    append_number(out, vm.id);
    out += R"(","info":{"name":)";
    append_json(out, vm.name);
    out += R"(,"local_protection_enabled":true,"protection_groups":[],"snapshot_count":)";
    append_number(out, count);
    if (count > 0) {
        out += R"(,"oldest_snapshot_time":")";
        append_time(out, taken_at(w, 1));
        out += R"(","last_snapshot_time":")";
        append_time(out, taken_at(w, count));
        out += '"';
    }
    out += R"(,"in_cluster":)";
    out += in_cluster ? "true}}" : "false}}";
}

}  // namespace

answer snapservice_api::list_vms(call& c, std::uint32_t cluster) {
    if (auto ok = c.target.allow_only({"vms", "name_patterns"}); !ok) {
        return refuse(c, ok.error());
    }
    const auto vms = c.target.all("vms");
    const auto patterns = c.target.all("name_patterns");
    std::string body = R"({"items":[)";
    const std::size_t empty = body.size();
    const auto consider = [&](const virtual_machine* vm, bool in_cluster) {
        if (vm == nullptr || vm->is_template || vm->cluster != cluster) {
            return;
        }
        const auto fits = [&](std::string_view pattern) { return glob_match(pattern, vm->name); };
        if (!patterns.empty() && std::none_of(patterns.begin(), patterns.end(), fits)) {
            return;
        }
        body += body.size() == empty ? "" : ",";
        append_vm_info(body, world_, *vm, in_cluster);
    };
    for (const std::string_view id : vms) {
        if (const auto number = inventory::vm_number(id)) {
            consider(world_.things.find(*number), true);
            consider(world_.things.find_deleted(*number), false);
        }
    }
    if (vms.empty()) {
        for (const std::uint64_t id : world_.things.sorted_ids()) {
            consider(world_.things.find(id), true);
        }
        for (const virtual_machine& vm : world_.things.deleted()) {
            consider(&vm, false);
        }
    }
    body += "]}";
    return json_answer(200, std::move(body));
}

answer snapservice_api::snapshot_calls(call& c, std::uint32_t cluster) {
    const auto number = inventory::vm_number(c.path[3]);
    const virtual_machine* vm = world_.things.find_by_rest(c.path[3]);
    if (vm == nullptr && number) {
        vm = world_.things.find_deleted(*number);
    }
    if (vm == nullptr || vm->cluster != cluster) {
        return refuse(c, no_such("virtual machine", c.path[3]));
    }
    std::string body;
    if (c.path.size() == 6) {
        if (auto ok = c.target.allow_only({}); !ok) {
            return refuse(c, ok.error());
        }
        const auto found = world_.things.snapshot(c.path[5]);
        if (!found || found->vm != vm->id) {
            return refuse(c, no_such("snapshot", c.path[5]));
        }
        append_snapshot_info(body, world_, vm->id, found->number);
        return json_answer(200, std::move(body));
    }
    if (auto ok = c.target.allow_only({"snapshots", "names"}); !ok) {
        return refuse(c, ok.error());
    }
    const auto ids = c.target.all("snapshots");
    const auto names = c.target.all("names");
    const auto asked = [](const auto& values, const std::string& value) {
        return values.empty() || std::find(values.begin(), values.end(), value) != values.end();
    };
    body = R"({"items":[)";
    const std::size_t empty = body.size();
    for (std::int64_t i = 1; vm->has_snapshots && i <= world_.things.snapshots(); ++i) {
        const std::string id = inventory::snapshot_id(vm->id, i);
        if (!asked(ids, id) || !asked(names, "daily-" + std::to_string(i))) {
            continue;
        }
        body += body.size() == empty ? R"({"snapshot":)" : R"(,{"snapshot":)";
        append_json(body, id);
        body += R"(,"info":)";
        append_snapshot_info(body, world_, vm->id, i);
        body += '}';
    }
    body += "]}";
    return json_answer(200, std::move(body));
}

}  // namespace cloned::simulator
