#pragma once

#include "daemon/config/sections.hpp"

namespace cloned {

using endpoint_section = config_section<endpoint_settings>;

// How the endpoint logs in, with its secrets.
void read_auth(const endpoint_section& in,
               const config_places& places,
               backends::backend_options& out,
               config_problems& problems);

}  // namespace cloned
