#include "daemon/config/files.hpp"
#include "daemon/config/sections.hpp"
#include "daemon/config/values.hpp"

#include <charconv>
#include <set>

namespace cloned {
namespace {

constexpr std::string_view default_address = "unix:/run/cloned/cloned.sock";
constexpr std::size_t max_socket_path = 107;  // sockaddr_un::sun_path without its final zero

using listen_section = config_section<listen_settings>;

void read_mode(const listen_section& in, listen_config& out, config_problems& problems) {
    const std::string& text = in.values.mode;
    const auto [rest, ec] = std::from_chars(text.data(), text.data() + text.size(), out.mode, 8);
    if (ec != std::errc() || rest != text.data() + text.size() || out.mode > 0777) {
        problems.add(in, "mode", "must be an octal mode such as \"0660\"");
    }
}

void read_socket(const listen_section& in, listen_config& out, config_problems& problems) {
    out.socket_path = in.values.address.substr(5);
    if (!out.socket_path.starts_with('/') || out.socket_path.size() > max_socket_path) {
        problems.add(in, "address", "must be unix: and an absolute path of at most 107 bytes");
    }
    if (in.is_sound("mode")) read_mode(in, out, problems);
    for (const std::string_view name : {"tls_cert", "tls_key", "client_ca"}) {
        if (in.has(name)) problems.add(in, name, "is for TCP only; a Unix socket has no TLS");
    }
}

void take_file(const listen_section& in,
               std::string_view name,
               result<std::string> found,
               std::string& into,
               config_problems& problems) {
    if (found) {
        into = std::move(*found);
    } else {
        problems.add(in, name, found.error().message());
    }
}

void read_tls(const listen_section& in,
              const config_places& places,
              listen_config& out,
              config_problems& problems) {
    const listen_settings& s = in.values;
    if (!s.tls_cert.empty()) {
        take_file(in, "tls_cert", find_file(places, s.tls_cert), out.tls_cert, problems);
    }
    if (!s.tls_key.empty()) {
        take_file(in, "tls_key", find_secret_file(places, s.tls_key), out.tls_key, problems);
    }
    if (!s.client_ca.empty()) {
        take_file(in, "client_ca", find_file(places, s.client_ca), out.client_ca, problems);
    }
    const bool reachable = !is_loopback(out.host);
    const bool tls = !s.tls_cert.empty() || !s.tls_key.empty() || !s.client_ca.empty();
    if (!tls && !reachable) return;
    const char* why = reachable ? "is required, because other machines can reach this address"
                                : "is required with the other TLS settings";
    if (s.tls_cert.empty()) problems.add(in, "tls_cert", why);
    if (s.tls_key.empty()) problems.add(in, "tls_key", why);
    if (s.client_ca.empty()) problems.add(in, "client_ca", why);
}

listen_config read_listener(const listen_section& in,
                            const config_places& places,
                            config_problems& problems) {
    listen_config out;
    out.address = in.values.address;
    if (!in.has("address")) {
        problems.add(in, "address", "is required");
        return out;
    }
    if (!in.is_sound("address")) return out;
    if (out.address.starts_with("unix:")) {
        read_socket(in, out, problems);
        return out;
    }
    if (in.has("mode")) problems.add(in, "mode", "is for Unix sockets only");
    auto place = parse_host_port(out.address);
    if (!place) {
        problems.add(in, "address",
                     concat("must be unix:/path or host:port: ", place.error().message()));
        return out;
    }
    out.host = std::move(place->host);
    out.port = place->port;
    read_tls(in, places, out, problems);
    return out;
}

}  // namespace

std::vector<listen_config> read_listeners(const std::vector<listen_section>& from,
                                          const config_places& places,
                                          config_problems& problems) {
    std::vector<listen_config> out;
    std::set<std::string> seen;
    for (const listen_section& in : from) {
        out.push_back(read_listener(in, places, problems));
        const listen_config& added = out.back();
        const bool any_port = added.socket_path.empty() && added.port == 0;
        if (!any_port && !seen.insert(added.address).second) {
            problems.add(in, "address", "is listed twice");
        }
    }
    if (from.empty()) {
        listen_config local;
        local.address = default_address;
        local.socket_path = default_address.substr(5);
        out.push_back(std::move(local));
    }
    return out;
}

}  // namespace cloned
