#pragma once

#include "base/result.hpp"

#include <string>

namespace cloned::storage {

// Brings a file or a folder onto the disk. `unavailable` with the system's words otherwise.
result<void> sync_file(const std::string& path);

}  // namespace cloned::storage
