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
    if (path.size() == 2 && path[0] == "vcenter" && path[1] == "folder" && c.is("GET")) {
        c.route = rest ? "GET /rest/vcenter/folder" : "GET /api/vcenter/folder";
        return logged_in(c) ? list_folders(c) : refuse(c, unauthenticated());
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
    const bool by_token = signed_by_token(world_, c.in);
    if (auto ok = by_token ? outcome<void>() : basic_login(world_, c.in); !ok) {
        return refuse(c, ok.error());
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
    const bool whole = path.size() == 3 && c.is("GET");
    const bool read =
        whole || (path.size() == 4 && c.is("GET") && (power_path || path[3] == "tools"));
    if (!start && !read) {
        return refuse(c, unknown_operation(c));
    }
    if (start) {
        c.route = rest ? "POST /rest/vcenter/vm/{vm}/power/start"
                       : "POST /api/vcenter/vm/{vm}/power?action=start";
    } else if (whole) {
        c.route = rest ? "GET /rest/vcenter/vm/{vm}" : "GET /api/vcenter/vm/{vm}";
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
    virtual_machine* vm = world_.things.find_by_rest(path[2]);
    if (vm == nullptr) {
        return refuse(c, no_such("virtual machine", path[2]));
    }
    if (start) {
        return start_power(c, *vm);
    }
    if (is_in_list(world_.settings.bad_vms, path[2])) {
        return refuse(c, broken_vm());
    }
    if (whole) {
        return show_vm(c, *vm);
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
    world_.switch_on(vm);
    return void_answer(c);
}

answer vcenter_api::power(call& c, const virtual_machine& vm) {
    std::string body = R"({"state":")";
    body += to_text(vm.power);
    body += vm.power == power_state::powered_off ? R"(","clean_power_off":true})" : R"("})";
    return result_answer(c, 200, std::move(body));
}

answer vcenter_api::tools(call& c, const virtual_machine& vm) {
    std::string body = R"({"auto_update_supported":true,"upgrade_policy":"MANUAL",)";
    body += vm.tools ? R"("install_attempt_count":0,"version_number":12389,"version":"12389",)"
                       R"("version_status":"UNMANAGED","install_type":"OPEN_VM_TOOLS",)"
                     : R"("version_status":"NOT_INSTALLED",)";
    body += world_.tools_run(vm) ? R"("run_state":"RUNNING"})" : R"("run_state":"NOT_RUNNING"})";
    return result_answer(c, 200, std::move(body));
}

}  // namespace cloned::simulator
