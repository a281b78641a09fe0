#pragma once

#include "base/result.hpp"
#include "daemon/config/load.hpp"

#include <string>

// The files that the configuration names.
namespace cloned {

// The full path of a file that can be read.
result<std::string> find_file(const config_places& places, const std::string& name);

// The same for a file whose content nobody else may see: it must not be open to all users.
result<std::string> find_secret_file(const config_places& places, const std::string& name);

// The one line that the file holds, without its newline. The error never quotes the content.
result<std::string> read_secret(const config_places& places, const std::string& name);

}  // namespace cloned
