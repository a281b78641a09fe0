#include "daemon/config/endpoint.hpp"
#include "daemon/config/files.hpp"
#include "daemon/config/values.hpp"

#include <algorithm>
#include <utility>

namespace cloned {
namespace {

using backends::auth_kind;
using backends::backend_options;

void read_secret_into(const endpoint_section& in,
                      std::string_view name,
                      const std::string& file,
                      const config_places& places,
                      std::string& into,
                      config_problems& problems) {
    if (file.empty()) {
        problems.add(in, name, concat("is required with ", word_of(in.values.options.auth)));
        return;
    }
    auto secret = read_secret(places, file);
    if (secret) {
        into = std::move(*secret);
    } else {
        problems.add(in, name, secret.error().message());
    }
}

void read_basic(const endpoint_section& in,
                const config_places& places,
                backend_options& out,
                config_problems& problems) {
    if (out.user.empty()) {
        problems.add(in, "user", concat("is required with ", word_of(out.auth)));
    } else if (out.user.find(':') != std::string::npos) {
        problems.add(in, "user",
                     "must not hold a colon, which ends the user in HTTP's Basic login");
    }
    read_secret_into(in, "password_file", in.values.password_file, places, out.password, problems);
}

bool is_header_name(std::string_view text) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.find(c) != std::string_view::npos;
    });
}

void read_header(const endpoint_section& in,
                 const config_places& places,
                 backend_options& out,
                 config_problems& problems) {
    if (out.header_name.empty()) {
        problems.add(in, "header_name", concat("is required with ", word_of(out.auth)));
    } else if (!is_header_name(out.header_name)) {
        problems.add(in, "header_name", "is not the name of an HTTP header");
    }
    read_secret_into(in, "header_value_file", in.values.header_value_file, places, out.header_value,
                     problems);
}

// "https://host[:port]/path"; its server is trusted as the endpoint's own.
void read_sts(const endpoint_section& in, backend_options& out, config_problems& problems) {
    const std::string_view url = in.values.sts;
    if (url.empty() || !in.is_sound("sts")) return;
    const auto host = url.find("://");
    const auto path = host == std::string_view::npos ? host : url.find('/', host + 3);
    auto where = parse_origin(url.substr(0, path));
    const bool plain = where && !where->tls && !is_loopback(where->host);
    if (path == std::string_view::npos || !where || plain) {
        problems.add(in, "sts", "must have the form https://host/path or https://host:port/path");
        return;
    }
    out.sts.target = url.substr(path);
    auto& to = out.sts.elsewhere.emplace(out.http);
    to.host = std::move(where->host);
    to.port = where->port;
    to.tls = where->tls;
}

void read_saml(const endpoint_section& in,
               const config_places& places,
               backend_options& out,
               config_problems& problems) {
    if (out.info.kind != endpoint_kind::snapservice)
        problems.add(in, "auth", concat(word_of(out.auth), " is for snapservice endpoints only"));
    if (out.user.empty()) problems.add(in, "user", concat("is required with ", word_of(out.auth)));
    read_secret_into(in, "password_file", in.values.password_file, places, out.password, problems);
    read_sts(in, out, problems);
}

// Does this way of logging in use the setting?
bool uses(auth_kind kind, std::string_view name) {
    switch (kind) {
        case auth_kind::basic:
        case auth_kind::access_key:
            return name == "user" || name == "password_file";
        case auth_kind::static_header:
            return name == "header_name" || name == "header_value_file";
        case auth_kind::vcenter_session:
            return name == "session_endpoint";
        case auth_kind::session_saml:
        case auth_kind::saml:
            return name == "user" || name == "password_file" || name == "sts";
    }
    return false;
}

}  // namespace

void read_auth(const endpoint_section& in,
               const config_places& places,
               backend_options& out,
               config_problems& problems) {
    if (!in.is_sound("auth")) return;
    for (const std::string_view name :
         {"user", "password_file", "header_name", "header_value_file", "session_endpoint", "sts"})
        if (in.has(name) && !uses(out.auth, name))
            problems.add(in, name, concat("has no meaning with auth = ", word_of(out.auth)));
    const auto kind = out.info.kind;
    switch (out.auth) {
        case auth_kind::basic:
            return read_basic(in, places, out, problems);
        case auth_kind::static_header:
            return read_header(in, places, out, problems);
        case auth_kind::access_key:
            if (kind != endpoint_kind::zstack)
                problems.add(in, "auth", "access-key is for zstack endpoints only");
            return read_basic(in, places, out, problems);
        case auth_kind::session_saml:
        case auth_kind::saml:
            return read_saml(in, places, out, problems);
        case auth_kind::vcenter_session:
            if (kind != endpoint_kind::snapservice && kind != endpoint_kind::vi_json)
                problems.add(in, "auth",
                             "vcenter-session is for snapservice and vi_json endpoints only");
            return;
    }
}

}  // namespace cloned
