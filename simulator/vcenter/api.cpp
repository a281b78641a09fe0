#include "simulator/vcenter/api.hpp"

#include "simulator/sts/assertion.hpp"

namespace cloned::simulator {

namespace {

constexpr std::string_view token_header = "vmware-api-session-id";

}  // namespace

answer vcenter_api::handle(call& c) {
    const auto path = c.path;
    const bool rest = c.dialect == flavour::rest;
    if (!rest && path.size() == 1 && path[0] == "session") {
        return session_calls(c);
    }
    if (rest && path.size() == 4 && path[0] == "com" && path[1] == "vmware" && path[2] == "cis" &&
        path[3] == "session") {
        return session_calls(c);
    }
    if (path.size() >= 2 && path[0] == "vcenter" && path[1] == "vm") {
        return vm_calls(c);
    }
    if (path.size() >= 2 && path[0] == "cis" && path[1] == "tasks") {
        return task_calls(c);
    }
    return refuse(c, unknown_operation(c));
}

bool vcenter_api::logged_in(const call& c) {
    const std::string_view token = c.in.header(token_header);
    return !token.empty() && world_.vcenter_sessions.use(token, world_.now()) != nullptr;
}

answer vcenter_api::session_calls(call& c) {
    const bool rest = c.dialect == flavour::rest;
    const std::string_view action = c.target.first("~action");
    if (auto ok = rest ? c.target.allow_only({"~action"}) : c.target.allow_only({}); !ok) {
        return refuse(c, ok.error());
    }
    if (c.is("POST") && action.empty()) {
        c.route = rest ? "POST /rest/com/vmware/cis/session" : "POST /api/session";
        return open_session(c);
    }
    const std::string_view token = c.in.header(token_header);
    if (rest ? c.is("POST") && action == "get" : c.is("GET")) {
        c.route = rest ? "POST /rest/com/vmware/cis/session?~action=get" : "GET /api/session";
        const session* s = world_.vcenter_sessions.use(token, world_.now());
        return s == nullptr ? refuse(c, unauthenticated())
                            : result_answer(c, 200, session_json(world_, *s));
    }
    if (c.is("DELETE") && action.empty()) {
        c.route = rest ? "DELETE /rest/com/vmware/cis/session" : "DELETE /api/session";
        if (!logged_in(c)) {
            return refuse(c, unauthenticated());
        }
        world_.vcenter_sessions.close(token);
        return void_answer(c);
    }
    return refuse(c, unknown_operation(c));
}

answer vcenter_api::open_session(call& c) {
    if (!signed_by_token(world_, c.in) && !basic_login(world_, c.in)) {
        return refuse(c, unauthenticated());
    }
    const auto token = world_.vcenter_sessions.open(world_.now());
    if (!token) {
        return refuse(c, too_many_sessions(world_, world_.vcenter_sessions.limit()));
    }
    world_.book.count_session(server_kind::vcenter);
    answer out = result_answer(c, 201, json_text(*token));
    // The old login also sets a cookie, unless the client says that it sends the header.
    if (c.dialect == flavour::rest && c.in.header("vmware-use-header-authn").empty()) {
        out.headers.push_back(
            {"set-cookie", "vmware-api-session-id=" + *token + ";Path=/rest;Secure;HttpOnly"});
    }
    return out;
}

answer vcenter_api::vm_calls(call& c) {
    const auto path = c.path;
    const bool rest = c.dialect == flavour::rest;
    if (path.size() == 2 && c.is("GET")) {
        c.route = rest ? "GET /rest/vcenter/vm" : "GET /api/vcenter/vm";
        return logged_in(c) ? list_vms(c) : refuse(c, unauthenticated());
    }
    if (path.size() == 2 && c.is("POST") && c.target.first("action") == "clone" &&
        c.target.first("vmw-task") == "true") {
        c.route = rest ? "POST /rest/vcenter/vm?action=clone&vmw-task=true"
                       : "POST /api/vcenter/vm?action=clone&vmw-task=true";
        return logged_in(c) ? clone(c) : refuse(c, unauthenticated());
    }
    return calls_of_one_vm(c);
}

answer vcenter_api::calls_of_one_vm(call& c) {
    const auto path = c.path;
    const bool rest = c.dialect == flavour::rest;
    const bool power_path = path.size() >= 4 && path[3] == "power";
    const bool start = rest ? path.size() == 5 && power_path && path[4] == "start" && c.is("POST")
                            : path.size() == 4 && power_path && c.is("POST") &&
                                  c.target.first("action") == "start";
    const bool read = path.size() == 4 && c.is("GET") && (power_path || path[3] == "tools");
    if (!start && !read) {
        return refuse(c, unknown_operation(c));
    }
    if (start) {
        c.route = rest ? "POST /rest/vcenter/vm/{vm}/power/start"
                       : "POST /api/vcenter/vm/{vm}/power?action=start";
    } else if (power_path) {
        c.route = rest ? "GET /rest/vcenter/vm/{vm}/power" : "GET /api/vcenter/vm/{vm}/power";
    } else {
        c.route = rest ? "GET /rest/vcenter/vm/{vm}/tools" : "GET /api/vcenter/vm/{vm}/tools";
    }
    if (!logged_in(c)) {
        return refuse(c, unauthenticated());
    }
    if (auto ok = start && !rest ? c.target.allow_only({"action"}) : c.target.allow_only({}); !ok) {
        return refuse(c, ok.error());
    }
    const auto number = inventory::vm_number(path[2]);
    virtual_machine* vm = number ? world_.things.find(*number) : nullptr;
    if (vm == nullptr) {
        return refuse(c, no_such("virtual machine", path[2]));
    }
    if (start) {
        return start_power(c, *vm);
    }
    return power_path ? power(c, *vm) : tools(c, *vm);
}

answer vcenter_api::start_power(call& c, virtual_machine& vm) {
    if (vm.power == power_state::powered_on) {
        return refuse(c, {std::string(error_type::already_in_desired_state),
                          "com.vmware.api.vcenter.vm.power.already_powered_on",
                          "Virtual machine is already powered on.",
                          {},
                          {}});
    }
    if (!vm.configured) {
        return refuse(c, {std::string(error_type::not_allowed),
                          "com.vmware.api.vcenter.vm.power.being_created",
                          "Virtual machine is still being created.",
                          {},
                          {}});
    }
    vm.power = power_state::powered_on;
    vm.powered_on_at = world_.now();
    return void_answer(c);
}

answer vcenter_api::power(call& c, const virtual_machine& vm) {
    std::string body = R"({"state":")";
    body += to_text(vm.power);
    body += vm.power == power_state::powered_off ? R"(","clean_power_off":true})" : R"("})";
    return result_answer(c, 200, std::move(body));
}

answer vcenter_api::tools(call& c, const virtual_machine& vm) {
    const double up_ms = static_cast<double>(to_ms(world_.now() - vm.powered_on_at));
    const bool runs = vm.power == power_state::powered_on && up_ms >= world_.settings.tools_ms;
    std::string body =
        R"({"auto_update_supported":true,"install_attempt_count":0,)"
        R"("version_number":12389,"version":"12389","upgrade_policy":"MANUAL",)"
        R"("version_status":"UNMANAGED","install_type":"OPEN_VM_TOOLS","run_state":")";
    body += runs ? "RUNNING" : "NOT_RUNNING";
    body += R"("})";
    return result_answer(c, 200, std::move(body));
}

}  // namespace cloned::simulator
