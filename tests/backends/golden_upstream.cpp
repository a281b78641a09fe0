#include "tests/backends/golden_upstream.hpp"

#include "tests/backends/golden_words.hpp"

#include <stdexcept>

namespace cloned::testing {
namespace {

using namespace cloned::backends;
using namespace std::chrono_literals;

constexpr auto job_uuid = "4d89929b96374b318af338577e77faec";
constexpr auto token_header = "vmware-api-session-id";

http::response with_token(http::response says) {
    says.headers.emplace_back(token_header, "0f9e8d7c6b5a");
    return says;
}

std::vector<golden_upstream::reply> usual_of(const std::string& name) {
    if (name == "vcenter_api")
        return {{"POST /api/session", answer(201, R"("0f9e8d7c6b5a")")},
                {"GET /api/session", answer(200, "{}")},
                {"POST /api/cis/tasks?action=list", answer(200, "{}")},
                {"GET /api/cis/tasks/", answer(404, R"({"error_type":"NOT_FOUND","messages":[]})")},
                {"GET /api/vcenter/vm?", answer(200, "[]")},
                {"GET /api/vcenter/folder?", answer(200, "[]")},
                {"GET /api/vcenter/vm/vm-42/power", answer(200, R"({"state":"POWERED_ON"})")},
                {"GET /api/vcenter/vm/vm-42/tools", answer(200, R"({"run_state":"RUNNING"})")}};
    if (name == "vcenter_rest")
        return {{"POST /rest/com/vmware/cis/session", answer(200, R"({"value":"0f9e8d7c6b5a"})")},
                {"GET /rest/cis/tasks?", answer(200, R"({"value":[]})")},
                {"GET /rest/cis/tasks/", answer(404, R"({"type":"com.vmware.vapi.std.errors.)"
                                                     R"(not_found","value":{"messages":[]}})")},
                {"GET /rest/vcenter/vm?", answer(200, R"({"value":[]})")},
                {"GET /rest/vcenter/folder?", answer(200, R"({"value":[]})")},
                {"GET /rest/vcenter/vm/vm-42/power",
                 answer(200, R"({"value":{"state":"POWERED_ON"}})")},
                {"GET /rest/vcenter/vm/vm-42/tools",
                 answer(200, R"({"value":{"run_state":"RUNNING"}})")}};
    if (name == "snapservice")
        return {{"POST /api/snapservice/sessions", answer(201, R"("0f9e8d7c6b5a")")},
                {"GET /api/snapservice/sessions", answer(200, "{}")},
                {"GET /api/snapservice/tasks?", answer(200, R"({"items":[]})")},
                {"GET /api/snapservice/tasks/",
                 answer(404, R"({"error_type":"NOT_FOUND","messages":[]})")}};
    if (name == "vijson")
        return {
            {"POST /api/vcenter/system?action=hello", answer(200, R"({"api_release":"8.0.3.0"})")},
            {"GET /sdk/vim25/8.0.3.0/ServiceInstance/ServiceInstance/content",
             answer(200, R"({"sessionManager":{"type":"SessionManager","value":"SM"},)"
                         R"("propertyCollector":{"type":"PropertyCollector","value":"PC"},)"
                         R"("guestCustomizationManager":{"type":"X","value":"GM"}})")},
            {"GET /sdk/vim25/8.0.3.0/SessionManager/SM/currentSession", answer(200, "null")},
            {"POST /sdk/vim25/8.0.3.0/SessionManager/SM/Login",
             with_token(answer(200, R"({"_typeName":"UserSession","key":"52-a"})"))},
            {"POST /sdk/vim25/8.0.3.0/ServiceInstance/ServiceInstance/CurrentTime",
             answer(200, R"("2026-01-01T00:00:00Z")")},
            {"POST /sdk/vim25/8.0.3.0/PropertyCollector/PC/RetrievePropertiesEx",
             answer(200, R"({"objects":[{"obj":{"type":"VirtualMachine","value":"vm-42"},)"
                         R"("propSet":[{"name":"recentTask","val":[)"
                         R"({"type":"Task","value":"task-5312"}]}]}]})")},
            {"POST /sdk/vim25/8.0.3.0/PropertyCollector/PC/ContinueRetrievePropertiesEx",
             answer(200, R"({"objects":[]})")}};
    if (name == "zstack")
        return {{"PUT /zstack/v1/accounts/login",
                 answer(200, R"({"inventory":{"uuid":"093d22e300fc4574bff71b405f55ebf9"}})")},
                {"GET /zstack/v1/api-jobs/", answer(404, "the job has been expired")},
                {"GET /zstack/v1/vm-instances?", answer(200, R"({"inventories":[]})")}};
    throw std::runtime_error("no such upstream: " + name);
}

backend_options options_of(const std::string& name) {
    backend_options out;
    out.info.name = name;
    out.user = "svc@vsphere.local";
    out.password = "a-long-secret";
    out.info.kind = endpoint_kind::vcenter;
    if (name == "vcenter_rest") out.vcenter.speaks = vapi::flavour::rest;
    if (name == "snapservice") out.info.kind = endpoint_kind::snapservice;
    if (name == "vijson") out.info.kind = endpoint_kind::vi_json;
    if (name == "zstack") out.info.kind = endpoint_kind::zstack;
    return out;
}

job_spec spec_of(const std::string& kind) {
    if (kind == "clone")
        return vcenter_clone_spec{"vm-42", "web-001", {.folder = "group-v3"}, {}, {}, {}, {}};
    if (kind == "power_on") return power_on_spec{"vm-42", false};
    if (kind == "linked_clone")
        return linked_clone_spec{"domain-c8", "vm-42", "s-1", "web-001", {}};
    if (kind == "restore") return restore_spec{"domain-c8", "vm-42", "s-1", "web-001", {}};
    if (kind == "customize") {
        customize_guest_spec spec;
        spec.vm = "vm-42";
        spec.auth = R"({"_typeName":"TicketedSessionAuthentication"})";
        spec.customization = R"({"_typeName":"CustomizationSpec"})";
        return spec;
    }
    zstack_clone_spec spec;
    spec.vm_instance = "5f2c9a7e1d3b4c6f8a90b1c2d3e4f506";
    spec.name = kind;
    return spec;
}

}  // namespace

// A vCenter that lists nothing.
class golden_upstream::no_vms final : public inventory {
public:
    task<result<std::vector<vm_sighting>>> find_vms(std::vector<vm_identity> wanted,
                                                    steady_time) override {
        const vm_sighting none{evidence::vm_presence::absent, {}, "none is listed"};
        co_return std::vector<vm_sighting>(wanted.size(), none);
    }
    task<result<std::map<std::string, std::string, std::less<>>>> names_of(std::vector<std::string>,
                                                                           steady_time) override {
        co_return std::map<std::string, std::string, std::less<>>();
    }
    http::token_source& session() override { throw std::logic_error("nobody borrows it"); }
    http::client& transport() override { throw std::logic_error("nobody asks its server"); }
};

golden_upstream::golden_upstream(const std::string& name)
    : usual_(usual_of(name)), vms_(std::make_unique<no_vms>()) {
    auto transport = std::make_unique<fake_client>(world_.time);
    client_ = transport.get();
    client_->on_request = [this](const http::request& what) { return find(what); };
    auto made = make_backend(world_.loop, world_.time, random_, options_of(name), vms_.get(),
                             std::move(transport));
    if (!made) throw std::runtime_error(made.error().message());
    backend_ = std::move(*made);
}

golden_upstream::~golden_upstream() = default;

void golden_upstream::answer_to(std::string line, http::response says, int turn) {
    special_ = {std::move(line), std::move(says)};
    turn_ = turn;
    asked_ = 0;
}

bool golden_upstream::was_asked(std::string_view line) const {
    return client_->count(line) > 0;
}

result<http::response> golden_upstream::find(const http::request& what) {
    const auto line = std::string(to_string(what.verb)) + " " + what.target;
    if (!special_.line.empty() && line.starts_with(special_.line) &&
        (turn_ == 0 || ++asked_ == turn_))
        return special_.says;
    for (const auto& one : usual_)
        if (line.starts_with(one.line)) return one.says;
    unexpected.push_back(line);
    return answer(500, "nobody answers this");
}

std::string golden_upstream::submit(const std::string& what) {
    std::vector<submission> jobs;
    std::string_view rest = what;
    const bool repeated = rest.starts_with("again ");
    if (repeated) rest.remove_prefix(std::string_view("again ").size());
    while (!rest.empty()) {
        const auto end = std::min(rest.find(' '), rest.size());
        submission one;
        one.spec = spec_of(std::string(rest.substr(0, end)));
        one.operation_id = "op-1";
        one.task_id = job_uuid;
        one.repeated = repeated;
        jobs.push_back(std::move(one));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    std::string out;
    for (const auto& outcome : world_.run(backend_->submit_together(std::move(jobs))))
        add_line(out, words_of(outcome));
    return out;
}

std::string golden_upstream::poll(const std::string& what) {
    std::vector<std::string> tasks;
    std::string_view rest = what;
    while (!rest.empty()) {
        const auto end = std::min(rest.find(' '), rest.size());
        tasks.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    const auto told = world_.run(backend_->poll(std::move(tasks)));
    if (!told) return words_of(told.error());
    std::string out;
    for (const auto& status : *told) add_line(out, words_of(status));
    return out;
}

std::string golden_upstream::look(const std::string& what) {
    evidence_query query;
    const auto end = std::min(what.find(' '), what.size());
    query.spec = spec_of(what.substr(0, end));
    if (auto* power = std::get_if<power_on_spec>(&query.spec)) power->wait_for_tools = true;
    query.sent_at = world_.time.wall();
    if (end < what.size()) query.task_id = what.substr(end + 1);
    const auto told = world_.run(backend_->look(std::move(query)));
    return told ? words_of(*told) : words_of(told.error());
}

std::string golden_upstream::ask(const std::string& call) {
    const auto end = std::min(call.find(' '), call.size());
    const auto verb = call.substr(0, end);
    const auto what = end < call.size() ? call.substr(end + 1) : std::string();
    if (verb == "submit") return submit(what);
    if (verb == "poll") return poll(what);
    if (verb == "look") return look(what);
    if (verb == "probe") {
        const auto told = world_.run(backend_->probe());
        return told ? "fine" : words_of(told.error());
    }
    if (verb == "cancel") {
        const auto told = world_.run(backend_->cancel(what));
        return told ? words_of(*told) : words_of(told.error());
    }
    if (verb == "anyone") {
        const auto kind = what == "restore" ? job_kind::restore : job_kind::linked_clone;
        const auto told = world_.run(backend_->anyone_at_work(kind));
        if (!told) return words_of(told.error());
        return *told ? "somebody" : "nobody";
    }
    throw std::runtime_error("no such call: " + call);
}

}  // namespace cloned::testing
