#include "backends/vijson/records.hpp"

#include "backends/vijson/fault_family.hpp"
#include "backends/vijson/guest_report.hpp"
#include "base/date_time.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace cloned::backends::vijson {
namespace {

using http::json_node;

constexpr std::size_t max_text_bytes = 1024;
constexpr std::size_t max_recent_tasks = 500;

std::string short_text(std::string_view text) {
    return text.size() <= max_text_bytes ? std::string(text) : std::string();
}

std::optional<wall_time> time_at(const json_node& node, std::string_view key) {
    return parse_rfc3339(node.text_or_empty(key));
}

task_phase read_phase(std::string_view state) {
    if (state == "queued") return task_phase::pending;
    if (state == "success") return task_phase::succeeded;
    if (state == "error") return task_phase::failed;
    return task_phase::running;
}

std::optional<guest_phase> read_guest_phase(std::string_view status) {
    if (status == "TOOLSDEPLOYPKG_IDLE") return guest_phase::idle;
    if (status == "TOOLSDEPLOYPKG_PENDING") return guest_phase::pending;
    if (status == "TOOLSDEPLOYPKG_RUNNING") return guest_phase::running;
    if (status == "TOOLSDEPLOYPKG_SUCCEEDED") return guest_phase::succeeded;
    if (status == "TOOLSDEPLOYPKG_FAILED") return guest_phase::failed;
    return std::nullopt;
}

void read_info(const json_node& info, task_record& into) {
    // The state is declared, but captures show declared values in boxes as well.
    if (const auto state = info.find("state")) {
        const auto plain = unboxed(*state);
        if (plain.is_text()) into.phase = read_phase(*plain.text());
    }
    into.name = short_text(info.text_or_empty("name"));
    into.description_id = short_text(info.text_or_empty("descriptionId"));
    const auto entity = info.find("entity");
    if (entity && entity->text_or_empty("type") == "VirtualMachine")
        into.entity = short_text(entity->text_or_empty("value"));
    if (const auto reason = info.find("reason"))
        into.user = short_text(reason->text_or_empty("userName"));
    into.queued_at = time_at(info, "queueTime");
    into.started_at = time_at(info, "startTime");
    into.ended_at = time_at(info, "completeTime");
    if (const auto percent = info.number_at("progress"))
        into.percent = static_cast<int>(std::clamp<std::int64_t>(*percent, 0, 100));
    if (into.phase != task_phase::failed) return;
    into.why.emplace();
    if (const auto error = info.find("error")) into.why = read_fault(*error);
    if (into.why->type.empty() && info.flag_at("cancelled").value_or(false))
        into.why->type = "RequestCanceled";
    if (into.why->type.empty() && into.why->words.empty())
        into.why->words = "the upstream gave no reason";
}

void read_guest(const json_node& info, vm_record& into) {
    into.guest = read_guest_phase(info.text_or_empty("customizationStatus"));
    into.guest_started_at = time_at(info, "startTime");
    into.guest_ended_at = time_at(info, "endTime");
    into.guest_error = info.text_or_empty("errorMsg").substr(0, 4096);
}

void read_references(const json_node& value, std::vector<std::string>& into) {
    const auto list = value.elements();
    if (!list) return;
    for (const auto& item : *list) {
        auto id = short_text(item.text_or_empty("value"));
        if (!id.empty() && into.size() < max_recent_tasks) into.push_back(std::move(id));
    }
}

void read_vm_property(std::string_view name, const json_node& value, vm_record& into) {
    if (name == "runtime.powerState" && value.is_text())
        into.powered_on = *value.text() == "poweredOn";
    else if (name == "guest.customizationInfo")
        read_guest(value, into);
    else if (name == "recentTask")
        read_references(value, into.recent_tasks);
}

// The fault that stands where something else was to be; nothing if it is none.
std::optional<fault> fault_at(const json_node& node) {
    if (!node.is_object()) return std::nullopt;
    auto what = read_fault(node);
    if (!is_a(what.type, "MethodFault")) return std::nullopt;
    return what;
}

result<void> read_missing(const json_node& content,
                          const hidden_object& of,
                          std::vector<hidden_object>& into) {
    const auto missing = content.find("missingSet");
    if (!missing) return {};
    const auto list = missing->elements();
    if (!list) return fail(list.error());
    for (const auto& one : *list) {
        const auto why = one.find("fault");
        into.push_back({of.type, of.id, std::string(one.text_or_empty("path")),
                        why ? read_fault(*why) : fault()});
    }
    return {};
}

result<void> read_object(const json_node& content, property_page& into) {
    const auto object = content.at("obj");
    if (!object) {
        auto what = fault_at(content);
        if (!what) return fail(object.error());
        into.hidden.push_back({{}, {}, {}, std::move(*what)});
        return {};
    }
    const auto type = object->text_at("type");
    const auto id = object->text_at("value");
    if (!type || !id) return fail(type ? id.error() : type.error());
    const hidden_object of{std::string(*type), std::string(*id), {}, {}};
    auto missing = read_missing(content, of, into.hidden);
    if (!missing) return missing;
    std::optional<task_record> task;
    vm_record vm;
    vm.id = *id;
    if (const auto properties = content.find("propSet")) {
        const auto list = properties->elements();
        if (!list) return fail(list.error());
        for (const auto& property : *list) {
            const auto name = property.text_at("name");
            if (!name) return fail(name.error());
            const auto boxed = property.find("val");
            if (!boxed) continue;
            const auto value = unboxed(*boxed);
            if (auto what = fault_at(value)) {
                into.hidden.push_back({of.type, of.id, std::string(*name), std::move(*what)});
                continue;
            }
            if (*type != "SessionManager") ++into.told;
            if (*type == "Task" && *name == "info") {
                task.emplace();
                task->id = *id;
                read_info(value, *task);
            } else if (*type == "VirtualMachine") {
                read_vm_property(*name, value, vm);
            } else if (*type == "SessionManager" && *name == "currentSession") {
                into.session_user = short_text(value.text_or_empty("userName"));
            }
        }
    }
    if (task) into.tasks.push_back(std::move(*task));
    if (*type == "VirtualMachine") into.vms.push_back(std::move(vm));
    return {};
}

std::string lower(std::string_view text) {
    std::string out;
    for (const char c : text) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
}

// domain\name for both forms.
std::string plain_user(std::string_view user) {
    auto out = lower(user);
    const auto at = out.rfind('@');
    return at == std::string::npos ? out : concat(out.substr(at + 1), "\\", out.substr(0, at));
}

}  // namespace

const task_record* property_page::find_task(std::string_view id) const {
    const auto at =
        std::find_if(tasks.begin(), tasks.end(), [&](const auto& t) { return t.id == id; });
    return at == tasks.end() ? nullptr : &*at;
}

const vm_record* property_page::find_vm(std::string_view id) const {
    const auto at = std::find_if(vms.begin(), vms.end(), [&](const auto& v) { return v.id == id; });
    return at == vms.end() ? nullptr : &*at;
}

const hidden_object* property_page::find_hidden(std::string_view type, std::string_view id) const {
    const auto at = std::find_if(hidden.begin(), hidden.end(),
                                 [&](const auto& h) { return h.type == type && h.id == id; });
    return at == hidden.end() ? nullptr : &*at;
}

json_node unboxed(const json_node& node) {
    const auto inner = node.find("_value");
    return inner ? *inner : node;
}

bool is_nothing(std::string_view body) {
    const auto first = body.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return true;
    const auto last = body.find_last_not_of(" \t\r\n");
    return body.substr(first, last - first + 1) == "null";
}

result<property_page> read_page(std::string_view body) {
    property_page out;
    if (is_nothing(body)) return out;
    http::json_document document;
    const auto root = document.parse(body);
    if (!root) return fail(root.error());
    if (!root->is_object()) return fail(root->at("objects").error());
    if (const auto what = fault_at(*root)) return fail(to_read_error(*what));
    out.next = root->text_or_empty("token");
    const auto objects = root->find("objects");
    if (!objects) return out;
    const auto list = objects->elements();
    if (!list) return fail(list.error());
    out.objects = list->size();
    for (const auto& object : *list) {
        auto read = read_object(object, out);
        if (!read) return fail(read.error());
    }
    return out;
}

const hidden_object* find_unauthenticated(const property_page& page) {
    const auto at = std::find_if(page.hidden.begin(), page.hidden.end(), [](const auto& h) {
        return is_a(h.why.type, "NotAuthenticated");
    });
    return at == page.hidden.end() ? nullptr : &*at;
}

bool tells_dead_session(const http::response& answer) {
    if (is_dead_session(answer)) return true;
    // Spares the reading of every other answer.
    if (!is_success(answer) || answer.body.find("NotAuthenticated") == std::string::npos)
        return false;
    const auto page = read_page(answer.body);
    if (!page) return page.error().code() == errc::unauthenticated;
    return page->told == 0 && find_unauthenticated(*page) != nullptr;
}

error explain_dead_session(const http::response& answer) {
    if (!is_success(answer)) return explain(answer);
    const auto page = read_page(answer.body);
    if (!page) return page.error();
    const auto* hidden = find_unauthenticated(*page);
    return to_read_error(hidden == nullptr ? fault() : hidden->why);
}

bool is_customization(const task_record& task) {
    const auto words = lower(concat(task.name, " ", task.description_id));
    return words.find("customiz") != std::string::npos &&
           words.find("abort") == std::string::npos && task.name != "CustomizeVM_Task" &&
           task.description_id != "VirtualMachine.customize";
}

bool is_unclear(const task_record& task) {
    return task.phase == task_phase::failed && is_customization(task) &&
           judge(task.why.value_or(fault())) == verdict::unknown;
}

task_status interpret(std::string_view name,
                      const task_record& task,
                      bool follows_guest,
                      const vm_record* vm) {
    task_status out;
    out.task_id = name;
    out.phase = task.phase;
    out.percent = task.percent;
    out.vm = task.entity;
    if (task.phase == task_phase::failed) end_with(out, task.why.value_or(fault()));
    if (is_unclear(task) && vm != nullptr) heed_guest(task, follows_guest, *vm, out);
    if (task.phase == task_phase::succeeded && follows_guest) follow_guest(task, vm, out);
    return out;
}

bool is_same_user(std::string_view a, std::string_view b) {
    return !a.empty() && plain_user(a) == plain_user(b);
}

}  // namespace cloned::backends::vijson
