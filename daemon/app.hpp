#pragma once

#include "daemon/config/config.hpp"

#include <string>

namespace cloned {

inline constexpr int exit_failure = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_store_failed = 70;

// Builds the parts, serves until SIGTERM or SIGINT, and stops them in the reverse order. Runs the
// loop on the calling thread. Returns the exit code of the process.
int run_daemon(config settings, const std::string& config_file);

}  // namespace cloned
