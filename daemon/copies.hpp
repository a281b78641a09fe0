#pragma once

#include "daemon/config/config.hpp"

#include <string>

namespace cloned {

// `cloned backup` and `cloned restore`: do it, say on standard output what was done and on standard
// error what was not, and return the exit code of the process.

// `verify`: the copy is checked afterwards; one that is there already is checked and not written.
int back_up(const daemon_config& settings, const std::string& copy, bool verify);
int restore(const daemon_config& settings, const std::string& copy);

}  // namespace cloned
