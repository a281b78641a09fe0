#include "simulator/snapservice/api.hpp"

#include "simulator/model/body_reader.hpp"
#include "simulator/model/task_list.hpp"
#include "simulator/sts/assertion.hpp"

#include <boost/json/monotonic_resource.hpp>

namespace cloned::simulator {

namespace json = boost::json;

namespace {

constexpr std::string_view token_header = "vmware-api-session-id";
constexpr std::size_t name_max = 80;

}  // namespace

answer snapservice_api::handle(call& c) {
    const auto path = c.path;
    if (path.size() == 1 && path[0] == "sessions") {
        return session_calls(c);
    }
    if (!path.empty() && path[0] == "tasks" && path.size() <= 2 && c.is("GET")) {
        return task_calls(c);
    }
    if (path.size() == 2 && path[0] == "info" && path[1] == "about" && c.is("GET")) {
        c.route = "GET /api/snapservice/info/about";
        return json_answer(200, R"({"version":"9.1.0.0"})");
    }
    if (path.size() >= 3 && path[0] == "clusters" && path[2] == "virtual-machines") {
        return cluster_calls(c);
    }
    return refuse(c, unknown_operation(c));
}

const session* snapservice_api::session_of(const call& c) {
    const std::string_view token = c.in.header(token_header);
    if (token.empty()) {
        return nullptr;
    }
    const std::string_view way = world_.settings.sts.snapservice_auth;
    const bool any = way == "any";
    const session* s = nullptr;
    if (any || way == "session_saml" || way == "session_basic") {
        s = world_.snapservice_sessions.use(token, world_.now());
    }
    if (s == nullptr &&
        (way == "vcenter_session" || (any && world_.settings.accept_vcenter_session))) {
        s = world_.vcenter_sessions.use(token, world_.now());
    }
    return s;
}

bool snapservice_api::logged_in(const call& c) {
    const config& settings = world_.settings;
    const std::string_view way = settings.sts.snapservice_auth;
    if (way == "any" && !settings.static_header.empty() &&
        c.in.header(settings.static_header) == settings.static_header_value) {
        return true;
    }
    if ((way == "any" || way == "saml_each_call") && signed_by_token(world_, c.in)) {
        return true;
    }
    return session_of(c) != nullptr;
}

answer snapservice_api::session_calls(call& c) {
    const std::string_view way = world_.settings.sts.snapservice_auth;
    if (way == "saml_each_call" || way == "vcenter_session") {
        return refuse(c, unknown_operation(c));  // so old that it has no sessions
    }
    if (auto ok = c.target.allow_only({}); !ok) {
        return refuse(c, ok.error());
    }
    if (c.is("POST")) {
        c.route = "POST /api/snapservice/sessions";
        return open_session(c);
    }
    const session* s = session_of(c);
    if (c.is("GET")) {
        c.route = "GET /api/snapservice/sessions";
        return s == nullptr ? refuse(c, unauthenticated())
                            : json_answer(200, session_json(world_, *s));
    }
    if (c.is("DELETE")) {
        c.route = "DELETE /api/snapservice/sessions";
        if (s == nullptr) {
            return refuse(c, unauthenticated());
        }
        // A session of vCenter stays: only vCenter can end it.
        world_.snapservice_sessions.close(c.in.header(token_header));
        return json_answer(204, {});
    }
    return refuse(c, unknown_operation(c));
}

answer snapservice_api::open_session(call& c) {
    const std::string& saml = world_.settings.saml_token;
    const std::string_view given = c.in.header("authorization");
    const std::string_view way = world_.settings.sts.snapservice_auth;
    const bool by_saml =
        (way == "any" || way == "session_saml") &&
        (signed_by_token(world_, c.in) ||
         (!saml.empty() && (given == "SIGN token=\"" + saml + "\"" || given == "Bearer " + saml)));
    const bool may_basic = way == "any" || way == "session_basic";
    if (!by_saml && !may_basic) {
        return refuse(c, unauthenticated());
    }
    if (auto ok = by_saml ? outcome<void>() : basic_login(world_, c.in); !ok) {
        return refuse(c, ok.error());
    }
    const auto token = world_.snapservice_sessions.open(world_.now());
    if (!token) {
        return refuse(c, too_many_sessions(world_, world_.snapservice_sessions.limit()));
    }
    world_.book.count_session(server_kind::snapservice);
    return json_answer(201, json_text(*token));
}

answer snapservice_api::task_calls(call& c) {
    const bool single = c.path.size() == 2;
    c.route = single ? "GET /api/snapservice/tasks/{task}" : "GET /api/snapservice/tasks";
    if (!logged_in(c)) {
        return refuse(c, unauthenticated());
    }
    std::string body;
    if (single) {
        if (auto ok = c.target.allow_only({}); !ok) {
            return refuse(c, ok.error());
        }
        const task* t = world_.tasks.find(c.path[1]);
        if (t == nullptr || server_of(t->kind) != server_kind::snapservice) {
            return refuse(c, no_such("task", c.path[1]));
        }
        append_task_info(body, world_, *t, false);
        return json_answer(200, std::move(body));
    }
    if (auto ok = c.target.allow_only({"tasks", "operations", "services", "status", "users"});
        !ok) {
        return refuse(c, ok.error());
    }
    task_filter f;
    f.tasks = c.target.all("tasks");
    f.operations = c.target.all("operations");
    f.services = c.target.all("services");
    f.status = c.target.all("status");
    f.users = c.target.all("users");
    const auto found = list_tasks(world_, server_kind::snapservice, f);
    if (!found) {
        return refuse(c, found.error());
    }
    body.reserve(found->size() * 720 + 16);
    body += R"({"items":[)";
    bool first = true;
    for (const task* t : *found) {
        body += first ? R"({"task":)" : R"(,{"task":)";
        first = false;
        append_json(body, t->id);
        body += R"(,"info":)";
        append_task_info(body, world_, *t, false);
        body += '}';
    }
    body += "]}";
    return json_answer(200, std::move(body));
}

answer snapservice_api::cluster_calls(call& c) {
    const auto path = c.path;
    const std::string_view action = c.target.first("action");
    std::optional<operation_kind> kind;
    if (path.size() == 4 && c.is("POST") && c.target.first("vmw-task") == "true") {
        if (action == "linked-clone") {
            kind = operation_kind::linked_clone;
            c.route = "POST /api/snapservice/.../{vm}?action=linked-clone&vmw-task=true";
        } else if (action == "restore") {
            kind = operation_kind::restore;
            c.route = "POST /api/snapservice/.../{vm}?action=restore&vmw-task=true";
        }
    }
    const bool list = path.size() == 3 && c.is("GET");
    const bool snapshots =
        (path.size() == 5 || path.size() == 6) && path[4] == "snapshots" && c.is("GET");
    if (!kind && !list && !snapshots) {
        return refuse(c, unknown_operation(c));
    }
    if (list) {
        c.route = "GET /api/snapservice/.../virtual-machines";
    } else if (snapshots) {
        c.route = path.size() == 5 ? "GET /api/snapservice/.../{vm}/snapshots"
                                   : "GET /api/snapservice/.../{vm}/snapshots/{snapshot}";
    }
    if (!logged_in(c)) {
        return refuse(c, unauthenticated());
    }
    const auto cluster = world_.things.cluster(path[1]);
    if (!cluster) {
        return refuse(c, no_such("cluster", path[1]));
    }
    if (kind) {
        return start(c, *kind, *cluster);
    }
    return list ? list_vms(c, *cluster) : snapshot_calls(c, *cluster);
}

answer snapservice_api::start(call& c, operation_kind kind, std::uint32_t cluster) {
    if (auto ok = c.target.allow_only({"action", "vmw-task"}); !ok) {
        return refuse(c, ok.error());
    }
    const auto number = inventory::vm_number(c.path[3]);
    const virtual_machine* present = world_.things.find_by_rest(c.path[3]);
    const virtual_machine* deleted = number ? world_.things.find_deleted(*number) : nullptr;
    const virtual_machine* source = kind == operation_kind::restore && deleted ? deleted : present;
    if (source == nullptr || source->cluster != cluster) {
        return refuse(c, no_such("virtual machine", c.path[3]));
    }
    unsigned char buffer[4096];
    json::monotonic_resource memory(buffer);
    const auto body = parse_body(c.in, &memory);
    if (!body) {
        return refuse(c, body.error());
    }
    auto spec = read_spec(*body, kind, *source);
    if (!spec) {
        return refuse(c, spec.error());
    }
    if (kind == operation_kind::restore && source == present) {
        // Not a signal of capacity, although it has the same error type.
        return refuse(c, {std::string(error_type::not_allowed),
                          "com.vmware.snapservice.vm_not_deleted",
                          "The virtual machine is not deleted.",
                          {std::string(c.path[3])},
                          {}});
    }
    spec->request_id = c.in.header("x-request-id");
    spec->op_id = c.in.header("vapi-ctx-opid");
    const auto started = world_.start(*spec, c.plan);
    return started ? json_answer(202, json_text((*started)->id)) : refuse(c, started.error());
}

outcome<start_request> snapservice_api::read_spec(const json::value& body,
                                                  operation_kind kind,
                                                  const virtual_machine& source) const {
    body_reader in(body, "");
    const std::string_view snapshot = in.required_text("snapshot");
    const std::string_view name = kind == operation_kind::linked_clone
                                      ? in.required_text("name")
                                      : in.text("name").value_or(source.name);
    const json::value* placement = in.object("placement");
    if (auto ok = in.finish(); !ok) {
        return tl::unexpected(ok.error());
    }
    if (name.empty() || name.size() > name_max) {
        return tl::unexpected(invalid_argument("A name has 1 to 80 characters."));
    }
    const auto known = world_.things.snapshot(snapshot);
    if (!known) {
        return tl::unexpected(no_such("snapshot", snapshot));
    }
    if (known->vm != source.id) {
        return tl::unexpected(invalid_argument("The snapshot is of another virtual machine."));
    }
    start_request out;
    out.kind = kind;
    out.cluster = source.cluster;
    out.host = source.host;
    out.source = source.id;
    out.name = name;
    if (placement != nullptr) {
        if (auto ok = read_placement(*placement, out); !ok) {
            return tl::unexpected(ok.error());
        }
    }
    return out;
}

outcome<void> snapservice_api::read_placement(const json::value& placement,
                                              start_request& out) const {
    body_reader in(placement, "placement");
    const auto folder = in.text("folder");
    const auto pool = in.text("resource_pool");
    const auto host = in.text("host");
    if (auto ok = in.finish(); !ok) {
        return ok;
    }
    if (folder) {
        const auto found = world_.things.folder(*folder);
        if (!found) {
            return tl::unexpected(no_such("folder", *folder));
        }
        out.folder = *found;
    }
    const auto by_pool = pool ? world_.things.resource_pool(*pool) : std::nullopt;
    const auto by_host = host ? world_.things.host(*host) : std::nullopt;
    if (pool && !by_pool) {
        return tl::unexpected(no_such("resource pool", *pool));
    }
    if (host && !by_host) {
        return tl::unexpected(no_such("host", *host));
    }
    for (const auto& place : {by_pool, by_host}) {
        if (place && place->cluster != out.cluster) {
            return tl::unexpected(invalid_argument("The placement lies outside of the cluster."));
        }
    }
    if (by_pool && by_pool->host && by_host && *by_pool->host != *by_host->host) {
        return tl::unexpected(invalid_argument("The placement is disjoint."));
    }
    if (by_host) {
        out.host = *by_host->host;
    } else if (by_pool && by_pool->host) {
        out.host = *by_pool->host;
    }
    return {};
}

}  // namespace cloned::simulator
