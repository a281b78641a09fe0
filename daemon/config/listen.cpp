#include "daemon/config/files.hpp"
#include "daemon/config/sections.hpp"
#include "daemon/config/values.hpp"

#include <charconv>
#include <set>

namespace cloned {
namespace {

constexpr std::string_view unix_prefix = "unix:";
constexpr std::string_view default_address = "unix:/run/cloned/cloned.sock";
constexpr std::size_t max_socket_path = 107;  // sockaddr_un::sun_path without its final zero

using listen_section = config_section<listen_settings>;

void read_mode(const listen_section& in, rpc::listener_options& out, config_problems& problems) {
    const std::string& text = in.values.mode;
    const char* end = text.data() + text.size();
    const auto [rest, ec] = std::from_chars(text.data(), end, out.socket_mode, 8);
    if (ec != std::errc() || rest != end || out.socket_mode > 0777) {
        problems.add(in, "mode", "must be an octal mode such as \"0660\"");
    }
}

void read_socket(const listen_section& in, rpc::listener_options& out, config_problems& problems) {
    const auto path = std::string_view(out.address).substr(unix_prefix.size());
    if (!path.starts_with('/') || path.size() > max_socket_path) {
        problems.add(in, "address", "must be unix: and an absolute path of at most 107 bytes");
    }
    if (in.is_sound("mode")) read_mode(in, out, problems);
    for (const std::string_view name : {"tls_cert", "tls_key", "client_ca"}) {
        if (in.has(name)) problems.add(in, name, "is for TCP only; a Unix socket has no TLS");
    }
}

void read_tls(const listen_section& in,
              const config_places& places,
              bool reachable,
              rpc::listener_options& out,
              config_problems& problems) {
    const listen_settings& s = in.values;
    const bool asked = !s.tls_cert.empty() || !s.tls_key.empty() || !s.client_ca.empty();
    if (!asked && !reachable) return;
    const char* why = reachable ? "is required, because other machines can reach this address"
                                : "is required with the other TLS settings";
    const auto take = [&](std::string_view name, const std::string& file, const auto& find) {
        auto found = file.empty() ? fail(errc::invalid_argument, why) : find(places, file);
        if (found) return std::move(*found);
        problems.add(in, name, found.error().message());
        return std::string();
    };
    out.tls = rpc::tls_files{take("tls_cert", s.tls_cert, find_file),
                             take("tls_key", s.tls_key, find_secret_file),
                             take("client_ca", s.client_ca, find_file)};
}

rpc::listener_options read_listener(const listen_section& in,
                                    const config_places& places,
                                    config_problems& problems) {
    rpc::listener_options out;
    out.address = in.values.address;
    if (!in.has("address")) {
        problems.add(in, "address", "is required");
        return out;
    }
    if (!in.is_sound("address")) return out;
    if (out.address.starts_with(unix_prefix)) {
        read_socket(in, out, problems);
        return out;
    }
    if (in.has("mode")) problems.add(in, "mode", "is for Unix sockets only");
    const auto place = parse_host_port(out.address);
    if (!place) {
        problems.add(in, "address",
                     concat("must be unix:/path or host:port: ", place.error().message()));
        return out;
    }
    read_tls(in, places, !is_loopback(place->host), out, problems);
    return out;
}

// True of a port of 0, which is another one each time, and of what has been complained of already.
bool may_be_repeated(const std::string& address) {
    if (address.starts_with(unix_prefix)) return false;
    const auto place = parse_host_port(address);
    return !place || place->port == 0;
}

}  // namespace

std::vector<rpc::listener_options> read_listeners(const std::vector<listen_section>& from,
                                                  const config_places& places,
                                                  config_problems& problems) {
    std::vector<rpc::listener_options> out;
    std::set<std::string> seen;
    for (const listen_section& in : from) {
        const auto& added = out.emplace_back(read_listener(in, places, problems));
        if (!may_be_repeated(added.address) && !seen.insert(added.address).second) {
            problems.add(in, "address", "is listed twice");
        }
    }
    if (from.empty()) out.emplace_back().address = default_address;
    return out;
}

}  // namespace cloned
