#include "simulator/vijson/tasks.hpp"

#include <algorithm>
#include <charconv>

namespace cloned::simulator {

namespace json = boost::json;

namespace {

std::uint64_t number_of(std::string_view id) {
    constexpr std::string_view prefix = "task-";
    std::uint64_t number = 0;
    if (!id.starts_with(prefix)) {
        return 0;
    }
    const char* const end = id.data() + id.size();
    const auto read = std::from_chars(id.data() + prefix.size(), end, number);
    return read.ec == std::errc{} && read.ptr == end ? number : 0;
}

// A clone of vCenter's that has not vanished.
task* clone_of(world& w, std::uint64_t number) {
    task* t = number == 0 ? nullptr : w.tasks.find(number);
    const bool known = t != nullptr && t->kind == operation_kind::clone &&
                       w.tasks.find(std::string_view(t->id)) == t;
    return known ? t : nullptr;
}

struct task_words {
    const char* name;
    const char* description_id;
};

task_words words_of(vi_work kind) {
    switch (kind) {
        case vi_work::customize:
            return {"CustomizeGuest_Task", "vm.guest.CustomizationManager.customize"};
        case vi_work::power_on:
            return {"PowerOnVM_Task", "VirtualMachine.powerOn"};
        case vi_work::power_off:
            break;
    }
    return {"PowerOffVM_Task", "VirtualMachine.powerOff"};
}

json::object head(
    const world& w, std::uint64_t number, task_words words, std::uint64_t vm, instant queued) {
    const std::string id = vi_task_id(number);
    const std::string vm_id = inventory::vm_id(vm);
    const virtual_machine* entity = w.things.find(vm);
    return {{"_typeName", "TaskInfo"},
            {"key", id},
            {"task", vi_reference("Task", id)},
            {"name", words.name},
            {"descriptionId", words.description_id},
            {"entity", vi_reference("VirtualMachine", vm_id)},
            {"entityName", entity != nullptr ? entity->name : vm_id},
            {"cancelled", false},
            {"cancelable", w.settings.cancelable},
            {"reason", {{"_typeName", "TaskReasonUser"}, {"userName", w.task_user}}},
            {"queueTime", vi_time(w, queued)},
            {"eventChainId", number}};
}

void end(json::object& info,
         const world& w,
         const std::optional<vi_fault>& failure,
         instant finished) {
    info["state"] = failure ? "error" : "success";
    info["cancelable"] = false;
    info["completeTime"] = vi_time(w, finished);
    if (failure) {
        info["error"] = vi_fault_json(*failure, w.settings.vi.wrapped_errors);
        info["cancelled"] = failure->type == "RequestCanceled";
    }
}

json::object info_of(const world& w, const vi_task& t) {
    json::object out = head(w, t.number, words_of(t.kind), t.vm, t.queued);
    if (t.started != never) {
        out["startTime"] = vi_time(w, t.started);
    }
    if (t.done) {
        end(out, w, t.failure, t.finished);
    } else if (t.started == never) {
        out["state"] = "queued";
    } else {
        out["state"] = "running";
        const double share = static_cast<double>((w.now() - t.started).count()) /
                             static_cast<double>(std::max<std::int64_t>(1, t.duration.count()));
        out["progress"] = std::min(99, static_cast<int>(share * 100));
    }
    return out;
}

vi_fault clone_fault(const refusal& r) {
    vi_fault f = vi_fault_of(r);
    if (f.type == "DuplicateName" && r.args.size() == 2) {
        f.own["name"] = r.args[0];
        f.own["object"] = vi_reference("VirtualMachine", r.args[1]);
    }
    return f;
}

json::object info_of(const world& w, const task& t) {
    json::object out =
        head(w, t.number, {"CloneVM_Task", "VirtualMachine.clone"}, t.source, t.created);
    out["reason"].as_object()["userName"] =
        json::string_view(w.user_of(t).data(), w.user_of(t).size());
    const task_status status = t.status(w.now());
    if (status != task_status::pending) {
        out["startTime"] = vi_time(w, t.created);
    }
    if (t.done) {
        const auto failure =
            t.failure ? std::optional<vi_fault>(clone_fault(*t.failure)) : std::nullopt;
        end(out, w, failure, t.finished);
        if (!failure) {
            out["result"] = vi_reference("VirtualMachine", inventory::vm_id(t.vm));
        }
    } else {
        out["state"] = status == task_status::pending ? "queued" : "running";
        out["progress"] = t.percent(w.now());
    }
    return out;
}

}  // namespace

std::string vi_task_id(std::uint64_t number) {
    return "task-" + std::to_string(number);
}

std::string vi_time(const world& w, instant t) {
    std::string out;
    w.append_time_of(out, t);
    return out;
}

std::optional<json::object> vi_task_info(world& w, std::string_view id) {
    const std::uint64_t number = number_of(id);
    if (const vi_task* t = w.vi.find(number, w.now())) {
        return info_of(w, *t);
    }
    if (const task* t = clone_of(w, number)) {
        return info_of(w, *t);
    }
    return {};
}

std::vector<std::string> vi_recent_tasks(world& w, std::uint64_t vm) {
    std::vector<std::uint64_t> numbers = w.vi.about(vm, w.now());
    const auto consider = [&](std::uint64_t number) {
        const task* t = clone_of(w, number);
        if (t != nullptr && (vm == 0 || t->source == vm || t->vm == vm)) {
            numbers.push_back(number);
        }
    };
    for (const std::uint64_t number : w.tasks.live()) {
        consider(number);
    }
    for (const std::uint64_t number : w.tasks.finished()) {
        consider(number);
    }
    std::sort(numbers.begin(), numbers.end());
    const auto most = static_cast<std::size_t>(w.settings.vi.recent_tasks);
    if (numbers.size() > most) {
        numbers.erase(numbers.begin(), numbers.end() - static_cast<std::ptrdiff_t>(most));
    }
    std::vector<std::string> ids;
    for (const std::uint64_t number : numbers) {
        ids.push_back(vi_task_id(number));
    }
    return ids;
}

vi_outcome<void> vi_cancel_task(world& w, std::string_view id) {
    const std::uint64_t number = number_of(id);
    if (vi_task* t = w.vi.find(number, w.now())) {
        return w.vi.cancel(w, *t);
    }
    task* t = clone_of(w, number);
    if (t == nullptr) {
        return vi_no_such("Task", id);
    }
    if (auto ok = w.cancel(*t); !ok) {
        return vi_fail(ok.error().type == error_type::unsupported ? "NotSupported" : "InvalidState",
                       ok.error().text);
    }
    return {};
}

}  // namespace cloned::simulator
