#include "daemon/config/files.hpp"
#include "daemon/config/sections.hpp"
#include "daemon/config/values.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

namespace cloned {
namespace {

using section = config_section<endpoint_settings>;

void read_name(const section& in, endpoint_config& out, config_problems& problems) {
    out.info.name = in.values.name;
    if (!in.has("name")) {
        problems.add(in, "name", "is required");
    } else if (in.is_sound("name") && !is_endpoint_name(out.info.name)) {
        problems.add(in, "name", "must be of a-z, 0-9 and -, and not begin with -");
    }
}

// False if the kind is not known, so that nothing that depends on it can be checked.
bool read_kind(const section& in, endpoint_config& out, config_problems& problems) {
    const auto kind = endpoint_kind_from_string(in.values.kind);
    if (kind) {
        out.info.kind = *kind;
        return true;
    }
    if (!in.has("kind")) {
        problems.add(in, "kind", "is required: vcenter, snapservice, vi_json or zstack");
    } else if (in.is_sound("kind")) {
        problems.add(in, "kind", "must be vcenter, snapservice, vi_json or zstack");
    }
    return false;
}

void read_address(const section& in, endpoint_config& out, config_problems& problems) {
    out.info.address = in.values.address;
    if (!in.has("address")) {
        problems.add(in, "address", "is required: https://host or https://host:port");
        return;
    }
    if (!in.is_sound("address")) return;
    auto where = parse_origin(in.values.address);
    if (!where) {
        problems.add(in, "address", where.error().message());
        return;
    }
    if (!where->tls && !is_loopback(where->host)) {
        problems.add(in, "address",
                     "must begin with https://; http would show the credentials to the network");
    }
    out.client.host = std::move(where->host);
    out.client.port = where->port;
    out.client.tls = where->tls;
}

void read_trust(const section& in,
                const config_places& places,
                endpoint_config& out,
                config_problems& problems) {
    const endpoint_settings& s = in.values;
    const std::array<std::pair<std::string_view, bool>, 3> ways{
        {{"ca_file", !s.ca_file.empty()},
         {"sha256_fingerprint", !s.sha256_fingerprint.empty()},
         {"insecure", s.insecure}}};
    std::string_view first;
    for (const auto& [name, used] : ways) {
        if (!used) continue;
        if (!out.client.tls) problems.add(in, name, "has no meaning with http://");
        if (first.empty()) {
            first = name;
        } else {
            problems.add(in, name, concat("cannot be combined with ", first));
        }
    }
    if (!s.ca_file.empty()) {
        auto file = find_file(places, s.ca_file);
        if (!file) problems.add(in, "ca_file", file.error().message());
        out.client.trust.ca_file = file ? std::move(*file) : std::string();
    }
    if (!s.sha256_fingerprint.empty() && !is_sha256_fingerprint(s.sha256_fingerprint)) {
        problems.add(in, "sha256_fingerprint",
                     "must be 64 hexadecimal digits, with or without colons");
    }
    out.client.trust.sha256_fingerprint = s.sha256_fingerprint;
    out.client.trust.insecure = s.insecure;
}

void read_secret_into(const section& in,
                      std::string_view name,
                      const std::string& file,
                      const config_places& places,
                      std::string& into,
                      config_problems& problems) {
    auto secret = read_secret(places, file);
    if (secret) {
        into = std::move(*secret);
    } else {
        problems.add(in, name, secret.error().message());
    }
}

void read_basic(const section& in,
                const config_places& places,
                auth_config& out,
                config_problems& problems) {
    const endpoint_settings& s = in.values;
    out.user = s.user;
    if (s.user.empty()) {
        problems.add(in, "user", "is required with session-basic");
    } else if (s.user.find(':') != std::string::npos) {
        problems.add(in, "user",
                     "must not hold a colon, which ends the user in HTTP's Basic login");
    }
    if (s.password_file.empty()) {
        problems.add(in, "password_file", "is required with session-basic");
    } else {
        read_secret_into(in, "password_file", s.password_file, places, out.password, problems);
    }
}

bool is_header_name(std::string_view text) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.find(c) != std::string_view::npos;
    });
}

void read_header(const section& in,
                 const config_places& places,
                 auth_config& out,
                 config_problems& problems) {
    const endpoint_settings& s = in.values;
    out.header_name = s.header_name;
    if (s.header_name.empty()) {
        problems.add(in, "header_name", "is required with static-header");
    } else if (!is_header_name(s.header_name)) {
        problems.add(in, "header_name", "is not the name of an HTTP header");
    }
    if (s.header_value_file.empty()) {
        problems.add(in, "header_value_file", "is required with static-header");
    } else {
        read_secret_into(in, "header_value_file", s.header_value_file, places, out.header_value,
                         problems);
    }
}

struct auth_settings {
    std::string_view auth;
    auth_kind kind;
    std::vector<std::string_view> uses;
};

const std::vector<auth_settings>& auth_kinds() {
    static const std::vector<auth_settings> all{
        {"session-basic", auth_kind::session_basic, {"user", "password_file"}},
        {"static-header", auth_kind::static_header, {"header_name", "header_value_file"}},
        {"vcenter-session", auth_kind::vcenter_session, {"session_endpoint"}},
        {"access-key", auth_kind::access_key, {"user", "password_file"}},
    };
    return all;
}

void read_auth(const section& in,
               const config_places& places,
               endpoint_config& out,
               config_problems& problems) {
    const std::string& auth = in.values.auth;
    const auto& kinds = auth_kinds();
    const auto chosen = std::find_if(kinds.begin(), kinds.end(),
                                     [&](const auth_settings& a) { return a.auth == auth; });
    if (chosen == kinds.end()) {
        if (!in.is_sound("auth")) return;
        problems.add(in, "auth",
                     "must be session-basic, static-header, vcenter-session or access-key");
        return;
    }
    out.auth.kind = chosen->kind;
    const auto& used = chosen->uses;
    for (const auth_settings& other : kinds) {
        if (other.kind == chosen->kind || other.kind == auth_kind::access_key) continue;
        for (const std::string_view name : other.uses) {
            if (in.has(name) && std::find(used.begin(), used.end(), name) == used.end())
                problems.add(in, name, concat("has no meaning with auth = ", auth));
        }
    }
    switch (chosen->kind) {
        case auth_kind::session_basic:
            return read_basic(in, places, out.auth, problems);
        case auth_kind::static_header:
            return read_header(in, places, out.auth, problems);
        case auth_kind::access_key:
            if (out.info.kind != endpoint_kind::zstack)
                problems.add(in, "auth", "access-key is for zstack endpoints only");
            return read_basic(in, places, out.auth, problems);
        case auth_kind::vcenter_session:
            break;
    }
    out.auth.session_endpoint =
        in.values.session_endpoint.empty() ? in.values.inventory : in.values.session_endpoint;
    if (out.info.kind != endpoint_kind::snapservice && out.info.kind != endpoint_kind::vi_json) {
        problems.add(in, "auth", "vcenter-session is for snapservice and vi_json endpoints only");
    }
}

void read_flavour(const section& in, endpoint_config& out, config_problems& problems) {
    const std::string& flavour = in.values.flavour;
    out.flavour = flavour == "rest" ? rest_flavour::rest : rest_flavour::api;
    if (in.has("flavour") && out.info.kind != endpoint_kind::vcenter) {
        problems.add(in, "flavour", "is for vcenter endpoints only");
    } else if (in.is_sound("flavour") && flavour != "rest" && flavour != "api") {
        problems.add(in, "flavour", "must be api or rest");
    }
}

// "+08:00" and the like.
std::optional<std::chrono::minutes> parse_zone(std::string_view text) {
    const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return {};
    if (!digit(1) || !digit(2) || !digit(4) || !digit(5)) return {};
    const int hours = (text[1] - '0') * 10 + (text[2] - '0');
    const int minutes = (text[4] - '0') * 10 + (text[5] - '0');
    if (hours > 14 || minutes > 59) return {};
    const auto all = std::chrono::minutes(hours * 60 + minutes);
    return text[0] == '-' ? -all : all;
}

// What only one kind of endpoint knows.
void read_particulars(const section& in, endpoint_config& out, config_problems& problems) {
    const auto only = [&](std::string_view name, endpoint_kind kind) {
        if (in.has(name) && out.info.kind != kind)
            problems.add(in, name, concat("is for ", to_string(kind), " endpoints only"));
    };
    for (const auto* name : {"release", "forgotten_task_wait"}) only(name, endpoint_kind::vi_json);
    for (const auto* name : {"clock_zone", "names_per_call", "refuses_known_jobs"})
        only(name, endpoint_kind::zstack);
    const endpoint_settings& s = in.values;
    out.release = s.release;
    out.refuses_known_jobs = s.refuses_known_jobs;
    out.info.names_per_call = s.names_per_call;
    out.info.task_timeout = s.task_timeout;
    if (out.info.kind == endpoint_kind::vi_json)
        out.info.forgotten_task_wait = s.forgotten_task_wait;
    // A node that dies never ends its jobs; its usual limit of a clone is 36 hours.
    if (out.info.kind == endpoint_kind::zstack && !in.has("task_timeout"))
        out.info.task_timeout = std::chrono::hours(37);
    const auto zone = parse_zone(s.clock_zone);
    if (zone)
        out.clock_offset = *zone;
    else if (in.is_sound("clock_zone"))
        problems.add(in, "clock_zone", "must be an offset from UTC, such as +08:00");
}

void read_numbers(const section& in, endpoint_config& out, config_problems& problems) {
    const endpoint_settings& s = in.values;
    out.info.default_cluster = s.default_cluster;
    out.info.default_folder = s.default_folder;
    out.info.max_in_flight = s.max_in_flight;
    out.info.max_per_source = s.max_per_source;
    out.info.poll_interval_min = s.poll_interval_min;
    out.info.poll_interval_max = s.poll_interval_max;
    out.info.request_timeout = s.request_timeout;
    out.info.quiesce = s.quiesce;
    out.client.max_connections = static_cast<std::size_t>(s.max_connections);
    out.client.request_timeout = s.request_timeout;
    out.client.connect_timeout = std::min(out.client.connect_timeout, s.request_timeout);
    if (in.is_sound("poll_interval_min") && in.is_sound("poll_interval_max") &&
        s.poll_interval_min > s.poll_interval_max) {
        problems.add(in, in.has("poll_interval_min") ? "poll_interval_min" : "poll_interval_max",
                     "poll_interval_min is longer than poll_interval_max");
    }
}

void read_kinds(const config_section<by_kind>& in,
                endpoint_kind endpoint,
                by_kind& out,
                config_problems& problems) {
    out = in.values;
    for (const auto& row : job_kinds)
        if (in.has(row.name) && row.served_by != endpoint)
            problems.add(in, row.name,
                         concat("is not served by a ", to_string(endpoint), " endpoint"));
}

using names = std::map<std::string, std::vector<const endpoint_config*>, std::less<>>;

// A complaint if `name` is not a vcenter endpoint.
void check_vcenter(const section& in,
                   std::string_view setting,
                   const std::string& name,
                   const names& all,
                   config_problems& problems) {
    const auto found = all.find(name);
    if (found == all.end()) {
        problems.add(in, setting, concat("there is no endpoint named \"", name, "\""));
    } else if (found->second.front()->info.kind != endpoint_kind::vcenter) {
        problems.add(in, setting, concat("\"", name, "\" is not a vcenter endpoint"));
    }
}

void read_inventory(const section& in,
                    endpoint_config& out,
                    const names& all,
                    config_problems& problems) {
    const std::string& inventory = in.values.inventory;
    if (row_of(out.info.kind).lists_vms) {
        out.info.inventory = out.info.name;
        if (in.has("inventory")) {
            problems.add(in, "inventory",
                         concat("is for snapservice and vi_json endpoints; a ",
                                to_string(out.info.kind), " lists its own VMs"));
        }
        return;
    }
    out.info.inventory = inventory;
    if (inventory.empty()) {
        problems.add(in, "inventory",
                     "is required: the vcenter endpoint in which VMs are looked for after a crash");
    } else {
        check_vcenter(in, "inventory", inventory, all, problems);
    }
    const std::string& session = out.auth.session_endpoint;
    if (!in.values.session_endpoint.empty() && out.auth.kind == auth_kind::vcenter_session) {
        check_vcenter(in, "session_endpoint", session, all, problems);
    }
}

}  // namespace

std::vector<endpoint_config> read_endpoints(const std::vector<endpoint_sections>& from,
                                            const config_places& places,
                                            config_problems& problems) {
    std::vector<endpoint_config> out(from.size());
    std::vector<bool> kind_known(from.size());
    for (std::size_t i = 0; i < from.size(); ++i) {
        const section& in = from[i].main;
        read_name(in, out[i], problems);
        read_address(in, out[i], problems);
        read_trust(in, places, out[i], problems);
        read_numbers(in, out[i], problems);
        kind_known[i] = read_kind(in, out[i], problems);
        if (!kind_known[i]) continue;
        read_flavour(in, out[i], problems);
        read_particulars(in, out[i], problems);
        read_auth(in, places, out[i], problems);
        read_kinds(from[i].limit, out[i].info.kind, out[i].info.lane_limit, problems);
        read_kinds(from[i].cost, out[i].info.kind, out[i].info.cost, problems);
    }
    names all;
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (out[i].info.name.empty()) continue;
        auto& same = all[out[i].info.name];
        same.push_back(&out[i]);
        if (same.size() > 1) problems.add(from[i].main, "name", "is used by another endpoint");
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (kind_known[i]) read_inventory(from[i].main, out[i], all, problems);
    }
    return out;
}

}  // namespace cloned
