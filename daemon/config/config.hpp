#pragma once

#include "backends/http/messages.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "model/lane.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The daemon's configuration file, read and checked as a whole. The file is TOML;
// settings.cpp lists every setting with its bounds, and deploy/cloned.toml shows them.
namespace cloned {

struct daemon_config {
    std::string database = "/var/lib/cloned/cloned.db";
    std::string high_water_file;
    log::level log_level = log::level::info;
    std::int64_t retention_days = 30;  // 0: ended batches are kept for ever
    milliseconds shutdown_grace{10'000};
    std::int64_t min_free_mib = 256;       // below it no batch is accepted
    std::int64_t checkpoint_kib = 32'000;  // of log, which is then moved into the database
    std::int64_t max_unfinished_jobs = 1'000'000;
};

struct limits_config {
    std::int64_t max_message_mib = 16;
    std::int64_t max_attempts = 3;  // of jobs that name none
    std::int64_t max_watchers = 256;
    milliseconds age_floor{600'000};  // a job that waits longer is served as high priority
};

// One place where clients are served: a Unix socket, or a host and a port.
struct listen_config {
    std::string address;        // as written, for logs
    std::string socket_path;    // Unix socket; empty for TCP
    std::uint32_t mode = 0660;  // of the socket's file
    std::string host;           // TCP; without the brackets of an IPv6 address
    std::uint16_t port = 0;     // TCP; 0: any free port
    std::string tls_cert;       // PEM files; empty: no TLS, which only loopback may do
    std::string tls_key;
    std::string client_ca;  // clients must show a certificate of this authority
};

enum class rest_flavour : std::uint8_t { api, rest };

enum class auth_kind : std::uint8_t {
    session_basic,    // log in with user and password, send the session's token
    static_header,    // send one header with a fixed value
    vcenter_session,  // snapservice, vi_json: send the token of a vcenter endpoint's session
    access_key,       // zstack: sign each request
};

// How to log in upstream. Holds secrets: never logged, never shown.
struct auth_config {
    auth_kind kind = auth_kind::session_basic;
    std::string user;
    std::string password;
    std::string header_name;
    std::string header_value;
    std::string session_endpoint;  // vcenter_session: whose session it is
};

struct endpoint_config {
    endpoint_info info;
    backends::http::client_options client;
    rest_flavour flavour = rest_flavour::api;  // vcenter only
    auth_config auth;
    std::string release;                   // vi_json only; empty: negotiated
    std::chrono::minutes clock_offset{0};  // zstack only: its local time ahead of UTC
    bool refuses_known_jobs = true;        // zstack only
};

// A secret of guests. Holds it: never logged, never shown.
struct credential_config {
    std::string name;
    std::string secret;
};

struct config {
    daemon_config daemon;
    limits_config limits;
    std::vector<listen_config> listen;  // never empty
    std::vector<endpoint_config> endpoints;
    std::vector<credential_config> credentials;
};

// One mistake. Line and column count from 1; 0 where the mistake has no place in the file.
struct config_problem {
    std::int64_t line = 0;
    std::int64_t column = 0;
    std::string path;     // of the setting, such as "endpoint[1].address"
    std::string message;  // one sentence, without secrets

    friend bool operator==(const config_problem&, const config_problem&) = default;
};

using config_result = tl::expected<config, std::vector<config_problem>>;

// Where files are looked for that the configuration names without a leading slash.
struct config_places {
    std::string credentials;  // secrets, first; systemd's $CREDENTIALS_DIRECTORY; empty: none
    std::string directory;    // everything else, and secrets after that
};

// Reads and checks the file: the configuration, or every mistake in the order of the lines. Secrets
// are read from their files on the way.
config_result load_config(const std::string& path);

config_result parse_config(std::string_view text, const config_places& places);

// "/etc/cloned/cloned.toml:12:3: endpoint[1].address: …"
std::string to_string(const config_problem& problem, std::string_view file);

// A configuration file with every setting at its default, each with its bounds and its meaning.
std::string default_config_text();

}  // namespace cloned
