#include "simulator/model/task_list.hpp"

#include <algorithm>

namespace cloned::simulator {

namespace {

constexpr std::size_t tasks_max = 1000;

bool among(const std::vector<std::string_view>& values, std::string_view value) {
    return values.empty() || std::find(values.begin(), values.end(), value) != values.end();
}

bool matches(const world& w, const task_filter& f, const task& t) {
    if (!among(f.services, service_of(t.kind)) || !among(f.status, to_text(t.status(w.now()))) ||
        !among(f.users, w.task_user)) {
        return false;
    }
    // The vendor's texts leave open whether a task is shown as "clone" or "clone$task".
    if (!among(f.operations, operation_of(t.kind)) &&
        !among(f.operations, operation_of(t.kind) == "clone$task" ? "clone" : "")) {
        return false;
    }
    if (f.targets.empty()) {
        return true;
    }
    const std::string source = inventory::vm_id(t.source);
    return std::any_of(f.targets.begin(), f.targets.end(), [&](const auto& target) {
        return target.first == "VirtualMachine" && target.second == source;
    });
}

void append_message(std::string& out, std::string_view id, std::string_view text) {
    out += R"({"id":)";
    append_json(out, id);
    out += R"(,"default_message":)";
    append_json(out, text);
    out += R"(,"args":[]})";
}

void append_description(std::string& out, operation_kind kind) {
    switch (kind) {
        case operation_kind::clone:
            return append_message(out, "com.vmware.vcenter.VM.clone", "Clone virtual machine");
        case operation_kind::linked_clone:
            return append_message(out, "com.vmware.snapservice.linked_clone", "Linked clone");
        case operation_kind::zstack_clone:  // has no task here
        case operation_kind::restore:
            break;
    }
    append_message(out, "com.vmware.snapservice.restore", "Restore virtual machine");
}

}  // namespace

std::string_view service_of(operation_kind kind) {
    return kind == operation_kind::clone ? "com.vmware.vcenter.VM"
                                         : "com.vmware.snapservice.clusters.virtual_machines";
}

std::string_view operation_of(operation_kind kind) {
    return kind == operation_kind::clone ? "clone$task" : to_text(kind);
}

outcome<std::vector<const task*>> list_tasks(world& w, server_kind server, const task_filter& f) {
    if (f.tasks.empty() && f.services.empty()) {
        return tl::unexpected(invalid_argument("The filter must name tasks or services."));
    }
    bool finished_too = f.status.empty();
    for (const std::string_view text : f.status) {
        const auto status = task_status_from(text);
        if (!status) {
            return tl::unexpected(
                invalid_argument("'" + std::string(text) + "' is no task status."));
        }
        finished_too =
            finished_too || *status == task_status::succeeded || *status == task_status::failed;
    }
    std::vector<const task*> found;
    const auto consider = [&](const task* t) {
        if (t != nullptr && server_of(t->kind) == server && matches(w, f, *t)) {
            found.push_back(t);
        }
    };
    const auto consider_number = [&](std::uint64_t number) {
        const task* t = w.tasks.find(number);
        // A task that vanished is known by its number only.
        consider(t != nullptr && w.tasks.find(std::string_view(t->id)) == t ? t : nullptr);
    };
    if (!f.tasks.empty()) {
        found.reserve(f.tasks.size());
        for (const std::string_view id : f.tasks) {
            consider(w.tasks.find(id));
        }
    } else {
        for (const std::uint64_t number : w.tasks.live()) {
            consider_number(number);
        }
        if (finished_too) {
            for (const std::uint64_t number : w.tasks.finished()) {
                if (found.size() > tasks_max) {
                    break;
                }
                consider_number(number);
            }
        }
    }
    std::sort(found.begin(), found.end(),
              [](const task* a, const task* b) { return a->number < b->number; });
    found.erase(std::unique(found.begin(), found.end()), found.end());
    if (found.size() > tasks_max) {
        return tl::unexpected(refusal{std::string(error_type::resource_inaccessible),
                                      "com.vmware.cis.tasks.too_many",
                                      "More than 1000 tasks match the filter.",
                                      {"1000"},
                                      {}});
    }
    return found;
}

void append_task_info(std::string& out, const world& w, const task& t, bool exclude_result) {
    const task_status status = t.status(w.now());
    const bool snap = server_of(t.kind) == server_kind::snapservice;
    out += R"({"description":)";
    append_description(out, t.kind);
    out += R"(,"service":")";
    out += service_of(t.kind);
    out += R"(","operation":")";
    out += operation_of(t.kind);
    out += R"(","status":")";
    out += to_text(status);
    out += R"(","cancelable":)";
    out += !t.done && !snap && w.settings.cancelable ? "true" : "false";
    out += R"(,"target":{"type":"VirtualMachine","id":"vm-)";
    append_number(out, t.source);
    out += R"("},"user":)";
    append_json(out, w.task_user);
    if (status != task_status::pending) {
        out += R"(,"start_time":")";
        w.append_time_of(out, t.created);
        out += '"';
    }
    if (t.done) {
        out += R"(,"end_time":")";
        w.append_time_of(out, t.finished);
        out += '"';
    }
    if (status != task_status::pending) {
        out += R"(,"progress":{"total":100,"completed":)";
        append_number(out, t.percent(w.now()));
        out += R"(,"message":)";
        if (status == task_status::succeeded) {
            append_message(out, "com.vmware.simulated.done", "Done");
        } else {
            append_message(out, "com.vmware.simulated.copying", "Copying disks");
        }
        out += '}';
    }
    if (snap) {
        out += R"(,"vc_task":)";
        append_json(out, vcenter_task_id(t.number, w.settings.instance_uuid));
    }
    if (status == task_status::succeeded && !exclude_result) {
        out += R"(,"result":"vm-)";
        append_number(out, t.vm);
        out += '"';
    }
    if (status == task_status::failed) {
        out += R"(,"error":)";
        append_error(out, *t.failure);
    }
    out += '}';
}

}  // namespace cloned::simulator
