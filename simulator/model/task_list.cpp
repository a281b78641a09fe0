#include "simulator/model/task_list.hpp"

#include <algorithm>

namespace cloned::simulator {

namespace {

constexpr std::size_t tasks_max = 1000;

bool among(const std::vector<std::string_view>& values, std::string_view value) {
    return values.empty() || std::find(values.begin(), values.end(), value) != values.end();
}

struct task_target {
    std::string_view type;
    std::string id;
};

std::optional<task_target> target_of(const world& w, const task& t) {
    switch (w.settings.task_target) {
        case target_reading::none:
            return {};
        case target_reading::source:
            return task_target{"VirtualMachine", inventory::vm_id(t.source)};
        case target_reading::source_uuid:
            return task_target{"VirtualMachine",
                               inventory::vm_id(t.source) + ":" + w.settings.instance_uuid};
        case target_reading::vm:
            if (t.vm == 0) {
                return {};
            }
            return task_target{"VirtualMachine", inventory::vm_id(t.vm)};
        case target_reading::folder:
            break;
    }
    return task_target{"Folder", w.things.folder_id(t.folder)};
}

bool matches(const world& w, const task_filter& f, const task& t) {
    if (!among(f.services, service_of(t.kind)) || !among(f.status, to_text(t.status(w.now()))) ||
        !among(f.users, w.user_of(t))) {
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
    const auto shown = target_of(w, t);
    return shown && std::any_of(f.targets.begin(), f.targets.end(), [&](const auto& target) {
               return target.first == shown->type && target.second == shown->id;
           });
}

// Whether the server serves such a list at all.
outcome<void> check_served(const world& w, const task_filter& f) {
    const list_reading mode = f.tasks.empty() ? w.settings.task_list : w.settings.task_list_ids;
    if (mode == list_reading::refused_403) {
        return tl::unexpected(refusal{std::string(error_type::unauthorized),
                                      "com.vmware.vapi.endpoint.method.authorization.denied",
                                      "The account may not list tasks.",
                                      {},
                                      {}});
    }
    if (mode == list_reading::refused_400) {
        const std::string what = f.tasks.empty() ? "service " + std::string(f.services.front())
                                                 : "task " + std::string(f.tasks.front());
        return tl::unexpected(invalid_argument("Cannot find provider for " + what + "."));
    }
    return {};
}

// A list by services may lag behind what is.
bool is_listed(const world& w, const task& t) {
    return w.now() >= t.created + from_ms(w.settings.task_lag_ms);
}

void append_target(std::string& out, const world& w, const task& t) {
    if (const auto target = target_of(w, t)) {
        out += R"(,"target":{"type":")";
        out += target->type;
        out += R"(","id":)";
        append_json(out, target->id);
        out += '}';
    }
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
    if (auto ok = check_served(w, f); !ok) {
        return tl::unexpected(ok.error());
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
        const bool known = t != nullptr && w.tasks.find(std::string_view(t->id)) == t;
        consider(known && is_listed(w, *t) ? t : nullptr);
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
    append_target(out, w, t);
    out += R"(,"user":)";
    append_json(out, w.user_of(t));
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
    if (status == task_status::succeeded && !exclude_result && w.settings.result_told) {
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
