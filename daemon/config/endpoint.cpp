#include "daemon/config/endpoint.hpp"

#include "daemon/config/files.hpp"
#include "daemon/config/values.hpp"

#include <array>
#include <chrono>
#include <map>
#include <utility>

namespace cloned {
namespace {

using backends::backend_options;

void check_name(const endpoint_section& in, config_problems& problems) {
    if (!in.has("name")) {
        problems.add(in, "name", "is required");
    } else if (in.is_sound("name") && !is_endpoint_name(in.values.options.info.name)) {
        problems.add(in, "name", "must be of a-z, 0-9 and -, and not begin with -");
    }
}

// ZStack's management node serves its API over plain HTTP at port 8080, and its vendor's SDKs speak
// nothing else (zstack SDK, ZSClient); the others always have TLS.
std::string why_not_plain(endpoint_kind kind) {
    std::string why = "must begin with https://; http would show the credentials to the network";
    if (kind == endpoint_kind::zstack)
        why +=
            ". If this ZStack has no TLS in front of its API, and the network between is trusted, "
            "set plain_http = true, best with auth = \"access-key\", whose secret does not travel";
    return why;
}

void read_address(const endpoint_section& in, backend_options& out, config_problems& problems) {
    if (!in.has("address")) {
        problems.add(in, "address", "is required: https://host or https://host:port");
        return;
    }
    if (!in.is_sound("address")) return;
    auto where = parse_origin(out.info.address);
    if (!where) {
        problems.add(in, "address", where.error().message());
        return;
    }
    const bool open = !where->tls && !is_loopback(where->host);
    auto& allowed = out.info.plain_http;
    if (open && !allowed) problems.add(in, "address", why_not_plain(in.values.options.info.kind));
    if (allowed && where->tls)
        problems.add(in, "plain_http", "has no meaning with an address that begins with https://");
    allowed = open;
    out.http.host = std::move(where->host);
    out.http.port = where->port;
    out.http.tls = where->tls;
}

void read_trust(const endpoint_section& in,
                const config_places& places,
                backend_options& out,
                config_problems& problems) {
    auto& trust = out.http.trust;
    const std::array<std::pair<std::string_view, bool>, 3> ways{
        {{"ca_file", !trust.ca_file.empty()},
         {"sha256_fingerprint", !trust.sha256_fingerprint.empty()},
         {"insecure", trust.insecure}}};
    std::string_view first;
    for (const auto& [name, used] : ways) {
        if (!used) continue;
        if (!out.http.tls) problems.add(in, name, "has no meaning with http://");
        if (first.empty()) {
            first = name;
        } else {
            problems.add(in, name, concat("cannot be combined with ", first));
        }
    }
    if (!trust.ca_file.empty()) {
        auto file = find_file(places, trust.ca_file);
        if (!file) problems.add(in, "ca_file", file.error().message());
        trust.ca_file = file ? std::move(*file) : std::string();
    }
    if (!trust.sha256_fingerprint.empty() && !is_sha256_fingerprint(trust.sha256_fingerprint)) {
        problems.add(in, "sha256_fingerprint",
                     "must be 64 hexadecimal digits, with or without colons");
    }
}

void check_poll_intervals(const endpoint_section& in, config_problems& problems) {
    const auto& info = in.values.options.info;
    if (in.is_sound("poll_interval_min") && in.is_sound("poll_interval_max") &&
        info.poll_interval_min > info.poll_interval_max) {
        problems.add(in, in.has("poll_interval_min") ? "poll_interval_min" : "poll_interval_max",
                     "poll_interval_min is longer than poll_interval_max");
    }
}

// False if the kind is not known, so that nothing that depends on it can be checked.
bool check_kind(const endpoint_section& in, config_problems& problems) {
    if (!in.has("kind"))
        problems.add(in, "kind",
                     concat("is required: ", alternatives(words_of(endpoint_kind::vcenter))));
    return in.has("kind") && in.is_sound("kind");
}

// What only one kind of endpoint knows.
void read_particulars(const endpoint_section& in,
                      const backends::vijson::credential_map& guests,
                      backend_options& out,
                      config_problems& problems) {
    const auto kind = out.info.kind;
    for (const auto& setting : endpoint_table())
        if (setting.only && setting.only != kind && in.has(setting.name))
            problems.add(in, setting.name,
                         concat("is for ", to_string(*setting.only), " endpoints only"));
    if (kind == endpoint_kind::vi_json) {
        out.vi_json.credentials = guests;
        for (const auto& [name, secret] : guests) out.info.credentials.push_back(name);
    } else {
        out.info.forgotten_task_wait = milliseconds(0);
    }
    // A node that dies never ends its jobs; its usual limit of a clone is 36 hours.
    if (kind == endpoint_kind::zstack && !in.has("task_timeout"))
        out.info.task_timeout = std::chrono::hours(37);
}

by_kind check_kinds(const config_section<by_kind>& in,
                    endpoint_kind endpoint,
                    config_problems& problems) {
    for (const auto& row : job_kinds)
        if (in.has(row.name) && row.served_by != endpoint)
            problems.add(in, row.name,
                         concat("is not served by a ", to_string(endpoint), " endpoint"));
    return in.values;
}

using kinds_by_name = std::map<std::string, endpoint_kind, std::less<>>;

// A complaint if `name` is not a vcenter endpoint.
bool check_vcenter(const endpoint_section& in,
                   std::string_view setting,
                   const std::string& name,
                   const kinds_by_name& all,
                   config_problems& problems) {
    const auto found = all.find(name);
    if (found == all.end()) {
        problems.add(in, setting, concat("there is no endpoint named \"", name, "\""));
    } else if (found->second != endpoint_kind::vcenter) {
        problems.add(in, setting, concat("\"", name, "\" is not a vcenter endpoint"));
    }
    return found != all.end() && found->second == endpoint_kind::vcenter;
}

void read_inventory(const endpoint_section& in,
                    const kinds_by_name& all,
                    backend_options& out,
                    config_problems& problems) {
    std::string& inventory = out.info.inventory;
    if (row_of(out.info.kind).lists_vms) {
        inventory = out.info.name;
        if (in.has("inventory")) {
            problems.add(in, "inventory",
                         concat("is for snapservice and vi_json endpoints; a ",
                                to_string(out.info.kind), " lists its own VMs"));
        }
        return;
    }
    if (inventory.empty()) {
        problems.add(in, "inventory",
                     "is required: the vcenter endpoint in which VMs are looked for after a crash");
    } else {
        check_vcenter(in, "inventory", inventory, all, problems);
    }
    const std::string& session = in.values.session_endpoint;
    if (session.empty() || out.auth != backends::auth_kind::vcenter_session) return;
    if (check_vcenter(in, "session_endpoint", session, all, problems) && session != inventory)
        problems.add(in, "session_endpoint", "must be the endpoint's inventory");
}

std::string plain_http_warning(const backend_options& of) {
    const std::string_view danger =
        of.auth == backends::auth_kind::access_key
            ? "whoever is on the way can read and change what is said; the secret does not travel"
            : "whoever is on the way can read what it logs in with, and read and change what is "
              "said; auth = \"access-key\" would keep the secret at home";
    return concat("endpoint ", of.info.name, " is spoken to over plain HTTP at ", of.info.address,
                  " (plain_http = true): ", danger);
}

// A token service on the inventory's server is reached, and trusted, as that is.
void use_way_to_inventory(backend_options& out, const std::vector<backend_options>& all) {
    auto& sts = out.sts.elsewhere;
    for (const auto& each : all)
        if (sts && each.info.name == out.info.inventory && each.http.host == sts->host &&
            each.http.port == sts->port && each.http.tls == sts->tls)
            sts.reset();
}

}  // namespace

std::vector<std::string> warnings_of(const config& settings) {
    std::vector<std::string> out;
    for (const auto& endpoint : settings.endpoints)
        if (endpoint.info.plain_http) out.push_back(plain_http_warning(endpoint));
    return out;
}

std::vector<backend_options> read_endpoints(const std::vector<endpoint_sections>& from,
                                            const config_places& places,
                                            const backends::vijson::credential_map& guests,
                                            config_problems& problems) {
    std::vector<backend_options> all;
    kinds_by_name kinds;
    for (const auto& [in, limit, cost] : from) {
        auto& out = all.emplace_back(in.values.options);
        check_name(in, problems);
        if (!out.info.name.empty() && !kinds.try_emplace(out.info.name, out.info.kind).second)
            problems.add(in, "name", "is used by another endpoint");
        read_address(in, out, problems);
        read_trust(in, places, out, problems);
        check_poll_intervals(in, problems);
        if (!check_kind(in, problems)) continue;
        read_particulars(in, guests, out, problems);
        read_auth(in, places, out, problems);
        out.info.lane_limit = check_kinds(limit, out.info.kind, problems);
        out.info.cost = check_kinds(cost, out.info.kind, problems);
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& in = from[i].main;
        if (in.has("kind") && in.is_sound("kind")) read_inventory(in, kinds, all[i], problems);
        use_way_to_inventory(all[i], all);
    }
    return all;
}

}  // namespace cloned
