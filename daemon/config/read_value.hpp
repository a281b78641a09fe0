#pragma once

#include "daemon/config/settings.hpp"

#include <toml++/toml.h>

#include <string>

namespace cloned {

// Reads the value of a setting into its place. What is wrong with it, or nothing; then the place is
// left as it was.
std::string read_value(const toml::node& node,
                       std::int64_t least,
                       std::int64_t most,
                       const setting_place& into);

}  // namespace cloned
