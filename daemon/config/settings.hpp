#pragma once

#include "daemon/config/config.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

// Every setting of the configuration file in one table, used for reading, for bounds, for "did you
// mean" and for printing. A default is the value that the member has in a fresh structure.
namespace cloned {

// [[listen]] and [[endpoint]] as they are written; listen.cpp and endpoint.cpp turn
// them into what the daemon uses.
struct listen_settings {
    std::string address;
    std::string mode = "0660";
    std::string tls_cert;
    std::string tls_key;
    std::string client_ca;
};

struct endpoint_settings {
    std::string name;
    std::string kind;
    std::string address;
    std::string flavour = "api";
    std::string auth = "session-basic";
    std::string user;
    std::string password_file;
    std::string header_name;
    std::string header_value_file;
    std::string session_endpoint;
    std::string ca_file;
    std::string sha256_fingerprint;
    bool insecure = false;
    std::string default_cluster;
    std::string default_folder;
    std::string inventory;
    std::int64_t max_in_flight = 640;
    std::int64_t max_per_source = 0;
    std::int64_t max_connections = 64;
    milliseconds poll_interval_min{1000};
    milliseconds poll_interval_max{30'000};
    milliseconds request_timeout{60'000};
    milliseconds quiesce{30'000};
    milliseconds forgotten_task_wait{300'000};
    milliseconds task_timeout{0};
    std::string release;
    std::string clock_zone = "+00:00";
    std::int64_t names_per_call = 1;
    bool refuses_known_jobs = true;
};

// [[credential]]: a secret of guests, to which jobs refer by its name.
struct credential_settings {
    std::string name;
    std::string file;
};

enum class takes_effect : std::uint8_t { on_reload, on_restart };

// Where the value of a setting goes; its type says how it is written.
using setting_place = std::variant<std::string*, std::int64_t*, bool*, milliseconds*, log::level*>;

template <class Section>
struct setting {
    std::string_view name;
    setting_place (*into)(Section&);
    std::int64_t least = 0;  // numbers: the value; durations: milliseconds; texts: bytes
    std::int64_t most = 4096;
    takes_effect when = takes_effect::on_restart;
    std::string_view meaning;  // one sentence, with the unit of a bare number
};

std::span<const setting<daemon_config>> daemon_table();
std::span<const setting<limits_config>> limits_table();
std::span<const setting<listen_settings>> listen_table();
std::span<const setting<endpoint_settings>> endpoint_table();
std::span<const setting<credential_settings>> credential_table();
// [endpoint.limit] and [endpoint.cost], which have the same names.
std::span<const setting<by_kind>> kind_table();

// What to say of a setting that bears another name now; empty: it never had this one.
std::string new_name(std::string_view section, std::string_view was);

std::string_view to_text(log::level level);

}  // namespace cloned
