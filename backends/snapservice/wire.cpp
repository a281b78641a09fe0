#include "backends/snapservice/wire.hpp"

#include "backends/http/encoding.hpp"
#include "backends/http/json_reader.hpp"
#include "backends/vapi/task_info.hpp"
#include "base/text.hpp"

namespace cloned::backends::snapservice {
namespace {

using http::append_json_key;
using http::append_json_member;
using http::json_document;
using http::json_node;
using http::percent_encoded;
using http::target_text;
using vapi::capacity_signal;

// Servers and proxies commonly refuse request lines of more than 8 KiB.
constexpr std::size_t max_query_bytes = 7000;
constexpr std::string_view tasks_path = "/api/snapservice/tasks";

// LinkedCloneSpec and RestoreSpec have the same members.
std::string body_of(std::string_view snapshot, std::string_view name, const placement& where) {
    std::string out;
    out.reserve(256);
    out += '{';
    append_json_member(out, "snapshot", snapshot);
    append_json_member(out, "name", name);
    if (!where.folder.empty() || !where.resource_pool.empty() || !where.host.empty()) {
        append_json_key(out, "placement");
        out += '{';
        append_json_member(out, "folder", where.folder);
        append_json_member(out, "resource_pool", where.resource_pool);
        append_json_member(out, "host", where.host);
        out += '}';
    }
    out += '}';
    return out;
}

http::request start(std::string_view cluster,
                    std::string_view vm,
                    std::string_view action,
                    std::string_view operation_id) {
    http::request out;
    out.verb = http::method::post;
    out.target =
        concat("/api/snapservice/clusters/", percent_encoded(cluster), "/virtual-machines/",
               percent_encoded(vm), "?action=", action, "&vmw-task=true");
    http::add_correlation(out, operation_id);
    return out;
}

http::request get(std::string target) {
    http::request out;
    out.target = std::move(target);
    return out;
}

// {"items": [{"task": "id", "info": Info}, ...]}
template <class Visit>
result<void> each_task(const result<json_node>& root, const Visit& visit) {
    if (!root) return fail(root.error());
    const auto list = root->at("items");
    if (!list) return fail(list.error());
    const auto items = list->elements();
    if (!items) return fail(items.error());
    for (const auto& item : *items) {
        const auto id = item.text_at("task");
        if (!id) return fail(id.error());
        const auto info = item.at("info");
        if (!info) return fail(info.error());
        visit(*id, *info);
    }
    return {};
}

}  // namespace

http::request wire::linked_clone(const linked_clone_spec& spec,
                                 std::string_view operation_id) const {
    auto out = start(spec.cluster, spec.vm, "linked-clone", operation_id);
    out.body = body_of(spec.snapshot, spec.name, spec.where);
    return out;
}

http::request wire::restore(const restore_spec& spec, std::string_view operation_id) const {
    auto out = start(spec.cluster, spec.vm, "restore", operation_id);
    out.body = body_of(spec.snapshot, spec.name, spec.where);
    return out;
}

result<std::string> wire::read_started(std::string_view body) const {
    json_document document;
    const auto root = document.parse(body);
    if (!root) return fail(root.error());
    return vapi::read_task_id(*root);
}

http::request wire::list_vm_tasks(std::span<const std::string_view> states) const {
    target_text target{std::string(tasks_path)};
    target.add("services", "com.vmware.snapservice.clusters.virtual_machines");
    for (const auto state : states) target.add("status", state);
    return get(target.take());
}

result<std::vector<vapi::listed_task>> wire::read_vm_tasks(std::string_view body) const {
    json_document document;
    std::vector<vapi::listed_task> out;
    const auto keep = [&](std::string_view id, const json_node& info) {
        out.push_back(vapi::read_listed_task(id, info, capacity_signal::yes));
    };
    auto read = each_task(document.parse(body), keep);
    if (!read) return fail(read.error());
    return out;
}

http::request wire::get_session() const {
    return get("/api/snapservice/sessions");
}

http::request wire::list_nothing() const {
    target_text target{std::string(tasks_path)};
    target.add("tasks", "none");
    return get(target.take());
}

std::size_t wire::batch_size(std::span<const std::string> ids) const {
    return http::ids_that_fit(ids, std::string_view("&tasks=").size(), max_query_bytes);
}

http::request wire::list_tasks(std::span<const std::string> ids) const {
    target_text target{std::string(tasks_path)};
    for (const auto& id : ids) target.add("tasks", id);
    return get(target.take());
}

result<std::vector<task_status>> wire::read_list(std::string_view body) const {
    json_document document;
    std::vector<task_status> out;
    const auto keep = [&](std::string_view id, const json_node& info) {
        out.push_back(vapi::read_task_info(id, info, capacity_signal::yes));
    };
    auto read = each_task(document.parse(body), keep);
    if (!read) return fail(read.error());
    return out;
}

http::request wire::get_task(std::string_view id) const {
    return get(concat(tasks_path, "/", percent_encoded(id)));
}

result<task_status> wire::read_task(std::string_view id, std::string_view body) const {
    json_document document;
    const auto root = document.parse(body);
    if (!root) return fail(root.error());
    if (!root->is_object()) return fail(errc::protocol_error, "the task's answer is no object");
    return vapi::read_task_info(id, *root, capacity_signal::yes);
}

}  // namespace cloned::backends::snapservice
