#pragma once

#include "daemon/config/section.hpp"
#include "daemon/config/settings.hpp"

#include <vector>

// From settings as they are written to what the daemon uses; every mistake goes into `problems`.
namespace cloned {

// No section at all: the default Unix socket.
std::vector<rpc::listener_options> read_listeners(
    const std::vector<config_section<listen_settings>>& from,
    const config_places& places,
    config_problems& problems);

backends::vijson::credential_map read_credentials(
    const std::vector<config_section<credential_settings>>& from,
    const config_places& places,
    config_problems& problems);

// One [[endpoint]] with its two tables, which stand at their defaults if the file has none.
struct endpoint_sections {
    config_section<endpoint_settings> main;
    config_section<by_kind> limit;
    config_section<by_kind> cost;
};

// `guests` are the secrets that jobs may refer to.
std::vector<backends::backend_options> read_endpoints(
    const std::vector<endpoint_sections>& from,
    const config_places& places,
    const backends::vijson::credential_map& guests,
    config_problems& problems);

}  // namespace cloned
