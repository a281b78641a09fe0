#pragma once

#include "daemon/config/config.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

// Every setting of the configuration file in one table, used for reading, for bounds, for "did you
// mean" and for printing. A default is the value that the member has in a fresh structure.
namespace cloned {

// [[listen]] and [[credential]] as they are written; listen.cpp and credential.cpp look for the
// files.
struct listen_settings {
    std::string address;
    std::string mode = "0660";
    std::string tls_cert;
    std::string tls_key;
    std::string client_ca;
};

// A secret of guests, to which jobs refer by its name.
struct credential_settings {
    std::string name;
    std::string file;
};

// [[endpoint]]: what is not for the backend as it is written; endpoint.cpp makes something of it.
struct endpoint_settings {
    backends::backend_options options;
    std::string password_file;
    std::string header_value_file;
    std::string session_endpoint;
    std::string sts;

    endpoint_settings() { options.info.forgotten_task_wait = std::chrono::minutes(5); }
};

// Where the value of a setting goes; its type says how it is written. Enumerations are written as
// one of their words, minutes as an offset from UTC.
using setting_place = std::variant<std::string*,
                                   std::int64_t*,
                                   std::size_t*,
                                   bool*,
                                   milliseconds*,
                                   std::chrono::minutes*,
                                   log::level*,
                                   endpoint_kind*,
                                   backends::auth_kind*,
                                   backends::vapi::flavour*,
                                   backends::zstack::nic_form*>;

// The words of an enumeration, in the order of its members.
std::span<const std::string_view> words_of(log::level);
std::span<const std::string_view> words_of(endpoint_kind);
std::span<const std::string_view> words_of(backends::auth_kind);
std::span<const std::string_view> words_of(backends::vapi::flavour);
std::span<const std::string_view> words_of(backends::zstack::nic_form);

template <class Enum>
std::string_view word_of(Enum value) {
    return words_of(value)[static_cast<std::size_t>(value)];
}

enum class takes_effect : std::uint8_t { on_restart, on_reload };

template <class Section>
struct setting {
    std::string_view name;
    setting_place (*into)(Section&);
    std::int64_t least;        // numbers: the value; durations: milliseconds; texts: bytes
    std::int64_t most;         // likewise; the others have no bounds
    std::string_view meaning;  // one sentence, with the unit of a bare number
    std::optional<endpoint_kind> only = {};  // the one kind of endpoint that has it
    takes_effect when = takes_effect::on_restart;
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

}  // namespace cloned
