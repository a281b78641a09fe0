#include "simulator/model/body_reader.hpp"
#include "simulator/model/task_list.hpp"
#include "simulator/vcenter/api.hpp"

#include <boost/json/monotonic_resource.hpp>

namespace cloned::simulator {

namespace json = boost::json;

namespace {

outcome<bool> read_flag(std::string_view text) {
    if (text == "true" || text == "false" || text.empty()) {
        return text == "true";
    }
    return tl::unexpected(invalid_argument("'" + std::string(text) + "' is not a boolean."));
}

outcome<task_filter> read_filter(const json::value& value) {
    body_reader in(value, "filter_spec");
    task_filter f;
    f.tasks = in.texts("tasks");
    f.services = in.texts("services");
    f.operations = in.texts("operations");
    f.status = in.texts("status");
    f.users = in.texts("users");
    const json::value* targets = in.array("targets");
    if (auto ok = in.finish(); !ok) {
        return tl::unexpected(ok.error());
    }
    for (std::size_t i = 0; targets != nullptr && i < targets->get_array().size(); ++i) {
        body_reader target(targets->get_array()[i], "filter_spec.targets");
        f.targets.emplace_back(target.required_text("type"), target.required_text("id"));
        if (auto ok = target.finish(); !ok) {
            return tl::unexpected(ok.error());
        }
    }
    return f;
}

}  // namespace

answer vcenter_api::task_calls(call& c) {
    const auto path = c.path;
    const bool rest = c.dialect == flavour::rest;
    const std::string_view action = c.target.first("action");
    if (path.size() == 3 && c.is("GET")) {
        c.route = rest ? "GET /rest/cis/tasks/{task}" : "GET /api/cis/tasks/{task}";
        return logged_in(c) ? get_task(c, path[2]) : refuse(c, unauthenticated());
    }
    if (path.size() == 3 && c.is("POST") && action == "cancel") {
        c.route = rest ? "POST /rest/cis/tasks/{task}?action=cancel"
                       : "POST /api/cis/tasks/{task}?action=cancel";
        return logged_in(c) ? cancel_task(c, path[2]) : refuse(c, unauthenticated());
    }
    if (path.size() == 2 && !rest && c.is("POST") && action == "list") {
        c.route = "POST /api/cis/tasks?action=list";
        return logged_in(c) ? list_tasks_by_body(c) : refuse(c, unauthenticated());
    }
    if (path.size() == 2 && rest && c.is("GET")) {
        c.route = "GET /rest/cis/tasks";
        return logged_in(c) ? list_tasks_by_query(c) : refuse(c, unauthenticated());
    }
    return refuse(c, unknown_operation(c));
}

answer vcenter_api::get_task(call& c, std::string_view id) {
    const bool rest = c.dialect == flavour::rest;
    const std::string_view all = rest ? "spec.return_all" : "return_all";
    const std::string_view exclude = rest ? "spec.exclude_result" : "exclude_result";
    if (auto ok = c.target.allow_only({all, exclude}); !ok) {
        return refuse(c, ok.error());
    }
    const auto return_all = read_flag(c.target.first(all));
    const auto exclude_result = read_flag(c.target.first(exclude));
    if (!return_all || !exclude_result) {
        return refuse(c, !return_all ? return_all.error() : exclude_result.error());
    }
    const task* t = world_.tasks.find(id);
    if (t == nullptr || server_of(t->kind) != server_kind::vcenter) {
        return refuse(c, no_such("task", id));
    }
    std::string body;
    append_task_info(body, world_, *t, *exclude_result);
    return result_answer(c, 200, std::move(body));
}

answer vcenter_api::cancel_task(call& c, std::string_view id) {
    if (auto ok = c.target.allow_only({"action"}); !ok) {
        return refuse(c, ok.error());
    }
    task* t = world_.tasks.find(id);
    if (t == nullptr || server_of(t->kind) != server_kind::vcenter) {
        return refuse(c, no_such("task", id));
    }
    const auto cancelled = world_.cancel(*t);
    return cancelled ? void_answer(c) : refuse(c, cancelled.error());
}

answer vcenter_api::list_tasks_by_body(call& c) {
    if (auto ok = c.target.allow_only({"action"}); !ok) {
        return refuse(c, ok.error());
    }
    unsigned char buffer[8192];
    json::monotonic_resource memory(buffer);
    const auto body = parse_body(c.in, &memory);
    if (!body) {
        return refuse(c, body.error());
    }
    body_reader in(*body, "");
    const json::value* filter = in.object("filter_spec");
    const json::value* spec = in.object("result_spec");
    if (filter == nullptr) {
        in.fail(invalid_argument("The field 'filter_spec' is currently required."));
    }
    if (auto ok = in.finish(); !ok) {
        return refuse(c, ok.error());
    }
    bool exclude_result = false;
    if (spec != nullptr) {
        body_reader result(*spec, "result_spec");
        result.flag("return_all");
        exclude_result = result.flag("exclude_result").value_or(false);
        if (auto ok = result.finish(); !ok) {
            return refuse(c, ok.error());
        }
    }
    const auto f = read_filter(*filter);
    if (!f) {
        return refuse(c, f.error());
    }
    const auto found = list_tasks(world_, server_kind::vcenter, *f);
    if (!found) {
        return refuse(c, found.error());
    }
    std::string out = "{";
    out.reserve(found->size() * 640 + 2);
    for (const task* t : *found) {
        out += out.size() == 1 ? "" : ",";
        append_json(out, t->id);
        out += ':';
        append_task_info(out, world_, *t, exclude_result);
    }
    out += '}';
    return result_answer(c, 200, std::move(out));
}

answer vcenter_api::list_tasks_by_query(call& c) {
    if (auto ok = c.target.allow_only({"filter_spec.tasks", "filter_spec.services",
                                       "filter_spec.operations", "filter_spec.status",
                                       "filter_spec.users", "result_spec.return_all",
                                       "result_spec.exclude_result"});
        !ok) {
        return refuse(c, ok.error());
    }
    const auto exclude_result = read_flag(c.target.first("result_spec.exclude_result"));
    if (!exclude_result) {
        return refuse(c, exclude_result.error());
    }
    task_filter f;
    f.tasks = c.target.all("filter_spec.tasks");
    f.services = c.target.all("filter_spec.services");
    f.operations = c.target.all("filter_spec.operations");
    f.status = c.target.all("filter_spec.status");
    f.users = c.target.all("filter_spec.users");
    const auto found = list_tasks(world_, server_kind::vcenter, f);
    if (!found) {
        return refuse(c, found.error());
    }
    std::string out = "[";
    out.reserve(found->size() * 640 + 2);
    for (const task* t : *found) {
        out += out.size() == 1 ? R"({"key":)" : R"(,{"key":)";
        append_json(out, t->id);
        out += R"(,"value":)";
        append_task_info(out, world_, *t, *exclude_result);
        out += '}';
    }
    out += ']';
    return result_answer(c, 200, std::move(out));
}

}  // namespace cloned::simulator
