#include "backends/vijson/wire.hpp"

#include "backends/http/encoding.hpp"
#include "base/date_time.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace cloned::backends::vijson {
namespace {

using http::append_json_member;
using http::append_json_text;
using http::json_document;
using http::json_node;
using http::percent_encoded;

constexpr std::size_t max_id_bytes = 1024;
constexpr std::string_view token_header = "vmware-api-session-id";

// Newest first, as the server is to choose.
constexpr std::array<std::string_view, 7> releases{"9.1.1.0", "9.1.0.0", "9.0.0.0", "8.0.3.1",
                                                   "8.0.3.0", "8.0.2.0", "8.0.1.0"};

void append_reference(std::string& out, std::string_view type, std::string_view id) {
    out += R"({"_typeName":"ManagedObjectReference","type":)";
    append_json_text(out, type);
    out += R"(,"value":)";
    append_json_text(out, id);
    out += '}';
}

void append_wish(std::string& out,
                 std::string_view type,
                 std::initializer_list<std::string_view> paths) {
    if (out.back() == '}') out += ',';
    out += R"({"_typeName":"PropertySpec","type":)";
    append_json_text(out, type);
    out += R"(,"pathSet":[)";
    for (const auto path : paths) {
        if (path.empty()) continue;
        if (out.back() == '"') out += ',';
        append_json_text(out, path);
    }
    out += "]}";
}

void append_object(std::string& out, std::string_view type, std::string_view id) {
    if (out.back() == '}') out += ',';
    out += R"({"_typeName":"ObjectSpec","obj":)";
    append_reference(out, type, id);
    out += '}';
}

// The id in a reference, which is an object of the service's or a task.
result<std::string> reference_at(const json_node& node, std::string_view key) {
    const auto reference = node.at(key);
    if (!reference) return fail(reference.error());
    const auto id = reference->text_at("value");
    if (!id) return fail(id.error());
    if (id->empty() || id->size() > max_id_bytes)
        return fail(errc::protocol_error, concat("the answer's ", key, " is empty or too long"));
    return std::string(*id);
}

int next_number(std::string_view& rest) {
    int number = 0;
    const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    rest.remove_prefix(static_cast<std::size_t>(read.ptr - rest.data()));
    if (!rest.empty()) rest.remove_prefix(1);
    return number;
}

}  // namespace

http::request say_hello() {
    http::request out;
    out.verb = http::method::post;
    out.target = "/api/vcenter/system?action=hello";
    out.body = R"({"api_releases":[)";
    for (const auto release : releases) {
        if (out.body.back() != '[') out.body += ',';
        append_json_text(out.body, release);
    }
    out.body += "]}";
    out.repeatable = true;
    return out;
}

result<std::string> read_hello(std::string_view body) {
    json_document document;
    const auto root = document.parse(body, std::size_t{64} << 10U);
    if (!root) return fail(root.error());
    const auto release = root->text_at("api_release");
    if (!release) return fail(release.error());
    const bool sound = release->size() <= 32 &&
                       release->find_first_not_of("0123456789.") == std::string_view::npos;
    if (!sound) return fail(errc::protocol_error, "the answer's api_release is no release");
    return std::string(*release);
}

bool is_older(std::string_view a, std::string_view b) {
    while (!a.empty() || !b.empty()) {
        const auto left = next_number(a);
        const auto right = next_number(b);
        if (left != right) return left < right;
    }
    return false;
}

wire::wire(std::string_view release)
    : base_(concat("/sdk/vim25/", percent_encoded(release), "/")) {}

http::request wire::call(std::string_view type,
                         std::string_view id,
                         std::string_view method) const {
    http::request out;
    out.verb = http::method::post;
    out.target = concat(base_, type, "/", percent_encoded(id), "/", method);
    return out;
}

http::request wire::get_content() const {
    http::request out;
    out.target = concat(base_, "ServiceInstance/ServiceInstance/content");
    return out;
}

result<service_content> wire::read_content(std::string_view body) {
    json_document document;
    const auto root = document.parse(body);
    if (!root) return fail(root.error());
    const auto sessions = reference_at(*root, "sessionManager");
    if (!sessions) return fail(sessions.error());
    const auto collector = reference_at(*root, "propertyCollector");
    if (!collector) return fail(collector.error());
    service_content out{*sessions, *collector, {}};
    if (!root->find("guestCustomizationManager")) return out;
    const auto guests = reference_at(*root, "guestCustomizationManager");
    if (!guests) return fail(guests.error());
    out.customization_manager = *guests;
    return out;
}

std::string wire::login_target(std::string_view session_manager) const {
    return call("SessionManager", session_manager, "Login").target;
}

std::string wire::login_body(std::string_view user, std::string_view password) {
    std::string out = R"({"_typeName":"LoginRequestType","userName":)";
    append_json_text(out, user);
    out += R"(,"password":)";
    append_json_text(out, password);
    out += R"(,"locale":"en"})";
    return out;
}

result<std::string> wire::read_login(const http::response& answer) {
    const auto token = answer.find(token_header);
    if (token.empty())
        return fail(errc::protocol_error, concat("the answer has no header ", token_header));
    return std::string(token);
}

http::request wire::logout(std::string_view session_manager, std::string_view token) const {
    auto out = call("SessionManager", session_manager, "Logout");
    out.headers.emplace_back(token_header, token);
    return out;
}

http::request wire::current_session(std::string_view session_manager) const {
    auto out = call("SessionManager", session_manager, "currentSession");
    out.verb = http::method::get;
    return out;
}

http::request wire::customize(std::string_view customization_manager,
                              std::string body,
                              std::string_view operation_id) const {
    auto out = call("VirtualMachineGuestCustomizationManager", customization_manager,
                    "CustomizeGuest_Task");
    http::add_correlation(out, operation_id);
    out.body = std::move(body);
    return out;
}

result<std::string> wire::read_task(std::string_view body) {
    json_document document;
    const auto root = document.parse(body);
    if (!root) return fail(root.error());
    const auto type = root->text_at("type");
    if (!type) return fail(type.error());
    if (*type != "Task") return fail(errc::protocol_error, "the answer is no reference of a task");
    const auto id = root->text_at("value");
    if (!id) return fail(id.error());
    if (id->empty() || id->size() > max_id_bytes)
        return fail(errc::protocol_error, "the answer's task id is empty or too long");
    return std::string(*id);
}

// All types in one filter. A task that is gone must not spoil the answer on the others; the option
// for that leaves what is missing out.
http::request wire::retrieve(std::string_view collector, const property_request& wish) const {
    auto out = call("PropertyCollector", collector, "RetrievePropertiesEx");
    out.repeatable = true;
    auto& body = out.body;
    body.reserve(512 + 160 * (wish.tasks.size() + wish.vms.size()));
    body =
        R"({"_typeName":"RetrievePropertiesExRequestType","specSet":[{"_typeName":"PropertyFilterSpec",)"
        R"("reportMissingObjectsInResults":true,"propSet":[)";
    if (!wish.tasks.empty()) append_wish(body, "Task", {"info"});
    if (!wish.vms.empty())
        append_wish(body, "VirtualMachine",
                    {"runtime.powerState", "guest.customizationInfo",
                     wish.recent_tasks ? "recentTask" : ""});
    if (!wish.session_manager.empty()) append_wish(body, "SessionManager", {"currentSession"});
    body += R"(],"objectSet":[)";
    for (const auto& task : wish.tasks) append_object(body, "Task", task);
    for (const auto& vm : wish.vms) append_object(body, "VirtualMachine", vm);
    if (!wish.session_manager.empty()) append_object(body, "SessionManager", wish.session_manager);
    body += R"(]}],"options":{"_typeName":"RetrieveOptions"}})";
    return out;
}

http::request wire::next_page(std::string_view collector, std::string_view token) const {
    auto out = call("PropertyCollector", collector, "ContinueRetrievePropertiesEx");
    out.body = R"({"_typeName":"ContinueRetrievePropertiesExRequestType","token":)";
    append_json_text(out.body, token);
    out.body += '}';
    return out;
}

http::request wire::current_time() const {
    auto out = call("ServiceInstance", "ServiceInstance", "CurrentTime");
    out.repeatable = true;
    return out;
}

result<wall_time> wire::read_current_time(std::string_view body) {
    json_document document;
    const auto root = document.parse(body);
    if (!root) return fail(root.error());
    const auto text = unboxed(*root).text();
    if (!text) return fail(text.error());
    const auto time = parse_rfc3339(*text);
    if (!time) return fail(errc::protocol_error, "the answer is no time");
    return *time;
}

http::request wire::cancel_task(std::string_view task) const {
    auto out = call("Task", task, "CancelTask");
    out.repeatable = true;
    return out;
}

}  // namespace cloned::backends::vijson
