#include "backends/vcenter/wire.hpp"

#include "backends/http/encoding.hpp"
#include "backends/vapi/task_info.hpp"
#include "backends/vcenter/clone_body.hpp"
#include "base/text.hpp"

#include <array>
#include <unordered_map>

namespace cloned::backends::vcenter {
namespace {

using http::append_json_text;
using http::json_document;
using http::json_node;
using http::percent_encoded;
using http::target_text;
using vapi::capacity_signal;

constexpr std::size_t max_ids_per_list = 500;
constexpr std::size_t max_names_per_list = 100;
constexpr std::size_t max_shown = 10;

http::request get(std::string target) {
    http::request out;
    out.target = std::move(target);
    return out;
}

http::request post(std::string target) {
    http::request out;
    out.verb = http::method::post;
    out.target = std::move(target);
    return out;
}

// vCenter stores these characters of a name in escaped form; the listing then shows that form.
std::string stored_form(std::string_view name) {
    std::string out;
    for (const char c : name) {
        switch (c) {
            case '/':
                out += "%2f";
                break;
            case '\\':
                out += "%5c";
                break;
            case '%':
                out += "%25";
                break;
            default:
                out += c;
        }
    }
    return out;
}

bool is_complete(const json_node& vm) {
    return vm.number_at("cpu_count").has_value() && vm.number_at("memory_size_MiB").has_value();
}

struct listed_vm {
    std::string id;
    bool complete = false;
};

vm_sighting sighting_of(std::string_view name, const std::vector<listed_vm>& found) {
    vm_sighting out;
    const auto shown = one_line(name, 100);
    if (found.empty()) {
        out.seen = concat("no VM named ", shown, " is listed");
    } else if (found.size() > 1) {
        out.presence = evidence::vm_presence::ambiguous;
        out.seen = concat(std::to_string(found.size()), " VMs named ", shown, " are listed:");
        for (std::size_t i = 0; i < found.size() && i < max_shown; ++i)
            out.seen += concat(i > 0 ? ", " : " ", one_line(found[i].id, 100));
        if (found.size() > max_shown) out.seen += ", …";
    } else {
        const bool whole = found.front().complete;
        out.presence = whole ? evidence::vm_presence::present : evidence::vm_presence::incomplete;
        out.vm = found.front().id;
        out.seen = concat("VM ", one_line(out.vm, 100), " named ", shown, " is listed",
                          whole ? "" : ", without its configuration");
    }
    return out;
}

}  // namespace

std::string wire::path(std::string_view behind) const {
    return concat(rest_ ? "/rest" : "/api", behind);
}

result<json_node> wire::unwrap(const result<json_node>& root) const {
    if (!root || !rest_) return root;
    return root->at("value");
}

http::request wire::clone(const vcenter_clone_spec& spec, std::string_view operation_id) const {
    auto out = post(path(rest_ ? "/vcenter/vm?vmw-task=true&action=clone"
                               : "/vcenter/vm?action=clone&vmw-task=true"));
    http::add_correlation(out, operation_id);
    out.body = clone_body(spec, rest_);
    return out;
}

result<std::string> wire::read_clone(std::string_view body) const {
    json_document document;
    const auto id = unwrap(document.parse(body));
    if (!id) return fail(id.error());
    return vapi::read_task_id(*id);
}

http::request wire::power_on(std::string_view vm, std::string_view operation_id) const {
    auto out = post(concat(path("/vcenter/vm/"), percent_encoded(vm),
                           rest_ ? "/power/start" : "/power?action=start"));
    http::add_correlation(out, operation_id);
    return out;
}

bool wire::is_power_on_done(const http::response& answer) const {
    return answer.status == (rest_ ? 200 : 204) &&
           answer.body.find_first_not_of(" \t\r\n") == std::string::npos;
}

http::request wire::get_power(std::string_view vm) const {
    return get(concat(path("/vcenter/vm/"), percent_encoded(vm), "/power"));
}

result<power_state> wire::read_power(std::string_view body) const {
    json_document document;
    const auto info = unwrap(document.parse(body));
    if (!info) return fail(info.error());
    const auto state = info->text_at("state");
    if (!state) return fail(state.error());
    if (*state == "POWERED_ON") return power_state::on;
    if (*state == "POWERED_OFF") return power_state::off;
    if (*state == "SUSPENDED") return power_state::suspended;
    return power_state::other;
}

http::request wire::get_tools(std::string_view vm) const {
    return get(concat(path("/vcenter/vm/"), percent_encoded(vm), "/tools"));
}

result<tools_state> wire::read_tools(std::string_view body) const {
    json_document document;
    const auto info = unwrap(document.parse(body));
    if (!info) return fail(info.error());
    const auto state = info->text_at("run_state");
    if (!state) return fail(state.error());
    // While it executes its power-on scripts the guest is up and answers.
    if (*state == "RUNNING" || *state == "EXECUTING_SCRIPTS") return tools_state::running;
    return info->text_or_empty("version_status") == "NOT_INSTALLED" ? tools_state::not_installed
                                                                    : tools_state::not_running;
}

http::request wire::list_vms(std::span<const std::string> names, std::string_view folder) const {
    const std::string prefix = rest_ ? "filter." : "";
    target_text target(path("/vcenter/vm"));
    for (const auto& name : names) {
        target.add(prefix + "names", name);
        const auto stored = stored_form(name);
        if (stored != name) target.add(prefix + "names", stored);
    }
    if (!folder.empty()) target.add(prefix + "folders", folder);
    return get(target.take());
}

std::size_t wire::names_that_fit(std::span<const std::string> names) {
    // Twice, for those that are asked for in their stored form as well.
    constexpr std::size_t each = 2 * std::string_view("&filter.names=").size();
    std::size_t bytes = 0;
    std::size_t count = 0;
    for (const auto& name : names) {
        bytes += each + 2 * percent_encoded(stored_form(name)).size();
        if (count > 0 && (bytes > max_query_bytes || count >= max_names_per_list)) break;
        ++count;
    }
    return count;
}

result<std::vector<vm_sighting>> wire::read_vms(
    std::string_view body,
    std::span<const std::string> names,
    const std::set<std::string, std::less<>>& elsewhere) const {
    json_document document;
    const auto list = unwrap(document.parse(body));
    if (!list) return fail(list.error());
    const auto all = list->elements();
    if (!all) return fail(all.error());

    std::unordered_map<std::string, std::vector<listed_vm>> found;
    for (const auto& vm : *all) {
        const auto id = vm.text_at("vm");
        const auto listed = vm.text_at("name");
        if (!id || !listed) return fail(!id ? id.error() : listed.error());
        if (!elsewhere.contains(*id))
            found[std::string(*listed)].push_back({std::string(*id), is_complete(vm)});
    }
    std::vector<vm_sighting> out;
    out.reserve(names.size());
    for (const auto& name : names) {
        auto all_of_it = found[name];
        const auto stored = stored_form(name);
        if (stored != name) {
            const auto& others = found[stored];
            all_of_it.insert(all_of_it.end(), others.begin(), others.end());
        }
        out.push_back(sighting_of(name, all_of_it));
    }
    return out;
}

http::request wire::list_vms_by_id(std::span<const std::string> vms) const {
    return list_vms_within(vms, {});
}

result<std::vector<std::pair<std::string, std::string>>> wire::read_names(
    std::string_view body) const {
    json_document document;
    const auto list = unwrap(document.parse(body));
    if (!list) return fail(list.error());
    const auto all = list->elements();
    if (!all) return fail(all.error());
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& vm : *all) {
        const auto id = vm.text_at("vm");
        const auto name = vm.text_at("name");
        if (!id || !name) return fail(!id ? id.error() : name.error());
        out.emplace_back(*id, *name);
    }
    return out;
}

http::request wire::list_vm_tasks(std::span<const std::string_view> states) const {
    if (rest_) {
        target_text target(path("/cis/tasks"));
        target.add("filter_spec.services", "com.vmware.vcenter.VM");
        for (const auto state : states) target.add("filter_spec.status", state);
        return get(target.take());
    }
    auto out = post(path("/cis/tasks?action=list"));
    out.repeatable = true;
    out.body = R"({"filter_spec":{"services":["com.vmware.vcenter.VM"],"status":[)";
    for (const auto state : states) {
        if (out.body.back() != '[') out.body += ',';
        append_json_text(out.body, state);
    }
    out.body += "]}}";
    return out;
}

// /api: {"id": Info, ...}; /rest: [{"key": "id", "value": Info}, ...]
template <class Visit>
result<void> wire::each_task(const json_node& list, const Visit& visit) const {
    if (!rest_) {
        const auto members = list.members();
        if (!members) return fail(members.error());
        for (const auto& [id, info] : *members) visit(id, info);
        return {};
    }
    const auto entries = list.elements();
    if (!entries) return fail(entries.error());
    for (const auto& entry : *entries) {
        const auto id = entry.text_at("key");
        if (!id) return fail(id.error());
        const auto info = entry.at("value");
        if (!info) return fail(info.error());
        visit(*id, *info);
    }
    return {};
}

result<std::vector<vapi::listed_task>> wire::read_vm_tasks(std::string_view body) const {
    json_document document;
    const auto list = unwrap(document.parse(body));
    if (!list) return fail(list.error());
    std::vector<vapi::listed_task> out;
    const auto keep = [&](std::string_view id, const json_node& info) {
        out.push_back(vapi::read_listed_task(id, info, capacity_signal::no));
    };
    auto read = each_task(*list, keep);
    if (!read) return fail(read.error());
    return out;
}

http::request wire::cancel_task(std::string_view id) const {
    return post(concat(path("/cis/tasks/"), percent_encoded(id), "?action=cancel"));
}

http::request wire::get_session() const {
    if (!rest_) return get("/api/session");
    auto out = post("/rest/com/vmware/cis/session?~action=get");
    out.repeatable = true;
    return out;
}

std::size_t wire::batch_size(std::span<const std::string> ids) const {
    if (!rest_) return max_ids_per_list;
    return http::ids_that_fit(ids, std::string_view("&filter_spec.tasks=").size(), max_query_bytes);
}

http::request wire::list_tasks(std::span<const std::string> ids) const {
    if (rest_) {
        target_text target(path("/cis/tasks"));
        for (const auto& id : ids) target.add("filter_spec.tasks", id);
        return get(target.take());
    }
    auto out = post(path("/cis/tasks?action=list"));
    out.repeatable = true;
    out.body.reserve(64 + ids.size() * 64);
    out.body = R"({"filter_spec":{"tasks":[)";
    for (const auto& id : ids) {
        if (out.body.back() != '[') out.body += ',';
        append_json_text(out.body, id);
    }
    out.body += "]}}";
    return out;
}

result<std::vector<task_status>> wire::read_list(std::string_view body) const {
    json_document document;
    const auto list = unwrap(document.parse(body));
    if (!list) return fail(list.error());
    std::vector<task_status> out;
    const auto keep = [&](std::string_view id, const json_node& info) {
        out.push_back(vapi::read_task_info(id, info, capacity_signal::no));
    };
    auto read = each_task(*list, keep);
    if (!read) return fail(read.error());
    return out;
}

http::request wire::get_task(std::string_view id) const {
    return get(concat(path("/cis/tasks/"), percent_encoded(id)));
}

result<task_status> wire::read_task(std::string_view id, std::string_view body) const {
    json_document document;
    const auto info = unwrap(document.parse(body));
    if (!info) return fail(info.error());
    if (!info->is_object()) return fail(errc::protocol_error, "the task's answer is no object");
    return vapi::read_task_info(id, *info, capacity_signal::no);
}

}  // namespace cloned::backends::vcenter
