#include "simulator/zstack/api.hpp"

#include "simulator/model/world.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace cloned::simulator {

namespace json = boost::json;

namespace {

constexpr std::size_t name_max = 255;

bool is_unset(const json::value* v) {
    return v == nullptr || v->is_null() || (v->is_string() && v->get_string().empty()) ||
           (v->is_array() && v->get_array().empty());
}

std::string text_of(const json::object& from, const char* name) {
    const json::value* v = from.if_contains(name);
    return v != nullptr && v->is_string() ? std::string(v->get_string().c_str()) : "";
}

bool is_list_of(const json::value* v, bool (*fits)(const json::value&)) {
    return is_unset(v) ||
           (v->is_array() && std::all_of(v->get_array().begin(), v->get_array().end(), fits));
}

// Types that the server's own classes cannot take: its mapper throws.
bool has_wrong_structure(const json::object& body,
                         const json::object& action,
                         std::string_view nic_params) {
    const auto text = [](const json::value& v) { return v.is_string(); };
    const auto object = [](const json::value& v) { return v.is_object(); };
    for (const char* name : {"names", "rootVolumeSystemTags", "dataVolumeSystemTags"}) {
        if (!is_list_of(action.if_contains(name), text)) {
            return true;
        }
    }
    for (const char* name : {"systemTags", "userTags"}) {
        if (!is_list_of(body.if_contains(name), text)) {
            return true;
        }
    }
    for (const char* name :
         {"strategy", "clusterUuid", "hostUuid", "primaryStorageUuidForRootVolume",
          "primaryStorageUuidForDataVolume"}) {
        const json::value* v = action.if_contains(name);
        if (v != nullptr && !v->is_null() && !v->is_string()) {
            return true;
        }
    }
    const json::value* nics = action.if_contains("vmNicParams");
    const bool is_text = nics != nullptr && nics->is_string();
    return is_text ? nic_params == "list" && !is_unset(nics)
                   : !is_list_of(nics, object) || (nic_params == "string" && !is_unset(nics));
}

// A build whose vmNicParams is a string reads it only when the API does.
bool holds_a_list(const json::value* nics) {
    if (is_unset(nics) || !nics->is_string()) {
        return true;
    }
    json::error_code ec;
    const json::value held = json::parse(nics->get_string(), ec);
    return !ec && held.is_array() &&
           is_list_of(&held, [](const json::value& v) { return v.is_object(); });
}

}  // namespace

zstack_api::zstack_api(world& w) : world_(w), node_(*w.zstack) {}

answer zstack_api::handle(call& c) {
    const auto path = c.path;
    const auto is = [&](std::size_t i, std::string_view text) {
        return path.size() > i && path[i] == text;
    };
    if (is(0, "api-jobs") && path.size() == 2) {
        return job(c);
    }
    if (is(0, "accounts") && is(1, "login") && path.size() == 2 && c.is("PUT")) {
        return login(c);
    }
    if (is(0, "accounts") && is(1, "sessions") && (path.size() == 3 || is(3, "valid"))) {
        return session_calls(c);
    }
    if (is(0, "management-nodes") && is(1, "actions") && c.is("PUT")) {
        return node_actions(c);
    }
    if (is(0, "vm-instances") && path.size() <= 2 && c.is("GET")) {
        return query(c);
    }
    if (is(0, "vm-instances") && is(2, "actions") && path.size() == 3 && c.is("PUT")) {
        return actions(c);
    }
    return zstack_text(404, "no api mapping to " + std::string(c.in.target.substr(0, 200)));
}

answer zstack_api::session_calls(call& c) {
    const std::string_view token = c.path[2];
    if (c.path.size() == 4 && c.is("GET")) {
        c.route = "GET /zstack/v1/accounts/sessions/{uuid}/valid";
        const bool alive = node_.sessions.use(token, world_.now()) != nullptr;
        return json_answer(200, alive ? R"({"valid":true})" : R"({"valid":false})");
    }
    if (c.path.size() != 3 || !c.is("DELETE")) {
        return zstack_text(404, "no api mapping to the path");
    }
    c.route = "DELETE /zstack/v1/accounts/sessions/{uuid}";
    node_.sessions.close(token);
    return json_answer(200, "{}");
}

answer zstack_api::node_actions(call& c) {
    c.route = "PUT /zstack/v1/management-nodes/actions";
    json::error_code ec;
    const json::value body = json::parse({c.in.body.data(), c.in.body.size()}, ec);
    const json::object* actions = ec ? nullptr : body.if_object();
    if (actions != nullptr && actions->contains("getVersion")) {
        return json_answer(200, R"({"version":"5.3.20"})");
    }
    if (actions != nullptr && actions->contains("getCurrentTime")) {
        const std::int64_t now = world_.settings.epoch_ms + to_ms(world_.now());
        return json_answer(200, R"({"currentTime":{"MillionSeconds":)" + std::to_string(now) +
                                    R"(,"Seconds":)" + std::to_string(now / 1000) + "}}");
    }
    return zstack_text(400, "the body doesn't contain action mapping to the URL");
}

answer zstack_api::job(call& c) {
    c.route = "GET /zstack/v1/api-jobs/{uuid}";
    if (!c.is("GET")) {
        return zstack_text(405, "only GET method is allowed for querying job status");
    }
    const zstack_job* found = node_.job(c.path[1], world_.now());
    if (found == nullptr) {
        return zstack_text(404, "the job has been expired");
    }
    if (!found->done) {
        return in_the_way().value_or(json_answer(202, "{}"));
    }
    return found->failure ? zstack_failure(*found->failure) : json_answer(200, job_json(*found));
}

// What something in front of the node says of a job that it does not know.
std::optional<answer> zstack_api::in_the_way() {
    const zstack_config& s = world_.settings.zstack;
    if (s.poll_unknown <= 0 || world_.rule_random.unit() >= s.poll_unknown) {
        return {};
    }
    if (s.poll_unknown_as == "expired") {
        return zstack_text(404, "the job has been expired");
    }
    answer out = zstack_failure(zstack_dead_session());
    out.status = s.poll_unknown_as == "id_1001" ? 503 : 404;
    return out;
}

answer zstack_api::actions(call& c) {
    c.route = "PUT /zstack/v1/vm-instances/{uuid}/actions";
    json::error_code ec;
    const json::value body = json::parse({c.in.body.data(), c.in.body.size()}, ec);
    if (ec || !body.is_object()) {
        return zstack_text(500, "the body cannot be read as a map");
    }
    const json::value* action = body.get_object().if_contains("cloneVmInstance");
    if (action == nullptr) {
        return zstack_text(400, "the body doesn't contain action mapping to the URL[" +
                                    std::string(c.in.target.substr(0, 200)) + "]");
    }
    return clone(c, body.get_object());
}

answer zstack_api::clone(call& c, const json::object& body) {
    const caller who = authorize(c);
    if (who.refused) {
        return *who.refused;
    }
    const json::value& given = body.at("cloneVmInstance");
    const json::object nothing;
    const json::object& action = given.is_object() ? given.get_object() : nothing;
    const json::value* full = action.if_contains("full");
    if (full != nullptr && !full->is_null() && !full->is_bool()) {
        return zstack_text(400, "the field full is no boolean");
    }
    if ((!given.is_object() && !given.is_null()) ||
        has_wrong_structure(body, action, world_.settings.zstack.nic_params)) {
        return zstack_text(500, "the message cannot be mapped");
    }
    zstack_clone what;
    what.job = node_.new_uuid();
    if (c.in.has_header("x-job-uuid")) {
        what.job = c.in.header("x-job-uuid");
        if (what.job.size() != 32) {
            return zstack_text(400,
                               "Invalid header[X-Job-UUID], it must be a UUID with '-' stripped");
        }
        if (world_.settings.zstack.refuses_known_jobs && node_.knows(what.job)) {
            return zstack_text(400, "Duplicate job uuid[" + what.job + "]");
        }
    }
    const std::string uuid = what.job;
    auto failure = who.known ? read_clone(action, c.path[1], what) : zstack_dead_session();
    node_.start(std::move(what), c.plan.zstack, c.plan.blocked, c.plan.vanish_after,
                std::move(failure));
    return json_answer(202, R"({"location":"http://)" + world_.settings.zstack.address +
                                "/zstack/v1/api-jobs/" + uuid + R"(","apiTimeout":129600000})");
}

std::optional<zstack_error> zstack_api::read_clone(const json::object& action,
                                                   std::string_view source,
                                                   zstack_clone& into) {
    into.source = source;
    into.strategy = text_of(action, "strategy");
    if (into.strategy.empty()) {
        into.strategy = "InstantStart";
    }
    constexpr std::array<std::string_view, 3> strategies{"InstantStart", "JustCreate",
                                                         "CreateStopped"};
    if (std::find(strategies.begin(), strategies.end(), into.strategy) == strategies.end()) {
        return zstack_bad_argument("the strategy " + into.strategy + " is not valid");
    }
    if (!holds_a_list(action.if_contains("vmNicParams"))) {
        return zstack_bad_argument("the field vmNicParams holds no JSON list");
    }
    const json::value* names = action.if_contains("names");
    if (is_unset(names)) {
        return zstack_bad_argument("the field names is mandatory and cannot be empty");
    }
    for (const json::value& name : names->get_array()) {
        into.names.emplace_back(name.get_string().c_str());
        if (into.names.back().empty() || into.names.back().size() > name_max) {
            return zstack_bad_argument("a name is empty or too long");
        }
    }
    const zstack_vm* from = node_.find(source);
    if (from == nullptr || from->state == "Destroyed") {
        return zstack_not_found("the VM instance " + std::string(source) + " is not found");
    }
    constexpr std::array<std::string_view, 3> clonable{"Running", "Paused", "Stopped"};
    if (std::find(clonable.begin(), clonable.end(), from->state) == clonable.end()) {
        return zstack_error{"SYS.1006", "An operation failed",
                            "the state " + from->state + " does not allow it", "VM.1010"};
    }
    into.cluster = from->cluster;
    if (const std::string wanted = text_of(action, "clusterUuid"); !wanted.empty()) {
        const auto cluster = node_.cluster(wanted);
        if (!cluster) {
            return zstack_not_found("the cluster " + wanted + " is not found");
        }
        into.cluster = *cluster;
    }
    return {};
}

}  // namespace cloned::simulator
