#include "simulator/vijson/api.hpp"

#include "simulator/model/body_reader.hpp"
#include "simulator/vijson/collector.hpp"
#include "simulator/vijson/missing_set.hpp"
#include "simulator/vijson/schema.hpp"
#include "simulator/vijson/tasks.hpp"

#include <boost/json/serialize.hpp>

#include <array>

namespace cloned::simulator {

namespace json = boost::json;

namespace {

constexpr std::string_view token_header = "vmware-api-session-id";
// Nothing can be awaited within the world: who waits for updates is told so after this time.
constexpr double wait_ms = 50;

struct method_row {
    std::string_view type;
    std::string_view method;
    const char* route;
};

// The ledger counts by these, so each is a literal.
constexpr std::array<method_row, 18> methods{{
    {"ServiceInstance", "RetrieveServiceContent", "VI RetrieveServiceContent"},
    {"ServiceInstance", "CurrentTime", "VI CurrentTime"},
    {"SessionManager", "Login", "VI Login"},
    {"SessionManager", "Logout", "VI Logout"},
    {"VirtualMachineGuestCustomizationManager", "CustomizeGuest_Task", "VI CustomizeGuest_Task"},
    {"Task", "CancelTask", "VI CancelTask"},
    {"VirtualMachine", "PowerOnVM_Task", "VI PowerOnVM_Task"},
    {"VirtualMachine", "PowerOffVM_Task", "VI PowerOffVM_Task"},
    {"VirtualMachine", "CloneVM_Task", "VI CloneVM_Task"},
    {"PropertyCollector", "RetrievePropertiesEx", "VI RetrievePropertiesEx"},
    {"PropertyCollector", "ContinueRetrievePropertiesEx", "VI ContinueRetrievePropertiesEx"},
    {"PropertyCollector", "CancelRetrievePropertiesEx", "VI CancelRetrievePropertiesEx"},
    {"PropertyCollector", "CreatePropertyCollector", "VI CreatePropertyCollector"},
    {"PropertyCollector", "DestroyPropertyCollector", "VI DestroyPropertyCollector"},
    {"PropertyCollector", "CreateFilter", "VI CreateFilter"},
    {"PropertyCollector", "WaitForUpdatesEx", "VI WaitForUpdatesEx"},
    {"PropertyCollector", "CancelWaitForUpdates", "VI CancelWaitForUpdates"},
    {"PropertyFilter", "DestroyPropertyFilter", "VI DestroyPropertyFilter"},
}};

const method_row* find_method(std::string_view type, std::string_view method) {
    for (const method_row& row : methods) {
        if (row.type == type && row.method == method) {
            return &row;
        }
    }
    return nullptr;
}

bool serves(const world& w, std::string_view release) {
    std::string_view rest = w.settings.vi.releases;
    while (!rest.empty()) {
        const auto blank = rest.find(' ');
        if (rest.substr(0, blank) == release) {
            return true;
        }
        rest = blank == std::string_view::npos ? std::string_view{} : rest.substr(blank + 1);
    }
    return false;
}

vi_fault not_authenticated() {
    vi_fault f{"NotAuthenticated", "The session is not authenticated.", {}};
    f.own["privilegeId"] = "System.View";
    return f;
}

}  // namespace

std::string_view vi_api::context::text(std::string_view name) const {
    const json::value* v = arguments.if_contains({name.data(), name.size()});
    const json::string* s = v != nullptr ? v->if_string() : nullptr;
    return s != nullptr ? std::string_view(s->data(), s->size()) : std::string_view{};
}

std::string vi_api::context::reference(std::string_view name) const {
    const json::value* v = arguments.if_contains({name.data(), name.size()});
    return v != nullptr ? std::string(v->at("value").get_string().c_str()) : std::string();
}

answer vi_api::hello(world& w, call& c) {
    c.route = "POST /api/vcenter/system?action=hello";
    if (!w.settings.vi.hello) {
        return refuse(c, unknown_operation(c));
    }
    const auto body = parse_body(c.in, {});
    if (!body) {
        return refuse(c, body.error());
    }
    body_reader in(*body, "");
    const auto wanted = in.texts("api_releases");
    if (auto ok = in.finish(); !ok) {
        return refuse(c, ok.error());
    }
    for (const std::string_view release : wanted) {
        if (serves(w, release)) {
            return json_answer(200, R"({"api_release":)" + json_text(release) + "}");
        }
    }
    return json_answer(200, R"({"api_release":""})");
}

session_table& vi_api::sessions() {
    return world_.settings.vi.shared_sessions ? world_.vcenter_sessions : world_.vi.sessions();
}

const session* vi_api::logged_in(const call& c) {
    const std::string_view token = c.in.header(token_header);
    return token.empty() ? nullptr : sessions().use(token, world_.now());
}

answer vi_api::value_answer(const result& r) const {
    const vi_settings& s = world_.settings.vi;
    answer out;
    if (!r) {
        const bool session = r.error().type == "NotAuthenticated";
        out = vi_fault_answer(r.error(), session ? vi_unauthenticated_status(s) : 500);
    } else if (!r->is_null()) {
        out = json_answer(200, json::serialize(*r));
    } else if (s.nothing == "null") {
        out = json_answer(200, "null");
    } else {
        out = json_answer(s.nothing == "empty" ? 200 : 204, {});
    }
    out.delay = waits_;
    return out;
}

answer vi_api::handle(call& c) {
    if (c.path.size() != 4 || !serves(world_, c.path[0])) {
        return refuse(c, unknown_operation(c));
    }
    context x{c, c.path[0], c.path[1], c.path[2], c.path[3], {}};
    const session* s = logged_in(c);
    if (s != nullptr) {
        my_session_ = vi_user_session(world_, *s);
    }
    if (c.is("GET")) {
        return value_answer(read_property(x));
    }
    const method_row* row = find_method(x.type, x.method);
    if (!c.is("POST") || row == nullptr) {
        return refuse(c, unknown_operation(c));
    }
    c.route = row->route;
    const vi_strictness rules{x.release, world_.settings.vi.strict_members};
    if (!c.in.body.empty()) {
        auto body = parse_body(c.in, {});
        if (!body) {
            return value_answer(vi_fail("InvalidRequest", body.error().text));
        }
        if (auto ok = vi_check_arguments(*body, x.method, rules); !ok) {
            return value_answer(tl::unexpected(ok.error()));
        }
        x.arguments = std::move(body->get_object());
    } else if (auto ok = vi_check_arguments(json::object(), x.method, rules); !ok) {
        return value_answer(tl::unexpected(ok.error()));
    }
    if (x.method == "Login") {
        return login(x);
    }
    if (auto missing = s == nullptr ? vi_missing_set(world_, c.in) : std::nullopt) {
        return json_answer(200, std::move(*missing));
    }
    if (s == nullptr && x.method != "RetrieveServiceContent") {
        return value_answer(tl::unexpected(not_authenticated()));
    }
    return value_answer(invoke(x));
}

// Who is logged in already is refused.
answer vi_api::login(context& x) {
    if (!my_session_.is_null() || !world_.log_in(x.text("userName"), x.text("password"))) {
        return value_answer(vi_fail(
            "InvalidLogin", "Cannot complete login due to an incorrect user name or password."));
    }
    const auto token = sessions().open(world_.now());
    if (!token) {
        return value_answer(vi_fail("SystemError", "The number of sessions is limited."));
    }
    world_.book.count_session(server_kind::vcenter);
    answer out =
        value_answer(json::value(vi_user_session(world_, *sessions().use(*token, world_.now()))));
    out.headers.push_back({std::string(token_header), *token});
    return out;
}

vi_api::result vi_api::read_property(context& x) {
    const bool open = (x.type == "ServiceInstance" && x.method == "content") ||
                      (x.type == "SessionManager" && x.method == "currentSession");
    x.c.route = open ? "VI GET without a session" : "VI GET";
    if (!open && my_session_.is_null()) {
        return tl::unexpected(not_authenticated());
    }
    const vi_object object{std::string(x.type), std::string(x.id)};
    if (!vi_exists(world_, object)) {
        return vi_no_such(x.type, x.id);
    }
    if (x.method == "currentSession") {
        return my_session_;
    }
    auto value = vi_property(world_, object, x.method);
    if (!value) {
        return tl::unexpected(value.error());
    }
    if (!*value) {
        return json::value();
    }
    // The type of a property that is read alone is declared: no box.
    json::value* inner = (*value)->get_object().if_contains("_value");
    return inner != nullptr ? *inner : **value;
}

vi_api::result vi_api::invoke(context& x) {
    if (x.type == "PropertyCollector" || x.type == "PropertyFilter") {
        return collector_call(x);
    }
    if (x.type == "VirtualMachineGuestCustomizationManager") {
        if (!world_.settings.vi.guest_customization || x.id != "GuestCustomizationManager") {
            return vi_no_such(x.type, x.id);
        }
        return customize(x);
    }
    if (!vi_exists(world_, {std::string(x.type), std::string(x.id)})) {
        return vi_no_such(x.type, x.id);
    }
    if (x.method == "CancelTask") {
        if (auto ok = vi_cancel_task(world_, x.id); !ok) {
            return tl::unexpected(ok.error());
        }
        return json::value();
    }
    if (x.method == "CurrentTime") {
        return json::value(vi_time(world_, world_.now()));
    }
    if (x.method == "RetrieveServiceContent") {
        return json::value(vi_service_content(world_));
    }
    if (x.method == "Logout") {
        sessions().close(x.c.in.header(token_header));
        return json::value();
    }
    return x.method == "CloneVM_Task" ? clone(x) : power(x, x.method == "PowerOnVM_Task");
}

vi_api::result vi_api::collector_call(context& x) {
    vi_collector collector(world_, my_session_);
    const auto nothing = [](const vi_outcome<void>& done) -> result {
        return done ? result(json::value()) : tl::unexpected(done.error());
    };
    if (x.type == "PropertyFilter") {
        return collector.knows_filter(x.id) ? nothing(collector.destroy_filter(x.id))
                                            : result(vi_no_such(x.type, x.id));
    }
    if (!collector.knows(x.id)) {
        return vi_no_such(x.type, x.id);
    }
    if (x.method == "RetrievePropertiesEx") {
        return collector.retrieve(x.arguments);
    }
    if (x.method == "ContinueRetrievePropertiesEx") {
        return collector.next_page(x.text("token"));
    }
    if (x.method == "CreatePropertyCollector") {
        return json::value(vi_reference("PropertyCollector", collector.create()));
    }
    if (x.method == "DestroyPropertyCollector") {
        return nothing(collector.destroy(x.id));
    }
    if (x.method == "CreateFilter") {
        const auto filter = collector.create_filter(x.id, x.arguments);
        return filter ? result(json::value(vi_reference("PropertyFilter", *filter)))
                      : tl::unexpected(filter.error());
    }
    if (x.method == "WaitForUpdatesEx") {
        auto told = collector.wait(x.id, x.text("version"));
        waits_ = told && told->is_null() ? from_ms(wait_ms) : waits_;
        return told;
    }
    if (x.method == "CancelRetrievePropertiesEx") {
        world_.vi.watches().pages.erase(std::string(x.text("token")));
    }
    return json::value();
}

vi_outcome<virtual_machine*> vi_api::find_vm(std::string_view id) {
    const auto number = inventory::vm_number(id);
    virtual_machine* vm = number ? world_.things.find(*number) : nullptr;
    if (vm == nullptr) {
        return vi_no_such("VirtualMachine", id);
    }
    return vm;
}

}  // namespace cloned::simulator
